//! One name for another in texts: whole words only, and in configuration only inside of quotes.

use crate::diag::{Diagnostics, FileId, Span};
use crate::syntax::{Body, Expr, ExprKind, parse_file, walk};

/// Every whole word `from` becomes `to`. A word ends where no letter and no digit stands.
#[must_use]
pub fn rename(text: &str, from: &str, to: &str) -> String {
    replaced(text, from, to, &|_| true)
}

/// The same in configuration: only inside of quoted text and heredocs, not in the sources of modules,
/// names of blocks and references.
#[must_use]
pub fn rename_hcl(text: &str, from: &str, to: &str) -> String {
    let body = parse_file(FileId(0), text, &mut Diagnostics::new());
    let mut quoted = vec![false; text.len()];
    mark(&body, &mut quoted);
    replaced(text, from, to, &|at| quoted.get(at) == Some(&true))
}

fn mark(body: &Body, quoted: &mut [bool]) {
    let mut each = |expr: &Expr| set(quoted, expr.span, matches!(&*expr.kind, ExprKind::Template(_)));
    body.attributes.iter().for_each(|a| walk(&a.expr, &mut each));
    for block in &body.blocks {
        mark(&block.body, quoted);
        if let Some(source) = block.body.attribute("source").filter(|_| block.kind.name.as_ref() == "module") {
            set(quoted, source.expr.span, false);
        }
    }
}

fn set(quoted: &mut [bool], span: Span, value: bool) {
    let range = span.start as usize..span.end as usize;
    quoted.get_mut(range).into_iter().flatten().for_each(|b| *b = value);
}

fn replaced(text: &str, from: &str, to: &str, may: &dyn Fn(usize) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut last = 0;
    for (at, found) in text.match_indices(from) {
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let after = text.get(at + found.len()..).and_then(|t| t.chars().next());
        let whole = !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric);
        if at >= last && whole && may(at) {
            out += text.get(last..at).unwrap_or_default();
            out += to;
            last = at + found.len();
        }
    }
    out + text.get(last..).unwrap_or_default()
}
