//! Variables: type constraints and defaults.

use super::load_text;
use crate::config::Variable;
use crate::value::{Type, Value};

fn variable(body: &str) -> Variable {
    let config = load_text(&format!("variable \"x\" {{\n{body}\n}}")).clean();
    let mut modules = config.modules.into_values();
    modules.next().unwrap().variables.into_values().next().unwrap()
}

#[test]
fn every_type_form() {
    for (text, shown) in [
        ("string", "string"),
        ("any", "any"),
        ("list", "list(any)"),
        ("map", "map(any)"),
        ("(number)", "number"),
        ("list(set(bool))", "list(set(bool))"),
        ("tuple([string, number])", "tuple([string, number])"),
        (
            "object({ a = string, \"b\" = optional(number, 2), c = optional(list(any)) })",
            "object({a=string, b=optional(number), c=optional(list(any))})",
        ),
        ("map(object({}))", "map(object({}))"),
    ] {
        assert_eq!(variable(&format!("type = {text}")).ty.to_string(), shown, "{text}");
    }
    assert!(!variable("").typed);
}

#[test]
fn wrong_types_are_reported_where_they_stand() {
    for (text, word) in [
        ("strng", "Did you mean \"string\"?"),
        ("lst(string)", "Did you mean \"list\"?"),
        ("set", "set(string)"),
        ("object", "object({"),
        ("string(1)", "takes no argument"),
        ("list(string, number)", "exactly one argument"),
        ("object([string])", "object({ name = string })"),
        ("object({ a = string, a = number })", "twice"),
        ("list(optional(string))", "only for attributes"),
        ("object({ a = optional() })", "takes a type"),
        ("object({ a = optional(number, \"x\") })", "does not fit its type number"),
        ("object({ (x) = string })", "plain name"),
        ("\"strong\"", "in quotes"),
        ("[string]", "type name or a call"),
    ] {
        let loaded = load_text(&format!("variable \"x\" {{\n  type = {text}\n}}"));
        assert_eq!(loaded.report().len(), 1, "{text}: {:?}", loaded.diags);
        assert!(loaded.report()[0].ends_with("@ main.tf:2"), "{text}: {:?}", loaded.report());
        assert!(loaded.words().contains(word), "{text}: {}", loaded.words());
    }
}

#[test]
fn quoted_types_of_old_modules_are_read_with_a_warning() {
    let loaded = load_text("variable \"x\" {\n  type = \"list\"\n}");
    assert_eq!(loaded.report(), ["W Quoted type constraint @ main.tf:2"]);
    let config = loaded.config.unwrap();
    assert_eq!(config.root().unwrap().variables["x"].ty, Type::list(Type::Dynamic));
}

#[test]
fn defaults_are_converted_and_filled() {
    assert_eq!(variable("type = string\ndefault = 5").default, Some(Value::string("5")));
    assert_eq!(variable("type = number\ndefault = -2").default, Some(Value::int(-2)));
    assert_eq!(variable("default = null").default, Some(Value::null(Type::Dynamic)));
    assert_eq!(variable("type = string").default, None);
    let nested = variable(
        "type = list(object({ a = optional(number, 1), in = optional(object({ b = optional(string, \"d\") }), {}) }))\n\
         default = [{}, { a = 7, in = { b = \"x\" } }]",
    );
    let items = nested.default.unwrap();
    let items = items.items().unwrap();
    assert_eq!(items[0].get("a"), Some(&Value::int(1)));
    assert_eq!(items[0].get("in").unwrap().get("b"), Some(&Value::string("d")));
    assert_eq!(items[1].get("a"), Some(&Value::int(7)));
    assert_eq!(items[1].get("in").unwrap().get("b"), Some(&Value::string("x")));
}

#[test]
fn a_default_of_null_for_an_optional_attribute_is_replaced() {
    let with_null = variable("type = object({ a = optional(string, \"d\"), b = optional(string) })\ndefault = { a = null }");
    let value = with_null.default.unwrap();
    assert_eq!(value.get("a"), Some(&Value::string("d")));
    assert!(value.get("b").unwrap().is_null());
}

#[test]
fn wrong_defaults_have_places() {
    let loaded = load_text(
        "variable \"a\" {\n  type = number\n  default = \"x\"\n}\nvariable \"b\" {\n  default = var.a\n}\nvariable \"c\" {\n  nullable = false\n  default = null\n}\n\
         variable \"d\" {\n  type = list(object({ n = number }))\n  default = [{ n = [] }]\n}",
    );
    assert_eq!(
        loaded.report(),
        [
            "E Invalid default value for variable @ main.tf:3",
            "E Variables not allowed @ main.tf:6",
            "E Invalid default value for variable @ main.tf:10",
            "E Invalid default value for variable @ main.tf:14",
        ]
    );
}

#[test]
fn everything_a_variable_can_say() {
    let v = variable(
        "description = \"d\"\nsensitive = true\nephemeral = true\nnullable = false\ndeprecated = \"use y\"\n\
         validation {\n condition = var.x != \"\"\n error_message = \"empty\"\n}",
    );
    assert!(v.sensitive && v.ephemeral && !v.nullable);
    assert_eq!((v.description.as_deref(), v.deprecated.as_deref(), v.validations.len()), (Some("d"), Some("use y"), 1));
}

#[test]
fn wrong_arguments_of_a_variable() {
    let loaded = load_text(
        "variable \"x\" {\n  defalt = 1\n  sensitive = \"yes\"\n  validation {\n    condition = true\n  }\n}\nvariable \"source\" {}\nvariable \"a b\" {}\nvariable {}\nvariable \"x\" {}",
    );
    assert_eq!(
        loaded.report(),
        [
            "E Unsuitable value type @ main.tf:3",
            "E Missing required argument @ main.tf:4",
            "E Unsupported argument @ main.tf:2",
            "E Invalid variable name @ main.tf:8",
            "E Invalid name @ main.tf:9",
            "E Wrong number of labels @ main.tf:10",
            "E Duplicate variable @ main.tf:11",
        ]
    );
    assert!(loaded.words().contains("Did you mean \"default\"?"));
    assert!(loaded.words().contains("declared here and at main.tf:1"));
}
