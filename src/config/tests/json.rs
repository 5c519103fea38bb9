//! `.tf.json` files and override files.

use super::{load_env, load_tree};
use crate::addr::{ModulePath, ResourceAddr, parse_instance};
use crate::lang::{CallEnv, decode_body};
use crate::schema::{self, BlockSchema};
use crate::syntax::ExprKind;
use crate::value::{Type, Value};

fn addr(text: &str) -> ResourceAddr {
    parse_instance(text).unwrap().config_addr()
}

const MAIN: &str = r#"{
  "//": "made by a generator",
  "terraform": {
    "required_version": ">= 1.6",
    "backend": {"local": {"path": "x.tfstate"}},
    "required_providers": {"aws": {"source": "hashicorp/aws", "configuration_aliases": ["aws.east"]}}
  },
  "provider": {"aws": [{"region": "eu-west-1"}, {"alias": "east", "region": "${var.region}"}]},
  "variable": {"region": {"type": "string", "default": "${literal}"}, "many": {"type": "list(object({a = number}))", "default": []}},
  "locals": {"tags": {"Name": "${var.region}-x"}},
  "resource": {
    "aws_vpc": {
      "a": {
        "provider": "aws.east", "depends_on": ["aws_vpc.b"], "count": 2, "cidr_block": "10.0.0.0/16",
        "lifecycle": {"ignore_changes": ["tags", "rule[0].port"], "prevent_destroy": true},
        "rule": [{"port": 1}, {"port": "${var.region}"}],
        "dynamic": {"extra": {"for_each": [1], "content": {"port": "${extra.value}"}}}
      },
      "b": {"rule": {"port": 1}}
    }
  },
  "module": {"m": {"source": "./m", "providers": {"aws": "aws.east"}}},
  "output": {"o": {"value": "${aws_vpc.a[0].id}", "sensitive": true}},
  "moved": [{"from": "aws_vpc.old", "to": "aws_vpc.b"}]
}"#;

#[test]
fn a_whole_file_in_json() {
    let loaded = load_tree(&[
        ("main.tf.json", MAIN),
        ("m/main.tf", "terraform {\n  required_providers {\n    aws = { source = \"hashicorp/aws\" }\n  }\n}"),
    ]);
    let config = loaded.clean();
    let root = &config.modules[&ModulePath::root()];
    assert_eq!(root.variables["region"].default, Some(Value::string("${literal}")));
    assert_eq!(root.variables["many"].ty.to_string(), "list(object({a=number}))");
    assert_eq!(root.providers.len(), 2);
    let a = &root.resources[&addr("aws_vpc.a")];
    assert_eq!(a.provider_ref.alias.as_deref(), Some("east"));
    assert!(a.count.is_some() && a.lifecycle.prevent_destroy);
    assert_eq!((a.depends_on.len(), a.lifecycle.ignore_changes.len()), (1, 2));
    assert!(matches!(&*root.outputs["o"].value.kind, ExprKind::Template(_)));
    assert_eq!(root.moved.len(), 1);
    assert_eq!(root.calls["m"].providers.len(), 1);
    assert_eq!(root.backend.as_ref().unwrap().settings["path"], Value::string("x.tfstate"));
}

#[test]
fn the_schema_says_what_is_a_block() {
    let config = load_tree(&[("main.tf.json", MAIN), ("m/main.tf", "locals {}")]).config.unwrap();
    let root = config.root().unwrap();
    let port = || BlockSchema::new().attr("port", schema::string().required());
    let vpc = BlockSchema::new()
        .attr("cidr_block", schema::string().optional())
        .attr("tags", schema::map_of(Type::String).optional())
        .block("rule", port().list(0, 0))
        .block("extra", port().list(0, 0));
    let b = &root.resources[&addr("aws_vpc.b")];
    let env = CallEnv::new("/p", std::sync::Arc::new(crate::files::MemFiles::new()), crate::diag::SourceMap::new());
    struct Nothing(CallEnv);
    impl crate::lang::Scope for Nothing {
        fn resolve(&self, s: &crate::lang::Subject, _: crate::diag::Span) -> Result<Value, crate::diag::Diagnostic> {
            Ok(Value::string(s.to_string()))
        }
        fn functions(&self) -> &crate::lang::FunctionTable {
            crate::lang::FunctionTable::standard()
        }
        fn call_env(&self) -> &CallEnv {
            &self.0
        }
    }
    let scope = Nothing(env);
    let mut diags = crate::diag::Diagnostics::new();
    let value = decode_body(&b.body, b.span, &vpc, &[], &scope, &mut diags);
    assert!(diags.is_empty(), "{diags:#?}");
    let port_of = |v: &Value, name: &str, i: usize| v.get(name).and_then(Value::items).unwrap()[i].get("port").unwrap().clone();
    assert_eq!(port_of(&value, "rule", 0), Value::string("1"));
    let a = &root.resources[&addr("aws_vpc.a")];
    let value = decode_body(&a.body, a.span, &vpc, &[], &scope, &mut diags);
    assert!(diags.is_empty(), "{diags:#?}");
    assert_eq!(port_of(&value, "rule", 1), Value::string("var.region"));
    assert_eq!(port_of(&value, "extra", 0), Value::string("1"));
}

#[test]
fn mistakes_in_json_files_are_told_with_their_lines() {
    let loaded = load_tree(&[(
        "main.tf.json",
        "{\n  \"variable\": {\"a\": {\"typ\": \"string\"}},\n  \"resource\": {\"x\": {\"y\": 5}},\n  \"loclas\": {}\n}",
    )]);
    assert_eq!(
        loaded.report(),
        [
            "E Incorrect JSON value type @ main.tf.json:3",
            "E Unsupported argument @ main.tf.json:4",
            "E Unsupported argument @ main.tf.json:2",
        ]
    );
}

#[test]
fn override_files_change_blocks_of_others() {
    let base = "variable \"v\" {\n  type    = string\n  default = \"a\"\n}\nlocals {\n  x = 1\n  y = 2\n}\n\
                resource \"aws_vpc\" \"a\" {\n  cidr_block = \"old\"\n  keep = 1\n  rule {\n    port = 1\n  }\n  rule {\n    port = 2\n  }\n  other {}\n  lifecycle {\n    prevent_destroy = true\n  }\n}\n\
                terraform {\n  required_version = \">= 1.0\"\n  backend \"local\" {}\n}\n";
    let over = "variable \"v\" {\n  default = \"b\"\n}\nlocals {\n  y = 3\n}\n\
                resource \"aws_vpc\" \"a\" {\n  cidr_block = \"new\"\n  rule {\n    port = 9\n  }\n  lifecycle {\n    create_before_destroy = true\n  }\n}\n\
                terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n  }\n}\n";
    let json = r#"{"resource": {"aws_vpc": {"a": {"other": {"z": 1}}}}}"#;
    let config = load_tree(&[("main.tf", base), ("a_override.tf", over), ("override.tf.json", json)]).clean();
    let root = config.root().unwrap();
    assert_eq!(root.variables["v"].default, Some(Value::string("b")));
    assert!(root.variables["v"].typed);
    assert_eq!(config.sources.slice(root.locals["y"].expr.span), "3");
    assert_eq!(config.sources.slice(root.locals["x"].expr.span), "1");
    let a = &root.resources[&addr("aws_vpc.a")];
    let written = |name: &str| a.body.attribute(name).map(|x| config.sources.slice(x.expr.span)).unwrap_or_default();
    assert_eq!((written("cidr_block").as_str(), written("keep").as_str()), ("\"new\"", "1"));
    assert_eq!((a.body.blocks_of("rule").count(), a.body.blocks_of("other").count()), (1, 0));
    assert!(a.body.attribute("other").is_some());
    assert!(a.lifecycle.prevent_destroy && a.lifecycle.create_before_destroy == Some(true));
    assert_eq!(root.backend.as_ref().unwrap().kind.as_ref(), "s3");
}

#[test]
fn an_override_of_nothing_is_an_error() {
    let loaded =
        load_tree(&[("main.tf", ""), ("x_override.tf", "variable \"v\" {}\nlocals {\n  a = 1\n}\nmoved {\n  from = a.b\n  to = a.c\n}")]);
    assert_eq!(
        loaded.report(),
        [
            "E Missing block to override @ x_override.tf:1",
            "E Missing local value to override @ x_override.tf:3",
            "E Block cannot be overridden @ x_override.tf:5",
        ]
    );
}

#[test]
fn json_lies_beside_native_files_in_environments() {
    let loaded = load_env(
        Some("dev"),
        &[("environments/dev/a.tf.json", "{\"locals\": {\"a\": 1}}"), ("environments/dev/b.tf", "locals {\n  b = local.a\n}")],
    );
    assert_eq!(loaded.clean().root().unwrap().locals.len(), 2);
}
