//! `expect_failures`: conditions that must not hold.

use crate::addr::parse_instance;
use crate::config::Config;
use crate::config::testing::Expected;
use crate::diag::{Diagnostic, Diagnostics};

/// The object of the root module whose condition a diagnostic reports; its address, where it is a
/// resource, both as an instance and as a whole.
fn failed(d: &Diagnostic, config: &Config) -> Option<Vec<String>> {
    if let Some(object) = &d.condition_of {
        let mut names = vec![object.clone()];
        if let Ok(addr) = parse_instance(object)
            && !object.starts_with("var.")
            && !object.starts_with("output.")
            && !object.starts_with("check.")
        {
            names.push(addr.config_addr().to_string());
        }
        return Some(names);
    }
    // A data source in a check block: its failure is the check's.
    let addr = parse_instance(d.address.as_deref()?).ok()?.config_addr();
    let check = config.modules.get(&addr.module)?.resources.get(&addr)?.check.as_ref()?;
    let module = if addr.module.is_root() { String::new() } else { format!("{}.", addr.module) };
    Some(vec![format!("{module}check.{check}")])
}

/// Whether a failure is of a check block: elsewhere only a warning, in a test an error.
fn of_check(names: &[String]) -> bool {
    names.iter().any(|n| n.starts_with("check.") || n.contains(".check."))
}

/// What is left of diagnostics when expected failures are taken out; those that did not come are
/// errors, and so are failed checks that nobody expected.
pub(super) fn assess(expected: &[Expected], diags: Diagnostics, config: &Config) -> Diagnostics {
    let mut seen = vec![false; expected.len()];
    let mut left = Diagnostics::new();
    for mut d in diags {
        let Some(names) = failed(&d, config) else {
            left.push(d);
            continue;
        };
        let check = of_check(&names);
        if !check && !d.is_error() {
            left.push(d);
            continue;
        }
        let hits: Vec<usize> = expected.iter().enumerate().filter(|(_, e)| names.contains(&e.object)).map(|(i, _)| i).collect();
        if hits.is_empty() {
            if check {
                d.severity = crate::diag::Severity::Error;
            }
            left.push(d);
        }
        for i in hits {
            if let Some(slot) = seen.get_mut(i) {
                *slot = true;
            }
        }
    }
    for (e, _) in expected.iter().zip(&seen).filter(|(_, s)| !**s) {
        let detail = format!("A condition of {} was expected to fail, and all of them held.", e.object);
        left.push(Diagnostic::error("Missing expected failure", detail).at(e.span));
    }
    left
}

/// What a plan found before an apply could follow: errors stay errors, but an expected one is explained.
pub(super) fn before_apply(expected: &[Expected], diags: Diagnostics, config: &Config) -> Diagnostics {
    let mut all = Diagnostics::new();
    for d in diags {
        let names = failed(&d, config);
        let early = d.is_error() && names.iter().flatten().any(|n| expected.iter().any(|e| e.object == *n));
        // Applying reports checks again, or settles them.
        if !d.is_error() && names.as_deref().is_some_and(of_check) {
            continue;
        }
        all.push(if early && d.help.is_none() {
            d.help("It failed as expected, but already in the plan, so the apply of this run could not begin. Write: command = plan")
        } else {
            d
        });
    }
    all
}
