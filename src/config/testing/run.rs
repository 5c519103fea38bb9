//! `run` blocks.

use super::decode::{assignments, label};
use super::doubles::{override_module, override_resource};
use super::keyed::{address, keyword};
use super::model::{Expected, Overrides, TestCommand, TestModule, TestRun};
use crate::addr::{InstanceAddr, Mode, Target, parse_instance, parse_target};
use crate::config::constant::{flag, text};
use crate::config::decode::{check_rules, passed_providers, reference_list};
use crate::config::fields::Fields;
use crate::config::model::CheckRule;
use crate::diag::{Diagnostic, Diagnostics, SourceMap, Span};
use crate::lang::references;
use crate::syntax::{Attribute, Block};

/// Decodes a `run` block; `None` only without a usable name.
pub(super) fn run(block: &Block, sources: &SourceMap, diags: &mut Diagnostics) -> Option<TestRun> {
    let name = label(block, "name", diags)?;
    let mut fields = Fields::new(&block.body, "a run block", sources);
    let command = match keyword(fields.attr("command"), &["apply", "plan"], diags) {
        Some("plan") => TestCommand::Plan,
        _ => TestCommand::Apply,
    };
    let variables = fields.block("variables", diags).map(|b| assignments(b, diags)).unwrap_or_default();
    let providers = passed_providers(fields.attr("providers"), diags);
    let asserts = check_rules(&fields.blocks("assert"), sources, diags);
    asserts.iter().for_each(|rule| refers_to_something(rule, diags));
    let module = fields.block("module", diags).and_then(|b| module(b, sources, diags));
    let expected = expected(fields.attr("expect_failures"), diags);
    let mut overrides = Overrides::default();
    for kind in ["override_resource", "override_data"] {
        overrides.resources.extend(fields.blocks(kind).into_iter().filter_map(|b| override_resource(b, sources, diags)));
    }
    overrides.modules.extend(fields.blocks("override_module").into_iter().filter_map(|b| override_module(b, sources, diags)));
    let options = fields.block("plan_options", diags).map(|b| options(b, sources, diags)).unwrap_or_default();
    for (name, what) in [("state_key", "One state for several modules"), ("parallel", "Running several runs at once")] {
        if let Some(attr) = fields.attr(name) {
            let detail = format!("{what} is Terraform's, and not part of OpenTofu 1.11's test files.");
            diags.push(Diagnostic::error("Unsupported argument", detail).at(attr.name.span).help(format!("Remove \"{name}\".")));
        }
    }
    fields.finish(diags);
    let Options { refresh_only, refresh, replace, targets } = options;
    let name = name.name.clone();
    let span = block.header;
    Some(TestRun {
        name,
        command,
        refresh_only,
        refresh,
        replace,
        targets,
        variables,
        providers,
        asserts,
        module,
        expected,
        overrides,
        span,
    })
}

/// A condition that names nothing is always the same, whatever is tested.
fn refers_to_something(rule: &CheckRule, diags: &mut Diagnostics) {
    let mut own = Diagnostics::new();
    let found = references(&rule.condition, &mut own);
    if found.is_empty() && own.is_empty() && !matches!(&*rule.condition.kind, crate::syntax::ExprKind::Invalid) {
        let detail = "The condition names no resource, variable or output, so it says nothing about what is tested.";
        diags.push(Diagnostic::error("Invalid assertion", detail).at(rule.condition.span).within(rule.span));
    }
}

fn module(block: &Block, sources: &SourceMap, diags: &mut Diagnostics) -> Option<TestModule> {
    let mut fields = Fields::new(&block.body, "a module block of a run", sources);
    let attr = fields.required("source", block.header, diags);
    if let Some(version) = fields.attr("version") {
        let detail = "Runs take modules from local folders so far, and those have no versions.";
        diags.push(Diagnostic::error("Not supported yet", detail).at(version.name.span));
    }
    fields.finish(diags);
    let source = text(attr, diags)?;
    Some(TestModule { source, span: attr?.expr.span })
}

struct Options {
    refresh_only: bool,
    refresh: bool,
    replace: Vec<InstanceAddr>,
    targets: Vec<Target>,
}

impl Default for Options {
    fn default() -> Self {
        Options { refresh_only: false, refresh: true, replace: Vec::new(), targets: Vec::new() }
    }
}

fn options(block: &Block, sources: &SourceMap, diags: &mut Diagnostics) -> Options {
    let mut fields = Fields::new(&block.body, "a plan_options block", sources);
    let refresh_only = keyword(fields.attr("mode"), &["normal", "refresh-only"], diags) == Some("refresh-only");
    let written = fields.attr("refresh");
    let refresh = flag(written, diags).unwrap_or(true);
    let (replace, target) = (fields.attr("replace"), fields.attr("target"));
    fields.finish(diags);
    if let Some(attr) = written.filter(|_| refresh_only && !refresh) {
        let d = Diagnostic::error("Incompatible plan options", "refresh = false leaves nothing to do in the mode refresh-only.");
        diags.push(d.at(attr.span));
    }
    let replace = addresses(replace, diags, parse_instance);
    let managed = |(addr, span): (InstanceAddr, Span)| {
        if addr.resource.mode == Mode::Managed {
            return Some(addr);
        }
        diags.push(Diagnostic::error("Only managed resources can be replaced", format!("{addr} is read, never made.")).at(span));
        None
    };
    let replace = replace.into_iter().filter_map(managed).collect();
    let targets = addresses(target, diags, parse_target).into_iter().map(|(t, _)| t).collect();
    Options { refresh_only, refresh, replace, targets }
}

/// A list of addresses.
fn addresses<T>(
    attr: Option<&Attribute>,
    diags: &mut Diagnostics,
    parse: impl Fn(&str) -> Result<T, crate::addr::ParseError>,
) -> Vec<(T, Span)> {
    let mut all = Vec::new();
    for expr in reference_list(attr, diags) {
        let text = address(&expr).unwrap_or_default();
        match parse(&text) {
            Ok(addr) => all.push((addr, expr.span)),
            Err(e) => {
                let d = Diagnostic::error("Invalid address", format!("{text:?}: {}.", e.message)).at(expr.span);
                diags.push(d.help("Write it like aws_instance.web, module.net or aws_eip.ip[\"stage\"]."));
            }
        }
    }
    all
}

/// Roots of references that look like resources and are none.
const NOT_TYPES: [&str; 9] = ["local", "run", "each", "count", "self", "path", "terraform", "tofu", "provider"];

/// `expect_failures`: what can have conditions in the root module.
fn expected(attr: Option<&Attribute>, diags: &mut Diagnostics) -> Vec<Expected> {
    let mut all: Vec<Expected> = Vec::new();
    for expr in reference_list(attr, diags) {
        let object = address(&expr).unwrap_or_default();
        let named = ["var.", "output.", "check."].iter().find_map(|p| object.strip_prefix(p));
        let fits = match named {
            Some(name) => !name.is_empty() && !name.contains(['.', '[']),
            None => parse_instance(&object).is_ok_and(|a| a.resource.module.is_root() && !NOT_TYPES.contains(&a.resource.kind.as_ref())),
        };
        if !fits {
            let detail = format!("{object:?} has no conditions of its own that could fail here.");
            let d = Diagnostic::error("Invalid expect_failures entry", detail).at(expr.span);
            diags.push(d.help(
                "Name variables, outputs, checks, resources and data sources of the root module: var.x, output.x, check.x, aws_vpc.x.",
            ));
            continue;
        }
        if all.iter().all(|e| e.object != object) {
            all.push(Expected { object, span: expr.span });
        }
    }
    all
}
