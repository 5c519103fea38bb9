//! POSIX shell quoting and commands as values.
//!
//! Whatever is secret travels in [`RemoteCommand::stdin`], as a script that a small fixed shell
//! line reads completely before it runs it: process lists on the host never show it, and the
//! command itself finds an empty standard input.

/// A command to run on a host: a shell line and what it gets on standard input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteCommand {
    /// POSIX shell text, arguments already quoted.
    pub shell: String,
    /// Standard input (scripts with secrets go here).
    pub stdin: Option<Vec<u8>>,
}

/// Defines `r`: runs a command as root, by a `sudo` that must not ask; root needs none.
pub const AS_ROOT: &str = r#"r() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n -- "$@"; fi; }; "#;

/// Reads a script from standard input to its end, then runs it.
const RUN_STDIN: &str = r#"sh -c 'eval "$(cat)"'"#;

impl RemoteCommand {
    /// A shell line with nothing on standard input.
    #[must_use]
    pub fn new(shell: impl Into<String>) -> Self {
        RemoteCommand { shell: shell.into(), stdin: None }
    }

    /// A script that may hold secrets: it is sent over standard input.
    #[must_use]
    pub fn script(script: impl Into<String>) -> Self {
        RemoteCommand { shell: RUN_STDIN.into(), stdin: Some(script.into().into_bytes()) }
    }

    /// A script that may hold secrets, run as root.
    #[must_use]
    pub fn root_script(script: impl Into<String>) -> Self {
        RemoteCommand { shell: format!("sh -c {}", quote(&format!("{AS_ROOT}r {RUN_STDIN}"))), stdin: Some(script.into().into_bytes()) }
    }
}

/// One shell word that stands for exactly `text`. Plain words stay as they are.
#[must_use]
pub fn quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,=".contains(c);
    let needs_none = !text.is_empty() && text.chars().all(plain) && !text.starts_with(['-', '=']) && !text.contains("=~");
    if needs_none { text.to_string() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// `export NAME='value'` lines.
#[must_use]
pub fn exports<'a>(vars: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    vars.into_iter().map(|(name, value)| format!("export {name}={}\n", quote(value))).collect()
}

/// Whether a name can be exported by a POSIX shell.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_') && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_a_real_shell() {
        for text in
            ["", "plain", "/a b/c", "it's", "$HOME `id` \"x\"", "a\nb", "-n", "~/x", "*", "=x", "ü", "a\\b", "'", "''", "#x", "a;b&c|d"]
        {
            let out = std::process::Command::new("sh").arg("-c").arg(format!("printf %s {}", quote(text))).output().unwrap();
            assert_eq!(String::from_utf8(out.stdout).unwrap(), text);
        }
        assert_eq!(quote("/home/ubuntu/app"), "/home/ubuntu/app");
        assert_eq!(quote("it's"), r"'it'\''s'");
    }

    #[test]
    fn scripts_travel_on_standard_input() {
        let command = RemoteCommand::script("echo s3cret");
        assert_eq!(command.shell, r#"sh -c 'eval "$(cat)"'"#);
        assert_eq!(command.stdin.as_deref(), Some(&b"echo s3cret"[..]));
        let root = RemoteCommand::root_script("x").shell;
        assert_eq!(root, r#"sh -c 'r() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n -- "$@"; fi; }; r sh -c '\''eval "$(cat)"'\'''"#);
    }

    #[test]
    fn exported_names_are_checked_apart() {
        assert_eq!(exports([("A", "x y"), ("B", "1")]), "export A='x y'\nexport B=1\n");
        assert!(is_name("_A1"));
        assert!(!is_name("1A") && !is_name("") && !is_name("A-B") && !is_name("A;id"));
    }
}
