//! Tests of the `.env` editor; a real shell reads what it writes.

use super::*;
use proptest::prelude::*;

fn edit(text: &str, set: &[(&str, &str)]) -> String {
    let mut file = EnvFile::parse(text);
    for (key, value) in set {
        file.set(key, value);
    }
    file.text()
}

#[test]
fn only_the_set_values_change() {
    let text = "# database\nexport DB_USER = admin # who\r\n\n  DB_PASS='old pass'  # secret\nDB_NAME=\"x\"\nnot an assignment\nEMPTY=\nEMPTY2= # later";
    assert_eq!(edit(text, &[]), text);
    let edited = edit(text, &[("DB_USER", "root"), ("DB_PASS", "new pass"), ("DB_NAME", "y z"), ("EMPTY", "1"), ("EMPTY2", "2")]);
    let want = "# database\nexport DB_USER = root # who\r\n\n  DB_PASS='new pass'  # secret\nDB_NAME=\"y z\"\nnot an assignment\nEMPTY=1\nEMPTY2=2 # later";
    assert_eq!(edited, want);
}

#[test]
fn missing_keys_are_appended_with_the_files_line_end() {
    assert_eq!(edit("A=1", &[("B", "2")]), "A=1\nB=2\n");
    assert_eq!(edit("A=1\r\n", &[("B", "2")]), "A=1\r\nB=2\r\n");
    assert_eq!(edit("A=1\r\n# end", &[("B", "2")]), "A=1\r\n# end\r\nB=2\r\n");
    assert_eq!(edit("", &[("B", "it is")]), "B='it is'\n");
    assert_eq!(edit("# B=commented\n", &[("B", "2")]), "# B=commented\nB=2\n");
}

#[test]
fn crlf_stays_and_is_no_part_of_values() {
    assert_eq!(EnvFile::parse("A=1\r\nB='x'\r\n").entries(), [("A".into(), "1".into()), ("B".into(), "x".into())]);
    assert_eq!(edit("A=1\r\nB='x'\r\nC=\r\n", &[("A", "2"), ("B", "y"), ("C", "3")]), "A=2\r\nB='y'\r\nC=3\r\n");
}

#[test]
fn every_occurrence_of_a_key_is_set() {
    assert_eq!(edit("A=1\nB=2\nA=3\n", &[("A", "9")]), "A=9\nB=2\nA=9\n");
    assert_eq!(EnvFile::parse("A=1\nA=3\n").entries(), [("A".to_string(), "3".to_string())]);
}

#[test]
fn values_may_span_lines() {
    let text = "KEY=\"-----BEGIN\nabc\n-----END\"\nNEXT=1\n";
    let file = EnvFile::parse(text);
    assert_eq!(file.entries(), [("KEY".into(), "-----BEGIN\nabc\n-----END".into()), ("NEXT".into(), "1".into())]);
    assert_eq!(edit(text, &[("KEY", "a\nb")]), "KEY=\"a\nb\"\nNEXT=1\n");
    assert_eq!(edit("A=1\n", &[("KEY", "a\nb")]), "A=1\nKEY='a\nb'\n");
}

#[test]
fn an_open_quote_does_not_swallow_the_file() {
    let file = EnvFile::parse("A='open\nB=2\nC='x'\n");
    assert_eq!(file.entries().len(), 3);
    assert_eq!(edit("A='open\nB=2\n", &[("B", "3")]), "A='open\nB=3\n");
}

#[test]
fn an_open_quote_that_would_take_in_what_is_set_is_said() {
    let mut file = EnvFile::parse("A=\"\nB=1\n");
    assert!(file.set("ADDED", "plain"));
    assert!(!file.set("ADDED", "says \"\n"), "the quote of A would end here");
    assert!(EnvFile::parse("A=\"a\" b\n").set("ADDED", "it's"), "not open to every reader");
}

#[test]
fn hashes_belong_to_values_unless_a_space_is_before_them() {
    let file = EnvFile::parse("A=a#b\nB=a #b\nC=#c\nD='x # y'\n");
    let values: Vec<String> = file.entries().into_iter().map(|(_, v)| v).collect();
    assert_eq!(values, ["a#b", "a", "#c", "x # y"]);
}

#[test]
fn a_value_that_a_shell_would_expand_is_quoted_even_if_the_text_is_the_same() {
    assert_eq!(edit("A=$HOME/x\n", &[("A", "$HOME/x")]), "A='$HOME/x'\n");
    assert_eq!(edit("A=plain\n", &[("A", "plain")]), "A=plain\n");
}

#[test]
fn values_without_a_common_form_are_reported() {
    let mut file = EnvFile::parse("");
    assert!(file.set("A", "it's"));
    assert!(file.set("A", "say \"hi\" for $5"));
    assert!(!file.set("A", "it's \"both\""));
    assert!(!file.set("A", "ends with \\"));
}

#[test]
fn what_counts_as_an_env_file() {
    assert!(EnvFile::parse("# c\n\nA=1\n").is_env());
    assert!(!EnvFile::parse("# c\n").is_env());
    assert!(!EnvFile::parse("[common]\ntoken = \"x\"\n").is_env());
}

/// Sources the text in a real shell and prints one variable.
fn shell_reads(text: &str, key: &str) -> String {
    let script = format!("{text}\nprintf %s \"${key}\"");
    let out = std::process::Command::new("sh").arg("-c").arg(script).output().unwrap();
    String::from_utf8(out.stdout).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_shell_reads_back_what_was_set(value in "[ -~äß\n]{0,20}", base in prop::sample::select(vec!["", "KEY=\n", "KEY='a'\n", "KEY=\"b\" # c\n", "export KEY=x\n"])) {
        let text = edit(base, &[("KEY", &value)]);
        prop_assert_eq!(shell_reads(&text, "KEY"), value.clone());
        let entries = EnvFile::parse(&text).entries();
        prop_assert_eq!(entries.first().map(|(_, v)| v.clone()), Some(value));
    }

    #[test]
    fn any_text_survives_parsing(text in "[ -~\r\n\té='\"#]{0,80}") {
        prop_assert_eq!(EnvFile::parse(&text).text(), text);
    }
}
