//! Family: secrets where git has, or would take, them.

use super::rules::{Finding, Level};
use super::source::{Kind, Source};
use crate::ops::env_check::sample_of;
use crate::ops::looks::{placeholder, secret_name, secret_value};
use crate::ops::tokens::{known_secret, looks_random};

/// Longer lines are data.
const MAX_LINE: usize = 4000;

/// Everything of this family in a file.
pub fn check(source: &Source, out: &mut Vec<Finding>) {
    if source.ignored {
        return;
    }
    let kind = source.kind();
    for (number, line) in source.lines().filter(|(_, l)| l.len() <= MAX_LINE) {
        if let Some(what) = known_secret(line) {
            let next = source.text.as_deref().and_then(|t| t.lines().nth(number)).unwrap_or("");
            if !line.contains("PRIVATE KEY") || has_body(line) || has_body(next) {
                let finding = Finding::new("secret-token", &source.path, number, format!("{what} stands here"));
                out.push(if source.is_test() { finding.at_level(Level::Medium) } else { finding });
                continue;
            }
        }
        if matches!(kind, Kind::Docs | Kind::Made) || source.is_test() {
            continue;
        }
        if let Some(name) = assigned(line, kind, &source.path) {
            out.push(Finding::new("secret-value", &source.path, number, format!("{name} looks like a real secret")));
        }
    }
}

/// Whether a line holds more of a key than its frame.
fn has_body(line: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '+' || c == '/' || c == '=';
    line.split(|c: char| !is_part(c)).any(|run| run.len() >= 40)
}

/// The name of a secret that a line gives a real value.
fn assigned<'l>(line: &'l str, kind: Kind, path: &str) -> Option<&'l str> {
    let (name, value) = split(line)?;
    let place = matches!(kind, Kind::Hcl) && name == "key" && is_place(value);
    let real = !value.is_empty() && !place && placeholder(value).is_none() && !is_reference(value);
    if !real {
        return None;
    }
    let plain_env = kind == Kind::Env && sample_of(path).is_none();
    let named = secret_name(name) && (looks_random(value) || plain_env);
    let inside = secret_value(value) && !is_usual(value);
    (named || inside).then_some(name)
}

/// `NAME=value`, `name: value`, `"name" = "value"`, `const name = "value";`
pub(super) fn split(line: &str) -> Option<(&str, &str)> {
    let text = line.trim().trim_start_matches("- ").trim_start_matches("export ");
    let at = text.find(['=', ':'])?;
    let name = text.get(..at)?.trim().trim_matches(['"', '\'', '`']);
    let name = name.rsplit(|c: char| c.is_whitespace()).next()?.trim_matches(['"', '\'']);
    let value = text.get(at + 1..)?.trim_start_matches(['=', ':']).trim().trim_end_matches([',', ';']);
    let value = match value.chars().next() {
        Some(quote @ ('"' | '\'' | '`')) => value.get(1..)?.split(quote).next()?,
        _ => value.split(" #").next()?.trim(),
    };
    let usable = !name.is_empty() && name.len() < 100 && name.chars().all(|c| c.is_alphanumeric() || "_.-".contains(c));
    usable.then_some((name, value))
}

/// A path as keys of backends are: words, slashes, and the name of a state at the end.
fn is_place(value: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    value.chars().all(plain) && (value.ends_with(".tfstate") || value.ends_with(".json") || value.ends_with(".state"))
}

/// A value that stands elsewhere, or is made when it is used.
fn is_reference(value: &str) -> bool {
    let starts = [
        "$",
        "{{",
        "<",
        "var.",
        "local.",
        "data.",
        "module.",
        "process.env",
        "os.environ",
        "os.getenv",
        "env.",
        "env(",
        "ENV[",
        "secrets.",
        "arn:",
        "vault:",
        "!",
    ];
    starts.iter().any(|s| value.starts_with(s))
        || value.contains("${")
        || value.contains("{{")
        || value.contains('(')
        || value.contains("EXAMPLE")
}

/// Passwords of databases on developers' machines: known to everybody, protecting nothing.
fn is_usual(value: &str) -> bool {
    let password = value.split_once("://").and_then(|(_, rest)| rest.split_once('@')).and_then(|(user, _)| user.split_once(':'));
    password.is_some_and(|(user, password)| {
        let usual = ["password", "postgres", "root", "example", "test", "guest", "admin", "secret", "pass", "dev"];
        user == password || usual.contains(&password) || placeholder(password).is_some() || is_reference(password)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_of_a_key_alone_is_no_key() {
        let found = |path: &str, text: String| {
            let mut out = Vec::new();
            check(&Source { path: path.into(), tracked: true, ignored: false, text: Some(text) }, &mut out);
            out.iter().map(|f| f.level).collect::<Vec<_>>()
        };
        let frame = "-----BEGIN RSA PRIVATE KEY-----";
        assert!(found("a.rs", format!("text.contains(\"{frame}\")\n")).is_empty());
        assert_eq!(found("id_rsa", format!("{frame}\n{}\n", "MIIB".repeat(16))), [Level::Critical]);
        assert_eq!(found("testdata/id_rsa", format!("{frame}\n{}\n", "MIIB".repeat(16))), [Level::Medium]);
    }

    #[test]
    fn the_key_of_a_backend_is_a_path() {
        assert_eq!(assigned("    key = \"lab2/terraform.tfstate\"", Kind::Hcl, "main.tf"), None);
        assert_eq!(assigned("key = \"team-7/Lab2.B/terraform.tfstate\"", Kind::Hcl, "backend.hcl"), None);
        assert_eq!(assigned("    key = \"9f8Gk2LqZx71Vb0TnW4s\"", Kind::Hcl, "main.tf"), Some("key"));
    }

    #[test]
    fn real_values_of_secret_names_are_found_and_references_are_not() {
        let random = "9f8Gk2LqZx71Vb0TnW4s";
        for line in [
            format!("API_TOKEN={random}"),
            format!("  api_key: \"{random}\""),
            format!("const apiSecret = '{random}';"),
            format!("\"token\": \"{random}\","),
        ] {
            assert!(assigned(&line, Kind::Config, "x.yml").is_some(), "{line}");
        }
        for line in [
            "API_TOKEN=${TOKEN_FROM_VAULT_1}",
            "password = var.password",
            "token = os.environ['T0KEN_OF_THE_SERVICE']",
            "key: name-of-a-key",
            "DB=postgres://postgres:postgres@db/x",
        ] {
            assert_eq!(assigned(line, Kind::Code, "x.py"), None, "{line}");
        }
        assert_eq!(assigned("DB_PASSWORD=hunter2", Kind::Env, "prod.env"), Some("DB_PASSWORD"));
        assert_eq!(assigned("DB_PASSWORD=hunter2", Kind::Env, ".env.example"), None);
        assert_eq!(assigned("URL=redis://app:h1dd3n@cache:6379", Kind::Env, ".env.example"), Some("URL"));
    }
}
