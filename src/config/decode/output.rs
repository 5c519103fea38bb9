//! `output` and `moved`.

use super::Decoder;
use super::refs::reference_list;
use crate::config::constant::{flag, text};
use crate::config::fields::Fields;
use crate::config::model::{Moved, Output};
use crate::syntax::Block;

impl Decoder<'_> {
    pub(super) fn output(&mut self, block: &Block) {
        let Some([name]) = self.labels(block, ["name"]) else { return };
        let mut fields = Fields::new(&block.body, "an output block", self.sources);
        let value = fields.required("value", block.header, self.diags);
        let output = value.map(|value| Output {
            value: value.expr.clone(),
            sensitive: flag(fields.attr("sensitive"), self.diags).unwrap_or(false),
            ephemeral: flag(fields.attr("ephemeral"), self.diags).unwrap_or(false),
            depends_on: reference_list(fields.attr("depends_on"), self.diags),
            preconditions: self.rules(&fields.blocks("precondition")),
            description: text(fields.attr("description"), self.diags),
            deprecated: text(fields.attr("deprecated"), self.diags),
            span: block.header,
        });
        let Some(output) = output else { return };
        fields.finish(self.diags);
        self.unique("output", &name, (output, block.header), |m| &mut m.outputs, |o| o.span);
    }

    pub(super) fn moved(&mut self, block: &Block) {
        let Some([]) = self.labels(block, []) else { return };
        let mut fields = Fields::new(&block.body, "a moved block", self.sources);
        let from = fields.required("from", block.header, self.diags);
        let to = fields.required("to", block.header, self.diags);
        fields.finish(self.diags);
        if let (Some(from), Some(to)) = (from, to) {
            let moved = Moved { from: from.expr.clone(), to: to.expr.clone(), span: block.header };
            self.out.module.moved.push(moved);
        }
    }
}
