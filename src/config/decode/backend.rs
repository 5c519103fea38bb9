//! `backend` in a `terraform` block.

use super::Decoder;
use crate::config::backend::{keys_of, settings_of};
use crate::config::model::Backend;
use crate::config::report::place;
use crate::diag::Diagnostic;
use crate::syntax::Block;

impl Decoder<'_> {
    pub(super) fn backend(&mut self, block: &Block) {
        let Some([kind]) = self.labels(block, ["type"]) else { return };
        if !self.is_root() {
            self.diags.push(
                Diagnostic::warning("Backend ignored", "Only the root module's backend counts; this module is called by another.")
                    .at(block.header),
            );
            return;
        }
        if let Some(first) = self.out.module.backend.as_ref().and_then(|b| b.span) {
            let first = place(self.sources, first);
            self.diags.push(
                Diagnostic::error("Duplicate backend configuration", format!("A backend is configured at {first} already."))
                    .at(block.header),
            );
            return;
        }
        if keys_of(&kind.name).is_none() {
            self.diags.push(
                Diagnostic::error("Unsupported backend type", format!("envctl has no backend \"{}\".", kind.name))
                    .at(kind.span)
                    .help("Use \"s3\" or \"local\"."),
            );
        }
        let settings = match keys_of(&kind.name) {
            Some(_) => settings_of(&kind.name, &block.body, self.diags),
            None => std::collections::BTreeMap::new(),
        };
        self.out.module.backend = Some(Backend { kind: kind.name, settings, span: Some(block.header) });
    }
}
