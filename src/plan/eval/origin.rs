//! Where a value that is not known yet comes from: through locals, variables and outputs of
//! modules back to the attribute of a resource that only apply will know.

use super::{Evaluator, InstanceScope};
use crate::addr::{Mode, ModuleInstance, ResourceAddr};
use crate::diag::{Diagnostic, Diagnostics};
use crate::graph::NodeId;
use crate::lang::{Reference, RestStep, Scope, Subject, references};
use crate::syntax::Expr;
use crate::value::{Key, Value};

/// Longer chains are not followed.
const DEPTH: usize = 32;

/// Found where nothing more is known of a value.
#[derive(Clone, Debug, PartialEq)]
struct Origin {
    /// `aws_subnet.a.id`, with its module.
    what: String,
    /// What it came through: `local.ids`.
    through: Vec<String>,
    /// The resources to apply first, as addresses.
    targets: Vec<String>,
}

/// The number or names of instances (`argument` of `what`) must be known before anything is planned.
pub(super) fn unknown(scope: &InstanceScope<'_>, argument: &str, expr: &Expr, what: &str) -> Diagnostic {
    let mut origins = Vec::new();
    trace(scope.eval, scope.module, expr, &[], &mut origins);
    let from: Vec<String> = origins.iter().map(Origin::text).collect();
    let from = match from.as_slice() {
        [] => " A function whose result is another one each time (timestamp, uuid, bcrypt) cannot decide it.".to_string(),
        all => format!(" It comes from {}.", all.join(", ")),
    };
    let detail =
        format!("The {argument} of {what} is known only after apply, so it cannot be said now which instances there will be.{from}");
    let mut targets: Vec<String> = origins.into_iter().flat_map(|o| o.targets).map(|t| format!("-target={}", quoted(&t))).collect();
    targets.sort();
    targets.dedup();
    let keys = "Use what is written in the configuration (map keys, the length of a list)";
    let help = if targets.is_empty() {
        format!("{keys}.")
    } else {
        format!("{keys}; or apply first what it comes from: {}; or leave this out for now: -exclude={}", targets.join(" "), quoted(what))
    };
    Diagnostic::error(format!("Invalid {argument} argument"), detail).at(expr.span).help(help)
}

/// As a shell takes it.
fn quoted(address: &str) -> String {
    if address.contains('[') { format!("'{address}'") } else { address.to_string() }
}

impl Origin {
    fn text(&self) -> String {
        if self.through.is_empty() { self.what.clone() } else { format!("{} (through {})", self.what, self.through.join(", ")) }
    }
}

fn trace(eval: &Evaluator, module: &ModuleInstance, expr: &Expr, through: &[String], found: &mut Vec<Origin>) {
    if through.len() > DEPTH {
        return;
    }
    for reference in references(expr, &mut Diagnostics::new()) {
        let scope = eval.scope(module);
        let value = scope.resolve(&reference.subject, reference.span).unwrap_or_else(|_| Value::dynamic());
        let Some(path) = unknown_at(&value, &reference.rest) else { continue };
        let mut on = through.to_vec();
        let taken = match (&reference.subject, reference.rest.iter().find(|s| matches!(s, RestStep::Attr(_)))) {
            (Subject::Module(call), Some(RestStep::Attr(output))) => format!("module.{call}.{output}"),
            (subject, _) => subject.to_string(),
        };
        on.push(in_module(module, &taken));
        match &reference.subject {
            Subject::Local(name) => {
                if let Some(local) = eval.config.modules.get(&module.path()).and_then(|m| m.locals.get(name)) {
                    trace(eval, module, &local.expr, &on, found);
                }
            }
            Subject::Var(name) => {
                let call = module.parent().zip(module.0.last());
                let argument = call.and_then(|(parent, (call, _))| {
                    let written = eval.config.modules.get(&parent.path())?.calls.get(call)?.arguments.get(name)?;
                    Some((parent, written.clone()))
                });
                if let Some((parent, written)) = argument {
                    trace(eval, &parent, &written, &on, found);
                }
            }
            Subject::Module(name) => output(eval, module, name, &reference, &on, found),
            Subject::Resource { mode, kind, name } => {
                let addr = ResourceAddr { module: module.path(), mode: *mode, kind: kind.clone(), name: name.clone() };
                let what = format!("{}{path}", in_module(module, &reference.subject.to_string()));
                let origin = Origin { what, through: through.to_vec(), targets: eval.first_of(&addr) };
                if !found.contains(&origin) {
                    found.push(origin);
                }
            }
            _ => {}
        }
    }
}

/// On through the output that is taken, in the first instance of the module that is called.
fn output(
    eval: &Evaluator,
    module: &ModuleInstance,
    call: &crate::value::Name,
    reference: &Reference,
    on: &[String],
    found: &mut Vec<Origin>,
) {
    let names = reference.rest.iter().find_map(|s| if let RestStep::Attr(n) = s { Some(n) } else { None });
    let key = eval.values.call(module, call).and_then(|e| e.keys().into_iter().next());
    let (Some(name), Some(key)) = (names, key) else { return };
    let child = module.child(call, key);
    if let Some(output) = eval.config.modules.get(&child.path()).and_then(|m| m.outputs.get(name)) {
        trace(eval, &child, &output.value, on, found);
    }
}

fn in_module(module: &ModuleInstance, name: &str) -> String {
    if module.is_root() { name.to_string() } else { format!("{module}.{name}") }
}

/// The steps up to where nothing more is known, as text; `None` where all is known.
fn unknown_at(value: &Value, steps: &[RestStep]) -> Option<String> {
    let mut at = value.clone();
    let mut path = String::new();
    for step in steps {
        if at.is_unknown() {
            break;
        }
        let next = match step {
            RestStep::Attr(name) => at.get(name).cloned().map(|v| (v, format!(".{name}"))),
            RestStep::Index(Key::Int(i)) => {
                let item = usize::try_from(*i).ok().and_then(|i| at.items().and_then(|items| items.get(i)).cloned());
                item.map(|v| (v, format!("[{i}]")))
            }
            RestStep::Index(Key::Str(s)) => at.get(s).cloned().map(|v| (v, format!("[\"{s}\"]"))),
            RestStep::Dynamic => None,
        };
        let Some((inner, text)) = next else { break };
        at = inner;
        path.push_str(&text);
    }
    (!at.is_wholly_known()).then_some(path)
}

impl Evaluator {
    /// What has to be applied for a resource to be known: itself, or for a data source what it waits for.
    fn first_of(&self, addr: &ResourceAddr) -> Vec<String> {
        if addr.mode == Mode::Managed {
            return vec![addr.to_string()];
        }
        let node = self.graph.ids.get(&super::Node::Resource(addr.clone())).copied();
        let direct = |id: NodeId| self.graph.resource(id).filter(|r| r.mode == Mode::Managed).map(ToString::to_string);
        node.map(|id| self.graph.graph.all_dependencies([id]).into_iter().filter_map(direct).collect()).unwrap_or_default()
    }
}
