//! `expect "NAME" { }`: what is allowed, or required, to differ between environments.

use super::glob::covers;
use super::risk::Risk;
use super::side::Section;
use crate::config::Environment;
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::{Scope, evaluate};
use crate::syntax::{Attribute, Block};
use crate::value::{Type, Value, closest, convert};

/// What a rule asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Must {
    /// The two sides must not be the same.
    Differ,
    /// They must be the same.
    Equal,
    /// Either will do.
    Any,
}

impl Must {
    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Must::Differ => "differ",
            Must::Equal => "equal",
            Must::Any => "any",
        }
    }
}

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Expect {
    /// Its label.
    pub name: String,
    /// Which items it speaks of.
    pub what: Vec<String>,
    /// What they must do.
    pub must: Must,
    /// Environments it speaks of; empty: all.
    pub environments: Vec<String>,
    /// How bad it is when they do not.
    pub risk: Option<Risk>,
    /// Why.
    pub because: Option<String>,
    /// The block.
    pub span: Span,
}

const ATTRIBUTES: [&str; 5] = ["what", "must", "in", "risk", "because"];

impl Expect {
    /// Whether it speaks of an item.
    #[must_use]
    pub fn covers(&self, item: &str) -> bool {
        self.what.iter().any(|pattern| covers(pattern, item))
    }

    /// Whether it speaks of both environments.
    #[must_use]
    pub fn applies(&self, environments: &[&str]) -> bool {
        self.environments.is_empty() || environments.iter().all(|e| self.environments.iter().any(|own| own == e))
    }
}

/// The rules of an `environment` block.
///
/// # Errors (as diagnostics)
/// Rules that say something else than they may.
pub fn expectations(environment: &Environment, scope: &dyn Scope, diags: &mut Diagnostics) -> Vec<Expect> {
    environment.rules.iter().filter(|b| b.kind.name.as_ref() == "expect").filter_map(|b| decode(b, scope, diags)).collect()
}

/// Environments that rules speak of and the project does not have: such a rule would never apply.
#[must_use]
pub fn misnamed(rules: &[Expect], known: &[String]) -> Diagnostics {
    let mut diags = Diagnostics::new();
    // Where no environments can be listed, nobody knows their names.
    for rule in rules.iter().filter(|_| !known.is_empty()) {
        for name in rule.environments.iter().filter(|n| !known.contains(n)) {
            let detail = format!("The rule {:?} speaks of the environment {name:?}, which this project does not have.", rule.name);
            let error = Diagnostic::error("No such environment", detail).at(rule.span);
            diags.push(match closest(name, known.iter().map(String::as_str)) {
                Some(near) => error.help(format!("Did you mean {near:?}?")),
                None => error.help(format!("There are: {}.", known.join(", "))),
            });
        }
    }
    diags
}

fn decode(block: &Block, scope: &dyn Scope, diags: &mut Diagnostics) -> Option<Expect> {
    let [label] = block.labels.as_slice() else {
        let detail = "An expect block has one label, its name.";
        diags.push(
            Diagnostic::error("Invalid expect block", detail).at(block.header).help("Write it like: expect \"runtime mode\" { ... }"),
        );
        return None;
    };
    for wrong in block.body.attributes.iter().filter(|a| !ATTRIBUTES.contains(&a.name.name.as_ref())) {
        diags.push(unknown(&wrong.name.name, wrong.name.span));
    }
    for wrong in &block.body.blocks {
        diags.push(unknown(&wrong.kind.name, wrong.header));
    }
    let mut reader = Reader { block, scope, diags };
    let what = reader.texts("what");
    let must = reader.text("must");
    let environments = reader.texts("in").unwrap_or_default();
    let risk = reader.risk();
    let because = reader.text("because");
    let what = reader.patterns(what)?;
    let must = reader.must(must)?;
    Some(Expect { name: label.name.to_string(), what, must, environments, risk, because, span: block.header })
}

fn unknown(name: &str, at: Span) -> Diagnostic {
    let error = Diagnostic::error("Unsupported argument", format!("An expect block has no {name:?}.")).at(at);
    match closest(name, ATTRIBUTES) {
        Some(near) => error.help(format!("Did you mean {near:?}?")),
        None => error.help(format!("It takes: {}.", ATTRIBUTES.join(", "))),
    }
}

struct Reader<'a, 'd> {
    block: &'a Block,
    scope: &'a dyn Scope,
    diags: &'d mut Diagnostics,
}

impl Reader<'_, '_> {
    fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.block.body.attribute(name)
    }

    fn value(&mut self, name: &str, ty: &Type) -> Option<(Value, Span)> {
        let attribute = self.attribute(name)?.clone();
        let at = attribute.expr.span;
        let mut own = Diagnostics::new();
        let value = evaluate(&attribute.expr, self.scope, &mut own);
        let failed = own.has_errors();
        self.diags.extend(own);
        if failed {
            return None;
        }
        let (value, marks) = value.unmark();
        let fits = convert(&value, ty).ok().filter(|v| !v.is_null() && !v.is_unknown() && !marks.is_sensitive());
        if fits.is_none() {
            let detail = format!("{name:?} of an expect block must be {ty}, known before anything is applied and not sensitive.");
            self.diags.push(Diagnostic::error("Invalid expect block", detail).at(at));
        }
        Some((fits?, at))
    }

    fn text(&mut self, name: &str) -> Option<String> {
        self.value(name, &Type::String)?.0.as_str().map(str::to_string)
    }

    /// A text or a list of texts.
    fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        let single = self.attribute(name).is_some_and(|a| !matches!(&*a.expr.kind, crate::syntax::ExprKind::Tuple(_)));
        if single && name == "what" {
            return self.text(name).map(|t| vec![t]);
        }
        let list = self.value(name, &Type::list(Type::String))?.0;
        Some(list.items().unwrap_or_default().iter().filter_map(|v| v.as_str().map(str::to_string)).collect())
    }

    fn risk(&mut self) -> Option<Risk> {
        let text = self.text("risk")?;
        let risk = Risk::parse(&text);
        if risk.is_none() {
            let at = self.attribute("risk").map_or(self.block.header, |a| a.expr.span);
            let detail = format!("{text:?} is no risk.");
            self.diags.push(Diagnostic::error("Invalid expect block", detail).at(at).help("Write low, medium, high or critical."));
        }
        risk
    }

    fn must(&mut self, given: Option<String>) -> Option<Must> {
        let found = [Must::Differ, Must::Equal, Must::Any].into_iter().find(|m| given.as_deref() == Some(m.name()));
        if found.is_none() {
            let at = self.attribute("must").map_or(self.block.header, |a| a.expr.span);
            let detail = given.map_or_else(|| "It does not say what must be.".to_string(), |t| format!("{t:?} is nothing that must be."));
            self.diags
                .push(Diagnostic::error("Invalid expect block", detail).at(at).help("Write must = \"differ\", \"equal\" or \"any\"."));
        }
        found
    }

    /// Patterns that can fit something: they begin with a kind of item.
    fn patterns(&mut self, given: Option<Vec<String>>) -> Option<Vec<String>> {
        let at = self.attribute("what").map_or(self.block.header, |a| a.expr.span);
        let kinds: Vec<&str> = Section::ALL.iter().map(|s| s.name()).collect();
        let help =
            format!("Names of items are those of the report, file:backend/.env:RUNTIME_MODE say; they begin with: {}.", kinds.join(", "));
        let Some(given) = given.filter(|g| !g.is_empty()) else {
            self.diags.push(Diagnostic::error("Invalid expect block", "It does not say what it speaks of.").at(at).help(help));
            return None;
        };
        let known = |p: &String| {
            p.starts_with('*') || p.split_once(':').is_some_and(|(kind, _)| kind.contains(['*', '?']) || kinds.contains(&kind))
        };
        if let Some(wrong) = given.iter().find(|p| !known(p)) {
            let detail = format!("{wrong:?} can be the name of no item.");
            self.diags.push(Diagnostic::error("Invalid expect block", detail).at(at).help(help));
            return None;
        }
        Some(given)
    }
}
