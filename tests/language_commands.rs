//! `validate` as people run it: without state, credentials, or values of variables.

use crate::harness::Envctl;

const WRONG: &str = r#"
variable "name" {
  type = string
}

resource "terraform_data" "a" {
  input = var.nmae
}

resource "random_password" "b" {
  lenght = 20
}

resource "null_resource" "c" {
  triggers = { a = upper([]) }
  count    = "many"
}

output "x" {
  value = terraform_data.b.id
}
"#;

#[test]
fn validate_finds_everything_at_once_and_plan_says_the_same() {
    let project = Envctl::new();
    project.file("environments/dev/main.tf", WRONG);
    let found = project.run(&["validate", "dev"]);
    assert_eq!(found.code, Some(1), "{found:?}");
    for text in ["Did you mean var.name?", "Did you mean \"length\"?", "upper", "Invalid count", "terraform_data\" \"b\" is declared"] {
        assert!(found.stderr.contains(text), "{text}: {}", found.stderr);
    }
    assert_eq!(found.stderr.matches("error: ").count(), 5, "{}", found.stderr);
    assert!(found.stdout.contains("dev has 5 errors"), "{}", found.stdout);
    let planned = project.run(&["plan", "dev", "-var", "name=x"]);
    assert_eq!(planned.code, Some(1));
    for line in found.stderr.lines().filter(|l| l.starts_with("error: ") || l.contains("  = ")) {
        assert!(planned.stderr.contains(line), "{line} is not in the plan's errors:\n{}", planned.stderr);
    }
}

#[test]
fn validate_as_json_and_of_a_right_configuration() {
    let project = Envctl::new();
    project.file("environments/dev/main.tf", WRONG);
    project.file("right/main.tf", "variable \"v\" {}\nresource \"terraform_data\" \"a\" {\n  input = var.v\n}\n");
    let found = project.run(&["validate", "-json", "dev"]);
    assert_eq!(found.code, Some(1));
    let json: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!((&json["valid"], &json["error_count"]), (&false.into(), &5.into()));
    let first = &json["diagnostics"][0];
    assert_eq!((&first["range"]["filename"], &first["range"]["start"]["line"]), (&"environments/dev/main.tf".into(), &7.into()));
    assert_eq!(first["snippet"]["code"], "  input = var.nmae");
    let right = project.run(&["validate", "right"]);
    assert_eq!((right.code, right.stderr.as_str()), (Some(0), ""));
    assert!(right.stdout.starts_with("Valid:"), "{}", right.stdout);
    let nothing = project.run(&["validate", "nowhere", "-json"]);
    assert_eq!(nothing.code, Some(1));
    let json: serde_json::Value = serde_json::from_str(&nothing.stdout).unwrap();
    assert_eq!(json["error_count"], 1);
}

#[test]
fn fmt_checks_shows_and_writes() {
    let project = Envctl::new();
    project.file("a.tf", "x   {\na=1\n}\n").file("sub/b.tf", "a=1\n").file("good.hcl", "a = 1\n").file("other.txt", "a=1\n");
    let check = project.run(&["fmt", "-check", "-recursive"]);
    assert_eq!((check.code, check.stdout.as_str()), (Some(3), "a.tf\nsub/b.tf\n"), "{check:?}");
    assert_eq!(project.read("a.tf"), "x   {\na=1\n}\n");
    let diff = project.run(&["fmt", "-diff", "-write=false"]);
    assert_eq!(diff.code, Some(0));
    for line in ["--- old/a.tf", "+++ new/a.tf", "-a=1", "+  a = 1"] {
        assert!(diff.stdout.contains(line), "{line}: {}", diff.stdout);
    }
    let written = project.run(&["fmt"]);
    assert_eq!((written.code, written.stdout.as_str()), (Some(0), "a.tf\n"));
    assert_eq!((project.read("a.tf").as_str(), project.read("sub/b.tf").as_str()), ("x {\n  a = 1\n}\n", "a=1\n"));
    assert_eq!(project.run(&["fmt", "-check", "a.tf", "good.hcl"]).code, Some(0));
    project.file("bad.tf", "a = (\n");
    let bad = project.run(&["fmt", "bad.tf", "sub"]);
    assert_eq!((bad.code, bad.stdout.as_str()), (Some(2), "sub/b.tf\n"));
    assert!(bad.stderr.contains("bad.tf:1"), "{}", bad.stderr);
    assert_eq!(project.run(&["fmt", "other.txt"]).code, Some(2));
    assert_eq!(project.run(&["fmt", "nowhere"]).code, Some(2));
}

const SMALL: &str = r#"
variable "secret" {
  default   = "hunter22"
  sensitive = true
}
locals {
  names = ["a", "b"]
}
resource "terraform_data" "one" {
  input = local.names
}
resource "terraform_data" "two" {
  input = terraform_data.one.id
}
"#;

#[test]
fn console_answers_line_by_line() {
    let project = Envctl::new();
    project.file("environments/dev/main.tf", SMALL);
    let lines = "1 + 1\nlocal.names\nvar.secret\n\nlocal.nope\ntype(local.names)\nterraform_data.one.input\nexit\n99\n";
    let said = project.run_with(&["console", "dev"], lines);
    assert_eq!(said.code, Some(1), "{said:?}");
    let before = "2\n[\n  \"a\",\n  \"b\",\n]\n(sensitive value)\ntuple([\n    string,\n    string,\n])\n(known after apply)\n";
    assert_eq!(said.stdout, before);
    assert!(said.stderr.contains("local.nope"), "{}", said.stderr);
    assert_eq!(project.run(&["apply", "dev", "-auto-approve"]).code, Some(0));
    let said = project.run_with(&["console", "dev", "-json"], "terraform_data.one.output\nvar.secret\nupper(\"x\")\n");
    assert_eq!((said.code, said.stdout.as_str()), (Some(0), "[\"a\",\"b\"]\nnull\n\"X\"\n"), "{said:?}");
}

#[test]
fn graph_and_providers_read_the_configuration_only() {
    let project = Envctl::new();
    project.file("environments/dev/main.tf", &format!("{SMALL}\nmodule \"m\" {{\n  source = \"../../m\"\n}}\n"));
    project.file("m/main.tf", "terraform {\n  required_providers {\n    random = {\n      source  = \"hashicorp/random\"\n      version = \"~> 3.0\"\n    }\n  }\n}\nresource \"random_id\" \"r\" {\n  byte_length = 4\n}\n");
    let dot = project.run(&["graph", "dev"]);
    assert!(dot.stdout.contains("\"terraform_data.two\" -> \"terraform_data.one\";"), "{dot:?}");
    assert!(dot.stdout.contains("\"module.m.random_id.r\" [label="), "{dot:?}");
    assert!(project.run(&["graph", "dev", "-format=mermaid"]).stdout.starts_with("flowchart RL\n"));
    let providers = project.run(&["providers", "dev"]);
    let want =
        "├── provider[terraform.io/builtin/terraform]\n└── module.m\n    └── provider[registry.opentofu.org/hashicorp/random] ~> 3.0\n";
    assert!(providers.stdout.ends_with(want), "{}", providers.stdout);
}

#[test]
fn a_type_that_nothing_needs_yet_is_one_warning() {
    let envctl = Envctl::new();
    envctl.file("main.tf", "data \"null_data_source\" \"x\" {\n  count = 0\n}\n");
    let plan = envctl.run(&["plan", ".", "-no-color", "-input=false"]).expect(0);
    assert_eq!(plan.text().matches("null_data_source.x").count(), 1, "{}", plan.text());
    envctl.file("main.tf", "data \"null_data_source\" \"x\" {}\n");
    envctl.run(&["plan", ".", "-no-color", "-input=false"]).expect(1).says("error: Data source not supported yet");
}

#[test]
fn a_plan_quotes_names_that_are_no_identifiers() {
    let envctl = Envctl::new();
    envctl.file("environments/dev/main.tf", "output \"o\" {\n  value = { for k, v in [\"x\"] : k => v }\n}\n");
    envctl.run(&["plan", "dev", "-input=false", "-no-color"]).ok().says("+ \"0\" = \"x\"");
}
