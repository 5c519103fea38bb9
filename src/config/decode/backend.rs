//! `backend` in a `terraform` block.

use super::Decoder;
use crate::config::backend::{keys_of, settings_of};
use crate::config::model::Backend;
use crate::config::report::place;
use crate::diag::{Diagnostic, Diagnostics};
use crate::lang::references;
use crate::syntax::{Block, Body, Expr};

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
        // What refers to variables and locals is read once those are there.
        let (early, body) = split(&block.body);
        let settings = match keys_of(&kind.name) {
            Some(_) => settings_of(&kind.name, &body, self.diags),
            None => std::collections::BTreeMap::new(),
        };
        self.out.module.early_backend = early.filter(|_| keys_of(&kind.name).is_some());
        self.out.module.backend = Some(Backend { kind: kind.name, settings, span: Some(block.header) });
    }
}

/// The part of a body that refers to something, and the rest.
fn split(body: &Body) -> (Option<Body>, Body) {
    let refers = |e: &Expr| !references(e, &mut Diagnostics::new()).is_empty();
    let (mut early, mut plain) = (body.clone(), body.clone());
    early.attributes.retain(|a| refers(&a.expr));
    early.blocks.retain(|b| b.body.attributes.iter().any(|a| refers(&a.expr)));
    plain.attributes.retain(|a| !refers(&a.expr));
    plain.blocks.retain(|b| !b.body.attributes.iter().any(|a| refers(&a.expr)));
    let none = early.attributes.is_empty() && early.blocks.is_empty();
    ((!none).then_some(early), plain)
}
