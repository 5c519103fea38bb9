//! Attributes: evaluated, converted, and checked against what the schema allows.

use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::eval::{Env, a_kind, short};
use crate::schema::{self, BlockSchema};
use crate::syntax::{self, Body};
use crate::value::{Type, Value, convert};

impl Env<'_> {
    /// The value of an attribute; `at` is where to report that it is missing, if that is to be reported.
    pub(super) fn attribute(
        &self,
        body: &Body,
        at: Option<Span>,
        name: &str,
        schema: &schema::Attribute,
        diags: &mut Diagnostics,
    ) -> Value {
        let Some(written) = body.attribute(name) else {
            if let Some(at) = at.filter(|_| schema.required) {
                diags.push(missing(name, at));
            }
            return Value::null(schema.ty.clone());
        };
        let value = self.converted(written, &schema.ty, diags);
        let maybe_null = value.is_unknown() && self.scope.provisional();
        if !value.is_null() {
            if !maybe_null {
                allowed(written, schema, diags);
            }
        } else if schema.required {
            let detail = format!("The argument {name:?} is required, but its value is null.");
            diags.push(Diagnostic::error("Missing required argument", detail).at(written.expr.span));
        }
        value
    }

    fn converted(&self, written: &syntax::Attribute, ty: &Type, diags: &mut Diagnostics) -> Value {
        let value = self.eval(&written.expr, diags);
        convert(&value, ty).unwrap_or_else(|error| {
            let place = if error.path.0.is_empty() { String::new() } else { format!(" (at {})", error.path) };
            let detail = format!(
                "The argument {:?} is of type {}, but the expression gives {}: {}{place}.",
                written.name.name,
                short(ty),
                a_kind(&value.ty()),
                error.message
            );
            diags.push(Diagnostic::error("Incorrect argument type", detail).at(written.expr.span).within(written.span));
            Value::unknown(ty.clone())
        })
    }
}

fn missing(name: &str, at: Span) -> Diagnostic {
    Diagnostic::error("Missing required argument", format!("The argument {name:?} is required, but it is not written in this block."))
        .at(at)
        .help(format!("Add: {name} = ..."))
}

/// Reports the use of an attribute that cannot be set, is not supported, or is deprecated.
fn allowed(written: &syntax::Attribute, schema: &schema::Attribute, diags: &mut Diagnostics) {
    let name = &written.name.name;
    if schema.unsupported {
        diags.push(not_supported("argument", name, written.name.span));
    } else if schema.computed && !schema.optional && !schema.required {
        let detail = format!("The argument {name:?} cannot be set: its value is decided when the object is created.");
        diags.push(Diagnostic::error("Argument cannot be set", detail).at(written.name.span).help("Remove it."));
    } else if let Some(message) = &schema.deprecated {
        let detail = format!("The argument {name:?} is deprecated: {}", message.trim_end_matches('.'));
        diags.push(Diagnostic::warning("Deprecated argument", format!("{detail}.")).at(written.name.span));
    }
}

pub(super) fn not_supported(what: &str, name: &str, at: Span) -> Diagnostic {
    let detail = format!("The {what} {name:?} exists in the provider, but envctl does not support it yet, and ignoring it would be wrong.");
    Diagnostic::error("Not supported yet", detail).at(at).help("Remove it, or leave this object to another tool.")
}

/// The schema of the blocks an attribute of type list or set of objects may be written as: every
/// member optional, members that are such lists themselves written as blocks again.
pub(super) fn block_schema(ty: &Type) -> Option<BlockSchema> {
    let (Type::List(elem) | Type::Set(elem)) = ty else { return None };
    let Type::Object(object) = &**elem else { return None };
    let members = object.attrs.iter().map(|(name, ty)| {
        let attribute = schema::of(ty.clone()).optional();
        (name.clone(), if block_schema(ty).is_some() { attribute.as_blocks() } else { attribute })
    });
    Some(BlockSchema { attrs: members.collect(), ..BlockSchema::default() })
}
