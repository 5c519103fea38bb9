//! Whether a reference leads to something that is declared.

use super::Checker;
use super::places::Place;
use super::steps::{self, Missing};
use crate::addr::{Mode, ResourceAddr};
use crate::config::fields::suggest;
use crate::diag::{Diagnostic, Span};
use crate::lang::{Reference, RestStep, Subject};
use crate::value::Name;

impl Checker<'_> {
    /// What is wrong with a reference, if anything is.
    pub(super) fn reference(&self, reference: &Reference, place: &Place) -> Option<Diagnostic> {
        let span = reference.span;
        match &reference.subject {
            Subject::Var(name) => self.declared("input variable", "variable", "var", name, self.module.variables.keys(), span),
            Subject::Local(name) => self.declared("local value", "locals", "local", name, self.module.locals.keys(), span),
            Subject::Module(name) => match self.module.calls.get(name) {
                Some(_) => self.output_exists(name, &reference.rest, span),
                None => self.declared("module call", "module", "module", name, self.module.calls.keys(), span),
            },
            Subject::Resource { mode, kind, name } => self.resource_exists(*mode, kind, name, &reference.rest, span),
            Subject::Each(name) => repeated("each", "for_each", place.each, name, &["key", "value"], span),
            Subject::Count(name) => repeated("count", "count", place.count, name, &["index"], span),
            Subject::SelfRef if !place.itself => Some(
                Diagnostic::error(
                    "Invalid \"self\" reference",
                    "\"self\" is known in provisioner, connection and postcondition blocks only.",
                )
                .at(span)
                .help("Refer to the resource by its type and name."),
            ),
            Subject::SelfRef => None,
            Subject::Path(name) => one_of("path", name, &["module", "root", "cwd"], span),
            Subject::Terraform(name) => one_of("terraform", name, &["workspace", "applying"], span),
        }
    }

    fn declared<'n>(
        &self,
        what: &str,
        block: &str,
        root: &str,
        name: &Name,
        known: impl Iterator<Item = &'n Name>,
        span: Span,
    ) -> Option<Diagnostic> {
        let known: Vec<&str> = known.map(AsRef::as_ref).collect();
        if known.contains(&name.as_ref()) || self.broken.may_declare(name) {
            return None;
        }
        let error = Diagnostic::error(
            format!("Reference to undeclared {what}"),
            format!("No {what} named \"{name}\" is declared in {}.", self.here()),
        )
        .at(span);
        let near = crate::value::closest(name, known);
        Some(match near {
            Some(near) => error.help(format!("Did you mean {root}.{near}?")),
            None if block == "locals" => error.help(format!("Declare it: locals {{ {name} = ... }}")),
            None => error.help(format!("Declare it: {block} \"{name}\" {{ ... }}")),
        })
    }

    fn here(&self) -> String {
        if self.module.path.is_root() { "the root module".into() } else { self.module.path.to_string() }
    }

    fn output_exists(&self, name: &Name, rest: &[RestStep], span: Span) -> Option<Diagnostic> {
        let call = self.module.calls.get(name)?;
        let child = self.config.modules.get(&self.module.path.child(name))?;
        let steps = match instance_steps(&format!("module.{name}"), call.count.is_some(), call.for_each.is_some(), rest, span) {
            Ok(steps) => steps,
            Err(wrong) => return Some(*wrong),
        };
        let Some(RestStep::Attr(output)) = steps.first() else { return None };
        if let Some(declared) = child.outputs.get(output) {
            let message = declared.deprecated.as_ref()?;
            let detail = format!("The output \"{output}\" of module.{name} is deprecated: {message}");
            return Some(Diagnostic::warning("Deprecated output", detail).at(span));
        }
        if self.broken.may_declare(output) {
            return None;
        }
        let error = Diagnostic::error("Unsupported attribute", format!("module.{name} has no output named \"{output}\".")).at(span);
        Some(suggest(error, output, child.outputs.keys().map(AsRef::as_ref)))
    }

    fn resource_exists(&self, mode: Mode, kind: &Name, name: &Name, rest: &[RestStep], span: Span) -> Option<Diagnostic> {
        let addr = ResourceAddr { module: self.module.path.clone(), mode, kind: kind.clone(), name: name.clone() };
        let Some(resource) = self.module.resources.get(&addr) else {
            return (!self.broken.may_declare(name)).then(|| self.undeclared(&addr, span));
        };
        let local = Subject::Resource { mode, kind: kind.clone(), name: name.clone() }.to_string();
        let steps = match instance_steps(&local, resource.count.is_some(), resource.for_each.is_some(), rest, span) {
            Ok(steps) => steps,
            Err(wrong) => return Some(*wrong),
        };
        let schema = self.schemas.schema(&resource.provider, mode, kind)?;
        let Missing { name: missing, near } = steps::missing(&schema.block.ty(), steps)?;
        let error = Diagnostic::error("Unsupported attribute", format!("{local} has no attribute named \"{missing}\".")).at(span);
        Some(match near {
            Some(near) => error.help(format!("Did you mean \"{near}\"?")),
            None => error,
        })
    }

    fn undeclared(&self, addr: &ResourceAddr, span: Span) -> Diagnostic {
        let (what, block) = match addr.mode {
            Mode::Managed => ("resource", "resource"),
            Mode::Data => ("data source", "data"),
            Mode::Ephemeral => ("ephemeral resource", "ephemeral"),
        };
        let error = Diagnostic::error(
            format!("Reference to undeclared {what}"),
            format!("No {what} \"{}\" \"{}\" is declared in {}.", addr.kind, addr.name, self.here()),
        )
        .at(span);
        let spelled = |a: &ResourceAddr| Subject::Resource { mode: a.mode, kind: a.kind.clone(), name: a.name.clone() }.to_string();
        let twin = self.module.resources.keys().find(|a| a.kind == addr.kind && a.name == addr.name);
        if let Some(twin) = twin {
            return error.help(format!("Did you mean {}?", spelled(twin)));
        }
        let known: Vec<String> = self.module.resources.keys().map(spelled).collect();
        if let Some(near) = crate::value::closest(&spelled(addr), known.iter().map(String::as_str)) {
            return error.help(format!("Did you mean {near}?"));
        }
        let same_kind = self.module.resources.keys().find(|a| a.kind == addr.kind && a.mode == addr.mode);
        let roots = ["var", "local", "module", "data", "each", "count", "path"];
        match (crate::value::closest(&addr.kind, roots), same_kind) {
            (Some(root), _) if !addr.kind.contains('_') => error.help(format!("Did you mean {root}.{}?", addr.name)),
            (_, Some(other)) => {
                error.help(format!("There is {}; or declare: {block} \"{}\" \"{}\" {{ ... }}", spelled(other), addr.kind, addr.name))
            }
            _ => error.help(format!("Declare it: {block} \"{}\" \"{}\" {{ ... }}", addr.kind, addr.name)),
        }
    }
}

/// The steps after the instance key. A key that is missing, or is there without `count` and
/// `for_each`, is an error.
fn instance_steps<'r>(
    what: &str,
    count: bool,
    for_each: bool,
    rest: &'r [RestStep],
    span: Span,
) -> Result<&'r [RestStep], Box<Diagnostic>> {
    match (rest.split_first(), count || for_each) {
        (Some((RestStep::Attr(_), _)), true) if for_each => Ok(&[]),
        (Some((RestStep::Attr(attr), _)), true) => {
            let (how, example) = if count { ("count", "count.index") } else { ("for_each", "each.key") };
            Err(Box::new(
                Diagnostic::error(
                    "Missing resource instance key",
                    format!("{what} has \"{how}\" set, so its attributes are those of single instances."),
                )
                .at(span)
                .help(format!("Write for one instance: {what}[{example}].{attr}; for all of them: {what}[*].{attr}")),
            ))
        }
        (Some((RestStep::Index(_) | RestStep::Dynamic, after)), true) => Ok(after),
        (Some((RestStep::Index(_), _)), false) => Err(Box::new(
            Diagnostic::error(
                "Unexpected resource instance key",
                format!("{what} has neither \"count\" nor \"for_each\", so there is only one instance of it."),
            )
            .at(span)
            .help("Remove the key in brackets."),
        )),
        _ => Ok(rest),
    }
}

fn repeated(root: &str, argument: &str, here: bool, name: &Name, known: &[&str], span: Span) -> Option<Diagnostic> {
    if here {
        return one_of(root, name, known, span);
    }
    Some(
        Diagnostic::error(
            format!("Reference to \"{root}\" in context without {argument}"),
            format!("\"{root}\" has a value only inside resource, data and module blocks that set \"{argument}\"."),
        )
        .at(span)
        .help(format!("Set \"{argument}\" in this block, or use another value.")),
    )
}

fn one_of(root: &str, name: &Name, known: &[&str], span: Span) -> Option<Diagnostic> {
    if known.contains(&name.as_ref()) {
        return None;
    }
    let all: Vec<String> = known.iter().map(|k| format!("{root}.{k}")).collect();
    let error =
        Diagnostic::error(format!("Invalid \"{root}\" attribute"), format!("There is no {root}.{name}; there is {}.", all.join(", ")))
            .at(span);
    Some(suggest(error, name, known.iter().copied()))
}
