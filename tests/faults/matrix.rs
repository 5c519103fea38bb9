//! Each call of a run in turn (reads and changes of every service; state, journal and lock too) is spoiled in each way.

use crate::harness::Outcome;
use crate::killed::{Case, Picture, World, machine, network};
use serde_json::{Value as Json, json};

/// What a spoiled call suffers, and for how long.
struct Fault {
    name: &'static str,
    reach: Reach,
    action: fn() -> Json,
}

#[derive(Clone, Copy, PartialEq)]
enum Reach {
    /// This call.
    Once,
    /// So many calls of this operation, from this one on.
    Times(usize),
    /// Every call of this operation, from this one on.
    Operation,
    /// Every call, from this one on.
    Everything,
}

const FAULTS: [Fault; 10] = [
    Fault { name: "answers 500", reach: Reach::Once, action: || json!({"action": "error"}) },
    Fault { name: "is lost after it was done", reach: Reach::Once, action: || json!({"action": "drop-after"}) },
    Fault { name: "answers half", reach: Reach::Once, action: || json!({"action": "truncate"}) },
    Fault { name: "never arrives", reach: Reach::Once, action: || json!({"action": "drop-before"}) },
    Fault { name: "answers 500 after it was done", reach: Reach::Once, action: || json!({"action": "error-after"}) },
    Fault { name: "is throttled 20 times", reach: Reach::Times(20), action: || json!({"action": "throttle"}) },
    Fault { name: "times out", reach: Reach::Once, action: || json!({"action": "latency", "ms": LATENCY}) },
    Fault { name: "answers 500 for good", reach: Reach::Operation, action: || json!({"action": "error"}) },
    Fault { name: "is the first without a network", reach: Reach::Everything, action: || json!({"action": "drop-before"}) },
    Fault { name: "is the last that is answered", reach: Reach::Everything, action: || json!({"action": "drop-after"}) },
];

/// Longer than a call may take where this is asked for.
const LATENCY: u32 = 5000;
const LIMIT: &str = "2.5";

/// A call of the undisturbed run.
struct Point {
    /// From 1.
    call: usize,
    operation: String,
    /// The how manieth of its operation, from 1.
    of_operation: usize,
}

impl Fault {
    fn json(&self, point: &Point) -> Json {
        let (operation, from, to) = match self.reach {
            Reach::Once => ("*", point.call, point.call),
            Reach::Times(n) => (point.operation.as_str(), point.of_operation, point.of_operation + n - 1),
            Reach::Operation => (point.operation.as_str(), point.of_operation, usize::MAX),
            Reach::Everything => ("*", point.call, usize::MAX),
        };
        let mut fault = (self.action)();
        fault["operation"] = operation.into();
        fault["from"] = from.into();
        fault["to"] = to.into();
        fault
    }
}

fn points(log: &Json) -> Vec<Point> {
    let names: Vec<&str> = log.as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect();
    let of_operation = |i: usize| names[..=i].iter().filter(|n| **n == names[i]).count();
    (0..names.len()).map(|i| Point { call: i + 1, operation: names[i].to_string(), of_operation: of_operation(i) }).collect()
}

/// `1`: every call in every way; another number: so many; nothing: a few.
fn chosen(points: &[Point], seed: usize) -> Vec<(&Point, &'static Fault)> {
    let all = std::env::var("ENVCTL_TEST_ALL_FAULTS").ok().and_then(|n| n.parse::<usize>().ok());
    if all == Some(1) {
        let whole = points.iter().flat_map(|p| FAULTS.iter().map(move |f| (p, f)));
        return whole.filter(|(p, f)| p.of_operation == 1 || !matches!(f.reach, Reach::Operation | Reach::Times(_))).collect();
    }
    let count = all.unwrap_or(2);
    let step = (points.len() / count).max(1);
    (0..count).map(|i| (&points[(seed * 7 + i * step) % points.len()], &FAULTS[(seed + i) % FAULTS.len()])).collect()
}

/// Spoils one call; then the fault is gone and the next run finishes.
fn spoil(case: &Case, want: &Picture, point: &Point, fault: &Fault) {
    let mut world = case.world();
    if fault.name == "times out" {
        world.envctl = world.envctl.with_env("ENVCTL_CALL_TIMEOUT", LIMIT).with_env("ENVCTL_RECOVERY_WAIT", "4");
    }
    world.proxy.fault(fault.json(point));
    let first = world.run(case.command);
    let name = format!("{}: call {} ({}) {}", case.name, point.call, point.operation, fault.name);
    check(&name, &first);
    world.proxy.clear_faults();
    if first.code == Some(0) {
        let left: Vec<String> = world.left();
        assert!(left.is_empty() || first.stderr.contains("warning"), "{name}: {left:?} without a word\n{}", first.text());
    }
    case.finished(&world, want, &format!("{name}\n{}", first.text()));
    never_tells(&name, &world, &first);
}

/// It went well, or it says what went wrong and what to do.
fn check(name: &str, outcome: &Outcome) {
    assert!(matches!(outcome.code, Some(0 | 1)), "{name}: {}", outcome.text());
    assert!(!outcome.stderr.contains("panicked"), "{name}: {}", outcome.text());
    if outcome.code == Some(1) {
        for block in outcome.stderr.split("\n\n").filter(|b| b.starts_with("error")) {
            assert!(block.contains("help: "), "{name}: this error does not say what to do:\n{block}\nin {}", outcome.text());
        }
        assert!(outcome.stderr.contains("error: "), "{name}: {}", outcome.text());
    }
}

/// No output holds a secret of the state, or ours.
fn never_tells(name: &str, world: &World, outcome: &Outcome) {
    let state = world.envctl.run(&["state", "pull", "net"]).stdout;
    let state: Json = serde_json::from_str(&state).unwrap_or_default();
    let resources = state["resources"].as_array().cloned().unwrap_or_default();
    let passwords = resources.iter().filter(|r| r["type"] == "random_password");
    let mut secrets: Vec<String> =
        passwords.filter_map(|p| Some(p["instances"][0]["attributes"]["result"].as_str()?.to_string())).collect();
    secrets.push("test-secret".into());
    for secret in secrets {
        assert!(!outcome.text().contains(&secret), "{name} tells a secret: {}", outcome.text());
    }
}

fn matrix(case: &Case, seed: usize) {
    let (want, stats) = case.undisturbed();
    let points = points(&stats["log"]);
    let (mut failed, chosen) = (Vec::new(), chosen(&points, seed));
    for (point, fault) in &chosen {
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| spoil(case, &want, point, fault)));
        if done.is_err() {
            failed.push(format!("call {} ({}) {}", point.call, point.operation, fault.name));
        }
    }
    println!("{}: {} of {} calls spoiled, {} failures", case.name, chosen.len(), points.len(), failed.len());
    assert!(failed.is_empty(), "{}: {} of {}: {failed:#?}", case.name, failed.len(), chosen.len());
}

#[test]
fn a_spoiled_create_is_finished_by_the_next() {
    matrix(&network()[0], 1);
}

#[test]
fn a_spoiled_change_is_finished_by_the_next() {
    matrix(&network()[1], 3);
}

#[test]
fn a_spoiled_destroy_is_finished_by_the_next() {
    matrix(&network()[2], 5);
}

#[test]
fn a_spoiled_create_of_a_machine_is_finished_by_the_next() {
    matrix(&machine()[0], 7);
}

#[test]
fn a_spoiled_change_of_a_machine_is_finished_by_the_next() {
    matrix(&machine()[1], 9);
}

#[test]
fn a_spoiled_destroy_of_a_machine_is_finished_by_the_next() {
    matrix(&machine()[2], 2);
}
