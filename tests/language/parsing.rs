//! Whether a text is accepted, as HCL's own parser says.

use super::records::{Case, read};
use envctl::diag::{Diagnostics, FileId};
use envctl::syntax::{parse_expression, parse_file};

/// Answered otherwise on purpose; `docs/conformance.md` says why.
const LISTED: &[&str] = &["1e99999", "<<E\nE", "a = <<E\nx\nE"];

fn disagreements(cases: &[Case], parse: fn(&str, &mut Diagnostics)) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for case in cases {
        let mut diags = Diagnostics::new();
        parse(&case.text, &mut diags);
        if case.answer.starts_with("accept") == diags.has_errors() {
            let ours = diags.iter().next().map_or("accept".to_string(), |d| format!("{}: {}", d.summary, d.detail));
            found.push((case.text.clone(), format!("  HCL    {}\n  envctl {ours}", case.answer)));
        }
    }
    found
}

#[test]
fn what_hcl_accepts_is_accepted_and_nothing_else() {
    let (expressions, bodies) = (read("parsing/expressions.txt"), read("parsing/bodies.txt"));
    let mut found = disagreements(&expressions, |text, diags| drop(parse_expression(FileId(0), text, diags)));
    found.extend(disagreements(&bodies, |text, diags| drop(parse_file(FileId(0), text, diags))));
    let total = expressions.len() + bodies.len();
    assert!(total >= 600, "{total}");
    super::judge(total, &found, LISTED);
}
