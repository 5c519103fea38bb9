//! The variables that texts declare, and values for them from the command line.

use crate::diag::{Diagnostic, Diagnostics, SourceMap};
use crate::syntax::{Attribute, ExprKind, parse_file};
use crate::value::closest;

/// A `variable` block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// `sensitive = true`
    pub sensitive: bool,
    /// Text, or no type: a value is taken as it is written.
    pub text: bool,
    /// It has a default.
    pub optional: bool,
}

/// The variables of configuration files.
#[must_use]
pub fn declared<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<Declared> {
    let mut found = Vec::new();
    for text in texts {
        let file = SourceMap::new().add("new", text);
        let body = parse_file(file, text, &mut Diagnostics::new());
        found.extend(body.blocks_of("variable").filter_map(|block| {
            let is = |name: &str, f: &dyn Fn(&ExprKind) -> bool| block.body.attribute(name).map(|a: &Attribute| f(&a.expr.kind));
            Some(Declared {
                name: block.labels.first()?.name.to_string(),
                sensitive: is("sensitive", &|e| matches!(e, ExprKind::Bool(true))).unwrap_or(false),
                text: is("type", &|e| matches!(e, ExprKind::Variable(name) if name.as_ref() == "string")).unwrap_or(true),
                optional: block.body.attribute("default").is_some(),
            })
        }));
    }
    found
}

/// `-set name=value` as an attribute of a variable file.
///
/// # Errors
/// A name that is not declared, a secret, a value that is no expression.
pub(super) fn attribute(given: &str, variables: &[Declared]) -> Result<hcl::Attribute, Diagnostic> {
    let (name, value) = given.split_once('=').ok_or_else(|| {
        Diagnostic::error("Invalid -set argument", format!("{given:?} has not the form name=value.")).help("Write: -set 'name=value'")
    })?;
    let name = name.trim();
    let Some(variable) = variables.iter().find(|v| v.name == name) else {
        let near = closest(name, variables.iter().map(|v| v.name.as_str())).map(|n| format!("Did you mean {n:?}? ")).unwrap_or_default();
        let all: Vec<&str> = variables.iter().map(|v| v.name.as_str()).collect();
        let d = Diagnostic::error("Unknown variable", format!("-set names {name:?}, and the environment declares no such variable."));
        return Err(d.help(format!("{near}There are: {}.", all.join(", "))));
    };
    if variable.sensitive {
        let detail = format!("{name} is sensitive, and -set writes into a file that belongs into version control.");
        return Err(Diagnostic::error("A secret does not belong there", detail).help("Write it into the .env file, which git ignores."));
    }
    if variable.text {
        return Ok(hcl::Attribute::new(name, value));
    }
    let expression: hcl::Expression = value.parse().map_err(|_| {
        let d = Diagnostic::error("Invalid -set argument", format!("{value:?} is no value that {name} can have."));
        d.help("Write it as in a .tfvars file: 3, true, [\"a\", \"b\"].")
    })?;
    Ok(hcl::Attribute::new(name, expression))
}
