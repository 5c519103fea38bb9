//! The backend block and `-backend-config`.

use super::{Loaded, load_text, load_tree, said};
use crate::config::{Backend, complete_backend, identity};
use crate::diag::Diagnostics;
use crate::value::Value;
use std::path::Path;

fn complete(loaded: &Loaded, arguments: &[&str]) -> (Option<Backend>, Diagnostics) {
    let mut diags = Diagnostics::new();
    let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
    let backend = complete_backend(loaded.config.as_ref().unwrap(), &arguments, Path::new("/p"), &loaded.files, &mut diags);
    (backend, diags)
}

#[test]
fn nothing_written_is_local() {
    let (backend, diags) = complete(&load_text(""), &[]);
    assert_eq!((backend.unwrap().kind.as_ref(), diags.len()), ("local", 0));
}

#[test]
fn partial_settings_are_completed_later_ones_win() {
    let loaded = load_tree(&[
        (
            "main.tf",
            "terraform {\n backend \"s3\" {\n encrypt = true\n region = \"us-east-1\"\n assume_role = { role_arn = \"r\", tags = { a = \"b\" } }\n }\n}",
        ),
        ("backend-stage.hcl", "bucket = \"b\"\nkey = \"one\"\nendpoints { s3 = \"http://x\" }"),
    ]);
    assert!(loaded.diags.is_empty(), "{:?}", loaded.diags);
    let (backend, diags) =
        complete(&loaded, &["backend-stage.hcl", "key=two", "max_retries=3", "allowed_account_ids=[\"1\"]", "profile=a=b"]);
    assert!(diags.is_empty(), "{diags:?}");
    let backend = backend.unwrap();
    assert_eq!(identity(&backend), "s3://b/two (us-east-1)");
    assert_eq!(backend.settings["max_retries"], Value::int(3));
    assert_eq!(backend.settings["profile"], Value::string("a=b"));
    assert_eq!(backend.settings["endpoints"].get("s3"), Some(&Value::string("http://x")));
    assert_eq!(backend.settings["allowed_account_ids"].items().unwrap().len(), 1);
}

#[test]
fn what_is_missing_is_listed_at_once_with_its_place() {
    let loaded = load_text("terraform {\n  backend \"s3\" {}\n}");
    let (backend, diags) = complete(&loaded, &[]);
    assert!(backend.is_none());
    assert_eq!(said(&diags, &loaded.sources), ["E Incomplete backend configuration @ main.tf:2"]);
    let d = diags.iter().next().unwrap();
    assert!(d.detail.contains("bucket, key") && d.help.as_ref().unwrap().contains("-backend-config=bucket=..."));
}

#[test]
fn unknown_and_wrong_settings() {
    let loaded = load_text(
        "terraform {\n  backend \"s3\" {\n    buckt = \"b\"\n    encrypt = \"maybe\"\n    bucket = var.x\n    assume_role = { role = 1 }\n    endpoints {\n      s4 = \"\"\n    }\n  }\n  backend \"local\" {}\n}",
    );
    assert_eq!(
        loaded.report(),
        [
            "E Unsupported backend setting @ main.tf:3",
            "E Unsuitable backend setting @ main.tf:4",
            "E Unsupported backend setting @ main.tf:6",
            "E Unsupported backend setting @ main.tf:7",
            "E Duplicate backend configuration @ main.tf:11",
            "E Reference to undeclared variable @ main.tf:5",
        ]
    );
    assert!(loaded.words().contains("Did you mean \"bucket\"?"));
    assert_eq!(load_text("terraform {\n  backend \"gcs\" {}\n}").report(), ["E Unsupported backend type @ main.tf:2"]);
    let (_, diags) = complete(&load_text("terraform {\n backend \"local\" {}\n}"), &["pth=x", "gone.hcl"]);
    assert!(diags.iter().any(|d| d.summary == "Unsupported backend setting" && d.help.as_deref() == Some("Did you mean \"path\"?")));
    assert!(diags.iter().any(|d| d.summary == "File not readable" && d.detail.contains("gone.hcl")));
}

#[test]
fn a_secret_setting_is_not_in_the_message() {
    let (_, diags) = complete(&load_text("terraform {\n backend \"s3\" {}\n}"), &["secret_kee=hunter2", "encrypt=hunter2"]);
    assert!(diags.has_errors());
    assert!(!format!("{diags:?}").contains("hunter2"));
}

#[test]
fn settings_without_a_backend_block_warn() {
    let loaded = load_text("");
    let (backend, diags) = complete(&loaded, &["bucket=b"]);
    assert_eq!(backend.unwrap().kind.as_ref(), "local");
    assert_eq!(said(&diags, &loaded.sources), ["W Backend settings ignored"]);
}

#[test]
fn a_backend_of_a_called_module_is_ignored_with_a_warning() {
    let loaded = load_tree(&[("main.tf", "module \"m\" {\n source = \"./m\"\n}"), ("m/main.tf", "terraform {\n  backend \"s3\" {}\n}")]);
    assert_eq!(loaded.report(), ["W Backend ignored @ m/main.tf:2"]);
}

#[test]
fn variables_and_locals_may_say_where_the_state_is() {
    let main = |variable: &str, setting: &str| {
        format!(
            "variable \"env\" {{\n{variable}\n}}\nlocals {{\n bucket = \"states-${{var.env}}\"\n}}\nresource \"aws_x\" \"a\" {{}}\n\
             terraform {{\n backend \"s3\" {{\n bucket = local.bucket\n key = {setting}\n region = \"us-east-1\"\n endpoints {{\n s3 = \"http://${{var.env}}\"\n }}\n }}\n}}"
        )
    };
    let loaded = load_text(&main("default = \"test\"", "\"${path.root}/${terraform.workspace}/${lower(\"K\")}\""));
    assert_eq!(loaded.report(), Vec::<String>::new());
    let (backend, diags) = complete(&loaded, &[]);
    assert!(diags.is_empty(), "{diags:?}");
    let backend = backend.unwrap();
    assert_eq!(identity(&backend), "s3://states-test/./default/k (us-east-1)");
    assert_eq!(backend.settings["endpoints"].get("s3"), Some(&Value::string("http://test")));
    let cases = [
        (main("default = \"test\"", "aws_x.a.id"), "E Value not known early enough @ main.tf:11"),
        (main("default = \"test\"", "timestamp()"), "E Variables not allowed @ main.tf:11"),
        (main("default = \"test\"\n sensitive = true", "\"k\""), "E Invalid backend setting @ main.tf:11"),
        (main("default = \"test\"\n ephemeral = true", "\"k\""), "E Invalid backend setting @ main.tf:11"),
    ];
    for (text, message) in cases {
        let report = load_text(&text).report();
        assert_eq!(report.first().map(String::as_str), Some(message), "{report:?}");
    }
    let unset = load_text(&main("type = string", "\"k\"")).report();
    assert!(unset.iter().all(|r| r.starts_with("E No value for a variable")), "{unset:?}");
}
