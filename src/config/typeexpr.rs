//! Type constraints as written in `variable` blocks: `list(object({ a = optional(string, "x") }))`.

use super::constant::constant;
use super::model::TypeDefaults;
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::syntax::{Expr, ExprKind, Ident, ObjectItem};
use crate::value::{Name, ObjectType, Type, closest, convert};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const PRIMITIVES: [&str; 4] = ["string", "number", "bool", "any"];
const CONSTRUCTORS: [&str; 5] = ["list", "set", "map", "object", "tuple"];

/// Reads a type constraint. Mistakes are reported and read as `any`.
pub(super) fn type_constraint(expr: &Expr, diags: &mut Diagnostics) -> (Type, TypeDefaults) {
    if let Some(text) = expr.literal_str() {
        return (quoted(&text, expr.span, diags), TypeDefaults::default());
    }
    read(expr, diags).unwrap_or((Type::Dynamic, TypeDefaults::default()))
}

/// `type = "list"`: the spelling of old modules.
fn quoted(text: &str, span: Span, diags: &mut Diagnostics) -> Type {
    let (ty, now) = match text {
        "string" => (Type::String, "string"),
        "number" => (Type::Number, "number"),
        "bool" => (Type::Bool, "bool"),
        "list" => (Type::list(Type::Dynamic), "list(any)"),
        "map" => (Type::map(Type::Dynamic), "map(any)"),
        _ => {
            diags.push(
                Diagnostic::error("Invalid type", format!("\"{text}\" in quotes is no type."))
                    .at(span)
                    .help("Write the type without quotes, for example: type = list(string)"),
            );
            return Type::Dynamic;
        }
    };
    diags.push(
        Diagnostic::warning("Quoted type constraint", format!("The type is written in quotes; it is read as {now}."))
            .at(span)
            .help(format!("Write: type = {now}")),
    );
    ty
}

fn read(expr: &Expr, diags: &mut Diagnostics) -> Option<(Type, TypeDefaults)> {
    match &*expr.kind {
        ExprKind::Invalid => None,
        ExprKind::Parens(inner) => read(inner, diags),
        ExprKind::Variable(name) => keyword(name, expr.span, diags).map(|ty| (ty, TypeDefaults::default())),
        ExprKind::Call { name, args, .. } => constructor(name, args, expr.span, diags),
        _ => {
            diags.push(
                Diagnostic::error("Invalid type", "A type constraint is a type name or a call such as list(string).")
                    .at(expr.span)
                    .help("Types: string, number, bool, any, list(T), set(T), map(T), object({...}), tuple([...])."),
            );
            None
        }
    }
}

fn keyword(name: &str, span: Span, diags: &mut Diagnostics) -> Option<Type> {
    match name {
        "string" => return Some(Type::String),
        "number" => return Some(Type::Number),
        "bool" => return Some(Type::Bool),
        "any" => return Some(Type::Dynamic),
        "list" => return Some(Type::list(Type::Dynamic)),
        "map" => return Some(Type::map(Type::Dynamic)),
        _ => {}
    }
    let error = match name {
        "set" => Diagnostic::error("Invalid type", "The set type needs the type of its elements.").help("Write: set(string)"),
        "object" | "tuple" => Diagnostic::error("Invalid type", format!("The {name} type needs an argument."))
            .help("Write: object({ name = string }) or tuple([string, number])"),
        "optional" => optional_misplaced(),
        _ => unknown_type(name),
    };
    diags.push(error.at(span));
    None
}

fn unknown_type(name: &str) -> Diagnostic {
    let error = Diagnostic::error("Invalid type", format!("There is no type \"{name}\"."));
    match closest(name, PRIMITIVES.into_iter().chain(CONSTRUCTORS)) {
        Some(near) => error.help(format!("Did you mean \"{near}\"?")),
        None => error.help("Types: string, number, bool, any, list(T), set(T), map(T), object({...}), tuple([...])."),
    }
}

fn optional_misplaced() -> Diagnostic {
    Diagnostic::error("Invalid type", "optional(...) is allowed only for attributes of an object type.")
}

fn constructor(name: &Ident, args: &[Expr], span: Span, diags: &mut Diagnostics) -> Option<(Type, TypeDefaults)> {
    let kind = name.name.as_ref();
    if kind == "optional" {
        diags.push(optional_misplaced().at(span));
        return None;
    }
    if PRIMITIVES.contains(&kind) {
        diags
            .push(Diagnostic::error("Invalid type", format!("The type {kind} takes no argument.")).at(span).help(format!("Write: {kind}")));
        return None;
    }
    if !CONSTRUCTORS.contains(&kind) {
        diags.push(unknown_type(kind).at(name.span));
        return None;
    }
    let [arg] = args else {
        diags.push(
            Diagnostic::error("Invalid type", format!("The type {kind}(...) takes exactly one argument, not {}.", args.len())).at(span),
        );
        return None;
    };
    match (kind, &*arg.kind) {
        ("object", ExprKind::Object(items)) => object(items, diags),
        ("tuple", ExprKind::Tuple(items)) => tuple(items, diags),
        ("object" | "tuple", _) => {
            let form = if kind == "object" { "object({ name = string })" } else { "tuple([string, number])" };
            diags.push(
                Diagnostic::error("Invalid type", format!("The argument of {kind}(...) is wrong."))
                    .at(arg.span)
                    .help(format!("Write: {form}")),
            );
            None
        }
        _ => {
            let (elem, inner) = read(arg, diags)?;
            let ty = match kind {
                "list" => Type::list(elem),
                "set" => Type::set(elem),
                _ => Type::map(elem),
            };
            Some((ty, below("", inner)))
        }
    }
}

fn below(key: &str, inner: TypeDefaults) -> TypeDefaults {
    let mut defaults = TypeDefaults::default();
    if !inner.is_empty() {
        defaults.inner.insert(key.into(), inner);
    }
    defaults
}

fn tuple(items: &[Expr], diags: &mut Diagnostics) -> Option<(Type, TypeDefaults)> {
    let mut types = Vec::with_capacity(items.len());
    let mut defaults = TypeDefaults::default();
    for (i, item) in items.iter().enumerate() {
        let (ty, inner) = read(item, diags)?;
        types.push(ty);
        defaults.inner.extend(below(&i.to_string(), inner).inner);
    }
    Some((Type::tuple(types), defaults))
}

fn object(items: &[ObjectItem], diags: &mut Diagnostics) -> Option<(Type, TypeDefaults)> {
    let (mut attrs, mut optional) = (BTreeMap::new(), BTreeSet::new());
    let mut defaults = TypeDefaults::default();
    let mut complete = true;
    for item in items {
        let Some(name) = attribute_name(&item.key, diags) else {
            complete = false;
            continue;
        };
        if attrs.contains_key(&name) {
            diags.push(
                Diagnostic::error("Invalid type", format!("The attribute \"{name}\" is in this object type twice.")).at(item.key.span),
            );
            complete = false;
            continue;
        }
        let Some((ty, inner)) = attribute(&name, &item.value, &mut optional, &mut defaults, diags) else {
            complete = false;
            continue;
        };
        defaults.inner.extend(below(&name, inner).inner);
        attrs.insert(name, ty);
    }
    complete.then(|| (Type::Object(Arc::new(ObjectType { attrs, optional })), defaults))
}

fn attribute_name(key: &Expr, diags: &mut Diagnostics) -> Option<Name> {
    if let ExprKind::Variable(name) = &*key.kind {
        return Some(name.clone());
    }
    let text = key.literal_str();
    if text.is_none() {
        diags.push(Diagnostic::error("Invalid type", "An attribute of an object type needs a plain name.").at(key.span));
    }
    text.map(Into::into)
}

/// The type of one attribute, `optional(...)` taken apart.
fn attribute(
    name: &Name,
    expr: &Expr,
    optional: &mut BTreeSet<Name>,
    defaults: &mut TypeDefaults,
    diags: &mut Diagnostics,
) -> Option<(Type, TypeDefaults)> {
    let args = match &*expr.kind {
        ExprKind::Call { name, args, .. } if name.name.as_ref() == "optional" => args,
        _ => return read(expr, diags),
    };
    optional.insert(name.clone());
    let (ty_expr, default) = match args.as_slice() {
        [ty] => (ty, None),
        [ty, default] => (ty, Some(default)),
        _ => {
            diags.push(
                Diagnostic::error("Invalid type", "optional(...) takes a type and, if wanted, a default value.")
                    .at(expr.span)
                    .help("Write: optional(string) or optional(string, \"value\")"),
            );
            return None;
        }
    };
    let (ty, inner) = read(ty_expr, diags)?;
    if let Some(default) = default
        && let Some(value) = constant(default, diags)
    {
        match convert(&inner.apply(&value), &ty) {
            Ok(value) => {
                defaults.attrs.insert(name.clone(), value);
            }
            Err(e) => diags.push(
                Diagnostic::error(
                    "Invalid default value for optional attribute",
                    format!("The default of \"{name}\" does not fit its type {ty}: {}.", e.message),
                )
                .at(default.span),
            ),
        }
    }
    Some((ty, inner))
}
