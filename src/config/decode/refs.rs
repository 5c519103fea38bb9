//! References in meta-arguments: `provider = aws.east`, `depends_on = [aws_vpc.main]`.

use crate::config::legacy::{names, reference};
use crate::config::model::ProviderRef;
use crate::diag::{Diagnostic, Diagnostics};
use crate::syntax::{Attribute, Expr, ExprKind};

/// Reads `aws.by_region[each.key]`: the configuration, and the key of an instance of it.
pub(super) fn provider_instance(expr: &Expr, diags: &mut Diagnostics) -> Option<(ProviderRef, Option<Expr>)> {
    match &*expr.kind {
        ExprKind::Index(object, key) => Some((provider_name(object, diags)?, Some(key.clone()))),
        ExprKind::Parens(inner) => provider_instance(inner, diags),
        _ => Some((provider_name(expr, diags)?, None)),
    }
}

/// Reads `aws`, `aws.east`, `"aws.east"`.
pub(super) fn provider_name(expr: &Expr, diags: &mut Diagnostics) -> Option<ProviderRef> {
    let plain = reference(expr, diags);
    if let ExprKind::Index(..) = &*plain.kind {
        let detail = "An instance of a provider cannot be chosen here: this names the configuration as a whole.";
        diags.push(Diagnostic::error("Invalid provider reference", detail).at(expr.span));
        return None;
    }
    match names(&plain).as_deref() {
        Some([name]) => Some(ProviderRef { name: name.clone(), alias: None }),
        Some([name, alias]) => Some(ProviderRef { name: name.clone(), alias: Some(alias.clone()) }),
        _ => {
            if !matches!(&*plain.kind, ExprKind::Invalid) {
                diags.push(
                    Diagnostic::error("Invalid provider reference", "A provider's name, or name and alias, is required here.")
                        .at(expr.span)
                        .help("Write for example: provider = aws.east"),
                );
            }
            None
        }
    }
}

/// A list of references; what is none is reported.
pub(in crate::config) fn reference_list(attr: Option<&Attribute>, diags: &mut Diagnostics) -> Vec<Expr> {
    let Some(attr) = attr else { return Vec::new() };
    let name = &attr.name.name;
    let ExprKind::Tuple(items) = &*attr.expr.kind else {
        if !matches!(&*attr.expr.kind, ExprKind::Invalid) {
            diags.push(
                Diagnostic::error("Invalid reference list", format!("\"{name}\" takes a list of references in brackets."))
                    .at(attr.expr.span)
                    .help(format!("Write: {name} = [ ... ]")),
            );
        }
        return Vec::new();
    };
    let mut all = Vec::with_capacity(items.len());
    for item in items {
        let plain = reference(item, diags);
        if is_reference(&plain) {
            all.push(plain);
        } else if !matches!(&*plain.kind, ExprKind::Invalid) {
            diags.push(
                Diagnostic::error("Invalid reference", format!("\"{name}\" takes references only, not other expressions.")).at(item.span),
            );
        }
    }
    all
}

fn is_reference(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::Variable(_) => true,
        ExprKind::GetAttr(object, _) | ExprKind::Index(object, _) | ExprKind::Parens(object) => is_reference(object),
        _ => false,
    }
}
