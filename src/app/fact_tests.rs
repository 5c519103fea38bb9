//! Tests of facts.

use super::*;
use crate::app::{decode as decode_app, text::Text as T};
use crate::diag::SourceMap;
use crate::files::MemFiles;
use crate::lang::{CallEnv, FunctionTable, Scope, Subject};
use crate::syntax::parse_file;
use std::sync::Arc;

struct Nothing(CallEnv);

impl Scope for Nothing {
    fn resolve(&self, subject: &Subject, span: Span) -> Result<Value, Diagnostic> {
        Err(Diagnostic::error("Undeclared", subject.to_string()).at(span))
    }
    fn functions(&self) -> &FunctionTable {
        FunctionTable::standard()
    }
    fn call_env(&self) -> &CallEnv {
        &self.0
    }
}

fn app(body: &str) -> (AppSpec, Diagnostics) {
    let text = format!("app \"web\" {{\n host = \"h\"\n{body}\n}}\n");
    let sources = SourceMap::new();
    let file = sources.add("main.hcl", text.clone());
    let mut diags = Diagnostics::new();
    let parsed = parse_file(file, &text, &mut diags);
    let scope = Nothing(CallEnv::new("/", Arc::new(MemFiles::new()), sources));
    let spec = decode_app(&parsed.blocks[0], &scope, &mut diags);
    (spec, diags)
}

fn fact(body: &str) -> FactSpec {
    let (spec, diags) = app(&format!("fact \"f\" {{\n{body}\n}}"));
    assert!(!diags.has_errors(), "{diags:?}");
    spec.facts.into_iter().next().unwrap()
}

fn printed(fact: &FactSpec) -> String {
    let spec = AppSpec::new("web".into(), fact.span, T::plain("h"));
    let script = format!("t=; {}", fact.script(&spec).unwrap());
    let output = std::process::Command::new("sh").arg("-c").arg(script).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn ports_disks_and_files_are_read_by_a_real_shell() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let open = fact(&format!("port = {port}"));
    assert_eq!(
        (printed(&open).trim(), open.problem("listening"), open.problem("closed")),
        ("listening", None, Some("expected listening".into()))
    );
    drop(listener);
    assert_eq!(printed(&open).trim(), "closed");

    let disk = fact("disk = \"/\"\nmax = 80");
    let now = jiff::Timestamp::UNIX_EPOCH;
    let value = disk.read(&printed(&disk), now).unwrap();
    assert!(value.ends_with('%'), "{value}");
    assert_eq!((disk.problem("80%"), disk.problem("81%")), (None, Some("expected 80% at most".into())));

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lock file");
    std::fs::write(&path, "x").unwrap();
    let lock = fact(&format!("lock_file = \"{}\"", path.display()));
    assert_eq!(printed(&lock).trim(), "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881");
}

#[test]
fn certificates_have_days() {
    let certificate = fact("certificate = \"example.com:443\"\nmin_days = 30");
    let now: jiff::Timestamp = "2027-05-20T13:00:00Z".parse().unwrap();
    let value = certificate.read("notAfter=Jun  1 12:00:00 2027 GMT\n", now).unwrap();
    assert_eq!(value, "valid for 11 days, until 2027-06-01");
    assert_eq!(certificate.problem(&value).as_deref(), Some("expected 30 days at least"));
    let gone = certificate.read("notAfter=Jan 12 12:00:00 2027 GMT\n", now).unwrap();
    assert_eq!((gone.as_str(), certificate.problem(&gone).is_some()), ("valid for -129 days, until 2027-01-12", true));
    assert!(certificate.read("unable to load certificate", now).is_err());
}

#[test]
fn expectations_are_texts_or_patterns() {
    let exact = fact("command = \"python3 --version\"\nexpect = \"Python 3.11.2\"");
    assert_eq!((exact.problem("Python 3.11.2"), exact.problem("Python 3.11.21")), (None, Some("expected Python 3.11.2".into())));
    let pattern = fact("command = \"x\"\nexpect = \"/^Python 3[.]1[0-9]/\"");
    assert_eq!((pattern.problem("Python 3.12.1"), pattern.problem("Python 2.7").is_some()), (None, true));
    assert_eq!(fact("command = \"x\"").problem("anything"), None);
}

#[test]
fn mistakes_are_named() {
    for (body, text) in [
        ("fact \"f\" {}", "names none"),
        ("fact \"f\" {\n port = 1\n disk = \"/\"\n}", "port and disk exclude each other"),
        ("fact \"f\" {\n port = 70000\n}", "port must be a whole number"),
        ("fact \"f\" {\n port = 1\n max = 3\n}", "max belongs to disk, not to port"),
        ("fact \"f\" {\n command = \"x\"\n expect = \"/(/\"\n}", "is no regular expression"),
        ("fact \"f\" {\n certificate = \"example.com\"\n}", "is not host:port"),
        ("fact \"a b\" {\n port = 1\n}", "one label, its name"),
        ("fact \"f\" {\n port = 1\n}\nfact \"f\" {\n port = 2\n}", "a fact \"f\" already"),
        ("log {}", "names none"),
        ("log {\n unit = \"a\"\n file = \"/b\"\n}", "unit and file exclude each other"),
    ] {
        let (_, diags) = app(body);
        assert!(diags.iter().any(|d| d.detail.contains(text)), "{body}: {diags:?}");
    }
}
