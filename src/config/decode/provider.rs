//! `provider`.

use super::Decoder;
use crate::config::constant::text;
use crate::config::fields::Fields;
use crate::config::model::ProviderBlock;
use crate::config::report::{duplicate, is_identifier};
use crate::diag::Diagnostic;
use crate::syntax::Block;

impl Decoder<'_> {
    pub(super) fn provider(&mut self, block: &Block) {
        let Some([name]) = self.labels(block, ["name"]) else { return };
        let mut fields = Fields::new(&block.body, "a provider block", self.sources);
        let alias = fields.attr("alias").and_then(|attr| {
            let alias = text(Some(attr), self.diags)?;
            if is_identifier(&alias) {
                return Some(alias.into());
            }
            self.diags.push(Diagnostic::error("Invalid name", format!("\"{alias}\" is not a valid alias.")).at(attr.expr.span));
            None
        });
        if let Some(attr) = fields.attr("version") {
            self.diags.push(
                Diagnostic::warning("Deprecated provider argument", "Version constraints inside provider blocks are deprecated.")
                    .at(attr.name.span)
                    .help("Move it to required_providers in the terraform block."),
            );
        }
        let for_each = fields.attr("for_each");
        if let Some(attr) = for_each.filter(|_| alias.is_none() && !fields.has("alias")) {
            let detail = "A default configuration has one instance, because resources use it without saying so.";
            let d = Diagnostic::error("Alias required when using \"for_each\"", detail).at(attr.name.span);
            self.diags.push(d.help("Add alias = \"...\", and choose with provider = NAME.ALIAS[each.key]."));
        }
        for reserved in ["count", "depends_on", "source"] {
            if let Some(attr) = fields.attr(reserved) {
                self.diags.push(
                    Diagnostic::error("Reserved argument", format!("\"{reserved}\" has no meaning in a provider block."))
                        .at(attr.name.span),
                );
            }
        }
        let key = (name.name.clone(), alias.clone());
        if let Some(first) = self.out.module.providers.get(&key) {
            let shown = alias.map_or_else(|| name.name.to_string(), |a| format!("{}.{a}", name.name));
            let error = duplicate("provider configuration", &shown, first.span, block.header, self.sources);
            self.diags.push(error.help("Give one of the two an alias."));
            return;
        }
        let item = ProviderBlock {
            name: name.name,
            alias,
            for_each: for_each.map(|a| a.expr.clone()),
            body: fields.escaped_rest(self.diags),
            span: block.header,
        };
        self.out.module.providers.insert(key, item);
    }
}
