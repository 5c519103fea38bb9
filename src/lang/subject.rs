//! What a reference is about: the first names of a chain, by the rules of the language.

use super::chain::Link;
use crate::addr::Mode;
use crate::diag::{Diagnostic, Span};
use crate::value::{Name, closest};
use std::fmt;

/// What a reference names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// `var.x`
    Var(Name),
    /// `local.x`
    Local(Name),
    /// `module.x`, the whole call
    Module(Name),
    /// `aws_vpc.x`, `data.aws_ami.x`, the whole resource
    Resource {
        /// managed, data or ephemeral
        mode: Mode,
        /// `aws_vpc`
        kind: Name,
        /// `x`
        name: Name,
    },
    /// `each.key`, `each.value`
    Each(Name),
    /// `count.index`
    Count(Name),
    /// `self`
    SelfRef,
    /// `path.module`, `path.root`, `path.cwd`
    Path(Name),
    /// `terraform.workspace`, also written `tofu.workspace`
    Terraform(Name),
}

impl fmt::Display for Subject {
    /// As it is written in configuration.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Var(n) => write!(f, "var.{n}"),
            Subject::Local(n) => write!(f, "local.{n}"),
            Subject::Module(n) => write!(f, "module.{n}"),
            Subject::Resource { mode: Mode::Managed, kind, name } => write!(f, "{kind}.{name}"),
            Subject::Resource { mode: Mode::Data, kind, name } => write!(f, "data.{kind}.{name}"),
            Subject::Resource { mode: Mode::Ephemeral, kind, name } => write!(f, "ephemeral.{kind}.{name}"),
            Subject::Each(n) => write!(f, "each.{n}"),
            Subject::Count(n) => write!(f, "count.{n}"),
            Subject::SelfRef => f.write_str("self"),
            Subject::Path(n) => write!(f, "path.{n}"),
            Subject::Terraform(n) => write!(f, "terraform.{n}"),
        }
    }
}

const ROOTS: [&str; 12] = ["var", "local", "module", "data", "ephemeral", "resource", "each", "count", "self", "path", "terraform", "tofu"];

/// The subject of a chain that begins with the name `root`, and how many links it takes.
///
/// # Errors
/// When the name must be followed by attributes that are not there.
pub(super) fn subject(root: &str, links: &[(Link<'_>, Span)], span: Span) -> Result<(Subject, usize), Diagnostic> {
    let name = |i: usize| match links.get(i) {
        Some((Link::Attr(ident), _)) => Some(ident.name.clone()),
        _ => None,
    };
    let one = |make: fn(Name) -> Subject, example: &str| match name(0) {
        Some(n) => Ok((make(n), 1)),
        None => Err(incomplete(root, example, span)),
    };
    let resource = |mode: Mode, from: usize, example: &str| match (name(from), name(from + 1)) {
        (Some(kind), Some(name)) => Ok((Subject::Resource { mode, kind, name }, from + 2)),
        _ => Err(incomplete(root, example, span)),
    };
    match root {
        "var" => one(Subject::Var, "var.region"),
        "local" => one(Subject::Local, "local.tags"),
        "module" => one(Subject::Module, "module.network"),
        "each" => one(Subject::Each, "each.key"),
        "count" => one(Subject::Count, "count.index"),
        "path" => one(Subject::Path, "path.module"),
        "terraform" | "tofu" => one(Subject::Terraform, "terraform.workspace"),
        "self" => Ok((Subject::SelfRef, 0)),
        "data" => resource(Mode::Data, 0, "data.aws_ami.ubuntu"),
        "ephemeral" => resource(Mode::Ephemeral, 0, "ephemeral.random_password.db"),
        "resource" => resource(Mode::Managed, 0, "resource.aws_vpc.main"),
        _ => match name(0) {
            Some(name) => Ok((Subject::Resource { mode: Mode::Managed, kind: root.into(), name }, 1)),
            None => Err(bare_name(root, links.is_empty(), span)),
        },
    }
}

fn incomplete(root: &str, example: &str, span: Span) -> Diagnostic {
    Diagnostic::error("Invalid reference", format!("{root} alone names nothing; what is meant follows after a dot."))
        .at(span)
        .help(format!("Write it like {example}."))
}

fn bare_name(root: &str, alone: bool, span: Span) -> Diagnostic {
    let detail = if alone {
        format!("{root} alone is not a reference: resources are written type.name, variables var.name, local values local.name.")
    } else {
        format!("A resource is written type.name; {root} is followed by an index.")
    };
    let meant = closest(root, ROOTS).filter(|_| alone);
    let help = match meant {
        Some(meant) => format!("Did you mean {meant}? For text write {root:?} in quotes."),
        None => format!("For text write \"{root}\" in quotes."),
    };
    Diagnostic::error("Invalid reference", detail).at(span).help(help)
}
