//! `variable` and `locals`.

use super::Decoder;
use crate::config::constant::{constant, flag, text};
use crate::config::fields::Fields;
use crate::config::model::{Local, TypeDefaults, Variable};
use crate::config::typeexpr::type_constraint;
use crate::diag::Diagnostic;
use crate::syntax::{Attribute, Block};
use crate::value::{Type, Value, convert};

/// Names that mean something else in a module block.
const RESERVED: [&str; 8] = ["source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"];

impl Decoder<'_> {
    pub(super) fn variable(&mut self, block: &Block) {
        let Some([name]) = self.labels(block, ["name"]) else { return };
        if RESERVED.contains(&name.name.as_ref()) {
            self.diags.push(
                Diagnostic::error("Invalid variable name", format!("\"{}\" has a meaning of its own in module blocks.", name.name))
                    .at(name.span)
                    .help("Choose another name."),
            );
            return;
        }
        let mut fields = Fields::new(&block.body, "a variable block", self.sources);
        let ty_attr = fields.attr("type");
        let (ty, defaults) = ty_attr.map_or((Type::Dynamic, TypeDefaults::default()), |attr| type_constraint(&attr.expr, self.diags));
        let nullable = flag(fields.attr("nullable"), self.diags).unwrap_or(true);
        let default = self.default_value(fields.attr("default"), &ty, &defaults, nullable);
        let variable = Variable {
            name: name.name.clone(),
            typed: ty_attr.is_some(),
            default,
            nullable,
            sensitive: flag(fields.attr("sensitive"), self.diags).unwrap_or(false),
            ephemeral: flag(fields.attr("ephemeral"), self.diags).unwrap_or(false),
            deprecated: text(fields.attr("deprecated"), self.diags),
            description: text(fields.attr("description"), self.diags),
            validations: self.rules(&fields.blocks("validation")),
            span: block.header,
            ty,
            defaults,
        };
        fields.finish(self.diags);
        self.unique("variable", &name, (variable, block.header), |m| &mut m.variables, |v| v.span);
    }

    fn default_value(&mut self, attr: Option<&Attribute>, ty: &Type, defaults: &TypeDefaults, nullable: bool) -> Option<Value> {
        let attr = attr?;
        // A default that could not be read still makes the variable optional.
        let unread = Some(Value::unknown(ty.without_optional()));
        let Some(value) = constant(&attr.expr, self.diags) else { return unread };
        if value.is_null() && !nullable {
            self.diags.push(
                Diagnostic::error("Invalid default value for variable", "The default is null, but the variable says nullable = false.")
                    .at(attr.expr.span),
            );
            return unread;
        }
        match convert(&defaults.apply(&value), ty) {
            Ok(value) => Some(value),
            Err(e) => {
                let place = if e.path.0.is_empty() { String::new() } else { format!(" at {}", e.path) };
                self.diags.push(
                    Diagnostic::error(
                        "Invalid default value for variable",
                        format!("The default does not fit the variable's type {ty}{place}: {}.", e.message),
                    )
                    .at(attr.expr.span),
                );
                unread
            }
        }
    }

    pub(super) fn locals(&mut self, block: &Block) {
        let Some([]) = self.labels(block, []) else { return };
        for inner in &block.body.blocks {
            self.diags.push(
                Diagnostic::error("Unsupported block type", "A locals block holds arguments only.")
                    .at(inner.header)
                    .help(format!("Write: {} = {{ ... }}", inner.kind.name)),
            );
        }
        for attr in &block.body.attributes {
            let local = Local { expr: attr.expr.clone(), span: attr.span };
            self.unique("local value", &attr.name, (local, attr.span), |m| &mut m.locals, |l| l.span);
        }
    }
}
