//! `check`: assertions that never stop a run.

use super::Decoder;
use crate::config::fields::Fields;
use crate::config::model::Check;
use crate::diag::Diagnostic;
use crate::syntax::Block;

impl Decoder<'_> {
    pub(super) fn check(&mut self, block: &Block) {
        let Some([name]) = self.labels(block, ["name"]) else { return };
        let mut fields = Fields::new(&block.body, "a check block", self.sources);
        let data = fields.block("data", self.diags);
        let assert_blocks = fields.blocks("assert");
        fields.finish(self.diags);
        if assert_blocks.is_empty() {
            let detail = format!("The check \"{}\" asserts nothing.", name.name);
            let d = Diagnostic::error("Missing assert block", detail).at(block.header);
            self.diags.push(d.help("Write at least one: assert { condition = ..., error_message = \"...\" }"));
        }
        let asserts = self.rules(&assert_blocks);
        let mut addr = None;
        if let Some(data) = data
            && let Some(mut resource) = self.read_resource(data)
        {
            addr = Some(resource.addr.clone());
            resource.check = Some(name.name.clone());
            self.add_resource(resource, data);
        }
        let check = Check { name: name.name.clone(), asserts, data: addr, span: block.header };
        self.unique("check", &name, (check, block.header), |m| &mut m.checks, |c| c.span);
    }
}
