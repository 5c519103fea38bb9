use super::*;
use crate::diag::{Diagnostics, SourceMap};
use crate::lang::{CallEnv, FunctionTable, Scope, Subject};
use crate::value::Value;
use serde_json::{Value as Json, json};
use std::sync::Arc;

fn side(name: &str, objects: &[(&str, Json)]) -> Side {
    let mut side = Side::new(name);
    side.environment = Some(name.into());
    for (addr, attributes) in objects {
        for (key, value) in attributes.as_object().unwrap() {
            if let Some(text) = value.as_str().filter(|_| key == "id" || key == "arn") {
                side.identities.insert(text.into(), if key == "id" { (*addr).into() } else { format!("{addr}.{key}") });
            }
        }
        let datum = Datum { json: attributes.clone(), secret: vec![vec!["password".into()]], ..Datum::default() };
        side.section(Section::Resource).insert((*addr).into(), datum);
    }
    side
}

fn of<'c>(found: &'c Comparison, name: &str) -> &'c Finding {
    let all = || found.findings.iter().map(|f| format!("{} {:?}", f.pair.name, f.verdict)).collect::<Vec<_>>().join("\n");
    found.findings.iter().find(|f| f.pair.name == name).unwrap_or_else(|| panic!("no {name} in\n{}", all()))
}

fn expect(what: &str, must: Must) -> Expect {
    let span = crate::diag::Span::new(crate::diag::FileId(0), 0, 0);
    Expect { name: what.into(), what: vec![what.into()], must, environments: vec![], risk: None, because: None, span }
}

#[test]
fn ids_are_noise_settings_are_not_and_secrets_are_never_shown() {
    let db = |env: &str, encrypted: bool, password: &str| {
        json!({"id": format!("db-{env}0001"), "vpc_id": format!("vpc-{env}00"), "name": format!("{env}-db"), "password": password,
               "storage_encrypted": encrypted, "engine": "postgres", "created_at": "2026-01-01T00:00:00Z", "tags": {"Owner": "a"}})
    };
    let a = side("stage", &[("aws_db_instance.main", db("stage", false, "hunter2-a")), ("aws_vpc.v", json!({"id": "vpc-stage00"}))]);
    let b = side("prod", &[("aws_db_instance.main", db("prod", true, "hunter2-b")), ("aws_vpc.v", json!({"id": "vpc-prod00"}))]);
    let found = compare(&a, &b, &[]);
    let names: Vec<&str> = found.unexpected().map(|f| f.pair.name.as_str()).collect();
    assert_eq!(names, ["resource:aws_db_instance.main:storage_encrypted", "resource:aws_db_instance.main:password"]);
    assert_eq!(of(&found, "resource:aws_db_instance.main:storage_encrypted").risk, Risk::High);
    assert_eq!(of(&found, "resource:aws_db_instance.main:vpc_id").verdict, Verdict::Natural(Nature::Identity));
    assert_eq!(of(&found, "resource:aws_db_instance.main:name").verdict, Verdict::Natural(Nature::Named));
    assert_eq!(of(&found, "resource:aws_db_instance.main:password").pair.a, Seen::Masked);
    assert!(!format!("{found:?}").contains("hunter2"));
    assert!(found.differs() && !compare(&a, &a, &[]).differs());
}

#[test]
fn an_id_of_something_else_is_a_difference() {
    let objects = |env: &str, subnet: &str| {
        let id = |n: &str| format!("subnet-{env}-{n}");
        vec![
            ("aws_subnet.a", json!({"id": id("aaa1")})),
            ("aws_subnet.b", json!({"id": id("bbb1")})),
            ("aws_instance.web", json!({"id": format!("i-{env}01"), "subnet_id": id(subnet), "ids": [id("aaa1"), id("bbb1")]})),
        ]
    };
    let found = compare(&side("stage", &objects("stage", "aaa1")), &side("prod", &objects("prod", "bbb1")), &[]);
    let names: Vec<&str> = found.unexpected().map(|f| f.pair.name.as_str()).collect();
    assert_eq!(names, ["resource:aws_instance.web:subnet_id"]);
    let Seen::Text(text) = &of(&found, "resource:aws_instance.web:subnet_id").pair.b else { panic!("no text") };
    assert_eq!(text, "subnet-prod-bbb1 (aws_subnet.b)");
}

#[test]
fn rules_allow_forbid_and_demand_differences() {
    let files = |mode: &str, level: &str| {
        let mut side = Side::new(mode);
        side.environment = Some(mode.into());
        let text = format!("RUNTIME_MODE=live\nLOG_LEVEL={level}\nDB_PASSWORD={mode}-secret\n");
        side.files.get_or_insert_default().insert("backend/.env".into(), file_text("backend/.env", text.as_bytes()));
        side
    };
    let (a, b) = (files("stage", "debug"), files("prod", "info"));
    let rules = [
        expect("file:*:RUNTIME_MODE", Must::Differ),
        expect("file:backend/.env:LOG_LEVEL", Must::Any),
        expect("file:*:*PASSWORD", Must::Differ),
        expect("variable:nothing", Must::Equal),
    ];
    let found = compare(&a, &b, &rules);
    assert_eq!(of(&found, "file:backend/.env:RUNTIME_MODE").verdict, Verdict::Violated(Must::Differ));
    assert_eq!(of(&found, "file:backend/.env:LOG_LEVEL").verdict, Verdict::Declared(Must::Any));
    assert_eq!(of(&found, "file:backend/.env:DB_PASSWORD").verdict, Verdict::Declared(Must::Differ));
    assert_eq!(of(&found, "file:backend/.env:DB_PASSWORD").pair.a, Seen::Masked);
    assert_eq!(found.findings.first().map(|f| f.pair.name.as_str()), Some("file:backend/.env:RUNTIME_MODE"));
    assert_eq!(found.idle_rules, ["variable:nothing"]);
    let mut elsewhere = expect("file:*", Must::Equal);
    elsewhere.environments = vec!["stage".into(), "sandbox".into()];
    assert!(!matches!(of(&compare(&a, &b, &[elsewhere]), "file:backend/.env:LOG_LEVEL").verdict, Verdict::Violated(_)));
}

#[test]
fn lists_show_what_only_one_has_and_lines_hide_their_secrets() {
    let rule = |cidr: &str| json!([{"from_port": 443, "cidr": "0.0.0.0/0"}, {"from_port": 22, "cidr": cidr}]);
    let a = side("stage", &[("aws_security_group.web", json!({"ingress": rule("10.0.0.0/8")}))]);
    let b = side("prod", &[("aws_security_group.web", json!({"ingress": rule("0.0.0.0/0")}))]);
    let found = compare(&a, &b, &[]);
    let finding = of(&found, "resource:aws_security_group.web:ingress");
    assert_eq!(finding.risk, Risk::High);
    let Detail::Elements(x, y) = &finding.pair.detail else { panic!("no elements") };
    assert!(x.len() == 1 && y.len() == 1 && format!("{x:?}").contains("10.0.0.0/8"), "{x:?}");

    let text = |token: &str| {
        let mut side = Side::new("x");
        side.files
            .get_or_insert_default()
            .insert("f.toml".into(), file_text("f.toml", format!("port = 1\ntoken = \"{token}\"\n").as_bytes()));
        side
    };
    let found = compare(&text("abcdefgh"), &text("ijklmnop"), &[]);
    assert!(
        matches!(&of(&found, "file:f.toml").pair.detail, Detail::Lines(l) if l.len() == 2 && l.iter().all(|l| l.masked && l.text == "token ="))
    );
}

#[test]
fn what_only_one_side_knows_is_not_a_difference() {
    let mut a = side("stage", &[("aws_vpc.v", json!({"id": "vpc-1234"}))]);
    let mut b = Side::new("local:.");
    a.files.get_or_insert_default().insert(".env".into(), file_text(".env", b"A=1\n"));
    a.managed_files_only = true;
    b.files.get_or_insert_default().insert(".env".into(), file_text(".env", b"A=2\n"));
    b.files.get_or_insert_default().insert("other.env".into(), file_text("other.env", b"A=2\n"));
    let found = compare(&a, &b, &[]);
    assert_eq!(found.unexpected().map(|f| f.pair.name.as_str()).collect::<Vec<_>>(), ["file:.env:A"]);
    assert_eq!(found.one_sided, [("stage".to_string(), vec!["resource"])]);
}

struct Nothing(CallEnv);

impl Scope for Nothing {
    fn resolve(&self, subject: &Subject, span: crate::diag::Span) -> Result<Value, crate::diag::Diagnostic> {
        Err(crate::diag::Diagnostic::error("No value", subject.to_string()).at(span))
    }
    fn functions(&self) -> &FunctionTable {
        FunctionTable::standard()
    }
    fn call_env(&self) -> &CallEnv {
        &self.0
    }
}

fn rules(text: &str) -> (Vec<Expect>, Diagnostics) {
    let mut files = crate::files::MemFiles::new();
    files.insert("/p/environments/x/e.hcl", text);
    let sources = SourceMap::new();
    let mut diags = Diagnostics::new();
    let request = crate::config::LoadRequest { environment: Some("x".into()), cwd: "/p".into() };
    let config = crate::config::load(&request, &files, sources.clone(), &mut diags).unwrap();
    let scope = Nothing(CallEnv::new("/p", Arc::new(crate::files::MemFiles::new()), sources));
    let found = expectations(config.environment.as_ref().unwrap(), &scope, &mut diags);
    (found, diags)
}

#[test]
fn rules_are_read_and_mistakes_in_them_are_told() {
    let (found, diags) = rules(
        "environment {\n expect \"mode\" {\n what = [\"file:*:MODE\", \"fact:*\"]\n must = \"differ\"\n in = [\"stage\", upper(\"x\")]\n risk = \"critical\"\n because = \"live\"\n }\n}\n",
    );
    assert!(!diags.has_errors());
    let rule = found.first().unwrap();
    assert_eq!(
        (rule.must, rule.risk, rule.environments.as_slice()),
        (Must::Differ, Some(Risk::Critical), &["stage".to_string(), "X".into()][..])
    );
    for (body, says) in [
        ("what = \"file:x\"\n must = \"differs\"", "\"differs\" is nothing that must be"),
        ("what = \"RUNTIME_MODE\"\n must = \"equal\"", "can be the name of no item"),
        ("must = \"equal\"", "does not say what it speaks of"),
        ("what = \"file:x\"\n must = \"any\"\n risk = \"bad\"", "\"bad\" is no risk"),
        ("what = \"file:x\"\n must = \"any\"\n becuase = \"x\"", "no \"becuase\""),
    ] {
        let (_, diags) = rules(&format!("environment {{\n expect \"r\" {{\n {body}\n }}\n}}\n"));
        assert!(diags.iter().any(|d| d.detail.contains(says)), "{body}: {diags:?}");
    }
}

#[test]
fn rules_speak_of_environments_that_exist() {
    let (found, _) = rules("environment {\n expect \"r\" {\n what = \"fact:*\"\n must = \"equal\"\n in = [\"stage\", \"prdo\"]\n }\n}\n");
    let known = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let diags = misnamed(&found, &known(&["prod", "stage"]));
    let [error] = diags.iter().collect::<Vec<_>>()[..] else { panic!("{diags:?}") };
    assert!(error.is_error() && error.detail.contains("\"prdo\""), "{error:?}");
    assert_eq!(error.help.as_deref(), Some("Did you mean \"prod\"?"));
    assert!(misnamed(&found, &known(&["prdo", "stage"])).is_empty());
    assert!(misnamed(&found, &[]).is_empty(), "outside a project nobody knows");
}

proptest::proptest! {
    #[test]
    fn any_bytes_can_be_compared(a in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400), b in "(?s).{0,300}") {
        for path in ["x/.env", "compose.yml", "x.toml", "yarn.lock"] {
            let (mut x, mut y) = (Side::new("x"), Side::new("y"));
            folder::add_file(&mut x, path, &a);
            folder::add_file(&mut y, path, b.as_bytes());
            let same = compare(&x, &x, &[]);
            proptest::prop_assert!(!same.differs());
            let _ = compare(&x, &y, &[]);
        }
    }
}
