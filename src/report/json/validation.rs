//! The document of `validate -json`: <https://opentofu.org/docs/cli/commands/validate/>.

use super::diagnostic;
use crate::diag::{Diagnostics, SourceMap};
use serde_json::json;

/// Whether the configuration is valid, and everything that was found.
#[must_use]
pub fn validation(all: &Diagnostics, sources: &SourceMap) -> String {
    let errors = all.iter().filter(|d| d.is_error()).count();
    let document = json!({
        "format_version": "1.0",
        "valid": errors == 0,
        "error_count": errors,
        "warning_count": all.len() - errors,
        "diagnostics": all.iter().map(|d| diagnostic(d, sources)).collect::<Vec<_>>(),
    });
    serde_json::to_string_pretty(&document).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Diagnostic;

    #[test]
    fn counts_and_messages_without_a_place() {
        let all: Diagnostics = [Diagnostic::error("E", "e"), Diagnostic::warning("W", "w")].into_iter().collect();
        let text = validation(&all, &SourceMap::new());
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&read["valid"], &read["error_count"], &read["warning_count"]), (&json!(false), &json!(1), &json!(1)));
        assert_eq!(read["diagnostics"][0], json!({"severity": "error", "summary": "E", "detail": "e"}));
        assert!(text.starts_with("{\n  \"format_version\": \"1.0\",\n  \"valid\": false,"));
    }
}
