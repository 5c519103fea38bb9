//! What is fuzzed, and what it starts from.

use crate::language::{Locals, folder, locals};
use envctl::app::env_file::EnvFile;
use envctl::config::{Given, LoadRequest, VariableRequest, collect_variables, load};
use envctl::diag::{Diagnostics, FileId, SourceMap};
use envctl::files::MemFiles;
use envctl::lang::evaluate;
use envctl::plan::file::SavedPlan;
use envctl::state::{Style, read, write};
use envctl::syntax::{format_source, parse_expression, parse_file, parse_template};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Messages that came up, as a number.
fn outcome(diags: &Diagnostics) -> u64 {
    diags.iter().take(4).fold(1, |all, d| d.summary.bytes().fold(all, |h, b| h.wrapping_mul(31).wrapping_add(u64::from(b))))
}

fn text(input: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(input)
}

/// Template mode of the lexer, which code mode never enters at its outermost level.
pub fn lexer(input: &[u8]) -> u64 {
    let mut diags = Diagnostics::new();
    let template = parse_template(FileId(0), &text(input), &mut diags);
    outcome(&diags).wrapping_add(template.parts.len().min(8) as u64)
}

/// Bodies; what is accepted is formatted, and formatted again without a further change.
pub fn parser(input: &[u8]) -> u64 {
    let mut diags = Diagnostics::new();
    let input = text(input);
    let body = parse_file(FileId(0), &input, &mut diags);
    if let Some(once) = format_source(FileId(0), &input, &mut Diagnostics::new()) {
        let twice = format_source(FileId(0), &once, &mut Diagnostics::new());
        assert_eq!(twice.as_deref(), Some(once.as_str()), "formatting twice changes more");
    }
    outcome(&diags).wrapping_add((body.attributes.len().min(8) + 10 * body.blocks.len().min(8)) as u64)
}

/// A root module: everything that blocks mean before anything is evaluated.
fn module(name: &str, input: &[u8]) -> u64 {
    let files = MemFiles::new().with(Path::new("/root").join(name), input);
    let mut diags = Diagnostics::new();
    let request = LoadRequest { environment: None, cwd: "/root".into() };
    let loaded = load(&request, &files, SourceMap::new(), &mut diags);
    outcome(&diags).wrapping_add(u64::from(loaded.is_some()))
}

/// Configuration in JSON.
pub fn json_syntax(input: &[u8]) -> u64 {
    module("main.tf.json", input)
}

/// Configuration as blocks.
pub fn config(input: &[u8]) -> u64 {
    module("main.tf", input)
}

thread_local! {
    static SCOPE: Locals = locals();
}

/// Expressions with all functions; none of them takes time or randomness from the machine here.
pub fn evaluator(input: &[u8]) -> u64 {
    let mut diags = Diagnostics::new();
    let expr = parse_expression(FileId(0), &text(input), &mut diags);
    if diags.has_errors() {
        return outcome(&diags);
    }
    let value = SCOPE.with(|scope| evaluate(&expr, scope, &mut diags));
    let kind = value.ty().kind();
    outcome(&diags).wrapping_add(kind.bytes().map(u64::from).sum())
}

const DECLARED: &str = r#"
variable "a" {}
variable "text" { type = string }
variable "number" { type = number }
variable "list" { type = list(number) }
variable "set" { type = set(string) }
variable "object" { type = object({ a = string, b = optional(list(map(bool)), []) }) }
"#;

/// Values of variables, in the language and in JSON.
pub fn tfvars(input: &[u8]) -> u64 {
    let files = MemFiles::new().with("/root/main.tf", DECLARED).with("/root/terraform.tfvars", input).with("/root/more.tfvars.json", input);
    let mut diags = Diagnostics::new();
    let request = LoadRequest { environment: None, cwd: "/root".into() };
    let Some(config) = load(&request, &files, SourceMap::new(), &mut diags) else { return outcome(&diags) };
    let assigned = Given::Assignment(format!("object={}", text(input)));
    let given = [Given::File(PathBuf::from("more.tfvars.json")), assigned];
    let request = VariableRequest { environ: &BTreeMap::new(), cwd: Path::new("/root"), env_files: &[], given: &given };
    let found = collect_variables(&config, &request, &files, &mut diags);
    outcome(&diags).wrapping_add(found.values.len() as u64)
}

/// `.env` files: unchanged as long as nothing is set, and what is set is read back.
pub fn env(input: &[u8]) -> u64 {
    let input = text(input);
    let mut file = EnvFile::parse(&input);
    assert_eq!(file.text(), input, "a file that nobody changed changed");
    let entries = file.entries();
    if file.set("ADDED", &input) {
        let again = EnvFile::parse(&file.text());
        let value = again.entries().into_iter().rev().find(|(key, _)| key == "ADDED").map(|(_, value)| value);
        assert!(value.is_some(), "what was set is not there");
    }
    entries.len().min(8) as u64 + 10 * u64::from(file.is_env())
}

/// State: what is read can be written, and read again as the same.
pub fn state(input: &[u8]) -> u64 {
    match read(input) {
        Ok(state) => {
            let once = write(&state, Style::Compact);
            let again = read(&once).unwrap_or_else(|e| panic!("its own text is refused: {e:?}"));
            assert_eq!(text(&write(&again, Style::Compact)), text(&once), "a round trip changes the state");
            1000 + state.resources.len().min(8) as u64
        }
        Err(error) => format!("{:?}", error.kind).bytes().map(u64::from).sum(),
    }
}

/// Saved plans.
pub fn plan(input: &[u8]) -> u64 {
    match SavedPlan::from_bytes(input) {
        Ok(saved) => 1000 + saved.plan.changes.len().min(8) as u64,
        Err(error) => error.summary.bytes().map(u64::from).sum(),
    }
}

fn bytes(texts: impl IntoIterator<Item = String>) -> Vec<Vec<u8>> {
    texts.into_iter().map(String::into_bytes).collect()
}

pub fn bodies() -> Vec<Vec<u8>> {
    bytes(folder("parsing").into_iter().chain(folder("layout")).map(|case| case.text))
}

pub fn expressions() -> Vec<Vec<u8>> {
    bytes(folder("values").into_iter().chain(folder("functions")).map(|case| case.text))
}

pub fn templates() -> Vec<Vec<u8>> {
    let inside = |text: &str| text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).map(str::to_string);
    let quoted = folder("values").into_iter().filter_map(|case| inside(&case.text)).collect::<Vec<_>>();
    bytes(quoted)
}

pub fn modules() -> Vec<Vec<u8>> {
    let texts = [
        "terraform {\n  required_version = \">= 1.0\"\n  backend \"s3\" {\n    bucket = \"b\"\n  }\n  required_providers {\n    aws = { source = \"hashicorp/aws\", version = \"~> 5.0\" }\n  }\n}\n",
        "variable \"a\" {\n  type = object({ b = optional(list(string), []) })\n  default = {}\n  validation {\n    condition = var.a != null\n    error_message = \"x\"\n  }\n}\n",
        "resource \"a\" \"b\" {\n  count = 1\n  lifecycle {\n    ignore_changes = [x[0].y]\n    replace_triggered_by = [c.d]\n    precondition {\n      condition = true\n      error_message = \"e\"\n    }\n  }\n  provisioner \"local-exec\" {\n    when = destroy\n    command = \"x\"\n  }\n}\n",
        "module \"m\" {\n  source = \"./m\"\n  for_each = { a = 1 }\n  providers = { aws = aws.x }\n}\noutput \"o\" {\n  value = module.m[\"a\"].x\n}\n",
        "moved {\n  from = a.b\n  to = a.c[\"x\"]\n}\nremoved {\n  from = a.d\n  lifecycle { destroy = false }\n}\nimport {\n  to = a.e\n  id = \"i\"\n}\ncheck \"c\" {\n  data \"d\" \"e\" {}\n  assert {\n    condition = true\n    error_message = \"x\"\n  }\n}\n",
        "provider \"aws\" {\n  alias = \"x\"\n  region = var.r\n}\nlocals {\n  a = 1\n}\ndata \"aws_ami\" \"a\" {\n  filter {\n    name = \"n\"\n  }\n}\n",
        "app \"a\" {\n  source {\n    repository = \"r\"\n  }\n  env_file \".env\" {\n    values = { A = 1 }\n  }\n}\nenvironment {\n  var_files = [\"x\"]\n}\n",
    ];
    bytes(texts.map(str::to_string))
}

pub fn json() -> Vec<Vec<u8>> {
    let texts = [
        r#"{"resource":{"a":{"b":{"count":1,"x":"${var.y}"}}}}"#,
        r#"{"variable":{"a":{"type":"list(string)","default":[1,2]}},"//":"comment"}"#,
        r#"{"locals":[{"a":1},{"b":"%{ if a }x%{ endif }"}]}"#,
        r#"{"a":[{"b":null},{"c":1e99,"d":"\ud83c\udde8"}]}"#,
        "[]",
        "{",
    ];
    bytes(texts.map(str::to_string))
}

pub fn assignments() -> Vec<Vec<u8>> {
    let texts = [
        "a = 1\ntext = \"x\"\nnumber = \"5\"\nlist = [1, \"2\"]\nset = [\"b\", \"a\"]\nobject = { a = 1, b = [{ x = true }] }\n",
        r#"{"a": [1], "text": 5, "list": ["x"], "object": {"a": null}}"#,
        "text = <<E\nx\nE\n",
        "a = var.b\nunknown = 1\n",
        "{ a = 1, b = [{ x = \"true\" }] }",
    ];
    bytes(texts.map(str::to_string))
}

pub fn env_files() -> Vec<Vec<u8>> {
    let texts = [
        "A=1\n# comment\nexport B='x y' # z\n\nC=\"a\\n$B\"\n",
        "A = 1\r\nB=\r\n",
        "A=\"unclosed\nB='x\ny'\n",
        "=x\nno assignment\nA='it''s'\nA=`x`\n",
    ];
    bytes(texts.map(str::to_string))
}

pub fn states() -> Vec<Vec<u8>> {
    let texts = [
        r#"{"version":4,"terraform_version":"1.11.0","serial":3,"lineage":"l","outputs":{"a":{"value":[1,"x"],"type":["tuple",["number","string"]],"sensitive":true}},"resources":[{"module":"module.m[\"k\"]","mode":"managed","type":"aws_vpc","name":"v","provider":"provider[\"registry.opentofu.org/hashicorp/aws\"].x","instances":[{"index_key":"a","schema_version":1,"attributes":{"id":"i","tags":null},"sensitive_attributes":[[{"type":"get_attr","value":"id"}]],"private":"eA==","dependencies":["a.b"],"create_before_destroy":true},{"index_key":0,"status":"tainted","deposed":"01234567","schema_version":0,"attributes_flat":{"id":"x"},"sensitive_attributes":[]}]}],"check_results":null}"#,
        r#"{"version":4,"serial":1,"lineage":"","resources":[]}"#,
        r#"{"version":5}"#,
        r#"{"version":3,"modules":[]}"#,
        "{}",
    ];
    bytes(texts.map(str::to_string))
}

pub fn plans() -> Vec<Vec<u8>> {
    bytes([include_str!("plan.json").to_string(), r#"{"envctl_plan":2}"#.to_string()])
}
