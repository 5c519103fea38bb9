//! A run that is killed at a mutating call, before AWS does it, before its answer and after it: the next run
//! finishes it. What exists then, and the state up to ids, is what an undisturbed run leaves; nothing is
//! left to do; there is no lock, no intent tag and no journal.
//!
//! A seeded sample runs always; `ENVCTL_TEST_ALL_KILL_POINTS=1` takes every call and every moment, `=30` thirty of each.

mod denied;
mod late;
mod looking;
mod trees;
mod world;

use crate::harness::assert_next_plan_empty;
pub use world::{Picture, World};

/// Where a run is killed within a call.
const MOMENTS: [&str; 3] = ["before-forward", "before-answer", "after-answer"];

/// A run that is killed (or spoiled, `faults`): what was there before, the configuration, the command.
pub struct Case {
    pub name: &'static str,
    pub command: &'static str,
    before: Option<String>,
    text: String,
}

/// Made, changed, destroyed.
fn cases(tree: &str, changed: String) -> [Case; 3] {
    [
        Case { name: "create", before: None, text: tree.into(), command: "apply" },
        Case { name: "change", before: Some(tree.into()), text: changed, command: "apply" },
        Case { name: "destroy", before: Some(tree.into()), text: tree.into(), command: "destroy" },
    ]
}

pub fn network() -> [Case; 3] {
    cases(&trees::network(), trees::changed_network())
}

pub fn machine() -> [Case; 3] {
    cases(&trees::machine(), trees::changed_machine())
}

impl Case {
    /// An account as it is before the run.
    pub fn world(&self) -> World {
        let world = World::new();
        if let Some(before) = &self.before {
            world.write(before);
            world.run("apply").ok();
        }
        world.write(&self.text);
        world
    }

    /// What an undisturbed run leaves, and its number of mutating calls.
    pub fn reference(&self) -> (Picture, usize) {
        let (want, stats) = self.undisturbed();
        (want, usize::try_from(stats["mutating"].as_u64().unwrap()).unwrap())
    }

    /// What an undisturbed run leaves, and the proxy's counts of it.
    pub fn undisturbed(&self) -> (Picture, serde_json::Value) {
        let world = self.world();
        world.proxy.reset_stats();
        world.run(self.command).ok();
        let stats = world.proxy.stats();
        assert_eq!(world.left(), Vec::<String>::new(), "{}", self.name);
        (self.settled(&world), stats)
    }

    /// Kills the run at a call; the next one finishes. `false` when there is no such call.
    fn killed(&self, want: &Picture, call: usize, at: &str) -> bool {
        let world = self.world();
        if !world.die(self.command, call, at) {
            return false;
        }
        let died_in = world.proxy.killed_in().unwrap_or_default();
        let name = format!("{}, killed {at} of mutating call {call} ({died_in})", self.name);
        self.finished(&world, want, &name);
        true
    }

    /// A plain run ends well, and leaves what an undisturbed one leaves, and nothing else.
    pub fn finished(&self, world: &World, want: &Picture, name: &str) {
        let next = world.run(self.command);
        assert_eq!(next.code, Some(0), "{name}: {}", next.text());
        assert_eq!(world.left(), Vec::<String>::new(), "{name}: {}", next.text());
        let got = self.settled(world);
        assert_eq!(got.things, want.things, "{name}: {}", next.text());
        let (only, missing): (Vec<_>, Vec<_>) = (got.state.difference(&want.state).collect(), want.state.difference(&got.state).collect());
        assert!(only.is_empty() && missing.is_empty(), "{name}: {only:#?} instead of {missing:#?}\n{}", next.text());
    }

    /// What is there; in both runs read once more, since an object's view of others is as old as its last reading.
    fn settled(&self, world: &World) -> Picture {
        if self.command == "apply" {
            assert_next_plan_empty(&world.envctl, "net");
            println!("Once more:\n{}", world.run("apply").ok().text());
        }
        world.picture()
    }
}

/// `1`: every point; another number: so many of each run; `after-answer@21`: that one; nothing: a few.
pub fn kill_points(calls: usize, seed: usize) -> Vec<(usize, &'static str)> {
    let wanted = std::env::var("ENVCTL_TEST_ALL_KILL_POINTS").ok();
    if let Some((moment, call)) = wanted.as_deref().and_then(|w| w.split_once('@')) {
        let moment = MOMENTS.into_iter().find(|m| *m == moment).unwrap_or_else(|| panic!("{moment} is none of {MOMENTS:?}"));
        return vec![(call.parse().unwrap(), moment)];
    }
    match wanted.and_then(|n| n.parse().ok()) {
        None => sample(calls, 4, seed),
        Some(1) => (1..=calls).flat_map(|call| MOMENTS.map(|at| (call, at))).collect(),
        Some(count) => sample(calls, count, seed),
    }
}

/// `count` calls of `calls`, the same ones in every run.
fn sample(calls: usize, count: usize, seed: usize) -> Vec<(usize, &'static str)> {
    let step = (calls / count).max(1);
    (0..count).map(|i| ((seed + i * step) % calls.max(1) + 1, MOMENTS[(seed + i) % MOMENTS.len()])).collect()
}

fn kill(case: &Case, seed: usize) {
    let (want, calls) = case.reference();
    let mut failed = Vec::new();
    for (call, at) in kill_points(calls, seed) {
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| case.killed(&want, call, at)));
        if done.is_err() {
            failed.push(format!("{at} of {call}"));
        }
    }
    assert!(failed.is_empty(), "{}: {failed:?} of {calls} calls", case.name);
}

#[test]
fn a_killed_create_is_finished_by_the_next() {
    kill(&network()[0], 3);
}

#[test]
fn a_killed_change_is_finished_by_the_next() {
    kill(&network()[1], 5);
}

#[test]
fn a_killed_destroy_is_finished_by_the_next() {
    kill(&network()[2], 4);
}

#[test]
fn a_killed_create_of_a_machine_is_finished_by_the_next() {
    kill(&machine()[0], 2);
}

#[test]
fn a_killed_change_of_a_machine_is_finished_by_the_next() {
    kill(&machine()[1], 4);
}

#[test]
fn a_killed_destroy_of_a_machine_is_finished_by_the_next() {
    kill(&machine()[2], 3);
}

#[test]
fn it_says_what_it_adopted() {
    let world = World::new();
    world.write(&trees::network());
    let created = (1..).find(|call| {
        let fresh = World::new();
        fresh.write(&trees::network());
        assert!(fresh.die("apply", *call, "before-answer"), "no CreateVpc in {call} calls");
        fresh.proxy.killed_in().is_some_and(|o| o.ends_with("CreateVpc"))
    });
    assert!(world.die("apply", created.unwrap(), "before-answer"));
    world.envctl.run(&["plan", "net", "-input=false", "-no-color"]).ok().says("would adopt aws_vpc.this, created ");
    world.run("apply").ok().says("adopted aws_vpc.this, created ").says(" s before the previous run ended");
}
