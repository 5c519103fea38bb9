use super::*;

fn set(items: &[&str]) -> Value {
    Value::set(Type::String, items.iter().map(Value::string).collect())
}
fn list(items: &[&str]) -> Value {
    Value::list(Type::String, items.iter().map(Value::string).collect())
}
/// A body with nulls and empty blocks where nothing is written.
fn body(block: &BlockSchema, pairs: &[(&str, Value)]) -> Value {
    let schema = ResourceSchema::new(0, block.clone());
    let base = Value::object(pairs.iter().map(|(k, v)| ((*k).into(), v.clone())).collect());
    let mut members = shape::Attrs::over(&schema, &base).finish().members().cloned().unwrap();
    members.extend(base.members().cloned().unwrap());
    Value::object(members)
}
fn inner(path: &[&str], pairs: &[(&str, Value)]) -> Value {
    let schema = IamPolicyDocument.schema();
    let block = path.iter().fold(schema.block.clone(), |b, n| (*b.blocks[*n].block).clone());
    body(&block, pairs)
}
fn blocks(items: Vec<Value>, as_set: bool) -> Value {
    let ty = items[0].ty();
    if as_set { Value::set(ty, items) } else { Value::list(ty, items) }
}
fn statement_of(pairs: &[(&str, Value)]) -> Value {
    inner(&["statement"], pairs)
}
fn of(pairs: &[(&str, Value)]) -> Value {
    answer(&inner(&[], pairs)).unwrap()
}
fn json(value: &Value) -> &str {
    shape::text(value, "json").unwrap()
}

#[test]
fn writes_the_text_of_the_provider() {
    let who = inner(&["statement", "principals"], &[("type", Value::string("AWS")), ("identifiers", set(&["a", "b"]))]);
    let service = inner(&["statement", "principals"], &[("type", Value::string("Service")), ("identifiers", set(&["ec2.amazonaws.com"]))]);
    let when = inner(
        &["statement", "condition"],
        &[
            ("test", Value::string("StringLike")),
            ("variable", Value::string("s3:prefix")),
            ("values", list(&["", "home/&{aws:username}/"])),
        ],
    );
    let one = statement_of(&[
        ("sid", Value::string("One")),
        ("actions", set(&["s3:GetObject", "s3:PutObject"])),
        ("resources", set(&["arn:aws:s3:::b/&{aws:username}<x>"])),
        ("principals", blocks(vec![who, service], true)),
        ("condition", blocks(vec![when], true)),
    ]);
    let two = statement_of(&[("effect", Value::string("Deny")), ("not_actions", set(&["*"])), ("not_resources", set(&["b", "a"]))]);
    let value = of(&[("policy_id", Value::string("p")), ("statement", blocks(vec![one, two], false))]);
    let expected = r#"{
  "Version": "2012-10-17",
  "Id": "p",
  "Statement": [
    {
      "Sid": "One",
      "Effect": "Allow",
      "Action": [
        "s3:PutObject",
        "s3:GetObject"
      ],
      "Resource": "arn:aws:s3:::b/${aws:username}\u003cx\u003e",
      "Principal": {
        "AWS": [
          "b",
          "a"
        ],
        "Service": "ec2.amazonaws.com"
      },
      "Condition": {
        "StringLike": {
          "s3:prefix": [
            "",
            "home/${aws:username}/"
          ]
        }
      }
    },
    {
      "Effect": "Deny",
      "NotAction": "*",
      "NotResource": [
        "b",
        "a"
      ]
    }
  ]
}"#;
    assert_eq!(json(&value), expected);
    let minified = shape::text(&value, "minified_json").unwrap();
    assert!(
        minified.starts_with(r#"{"Version":"2012-10-17","Id":"p","Statement":[{"Sid":"One","Effect":"Allow","Action":["s3:PutObject""#)
    );
    assert!(crate::aws::policy_json::equivalent(minified, expected));
    assert_eq!(shape::text(&value, "id"), Some(support::hashcode(expected).to_string().as_str()));
    assert_eq!(value.ty(), IamPolicyDocument.schema().block.ty());
    let second = &shape::objects(&value, "statement")[1];
    assert_eq!((second.get("sid"), second.get("actions")), (Some(&Value::string("")), Some(&set(&[]))));
    assert_eq!(shape::text(&value, "version"), Some("2012-10-17"));
}

#[test]
fn a_document_without_statements_has_a_version_only() {
    assert_eq!(json(&of(&[])), "{\n  \"Version\": \"2012-10-17\"\n}");
}

#[test]
fn everybody_is_a_star() {
    let who = |kind: &str| {
        blocks(vec![inner(&["statement", "principals"], &[("type", Value::string(kind)), ("identifiers", set(&["*"]))])], true)
    };
    let of_kind = |kind: &str| json(&of(&[("statement", blocks(vec![statement_of(&[("principals", who(kind))])], false))])).to_string();
    assert!(of_kind("*").contains(r#""Principal": "*""#));
    assert!(of_kind("AWS").contains(r#""AWS": "*""#));
}

#[test]
fn documents_merge_by_sid_and_keep_their_lists() {
    let source = r#"{"Version":"2008-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":["x"],"Resource":"*","Principal":{"AWS":["1"]}},{"Effect":"Deny","Action":"y","Resource":"*","Condition":{"Bool":{"k":true}}}]}"#;
    let over = r#"{"Id":"o","Statement":[{"Sid":"A","Effect":"Deny","Action":"z","Resource":"*"}]}"#;
    let value = of(&[("source_policy_documents", list(&[source])), ("override_policy_documents", list(&[over]))]);
    let minified = shape::text(&value, "minified_json").unwrap();
    assert_eq!(
        minified,
        r#"{"Version":"2012-10-17","Id":"o","Statement":[{"Sid":"A","Effect":"Deny","Action":"z","Resource":"*"},{"Effect":"Deny","Action":"y","Resource":"*","Condition":{"Bool":{"k":"true"}}}]}"#
    );
    let kept = of(&[("source_policy_documents", list(&[source]))]);
    assert!(shape::text(&kept, "minified_json").unwrap().contains(r#""Action":["x"],"Resource":"*","Principal":{"AWS":["1"]}"#));
    let twice = inner(&[], &[("source_policy_documents", list(&[source, source]))]);
    assert!(answer(&twice).unwrap_err().contains("repeats the Sid `A`"));
    assert!(answer(&inner(&[], &[("override_policy_documents", list(&["{"]))])).unwrap_err().contains("override_policy_documents[0]"));
}

#[test]
fn mistakes_are_named() {
    let old = inner(
        &[],
        &[("version", Value::string("2008-10-17")), ("statement", blocks(vec![statement_of(&[("resources", set(&["&{x}"]))])], false))],
    );
    assert!(answer(&old).unwrap_err().contains("2008-10-17"));
    let twins = vec![statement_of(&[("sid", Value::string("A"))]), statement_of(&[("sid", Value::string("A"))])];
    assert!(answer(&inner(&[], &[("statement", blocks(twins, false))])).unwrap_err().contains("`A`"));
    let wrong = inner(
        &[],
        &[
            ("version", Value::string("1")),
            ("statement", blocks(vec![statement_of(&[("sid", Value::string("a-b")), ("effect", Value::string("allow"))])], false)),
        ],
    );
    assert_eq!(validate(&wrong).len(), 3);
}

#[test]
fn unknown_parts_leave_the_text_open_and_secrets_hide_it() {
    let open = of(&[(
        "statement",
        blocks(vec![statement_of(&[("actions", set(&["a"])), ("resources", Value::unknown(Type::set(Type::String)))])], false),
    )]);
    assert!(open.get("json").is_some_and(Value::is_unknown));
    assert_eq!(shape::strings(&shape::objects(&open, "statement")[0], "actions"), ["a"]);
    let secret = of(&[("policy_id", Value::string("p").sensitive())]);
    assert!(secret.get("json").is_some_and(|j| j.marks().is_sensitive()));
    assert!(!of(&[]).get("json").is_some_and(|j| j.marks().is_sensitive()));
}
