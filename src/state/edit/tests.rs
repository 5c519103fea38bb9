use super::*;
use crate::addr::{ProviderSource, Target, parse_instance, parse_target};
use crate::state::{State, Status, read};

/// `addr dep,dep` a line; every object has its address as its id.
fn state(lines: &[&str]) -> State {
    let mut state = State { serial: 7, lineage: "l".into(), ..State::default() };
    let provider = crate::state::parse_provider_addr("provider[\"registry.opentofu.org/hashicorp/aws\"]").unwrap();
    for line in lines {
        let (addr, deps) = line.split_once(' ').unwrap_or((line, ""));
        let mut object = crate::state::ObjectState::default();
        object.attributes.insert("id".into(), addr.into());
        object.dependencies = deps.split(',').filter(|d| !d.is_empty()).map(|d| parse_instance(d).unwrap().config_addr()).collect();
        state.instance_mut(&parse_instance(addr).unwrap(), &provider).current = Some(object);
    }
    state
}

fn target(text: &str) -> Target {
    parse_target(text).unwrap()
}

/// Addresses with the ids they hold and their dependencies.
fn shown(state: &State) -> Vec<String> {
    let line = |(addr, _, i): (crate::addr::InstanceAddr, _, &crate::state::InstanceState)| {
        let object = i.current.as_ref().unwrap();
        let deps: Vec<String> = object.dependencies.iter().map(ToString::to_string).collect();
        format!("{addr}={} <- {}", object.attributes["id"].as_str().unwrap(), deps.join(","))
    };
    state.instances().map(line).collect()
}

fn moved(lines: &[&str], from: &str, to: &str) -> Result<Vec<String>, String> {
    let mut state = state(lines);
    let before = state.clone();
    match move_objects(&mut state, &target(from), &target(to)) {
        Ok(_) => Ok(shown(&state)),
        Err(d) => {
            assert_eq!(state, before, "a refused move changes nothing");
            Err(format!("{}: {}", d.summary, d.detail))
        }
    }
}

#[test]
fn a_resource_moves_and_dependencies_follow() {
    let found = moved(&["aws_vpc.a", "aws_subnet.s aws_vpc.a", "aws_eip.e aws_vpc.gone"], "aws_vpc.a", "module.net.aws_vpc.b").unwrap();
    assert_eq!(
        found,
        ["aws_eip.e=aws_eip.e <- aws_vpc.gone", "aws_subnet.s=aws_subnet.s <- module.net.aws_vpc.b", "module.net.aws_vpc.b=aws_vpc.a <- "]
    );
}

#[test]
fn an_instance_takes_a_key_and_the_rest_stays() {
    let found = moved(&["aws_vpc.a[0]", "aws_vpc.a[1]", "aws_subnet.s aws_vpc.a"], "aws_vpc.a[1]", "aws_vpc.b[\"x\"]").unwrap();
    assert_eq!(
        found,
        ["aws_subnet.s=aws_subnet.s <- aws_vpc.a,aws_vpc.b", "aws_vpc.a[0]=aws_vpc.a[0] <- ", "aws_vpc.b[\"x\"]=aws_vpc.a[1] <- "]
    );
    assert_eq!(moved(&["aws_vpc.a"], "aws_vpc.a", "aws_vpc.a[0]").unwrap(), ["aws_vpc.a[0]=aws_vpc.a <- "]);
    assert_eq!(moved(&["aws_vpc.a[0]", "aws_vpc.a[1]"], "aws_vpc.a", "aws_vpc.b").unwrap().len(), 2);
}

#[test]
fn modules_move_with_all_below_them() {
    let lines = ["module.a.aws_vpc.v", "module.a.module.b[0].aws_subnet.s module.a.aws_vpc.v", "aws_eip.e module.a.aws_vpc.v"];
    let found = moved(&lines, "module.a", "module.c[\"k\"]").unwrap();
    assert_eq!(
        found,
        [
            "aws_eip.e=aws_eip.e <- module.c.aws_vpc.v",
            "module.c[\"k\"].aws_vpc.v=module.a.aws_vpc.v <- ",
            "module.c[\"k\"].module.b[0].aws_subnet.s=module.a.module.b[0].aws_subnet.s <- module.c.aws_vpc.v"
        ]
    );
    let found = moved(&["module.a[0].aws_vpc.v", "module.a[1].aws_vpc.v"], "module.a", "module.b").unwrap();
    assert_eq!(found, ["module.b[0].aws_vpc.v=module.a[0].aws_vpc.v <- ", "module.b[1].aws_vpc.v=module.a[1].aws_vpc.v <- "]);
    let nested = moved(&["module.a.aws_vpc.v"], "module.a", "module.a.module.b").unwrap();
    assert_eq!(nested, ["module.a.module.b.aws_vpc.v=module.a.aws_vpc.v <- "]);
}

#[test]
fn what_cannot_move_is_said_and_nothing_changes() {
    let lines = ["aws_vpc.a", "aws_vpc.b", "aws_vpc.c[0]", "aws_vpc.c[1]", "module.m.aws_vpc.v", "module.n.aws_vpc.v", "data.aws_vpc.d"];
    for (from, to, part) in [
        ("aws_vpc.a", "aws_vpc.b", "aws_vpc.b already"),
        ("aws_vpc.x", "aws_vpc.y", "no object at aws_vpc.x"),
        ("aws_vpc.c[7]", "aws_vpc.y", "no object at aws_vpc.c[7]"),
        ("aws_vpc.a", "aws_subnet.a", "different types"),
        ("aws_vpc.a", "data.aws_vpc.a", "data source"),
        ("aws_vpc.c", "aws_vpc.y[0]", "several instances"),
        ("aws_vpc.c", "aws_vpc.a", "aws_vpc.a already"),
        ("module.m", "module.n", "module.n already"),
        ("module.m", "aws_vpc.y", "is a module"),
        ("aws_vpc.a", "module.y", "is no module"),
        ("module.x", "module.y", "nothing in module.x"),
    ] {
        let error = moved(&lines, from, to).unwrap_err();
        assert!(error.contains(part), "{from} -> {to}: {error}");
    }
}

#[test]
fn addresses_select_instances_resources_and_modules() {
    let mut s = state(&["aws_vpc.a[0]", "aws_vpc.a[1]", "module.m[0].aws_vpc.v", "module.m[0].module.x.aws_vpc.v", "module.mm.aws_vpc.v"]);
    let picked = |s: &State, words: &[&str]| {
        let targets: Vec<Target> = words.iter().map(|w| target(w)).collect();
        let (found, empty) = select(s, &targets);
        (found.iter().map(ToString::to_string).collect::<Vec<_>>(), empty.len())
    };
    assert_eq!(picked(&s, &["aws_vpc.a"]), (vec!["aws_vpc.a[0]".into(), "aws_vpc.a[1]".into()], 0));
    assert_eq!(picked(&s, &["aws_vpc.a[1]", "aws_vpc.a", "aws_vpc.no"]).1, 1);
    let in_m = vec!["module.m[0].aws_vpc.v".to_string(), "module.m[0].module.x.aws_vpc.v".into()];
    assert_eq!(picked(&s, &["module.m"]), (in_m.clone(), 0));
    assert_eq!(picked(&s, &["module.m[0]"]), (in_m, 0));
    assert_eq!(picked(&s, &["module.m[1]"]), (vec![], 1));
    let (all, _) = select(&s, &[target("aws_vpc.a"), target("module.m")]);
    remove(&mut s, &all);
    assert_eq!(shown(&s), ["module.mm.aws_vpc.v=module.mm.aws_vpc.v <- "]);
    assert_eq!(s.resources.len(), 1, "no empty resource is left");
}

#[test]
fn taint_and_untaint_keep_to_what_is_there() {
    let mut s = state(&["aws_vpc.a", "data.aws_vpc.d"]);
    let at = |a: &str| parse_instance(a).unwrap();
    assert_eq!(taint(&mut s, &at("aws_vpc.a")), Ok(true));
    assert_eq!(taint(&mut s, &at("aws_vpc.a")), Ok(false));
    assert_eq!(s.current(&at("aws_vpc.a")).unwrap().status, Status::Tainted);
    assert_eq!(untaint(&mut s, &at("aws_vpc.a")), Ok(()));
    assert_eq!(s.current(&at("aws_vpc.a")).unwrap().status, Status::Ready);
    assert!(matches!(untaint(&mut s, &at("aws_vpc.a")), Err(Missing::Impossible(_))));
    assert!(matches!(taint(&mut s, &at("aws_vpc.b")), Err(Missing::Absent(_))));
    assert!(matches!(taint(&mut s, &at("data.aws_vpc.d")), Err(Missing::Impossible(_))));
    let instance = s.resources.get_mut(&at("aws_vpc.a").resource).unwrap().instances.values_mut().next().unwrap();
    instance.deposed.insert("00000001".into(), instance.current.take().unwrap());
    assert!(matches!(taint(&mut s, &at("aws_vpc.a")), Err(Missing::Impossible(_))));
}

#[test]
fn what_may_take_the_place_of_a_state() {
    let stored = state(&["aws_vpc.a"]);
    let other = |serial: u64, lineage: &str| State { serial, lineage: lineage.into(), ..state(&["aws_vpc.b"]) };
    assert_eq!(judge_push(None, &other(1, "x"), false), Ok(Push::Write { serial: 1 }));
    assert_eq!(judge_push(Some(&stored), &stored, false), Ok(Push::Same));
    assert_eq!(judge_push(Some(&stored), &other(8, "l"), false), Ok(Push::Write { serial: 8 }));
    for (new, part) in [(other(7, "l"), "Both states"), (other(6, "l"), "older"), (other(9, "x"), "lineage")] {
        let error = judge_push(Some(&stored), &new, false).unwrap_err();
        assert!(error.detail.contains(part), "{error:?}");
    }
    assert_eq!(judge_push(Some(&stored), &other(6, "l"), true), Ok(Push::Write { serial: 8 }));
    assert_eq!(judge_push(Some(&stored), &other(3, "x"), true), Ok(Push::Write { serial: 8 }));
    assert_eq!(judge_push(Some(&stored), &other(9, "x"), true), Ok(Push::Write { serial: 10 }));
    let empty = State { resources: Default::default(), ..stored };
    assert_eq!(judge_push(Some(&empty), &other(3, "x"), false), Ok(Push::Write { serial: 3 }));
}

#[test]
fn a_provider_is_replaced_with_alias_and_instances() {
    let text = r#"{"version":4,"serial":1,"lineage":"l","resources":[{"mode":"managed","type":"aws_vpc","name":"a",
        "instances":[{"index_key":"x","provider":"provider[\"registry.opentofu.org/hashicorp/aws\"].west[\"x\"]","schema_version":1,"attributes":{}}]},
        {"mode":"managed","type":"aws_vpc","name":"b","provider":"module.m.provider[\"registry.opentofu.org/hashicorp/aws\"].east","instances":[]},
        {"mode":"managed","type":"null_resource","name":"n","provider":"provider[\"registry.opentofu.org/hashicorp/null\"]","instances":[]}]}"#;
    let mut s = read(text.as_bytes()).unwrap();
    let (from, to) = (ProviderSource::default_for("aws"), ProviderSource::parse("acme/aws").unwrap());
    let found: Vec<String> = resources_of(&s, &from).iter().map(ToString::to_string).collect();
    assert_eq!(found, ["aws_vpc.a", "aws_vpc.b"]);
    replace_provider(&mut s, &from, &to);
    assert_eq!(resources_of(&s, &from), []);
    let out = String::from_utf8(crate::state::write(&s, crate::state::Style::Compact)).unwrap();
    assert!(out.contains(r#""provider":"provider[\"registry.opentofu.org/acme/aws\"].west[\"x\"]""#), "{out}");
    assert!(out.contains(r#""provider":"module.m.provider[\"registry.opentofu.org/acme/aws\"].east""#), "{out}");
    assert!(out.contains("hashicorp/null"), "{out}");
}
