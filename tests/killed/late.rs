//! AWS is slow to know: what was just made is not described yet, and calls arrive when their run is long dead.

use super::{Case, Picture, kill_points, machine, network};
use crate::harness::assert_next_plan_empty;
use serde_json::json;
use std::time::{Duration, Instant};

/// How long news take to spread.
const UNSEEN_MS: u64 = 600;

fn spreads_slowly(case: &Case) {
    let want = case.undisturbed().0;
    let world = case.world().unhurried();
    world.proxy.set(json!({"unseen_ms": UNSEEN_MS}));
    world.run(case.command).ok();
    world.proxy.set(json!({"unseen_ms": 0}));
    assert_eq!(world.left(), Vec::<String>::new());
    assert_next_plan_empty(&world.envctl, "net");
    let got = world.picture();
    assert_eq!(got.things, want.things);
    world.run("destroy").ok();
}

#[test]
fn what_is_not_described_yet_is_waited_for() {
    spreads_slowly(&network()[0]);
}

#[test]
fn a_machine_that_is_not_described_yet_is_waited_for() {
    spreads_slowly(&machine()[0]);
}

/// Kills with a call under way; it arrives while the next run looks for it, news spreading slowly on top.
fn arrives_while_the_next_looks(case: &Case, want: &Picture, call: usize) {
    let world = case.world().patient(6).unhurried();
    if !world.die_under_way(case.command, "ec2/*", call, 1500) {
        return;
    }
    let died_in = world.proxy.killed_in().unwrap_or_default();
    world.proxy.set(json!({"unseen_ms": UNSEEN_MS}));
    case.finished(&world, want, &format!("{}, killed with {died_in} under way", case.name));
}

/// Kills with a call under way; it arrives when the next run is over. The one after that finds it.
fn arrives_after_the_next(case: &Case, want: &Picture, call: usize) {
    const LATE: Duration = Duration::from_secs(8);
    let world = case.world();
    if !world.die_under_way(case.command, "ec2/*", call, 8000) {
        return;
    }
    let (start, died_in) = (Instant::now(), world.proxy.killed_in().unwrap_or_default());
    world.run(case.command).ok();
    std::thread::sleep((LATE + Duration::from_millis(500)).saturating_sub(start.elapsed()));
    case.finished(&world, want, &format!("{}, killed with {died_in} under way for long", case.name));
}

/// Acts on some of the calls that go to EC2: a lock or a segment of the journal that arrives late has other tests.
fn each(case: &Case, seed: usize, act: impl Fn(&Case, &Picture, usize)) {
    let (want, stats) = case.undisturbed();
    let log = stats["log"].as_array().cloned().unwrap_or_default();
    let calls = log.iter().filter_map(|call| call.as_str()).filter(|c| c.starts_with("ec2/") && !c.contains("Describe")).count();
    let mut failed = Vec::new();
    for (call, _) in kill_points(calls, seed) {
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| act(case, &want, call))).is_err() {
            failed.push(call);
        }
    }
    assert!(calls > 4 && failed.is_empty(), "{}: {failed:?} of {calls} calls", case.name);
}

#[test]
fn a_create_that_arrives_while_the_next_run_looks_is_adopted() {
    each(&network()[0], 7, arrives_while_the_next_looks);
}

#[test]
fn a_create_that_arrives_after_the_next_run_is_found_by_the_one_after_that() {
    each(&network()[0], 9, arrives_after_the_next);
}

#[test]
fn a_machine_that_arrives_late_and_is_wanted_otherwise_by_then_does_not_stay_twice() {
    let case = &machine()[0];
    let want = case.undisturbed().0.things;
    let world = case.world().unhurried();
    assert!(world.die_under_way(case.command, "ec2/RunInstances", 1, 500));
    // It arrives, and is not described yet: another token for another machine, and a third run that finds both.
    world.proxy.set(json!({"unseen_ms": 4000}));
    world.write(&case.text.replace("t3.micro", "t3.small"));
    world.run("apply").ok();
    std::thread::sleep(Duration::from_secs(4));
    world.proxy.set(json!({"unseen_ms": 0}));
    world.run("apply").ok();
    assert_next_plan_empty(&world.envctl, "net");
    assert_eq!(world.picture().things, want);
}
