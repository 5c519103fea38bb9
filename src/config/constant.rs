//! Values that must be known while the configuration is read: flags, names, settings.

use crate::diag::{Diagnostic, Diagnostics, SourceMap, Span};
use crate::files::MemFiles;
use crate::lang::{CallEnv, FunctionTable, Scope, Subject, evaluate};
use crate::syntax::{Attribute, Expr};
use crate::value::{Type, Value, convert};
use std::sync::{Arc, LazyLock};

/// A scope in which nothing has a value yet, and functions see no files.
struct Nothing {
    env: CallEnv,
}

static NOTHING: LazyLock<Nothing> = LazyLock::new(|| Nothing { env: CallEnv::new(".", Arc::new(MemFiles::new()), SourceMap::new()) });

impl Scope for Nothing {
    fn resolve(&self, _subject: &Subject, span: Span) -> Result<Value, Diagnostic> {
        Err(not_constant(span))
    }

    fn functions(&self) -> &FunctionTable {
        FunctionTable::standard()
    }

    fn call_env(&self) -> &CallEnv {
        &self.env
    }
}

fn not_constant(span: Span) -> Diagnostic {
    Diagnostic::error(
        "Variables not allowed",
        "This value is needed while the configuration is read, before any variable, local or resource has a value.",
    )
    .at(span)
    .help("Write the value itself here.")
}

/// The value of an expression that refers to nothing; `None` when what is wrong is reported.
pub(super) fn constant(expr: &Expr, diags: &mut Diagnostics) -> Option<Value> {
    let mut own = Diagnostics::new();
    let value = evaluate(expr, &*NOTHING, &mut own);
    let failed = own.has_errors();
    diags.extend(own);
    if failed {
        return None;
    }
    if !value.is_wholly_known() {
        // An invalid expression was reported by the parser; anything else is time or chance.
        if !matches!(&*expr.kind, crate::syntax::ExprKind::Invalid) && !diags.has_errors() {
            diags.push(not_constant(expr.span));
        }
        return None;
    }
    Some(value)
}

/// A constant of a type; `None` when absent or when a failure is reported.
pub(super) fn constant_of(attr: Option<&Attribute>, ty: &Type, diags: &mut Diagnostics) -> Option<Value> {
    let attr = attr?;
    let value = constant(&attr.expr, diags)?;
    match convert(&value, ty) {
        Ok(value) => Some(value),
        Err(e) => {
            diags.push(
                Diagnostic::error("Unsuitable value type", format!("The argument \"{}\" does not fit: {}.", attr.name.name, e.message))
                    .at(attr.expr.span),
            );
            None
        }
    }
}

/// A constant text.
pub(super) fn text(attr: Option<&Attribute>, diags: &mut Diagnostics) -> Option<String> {
    constant_of(attr, &Type::String, diags)?.as_str().map(str::to_string)
}

/// A constant flag.
pub(super) fn flag(attr: Option<&Attribute>, diags: &mut Diagnostics) -> Option<bool> {
    constant_of(attr, &Type::Bool, diags)?.as_bool()
}

/// A constant list of texts.
pub(super) fn texts(attr: Option<&Attribute>, diags: &mut Diagnostics) -> Vec<String> {
    let list = constant_of(attr, &Type::list(Type::String), diags);
    let items = list.as_ref().and_then(Value::items).unwrap_or(&[]);
    items.iter().filter_map(|v| v.as_str().map(str::to_string)).collect()
}
