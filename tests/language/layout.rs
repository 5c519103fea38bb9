//! Formatting, byte by byte as `tofu fmt` does it.

use super::records::{decode, folder};
use envctl::diag::{Diagnostics, FileId};
use envctl::syntax::format_source;

/// Answered otherwise on purpose; `docs/conformance.md` says why.
const LISTED: &[&str] = &["a=\"${\"${b}\"}\"\n"];

fn formatted(text: &str) -> Option<String> {
    format_source(FileId(0), text, &mut Diagnostics::new())
}

#[test]
fn files_are_laid_out_as_tofu_fmt_does() {
    let cases = folder("layout");
    assert!(cases.len() >= 150, "{}", cases.len());
    let (mut found, mut unstable) = (Vec::new(), Vec::new());
    for case in &cases {
        let want = (case.answer != "refused").then(|| decode(&case.answer.split('\n').collect::<Vec<_>>()));
        let got = formatted(&case.text);
        if got != want {
            found.push((case.text.clone(), format!("  tofu   {want:?}\n  envctl {got:?}")));
        }
        let twice = got.as_deref().and_then(formatted);
        if twice != got {
            unstable.push(format!("{:?}\n  once  {got:?}\n  twice {twice:?}", case.text));
        }
    }
    assert!(unstable.is_empty(), "formatting twice changes more:\n{}", unstable.join("\n"));
    super::judge(cases.len(), &found, LISTED);
}
