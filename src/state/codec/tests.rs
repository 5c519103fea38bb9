use super::{Style, read, write};
use crate::addr::{
    InstanceKey, Mode, ModuleInstance, ModulePath, ProviderConfigAddr, ProviderSource, ResourceAddr, ResourceInstanceParent,
};
use crate::state::{InstanceState, ObjectState, OutputState, ResourceState, State, StateErrorKind, Status};
use crate::value::{Key, Path, Step, Type};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

/// Laid out as OpenTofu 1.11 writes it to disk.
const ON_DISK: &str = r#"{
  "version": 4,
  "terraform_version": "1.11.1",
  "serial": 7,
  "lineage": "8b4f4e6c-8d3c-0d1a-2f6e-6f1f3f6f9a51",
  "outputs": {
    "list": {
      "value": [
        1.5,
        12345678901234567890123
      ],
      "type": [
        "tuple",
        [
          "number",
          "number"
        ]
      ]
    },
    "secret": {
      "value": "a\u003cb\u003e\u0026\u2028\"\\",
      "type": "string",
      "sensitive": true,
      "deprecated": "use list"
    }
  },
  "resources": [
    {
      "mode": "data",
      "type": "aws_caller_identity",
      "name": "me",
      "provider": "provider[\"registry.opentofu.org/hashicorp/aws\"].west",
      "instances": [
        {
          "schema_version": 0,
          "attributes": {},
          "sensitive_attributes": []
        }
      ]
    },
    {
      "mode": "managed",
      "type": "aws_vpc",
      "name": "main",
      "provider": "provider[\"registry.opentofu.org/hashicorp/aws\"]",
      "instances": [
        {
          "index_key": 2,
          "schema_version": 1,
          "attributes": {
            "id": "vpc-1",
            "tags": null
          },
          "sensitive_attributes": [
            [
              {
                "type": "get_attr",
                "value": "tags"
              },
              {
                "type": "index",
                "value": {
                  "value": "k",
                  "type": "string"
                }
              }
            ]
          ],
          "private": "AAH/",
          "dependencies": [
            "data.aws_caller_identity.me",
            "module.a.aws_eip.x"
          ],
          "create_before_destroy": true,
          "skip_destroy": true,
          "identity": {
            "id": "vpc-1"
          },
          "identity_schema_version": 0
        },
        {
          "index_key": 10,
          "status": "tainted",
          "schema_version": 1,
          "attributes_flat": {
            "id": "vpc-2"
          },
          "sensitive_attributes": []
        },
        {
          "index_key": 10,
          "deposed": "00ab12cd",
          "schema_version": 1,
          "attributes": {
            "id": "vpc-3"
          },
          "sensitive_attributes": []
        }
      ]
    },
    {
      "module": "module.a[\"x.y\"].module.b",
      "mode": "managed",
      "type": "null_resource",
      "name": "n",
      "each": "map",
      "instances": [
        {
          "index_key": "k",
          "provider": "module.a.provider[\"registry.opentofu.org/hashicorp/null\"].all[\"eu\"]",
          "schema_version": 0,
          "attributes": {
            "id": "1"
          },
          "sensitive_attributes": []
        }
      ]
    },
    {
      "module": "module.c[10]",
      "mode": "managed",
      "type": "null_resource",
      "name": "n",
      "provider": "provider[\"registry.opentofu.org/hashicorp/null\"]",
      "instances": []
    },
    {
      "module": "module.c[2]",
      "mode": "managed",
      "type": "null_resource",
      "name": "n",
      "provider": "provider[\"registry.opentofu.org/hashicorp/null\"]",
      "instances": []
    }
  ],
  "check_results": [
    {
      "object_kind": "var",
      "config_addr": "var.x",
      "status": "pass",
      "objects": null
    }
  ],
  "of_another_tool": {
    "kept": true
  }
}
"#;

#[test]
fn the_disk_format_round_trips_byte_for_byte() {
    let state = read(ON_DISK.as_bytes()).unwrap();
    assert_eq!(state.serial, 7);
    assert_eq!(state.instances().count(), 4);
    assert_eq!(String::from_utf8(write(&state, Style::Indented)).unwrap(), ON_DISK);
}

#[test]
fn the_s3_format_is_one_line() {
    let state = read(ON_DISK.as_bytes()).unwrap();
    let compact = String::from_utf8(write(&state, Style::Compact)).unwrap();
    assert_eq!(compact.lines().count(), 1);
    assert!(compact.starts_with(r#"{"version":4,"terraform_version":"1.11.1","serial":7,"lineage":"8b4f"#), "{compact}");
    assert!(compact.contains(r#""value":"a\u003cb\u003e\u0026\u2028\"\\","type":"string","sensitive":true"#), "{compact}");
    assert_eq!(read(compact.as_bytes()).unwrap(), state);
    let empty = State { lineage: "l".into(), serial: 1, ..State::default() };
    let expected = "{\"version\":4,\"terraform_version\":\"\",\"serial\":1,\"lineage\":\"l\",\"outputs\":{},\"resources\":[],\"check_results\":null}\n";
    assert_eq!(String::from_utf8(write(&empty, Style::Compact)).unwrap(), expected);
}

#[test]
fn what_was_read_is_there() {
    let state = read(ON_DISK.as_bytes()).unwrap();
    let vpc = crate::addr::parse_instance("aws_vpc.main[2]").unwrap();
    let object = state.current(&vpc).unwrap();
    assert_eq!(object.private.as_deref(), Some(&[0, 1, 255][..]));
    assert_eq!(object.sensitive_paths, [Path(vec![Step::Attr("tags".into()), Step::Index(Key::Str("k".into()))])]);
    assert_eq!(object.dependencies[1].to_string(), "module.a.aws_eip.x");
    let old = crate::addr::parse_instance("aws_vpc.main[10]").unwrap();
    assert_eq!(state.current(&old).unwrap().status, Status::Tainted);
    assert!(state.instance(&old).unwrap().deposed.contains_key("00ab12cd"));
    let keyed = crate::addr::parse_instance("module.a[\"x.y\"].module.b.null_resource.n[\"k\"]").unwrap();
    let resource = &state.resources[&keyed.resource];
    assert_eq!(resource.provider.to_string(), "module.a.provider[\"registry.opentofu.org/hashicorp/null\"].all");
}

#[test]
fn terraforms_registry_is_opentofus() {
    let text = ON_DISK.replace("registry.opentofu.org", "registry.terraform.io");
    let state = read(text.as_bytes()).unwrap();
    assert_eq!(String::from_utf8(write(&state, Style::Indented)).unwrap(), ON_DISK);
}

#[test]
fn what_is_no_state_says_why() {
    let kind = |text: &str| read(text.as_bytes()).unwrap_err();
    assert_eq!(kind(r#"{"version":5}"#).kind, StateErrorKind::Newer);
    assert!(kind(r#"{"version":5}"#).summary.contains("newer than we know"));
    assert_eq!(kind(r#"{"version":3}"#).kind, StateErrorKind::Older);
    assert_eq!(kind(r#"{"encrypted_data":"x","encryption_version":"v0"}"#).kind, StateErrorKind::Encrypted);
    for (text, part) in [
        ("", "cut off"),
        ("nonsense", "not JSON"),
        ("[]", "not an object"),
        ("{}", "not a state file"),
        (r#"{"version":4,"serial":-1}"#, "serial"),
        (r#"{"version":4,"outputs":{"a":{"value":1,"type":"nope"}}}"#, "output \"a\""),
        (r#"{"version":4,"resources":[{"mode":"x"}]}"#, "resources[0]"),
        (r#"{"version":4,"resources":[{"mode":"data","type":"t","name":"n","instances":[]}]}"#, "data.t.n: no provider"),
    ] {
        let error = kind(text);
        assert_eq!(error.kind, StateErrorKind::Malformed);
        assert!(error.detail.contains(part), "{text}: {}", error.detail);
    }
}

#[test]
fn an_object_that_occurs_twice_is_refused() {
    let instance = r#"{"index_key":1,"schema_version":0,"attributes":{"id":"s3cret"}}"#;
    let text = format!(
        r#"{{"version":4,"resources":[{{"mode":"managed","type":"t","name":"n","provider":"provider.t","instances":[{instance},{instance}]}}]}}"#
    );
    let error = read(text.as_bytes()).unwrap_err();
    assert!(error.detail.contains("t.n[1]: the same object occurs twice"), "{}", error.detail);
    assert!(!error.detail.contains("s3cret"));
}

#[test]
fn a_state_that_was_cut_off_is_never_read() {
    for end in 0..ON_DISK.trim_end().len() {
        if ON_DISK.is_char_boundary(end) {
            assert!(read(&ON_DISK.as_bytes()[..end]).is_err(), "cut at {end}");
        }
    }
}

fn name() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9_-]{0,6}"
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        "-?[1-9][0-9]{0,40}\\.[0-9]{1,30}".prop_map(|s| serde_json::from_str(&s).unwrap()),
        any::<String>().prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Json::from),
            vec((any::<String>(), inner), 0..4).prop_map(|v| Json::Object(v.into_iter().collect())),
        ]
    })
}

fn any_key() -> impl Strategy<Value = InstanceKey> {
    prop_oneof![Just(InstanceKey::None), any::<u64>().prop_map(InstanceKey::Int), any::<String>().prop_map(|s| InstanceKey::Str(s.into())),]
}

fn any_path() -> impl Strategy<Value = Path> {
    let step = prop_oneof![
        any::<String>().prop_map(|s| Step::Attr(s.into())),
        any::<String>().prop_map(|s| Step::Index(Key::Str(s.into()))),
        any::<i64>().prop_map(|n| Step::Index(Key::Int(n))),
    ];
    vec(step, 0..4).prop_map(Path)
}

prop_compose! {
    fn any_object()(
        schema_version: u64,
        attributes in vec((any::<String>(), any_json()), 0..4),
        paths in proptest::collection::btree_set(any_path(), 0..3),
        private in option::of(vec(any::<u8>(), 1..9)),
        dependencies in vec((name(), name(), vec(name(), 0..2)), 0..3),
        tainted: bool,
        create_before_destroy: bool,
        foreign in option::of(any_json()),
    ) -> ObjectState {
        let dependency = |(kind, name, module): (String, String, Vec<String>)| ResourceAddr {
            module: ModulePath(module.into_iter().map(Into::into).collect()),
            mode: Mode::Managed,
            kind: format!("t_{kind}").into(),
            name: name.into(),
        };
        ObjectState {
            schema_version,
            attributes: attributes.into_iter().collect(),
            sensitive_paths: paths.into_iter().collect(),
            private,
            dependencies: dependencies.into_iter().map(dependency).collect(),
            status: if tainted { Status::Tainted } else { Status::Ready },
            create_before_destroy,
            provider: None,
            extra: foreign.into_iter().map(|v| ("of_another_tool".to_string(), v)).collect(),
        }
    }
}

fn any_instance() -> impl Strategy<Value = InstanceState> {
    (option::of(any_object()), btree_map("[0-9a-f]{8}", any_object(), 0..2))
        .prop_filter("something exists", |(current, deposed)| current.is_some() || !deposed.is_empty())
        .prop_map(|(current, deposed)| InstanceState { current, deposed })
}

fn any_addr() -> impl Strategy<Value = ResourceInstanceParent> {
    let modules = vec((name(), any_key()), 0..3);
    (modules, prop_oneof![Just(Mode::Managed), Just(Mode::Data)], name(), name()).prop_map(|(module, mode, kind, name)| {
        let module = ModuleInstance(module.into_iter().map(|(n, k)| (n.into(), k)).collect());
        ResourceInstanceParent { module, mode, kind: format!("t_{kind}").into(), name: name.into() }
    })
}

fn any_resource() -> impl Strategy<Value = ResourceState> {
    (name(), option::of(name()), btree_map(any_key(), any_instance(), 0..3)).prop_map(|(kind, alias, instances)| {
        let source = ProviderSource::default_for(&kind);
        let provider = ProviderConfigAddr { module: ModulePath::root(), source, alias: alias.map(Into::into), key: None };
        ResourceState { provider, instances, extra: Map::new() }
    })
}

prop_compose! {
    fn any_state()(
        tool_version in "[0-9]\\.[0-9]{1,2}\\.[0-9]",
        serial: u64,
        lineage: String,
        outputs in btree_map(any::<String>().prop_map(Into::into), (any::<String>(), any::<bool>()), 0..3),
        resources in btree_map(any_addr(), any_resource(), 0..4),
    ) -> State {
        let output = |(value, sensitive): (String, bool)| OutputState {
            value: json!([value]),
            ty: Type::list(Type::String),
            sensitive,
            extra: Map::new(),
        };
        let outputs = outputs.into_iter().map(|(k, v)| (k, output(v))).collect();
        State { tool_version, serial, lineage, outputs, resources, ..State::default() }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_state_round_trips(state in any_state()) {
        for style in [Style::Compact, Style::Indented] {
            let bytes = write(&state, style);
            let back = read(&bytes).unwrap();
            prop_assert_eq!(&back, &state);
            prop_assert_eq!(write(&back, style), bytes);
        }
    }

    #[test]
    fn no_input_panics(bytes: Vec<u8>, at in 0..4000usize, byte: u8) {
        let _ = read(&bytes);
        let mut damaged = ON_DISK.as_bytes().to_vec();
        let at = at % damaged.len();
        damaged[at] = byte;
        let _ = read(&damaged);
    }
}
