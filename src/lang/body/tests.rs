use super::*;
use crate::diag::{Diagnostic, FileId, SourceMap};
use crate::files::MemFiles;
use crate::lang::{CallEnv, FunctionTable, Subject};
use crate::schema::{boolean, list_of, number, of, set_of, string};
use crate::syntax::parse_file;
use crate::value::Type;
use std::sync::Arc;

struct Vars(CallEnv);

impl Scope for Vars {
    fn resolve(&self, subject: &Subject, span: Span) -> Result<Value, Diagnostic> {
        match subject.to_string().as_str() {
            "var.ports" => Ok(Value::list(Type::Number, vec![Value::int(80), Value::int(443)])),
            "var.none" => Ok(Value::list(Type::Number, vec![])),
            "var.unknown" => Ok(Value::unknown(Type::list(Type::Number))),
            "var.secret" => Ok(Value::list(Type::Number, vec![Value::int(1)]).sensitive()),
            _ => Err(Diagnostic::error("Undeclared", "No such thing.").at(span)),
        }
    }
    fn functions(&self) -> &FunctionTable {
        FunctionTable::standard()
    }
    fn call_env(&self) -> &CallEnv {
        &self.0
    }
}

fn schema() -> BlockSchema {
    let disk = BlockSchema::new().attr("size", number().required()).attr("name", string().optional());
    let rule = Type::object([("port", Type::Number), ("ranges", Type::list(Type::String))]);
    BlockSchema::new()
        .attr("name", string().required())
        .attr("tags", of(Type::map(Type::String)).optional())
        .attr("id", string().computed())
        .attr("old", boolean().optional().deprecated("use name"))
        .attr("later", string().optional().unsupported())
        .attr("rule", set_of(rule).optional().computed().as_blocks())
        .attr("zones", list_of(Type::String).optional())
        .block("disk", disk.clone().list(0, 2))
        .block("options", disk.clone().single())
        .block("volume", disk.set(0, 0))
}

const META: &[&str] = &["count", "lifecycle"];

fn decode(text: &str, schema: &BlockSchema) -> (Value, Vec<String>) {
    let mut diags = Diagnostics::new();
    let body = parse_file(FileId(0), text, &mut diags);
    assert!(diags.is_empty(), "{text}: {diags:?}");
    let scope = Vars(CallEnv::new("/", Arc::new(MemFiles::new()), SourceMap::new()));
    let value = decode_body(&body, Span::new(FileId(0), 0, 0), schema, META, &scope, &mut diags);
    let show = |d: Diagnostic| {
        let span = d.subject.unwrap();
        format!("{} [{}] {}", d.summary, &text[span.start as usize..span.end as usize], d.help.unwrap_or_default())
    };
    (value, diags.into_iter().map(show).collect())
}

/// The object of a body without mistakes; its type is the schema's.
fn good(text: &str) -> Value {
    let (value, problems) = decode(&format!("name = \"n\"\n{text}"), &schema());
    assert!(problems.is_empty(), "{text}: {problems:?}");
    assert_eq!(value.ty(), schema().ty(), "{text}");
    value
}

fn bad(text: &str, expected: &str) {
    let (_, problems) = decode(&format!("name = \"n\"\n{text}"), &schema());
    assert_eq!(problems.len(), 1, "{text}: {problems:?}");
    assert_eq!(problems[0].trim(), expected, "{text}");
}

fn ints(value: &Value, list: &str, member: &str) -> Vec<i64> {
    let items = value.get(list).unwrap().items().unwrap();
    items.iter().map(|v| v.get(member).unwrap().as_i64().unwrap()).collect()
}

#[test]
fn attributes_are_converted_and_absent_ones_null() {
    let v = good("tags = { a = 1, b = true }\nzones = [1, \"b\"]\ncount = nonsense\nlifecycle {\n  ignore_changes = [tags]\n}\n");
    assert_eq!(v.get("tags").unwrap().get("a").unwrap().as_str(), Some("1"));
    assert_eq!(v.get("zones").unwrap().ty(), Type::list(Type::String));
    assert!(v.get("id").unwrap().is_null() && v.get("options").unwrap().is_null());
    assert_eq!(v.get("disk").unwrap().items(), Some(&[][..]));
    assert!(v.get("rule").unwrap().is_null());
}

#[test]
fn blocks_by_nesting() {
    let v = good(
        "disk {\n  size = 2\n}\ndisk {\n  size = 1\n}\noptions {\n  size = 3\n}\nvolume {\n  size = 5\n}\nvolume {\n  size = 4\n}\nvolume {\n  size = 4\n}\n",
    );
    assert_eq!(ints(&v, "disk", "size"), [2, 1]);
    assert_eq!(v.get("options").unwrap().get("size").unwrap().as_i64(), Some(3));
    assert_eq!(ints(&v, "volume", "size"), [4, 5]);
}

#[test]
fn attributes_written_as_blocks() {
    let v = good("rule {\n  port = 80\n}\nrule {\n  port   = 443\n  ranges = [\"10.0.0.0/8\"]\n}\n");
    assert_eq!(ints(&v, "rule", "port"), [80, 443]);
    assert!(v.get("rule").unwrap().items().unwrap()[0].get("ranges").unwrap().is_null());
    let same = good("rule = [{ port = 80, ranges = null }, { port = 443, ranges = [\"10.0.0.0/8\"] }]\n");
    assert_eq!(v.get("rule"), same.get("rule"));
    assert_eq!(good("rule = []\n").get("rule").unwrap().items(), Some(&[][..]));
    assert!(good("dynamic \"rule\" {\n  for_each = var.none\n  content {\n    port = rule.value\n  }\n}\n").get("rule").unwrap().is_null());
    bad("rule = [{ port = 1 }]\n", "Incorrect argument type [[{ port = 1 }]]");
}

#[test]
fn dynamic_blocks() {
    let v = good(
        "dynamic \"volume\" {\n  for_each = var.ports\n  content {\n    size = volume.value + volume.key\n  }\n}\nvolume {\n  size = 1\n}\n",
    );
    assert_eq!(ints(&v, "volume", "size"), [1, 80, 444]);
    let v = good(
        "dynamic \"rule\" {\n  for_each = { a = 1 }\n  iterator = it\n  content {\n    port   = it.value\n    ranges = [it.key]\n  }\n}\n",
    );
    assert_eq!(ints(&v, "rule", "port"), [1]);
    let v = good("dynamic \"volume\" {\n  for_each = var.secret\n  content {\n    size = 1\n  }\n}\n");
    assert!(v.get("volume").unwrap().marks().is_sensitive());
}

#[test]
fn unknown_for_each_makes_the_blocks_unknown() {
    let text = "dynamic \"disk\" {\n  for_each = var.unknown\n  content {\n    size = disk.value\n  }\n}\ndisk {\n  size = 1\n}\n";
    assert!(good(text).get("disk").unwrap().is_unknown());
    let v = good("dynamic \"rule\" {\n  for_each = var.unknown\n  content {\n    port = rule.value\n  }\n}\n");
    assert!(v.get("rule").unwrap().is_unknown());
    bad(
        "dynamic \"disk\" {\n  for_each = var.unknown\n  content {\n    sise = disk.value\n    size = 1\n  }\n}\n",
        "Unsupported argument [sise] Did you mean \"size\"?",
    );
}

#[test]
fn what_is_missing() {
    let (v, problems) = decode("", &schema());
    assert_eq!(problems, ["Missing required argument [] Add: name = ..."]);
    assert!(v.get("name").unwrap().is_null());
    bad("disk {\n}\n", "Missing required argument [disk] Add: size = ...");
    assert_eq!(decode("name = null\n", &schema()).1, ["Missing required argument [null] "]);
    let needs = BlockSchema::new().block("disk", BlockSchema::new().list(1, 0));
    assert_eq!(decode("", &needs).1, ["Insufficient disk blocks [] Add: disk { ... }"]);
    assert!(decode("dynamic \"disk\" {\n  for_each = var.unknown\n  content {\n  }\n}\n", &needs).1.is_empty());
}

#[test]
fn what_does_not_belong() {
    bad("nam = 1\n", "Unsupported argument [nam] Did you mean \"name\"?");
    bad("disk = []\n", "Unsupported argument [disk] \"disk\" is a block: write disk { ... } without the equals sign.");
    bad("dysk {\n}\n", "Unsupported block type [dysk] Did you mean \"disk\"?");
    bad("tags {\n}\n", "Unsupported block type [tags] \"tags\" is an argument: write tags = ... with an equals sign.");
    bad("dynamic \"dysk\" {\n}\n", "Unsupported block type [\"dysk\"] Did you mean \"disk\"?");
    bad("disk \"a\" {\n  size = 1\n}\n", "Extraneous block label [\"a\"] Remove the label.");
    bad("id = \"x\"\n", "Argument cannot be set [id] Remove it.");
    bad("later = \"x\"\n", "Not supported yet [later] Remove it, or leave this object to another tool.");
    bad("old = true\n", "Deprecated argument [old]");
    bad("rule = []\nrule {\n}\n", "Argument set twice [rule]");
    bad("options {\n  size = 1\n}\noptions {\n  size = 1\n}\n", "Too many options blocks [options]");
    bad("disk {\n  size = 1\n}\ndisk {\n  size = 1\n}\ndisk {\n  size = 1\n}\n", "Too many disk blocks [disk]");
    assert!(good("later = null\nid = null\n").get("later").unwrap().is_null());
}

#[test]
fn values_of_the_wrong_type() {
    bad("zones = \"a\"\n", "Incorrect argument type [\"a\"]");
    bad("disk {\n  size = \"x\"\n}\n", "Incorrect argument type [\"x\"]");
    bad("zones = [var.nope]\n", "Undeclared [var.nope]");
}

#[test]
fn broken_dynamic_blocks() {
    bad("dynamic \"disk\" {\n  content {\n    size = 1\n  }\n}\n", "Invalid dynamic block [dynamic \"disk\"]");
    bad("dynamic \"disk\" {\n  for_each = []\n}\n", "Invalid dynamic block [dynamic \"disk\"]");
    bad("dynamic \"disk\" {\n  for_each = [1]\n  size = 1\n  content {\n    size = 1\n  }\n}\n", "Invalid dynamic block [size]");
    bad("dynamic \"disk\" {\n  for_each = 5\n  content {\n    size = 1\n  }\n}\n", "Iteration over a value without elements [5]");
    bad("dynamic \"disk\" {\n  for_each = [1]\n  iterator = \"x\"\n  content {\n    size = 1\n  }\n}\n", "Invalid dynamic block [\"x\"]");
}
