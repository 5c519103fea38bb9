//! `import` and `removed`: objects that come under management, and that leave it.

use super::Decoder;
use crate::config::constant::flag;
use crate::config::fields::Fields;
use crate::config::model::{Import, Removed};
use crate::config::report::not_yet;
use crate::diag::Diagnostic;
use crate::syntax::Block;

impl Decoder<'_> {
    pub(super) fn import(&mut self, block: &Block) {
        let Some([]) = self.labels(block, []) else { return };
        let mut fields = Fields::new(&block.body, "an import block", self.sources);
        let to = fields.required("to", block.header, self.diags);
        let (id, identity) = (fields.attr("id"), fields.attr("identity"));
        let for_each = fields.attr("for_each");
        // The resource says which provider it uses; a second word on it can only contradict.
        let provider = fields.attr("provider");
        fields.finish(self.diags);
        if let Some(attr) = identity {
            self.diags.push(not_yet("\"identity\" in an import block", attr.name.span).help("Write the object's id: id = \"...\""));
        }
        if let Some(attr) = provider {
            self.diags.push(not_yet("\"provider\" in an import block", attr.name.span).help("The resource's own provider is used."));
        }
        if !self.is_root() {
            let detail = "Import blocks are allowed in the root module only.";
            let d = Diagnostic::error("Invalid import block", detail).at(block.header);
            self.diags.push(d.help("Write it in the root module; \"to\" may name a resource of a module: module.a.aws_vpc.b."));
            return;
        }
        match (to, id) {
            (Some(to), Some(id)) => self.out.module.imports.push(Import {
                to: to.expr.clone(),
                id: id.expr.clone(),
                for_each: for_each.map(|a| a.expr.clone()),
                span: block.header,
            }),
            (Some(_), None) if identity.is_none() => {
                let detail = "The argument \"id\" is required in an import block, but it is not written.";
                self.diags.push(Diagnostic::error("Missing required argument", detail).at(block.header));
            }
            _ => {}
        }
    }

    pub(super) fn removed(&mut self, block: &Block) {
        let Some([]) = self.labels(block, []) else { return };
        let mut fields = Fields::new(&block.body, "a removed block", self.sources);
        let from = fields.required("from", block.header, self.diags);
        let destroy = fields.block("lifecycle", self.diags).and_then(|inner| {
            let mut fields = Fields::new(&inner.body, "the lifecycle of a removed block", self.sources);
            let destroy = flag(fields.attr("destroy"), self.diags);
            fields.finish(self.diags);
            destroy
        });
        let connection = fields.block("connection", self.diags).cloned();
        let provisioners: Vec<Block> = fields.blocks("provisioner").into_iter().cloned().collect();
        fields.finish(self.diags);
        connection.iter().for_each(|c| self.check_connection(c));
        provisioners.iter().for_each(|p| self.check_provisioner(p));
        let destroy = destroy.unwrap_or(false);
        if let Some(first) = provisioners.first().filter(|_| !destroy) {
            let detail = "Provisioners of a removed block run before the object is destroyed, and this one is only forgotten.";
            let d = Diagnostic::error("Invalid provisioner", detail).at(first.header);
            self.diags.push(d.help("Write lifecycle { destroy = true }, or take the provisioner out."));
        }
        if let Some(from) = from {
            self.out.module.removed.push(Removed { from: from.expr.clone(), destroy, connection, provisioners, span: block.header });
        }
    }
}
