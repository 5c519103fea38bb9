//! `module`: a call of another module.

use super::Decoder;
use super::refs::{provider_instance, provider_name, reference_list};
use crate::config::fields::Fields;
use crate::config::model::{ModuleCall, ProviderRef};
use crate::diag::{Diagnostic, Diagnostics};
use crate::syntax::{Attribute, Block, Expr, ExprKind, ObjectItem};

impl Decoder<'_> {
    pub(super) fn call(&mut self, block: &Block) {
        let Some([name]) = self.labels(block, ["name"]) else { return };
        let mut fields = Fields::new(&block.body, "a module block", self.sources);
        let source_attr = fields.required("source", block.header, self.diags);
        let version = fields.attr("version");
        let (count, for_each) = (fields.attr("count"), fields.attr("for_each"));
        self.not_both(count, for_each, block);
        let lifecycle = fields.block("lifecycle", self.diags);
        let enabled = self.enabled(lifecycle);
        let depends_on = reference_list(fields.attr("depends_on"), self.diags);
        let providers = self.passed_providers(fields.attr("providers"));
        let provider_keys = passed_keys(fields.attr("providers"));
        let rest = fields.escaped_rest(self.diags);
        for inner in &rest.blocks {
            self.diags.push(
                Diagnostic::error("Unsupported block type", "A module block holds arguments only.")
                    .at(inner.header)
                    .help(format!("If the module has a variable \"{0}\", write: {0} = {{ ... }}", inner.kind.name)),
            );
        }
        let Some(source_attr) = source_attr else { return };
        let call = ModuleCall {
            name: name.name.clone(),
            source: String::new(),
            source_expr: source_attr.expr.clone(),
            version: None,
            version_expr: version.map(|a| a.expr.clone()),
            count: count.map(|a| a.expr.clone()),
            for_each: for_each.map(|a| a.expr.clone()),
            enabled,
            depends_on,
            providers,
            provider_keys,
            arguments: rest.attributes.into_iter().map(|a| (a.name.name, a.expr)).collect(),
            span: block.header,
        };
        self.unique("module call", &name, (call, block.header), |m| &mut m.calls, |c| c.span);
    }

    /// `lifecycle { enabled = ... }`
    fn enabled(&mut self, block: Option<&Block>) -> Option<Expr> {
        let block = block?;
        let mut fields = Fields::new(&block.body, "the lifecycle of a module block", self.sources);
        let enabled = fields.attr("enabled").map(|a| a.expr.clone());
        fields.finish(self.diags);
        enabled
    }

    /// `providers = { aws = aws.east }`: child's name to configuration here.
    fn passed_providers(&mut self, attr: Option<&Attribute>) -> Vec<(ProviderRef, ProviderRef)> {
        passed_providers(attr, self.diags)
    }
}

/// `providers = { aws = aws.east }`: the configuration meant there, and the one given for it.
pub(in crate::config) fn passed_providers(attr: Option<&Attribute>, diags: &mut Diagnostics) -> Vec<(ProviderRef, ProviderRef)> {
    let Some(attr) = attr else { return Vec::new() };
    let ExprKind::Object(items) = &*attr.expr.kind else {
        if !matches!(&*attr.expr.kind, ExprKind::Invalid) {
            diags.push(
                Diagnostic::error("Invalid providers argument", "A mapping of provider references is required.")
                    .at(attr.expr.span)
                    .help("Write for example: providers = { aws = aws.east }"),
            );
        }
        return Vec::new();
    };
    let mut all: Vec<(ProviderRef, ProviderRef)> = Vec::new();
    for item in items {
        let (Some(child), Some(here)) = (provider_key(&item.key, diags), provider_instance(&item.value, diags)) else {
            continue;
        };
        if all.iter().any(|(seen, _)| *seen == child) {
            diags.push(Diagnostic::error("Duplicate provider", "This provider is passed twice.").at(item.key.span));
            continue;
        }
        all.push((child, here.0));
    }
    all
}

/// `providers = { aws = aws.by_region[each.key] }`: which instances, by the name in the child.
fn passed_keys(attr: Option<&Attribute>) -> Vec<(ProviderRef, Expr)> {
    let Some(ExprKind::Object(items)) = attr.map(|a| &*a.expr.kind) else { return Vec::new() };
    let mut unread = Diagnostics::new();
    let key = |item: &ObjectItem, diags: &mut Diagnostics| {
        let (_, key) = provider_instance(&item.value, diags)?;
        Some((provider_key(&item.key, diags)?, key?))
    };
    items.iter().filter_map(|item| key(item, &mut unread)).collect()
}

/// A key may be written bare, dotted or in quotes.
fn provider_key(key: &Expr, diags: &mut Diagnostics) -> Option<ProviderRef> {
    if let Some(text) = key.literal_str() {
        let mut parts = text.split('.');
        let name = parts.next().filter(|n| !n.is_empty()).map(Into::into);
        let alias = parts.next().map(Into::into);
        if let (Some(name), None) = (name, parts.next()) {
            return Some(ProviderRef { name, alias });
        }
    }
    provider_name(key, diags)
}
