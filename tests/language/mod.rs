//! Agreement with OpenTofu 1.11 on the language: what it accepts, what it evaluates to, how it lays files out.
//!
//! The answers were recorded from OpenTofu itself (`scripts/agreement/run --record`), so these tests need no Go. What
//! envctl answers otherwise on purpose is listed with its reason in `docs/conformance.md`, and in the lists here: a
//! disagreement that is in no list fails, and so does a listed one that is gone.

mod layout;
mod mistakes;
mod parsing;
mod records;
mod values;

pub use records::folder;
pub use values::{Locals, locals};

/// Fails unless the disagreements are the listed ones, and at most 0.5 %, listed or not.
fn judge(total: usize, found: &[(String, String)], listed: &[&str]) {
    only_listed(total, found, listed);
    assert!(found.len() as f64 <= 0.005 * total as f64, "{} of {total} disagree", found.len());
}

/// Fails unless the disagreements are the listed ones.
fn only_listed(total: usize, found: &[(String, String)], listed: &[&str]) {
    let unlisted: Vec<_> = found.iter().filter(|(text, _)| !listed.contains(&text.as_str())).collect();
    let shown: String = unlisted.iter().map(|(text, how)| format!("{text:?}\n{how}\n")).collect();
    assert!(unlisted.is_empty(), "{} of {total} disagree without being listed:\n{shown}", unlisted.len());
    let gone: Vec<_> = listed.iter().filter(|text| !found.iter().any(|(f, _)| f == *text)).collect();
    assert!(gone.is_empty(), "listed, but agreed on: {gone:#?}");
}
