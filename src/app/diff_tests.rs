//! Tests of file changes: what is shown, and above all what is not.

use super::*;

fn env(bytes: &str, entries: &[(&str, Text)]) -> Rendered {
    let entries = entries.iter().map(|(k, v)| EnvEntry { key: (*k).into(), value: v.clone() }).collect();
    rendered(bytes, Shape::Env { entries, complete: true })
}

fn rendered(bytes: &str, shape: Shape) -> Rendered {
    Rendered { path: "f".into(), in_source: None, bytes: Some(bytes.into()), waits_for: None, shape, mode: 0o600, sudo: false, owner: None }
}

fn remote(content: &str) -> RemoteFile {
    RemoteFile { content: content.into(), mode: Some(0o600) }
}

fn keys(change: &FileChange) -> Vec<String> {
    let text = |s: &Option<Shown>| s.as_ref().map_or("-".to_string(), ToString::to_string);
    change.keys.iter().map(|k| format!("{}: {} -> {}", k.key, text(&k.old), text(&k.new))).collect()
}

fn lines(change: &FileChange) -> Vec<String> {
    change.lines.iter().map(|l| format!("{}{} {}", if l.added { "+" } else { "-" }, l.number, l.text)).collect()
}

#[test]
fn env_files_differ_key_by_key() {
    let new = env("A=2\nB=x\nP=new\n", &[("A", Text::plain("2")), ("B", Text::plain("x")), ("P", Text::secret("new"))]);
    let change = new.compare(Before::File(&remote("A=1\nP=old-secret\nGONE=9\nOLD_TOKEN=zzz\n")), None);
    assert_eq!(change.action, FileAction::Update);
    assert_eq!(
        keys(&change),
        ["A: 1 -> 2", "B: - -> x", "P: (sensitive value) -> (sensitive value)", "GONE: 9 -> -", "OLD_TOKEN: (sensitive value) -> -"]
    );
}

#[test]
fn what_was_secret_when_it_was_written_stays_secret() {
    let mut record = AppRecord::new("web", [1; 16]);
    let old = env("NAME=quiet\nA=1\n", &[("NAME", Text::secret("quiet")), ("A", Text::plain("1"))]);
    record.files.insert("f".into(), old.record(&record).unwrap());
    let new = env("A=2\nKEYBOARD=de\n", &[("A", Text::plain("2")), ("KEYBOARD", Text::plain("de"))]);
    let change = new.compare(Before::File(&remote("NAME=quiet\nA=1\n")), Some(&record));
    assert_eq!(keys(&change), ["A: 1 -> 2", "KEYBOARD: - -> de", "NAME: (sensitive value) -> -"]);
}

#[test]
fn equal_bytes_are_no_change_but_a_mode_is() {
    let file = env("A=1\n", &[("A", Text::plain("1"))]);
    assert_eq!(file.compare(Before::File(&remote("A=1\n")), None).action, FileAction::NoOp);
    let open = RemoteFile { mode: Some(0o644), ..remote("A=1\n") };
    let change = file.compare(Before::File(&open), None);
    assert_eq!((change.action, change.mode), (FileAction::Update, Some((Some(0o644), 0o600))));
    let change = file.compare(Before::File(&remote("A='1'\n")), None);
    assert_eq!(change.note.as_deref(), Some("only comments, quotes or line ends differ"));
}

#[test]
fn other_files_differ_line_by_line_without_their_secrets() {
    let mut record = AppRecord::new("web", [1; 16]);
    let old = rendered("port = 1\ntoken = \"oldsecret\"\n", Shape::Lines(vec![None, Some(9)]));
    record.files.insert("f".into(), old.record(&record).unwrap());
    let new = rendered("port = 2\ntoken = \"newsecret\"\n", Shape::Lines(vec![None, Some(9)]));
    let host = remote("port = 1\ntoken = \"oldsecret\"\n");
    let masked = ["-1 port = 1", "-2 token = \"(sensitive value)", "+1 port = 2", "+2 token = \"(sensitive value)"];
    assert_eq!(lines(&new.compare(Before::File(&host), Some(&record))), masked);
    // Without a record, or when somebody edited the file, every old line beside secrets is masked.
    let unsure = ["-1 (sensitive value)", "-2 token = \"(sensitive value)", "+1 port = 2", "+2 token = \"(sensitive value)"];
    assert_eq!(lines(&new.compare(Before::File(&host), None)), unsure);
    let edited = remote("port = 1\ntoken = \"edited\"\n");
    assert_eq!(lines(&new.compare(Before::File(&edited), Some(&record))), unsure);
}

#[test]
fn an_unseen_host_is_compared_by_hash() {
    let mut record = AppRecord::new("web", [1; 16]);
    let file = env("A=1\n", &[("A", Text::plain("1"))]);
    assert_eq!(file.compare(Before::Unseen, None).action, FileAction::Create);
    record.files.insert("f".into(), file.record(&record).unwrap());
    assert_eq!(file.compare(Before::Unseen, Some(&record)).action, FileAction::NoOp);
    let changed = env("A=2\n", &[("A", Text::plain("2"))]).compare(Before::Unseen, Some(&record));
    assert_eq!(changed.action, FileAction::Update);
    assert!(changed.note.unwrap().contains("could not be read"));
}

#[test]
fn unknown_values_and_unread_bases_claim_nothing() {
    let mut file = env("", &[("IP", Text::unknown())]);
    file.bytes = None;
    file.waits_for = Some("set.IP".into());
    file.shape = Shape::Env { entries: vec![EnvEntry { key: "IP".into(), value: Text::unknown() }], complete: false };
    let change = file.compare(Before::File(&remote("A=1\nIP=1.2.3.4\n")), None);
    assert_eq!(keys(&change), ["IP: 1.2.3.4 -> (known after apply)"]);
}
