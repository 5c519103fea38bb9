use super::*;
use crate::diag::Diagnostics;
use std::path::Path;

fn request<'a>(set: &'a [String], exists: &'a dyn Fn(&Path) -> bool) -> Request<'a> {
    Request { name: "lab", project: "shop", region: "eu-central-1", bucket: "shop-state", set, exists }
}

fn text<'a>(files: &'a [NewFile], path: &str) -> &'a str {
    files.iter().find(|f| f.path == Path::new(path)).map(|f| f.text.as_str()).unwrap_or_else(|| panic!("no {path} in {files:?}"))
}

fn said(result: Result<Vec<NewFile>, Diagnostics>) -> String {
    result.unwrap_err().iter().map(|d| format!("{}: {} {}", d.summary, d.detail, d.help.as_deref().unwrap_or_default())).collect()
}

#[test]
fn values_stand_in_the_files_in_canonical_layout() {
    let set = ["instance_type=t3.\"x\"${y}".to_string(), "database_storage_gb=50".into(), "admin_cidr_blocks=[\"198.51.100.7/32\"]".into()];
    let files = made(&TEMPLATES[0], &request(&set, &|_| false)).unwrap();
    let values = text(&files, "environments/lab/terraform.tfvars");
    for line in ["database_storage_gb = 50", "\"t3.\\\"x\\\"$${y}\"", "\"198.51.100.7/32\"", "\"shop\""] {
        assert!(values.contains(line), "{line}\n{values}");
    }
    assert!(text(&files, "environments/lab/terraform.tf").contains("\"lab/terraform.tfstate\""));
    assert!(text(&files, "environments/lab/terraform.tf").contains("\"${var.project}-lab\""));
    assert!(text(&files, "environments/backend.hcl").contains("\"shop-state\""));
    let sample = text(&files, "environments/lab/lab.env.sample");
    assert!(sample.contains("ssh_public_key=\"\"\n") && sample.contains("database_password") && !sample.contains("region"), "{sample}");
    for f in &files {
        let kind = f.path.extension().and_then(|e| e.to_str());
        if matches!(kind, Some("tf" | "hcl" | "tfvars")) {
            assert_eq!(tidy(f.text.clone()), f.text, "{} is not in canonical layout", f.path.display());
        }
    }
}

#[test]
fn what_the_project_has_is_left_alone() {
    let files =
        made(&TEMPLATES[1], &request(&[], &|p| p == Path::new("modules/network") || p == Path::new("environments/backend.hcl"))).unwrap();
    let any = |start: &str| files.iter().any(|f| f.path.starts_with(start));
    assert!(!any("modules/network") && any("modules/compute") && !any("modules/database") && !any("environments/backend.hcl"));
}

#[test]
fn settings_that_do_not_fit_are_refused() {
    let with = |set: &str| said(made(&TEMPLATES[0], &request(&[set.to_string()], &|_| false)));
    assert!(with("instance_typ=x").contains("Did you mean \"instance_type\"?"));
    assert!(with("database_password=x").contains("is sensitive"));
    assert!(with("database_storage_gb=\"").contains("no value that database_storage_gb can have"));
    assert!(with("x").contains("form name=value"));
    assert!(with("region=us-east-1").contains("-region"));
}

#[test]
fn names_are_replaced_inside_of_quotes_only() {
    let from = "resource \"a\" \"stage\" {\n  x = \"stage-db ${a.stage.id} mystage ${f(\"stage\")}\"\n  y = stage.z\n  w = <<E\nat stage\nE\n}\nmodule \"m\" {\n  source = \"../stage\"\n  stage  = \"stage\"\n}\n";
    let to = "resource \"a\" \"stage\" {\n  x = \"qa-db ${a.stage.id} mystage ${f(\"qa\")}\"\n  y = stage.z\n  w = <<E\nat qa\nE\n}\nmodule \"m\" {\n  source = \"../stage\"\n  stage  = \"qa\"\n}\n";
    assert_eq!(rename_hcl(from, "stage", "qa"), to);
    assert_eq!(rename("stage_x stage.env stages", "stage", "qa"), "qa_x qa.env stages");
    assert_eq!(rename("aaa aa", "aa", "b"), "aaa b");
}

fn source(path: &str, text: &str) -> Source {
    Source { path: path.into(), text: Some(text.into()), ignored: false }
}

#[test]
fn a_copy_has_no_secrets() {
    let sources = [
        source(
            "main.tf",
            "variable \"password\" {\n  sensitive = true\n}\n\nvariable \"size\" {}\n\nvariable \"region\" {}\n\nlocals {\n  n = \"stage\"\n}\n",
        ),
        source("e.hcl", "environment {\n  region = \"eu-west-1\"\n}\n"),
        source("terraform.tfvars", "# of stage\npassword = \"hush\" # here\nsize     = \"stage-small\"\n"),
        source("stage.env", "export TOKEN=hush\n# note\nKEY=\"a\nhush\"\n"),
        source("with.env", "A=hush\n"),
        source("with.env.sample", "A=\"\" # for stage\n"),
        source("run.sh", "echo stage\n"),
        Source { ignored: true, ..source("secret.auto.tfvars", "x = \"hush\"\n") },
        Source { path: "logo.png".into(), text: None, ignored: false },
    ];
    let set = ["size=large".to_string()];
    let (files, left) = copy("stage", "qa", &sources, Some("eu-north-1"), &set).unwrap();
    assert!(files.iter().all(|f| !f.text.contains("hush")), "{files:?}");
    assert_eq!(text(&files, "environments/qa/terraform.tfvars"), "# of stage\nsize   = \"large\"\nregion = \"eu-north-1\"\n");
    assert!(text(&files, "environments/qa/e.hcl").contains("region = \"eu-north-1\""));
    assert!(text(&files, "environments/qa/main.tf").contains("n = \"qa\""));
    assert_eq!(text(&files, "environments/qa/qa.env.sample"), "export TOKEN=\n# note\nKEY=\n");
    assert_eq!(text(&files, "environments/qa/with.env.sample"), "A=\"\" # for qa\n");
    assert_eq!(text(&files, "environments/qa/run.sh"), "echo stage\n");
    let left: Vec<String> = left.iter().map(|l| format!("{}: {}", l.what, l.why)).collect();
    assert_eq!(
        left,
        [
            "terraform.tfvars: password: it is sensitive",
            "stage.env: it holds values that do not belong into git",
            "with.env: it holds values that do not belong into git",
            "secret.auto.tfvars: git ignores it",
            "logo.png: it is no text",
        ]
    );
    assert!(copy("stage", "qa", &sources, None, &["nope=1".into()]).is_err());
}
