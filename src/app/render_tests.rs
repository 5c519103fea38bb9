//! Tests of rendering files.

use super::*;
use crate::app::SourceSpec;
use crate::diag::FileId;
use crate::files::MemFiles;
use crate::value::Type;

fn span() -> Span {
    Span::new(FileId(0), 0, 1)
}

fn spec(files: Vec<(&str, FileContent)>) -> AppSpec {
    let file =
        |(path, content): (&str, FileContent)| FileSpec { path: path.into(), content, mode: 0o600, sudo: false, owner: None, span: span() };
    AppSpec {
        source: Some(SourceSpec {
            git: Text::plain("u"),
            reference: None,
            path: Text::plain("~/app/"),
            submodules: true,
            git_config: BTreeMap::new(),
            discard_changes: false,
            depth: None,
            link: None,
        }),
        files: files.into_iter().map(file).collect(),
        ..AppSpec::new("web".into(), span(), Text::plain("h"))
    }
}

fn render(content: FileContent, path: &str, bases: &[(&str, BaseFile)]) -> (Vec<Rendered>, Diagnostics) {
    let disk = MemFiles::new().with("/p/templates/t.tera", "a = {{ a }}\nb = {{ b }}\n");
    let bases = bases.iter().map(|(k, v)| ((*k).to_string(), v.clone())).collect();
    let mut diagnostics = Diagnostics::new();
    let rendered = spec(vec![(path, content)]).render(&bases, &disk, Path::new("/p"), &mut diagnostics);
    (rendered, diagnostics)
}

fn base(set: &[(&str, Text)]) -> FileContent {
    FileContent::Base { base: Text::plain(".env.sample"), set: set.iter().map(|(k, v)| ((*k).into(), v.clone())).collect(), span: span() }
}

#[test]
fn a_base_keeps_its_other_keys_and_comments() {
    let sample = BaseFile::Content(b"# c\nA=1\nPASS=change-me\n".to_vec());
    let (files, diagnostics) =
        render(base(&[("PASS", Text::secret("s3 cret")), ("NEW", Text::plain("x"))]), ".env.docker", &[(".env.sample", sample)]);
    assert!(diagnostics.is_empty());
    let file = &files[0];
    assert_eq!(file.bytes.as_deref(), Some(&b"# c\nA=1\nPASS='s3 cret'\nNEW=x\n"[..]));
    assert_eq!((file.path.as_str(), file.in_source.as_deref()), ("app/.env.docker", Some(".env.docker")));
    let Shape::Env { entries, complete: true } = &file.shape else { panic!("{:?}", file.shape) };
    let shown: Vec<String> = entries.iter().map(|e| format!("{}={}", e.key, e.value)).collect();
    assert_eq!(shown, ["A=1", "PASS=(sensitive value)", "NEW=x"]);
}

#[test]
fn unknown_parts_wait_and_are_named() {
    let sample = BaseFile::Content(b"A=1\nIP=\n".to_vec());
    let (files, _) = render(base(&[("IP", Text::unknown())]), ".env", &[(".env.sample", sample)]);
    assert_eq!(files[0].bytes, None);
    assert_eq!(files[0].waits_for.as_deref(), Some("set.IP"));
    let vars = Value::object([("a".into(), Value::unknown(Type::String)), ("b".into(), Value::string("x"))].into());
    let (files, _) = render(FileContent::Template { path: Text::plain("templates/t.tera"), vars, span: span() }, "/etc/t", &[]);
    assert_eq!(files[0].waits_for.as_deref(), Some("vars.a"));
    let (files, _) = render(base(&[("A", Text::plain("1"))]), ".env", &[(".env.sample", BaseFile::Unknown("no access".into()))]);
    assert!(files[0].waits_for.as_deref().unwrap().contains("no access"));
}

#[test]
fn a_base_that_the_commit_has_not_is_an_error() {
    let (files, diagnostics) = render(base(&[]), ".env", &[(".env.sample", BaseFile::Missing)]);
    assert!(files.is_empty());
    assert_eq!(diagnostics.iter().next().unwrap().summary, "Base file not found");
}

#[test]
fn a_template_of_an_env_file_is_known_key_by_key() {
    let vars = Value::object([("a".into(), Value::string("1")), ("b".into(), Value::string("2").sensitive())].into());
    let content = |vars: &Value| FileContent::Template { path: Text::plain("templates/t.tera"), vars: vars.clone(), span: span() };
    let (files, _) = render(content(&vars), "x/.env", &[]);
    let Shape::Env { entries, .. } = &files[0].shape else { panic!("{:?}", files[0].shape) };
    assert_eq!(entries.iter().map(|e| e.value.is_sensitive()).collect::<Vec<_>>(), [false, true]);
    let (files, _) = render(content(&vars), "x/frps.toml", &[]);
    assert_eq!(files[0].shape, Shape::Lines(vec![None, Some("b = ".len())]));
}

#[test]
fn a_value_without_a_common_spelling_warns() {
    let sample = BaseFile::Content(b"A=1\n".to_vec());
    let (files, diagnostics) = render(base(&[("A", Text::secret("it's \"x\""))]), ".env", &[(".env.sample", sample)]);
    assert_eq!(files.len(), 1);
    let warning = diagnostics.iter().next().unwrap();
    assert!(!warning.is_error() && !warning.detail.contains("it's"), "{warning:?}");
}
