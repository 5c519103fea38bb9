//! A disk without room, a slow network, one that breaks: what was there stays, and the next deploy finishes.

use super::gate;
use super::world::World;
use crate::harness::Relay;
use envctl::app::{self, Step};
use envctl::deploy::Done;
use envctl::value::Value;
use std::io::Write;
use std::time::Duration;

const ROOM: &str = "cd \"$HOME\" && exec \"$SHELL\" -c \"$SSH_ORIGINAL_COMMAND\"\n";

/// The kernel refuses every write to a file, as a full disk does; pipes are let through.
const NO_ROOM: &str = "trap '' XFSZ; ulimit -f 0; cd \"$HOME\" && exec \"$SHELL\" -c \"$SSH_ORIGINAL_COMMAND\"\n";

/// Everything below the home that a deploy could have left behind.
fn leftovers(world: &World) -> Vec<String> {
    let names = std::fs::read_dir(world.at("")).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|name| name.contains(".envctl-")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_the_deploy_and_leaves_what_was_there() {
    let mut world = gate::world("");
    world.deploy().await;
    let env = world.on_host(".env");
    world.var("colour", Value::string("green".repeat(500)));
    for (room, summary) in [("0", "The lease of the deploy cannot be taken"), ("1", "Remote operation failed")] {
        world.sshd.set_session(&NO_ROOM.replace("-f 0", &format!("-f {room}")));
        let error = world.fails(summary).await;
        let text = format!("{error:?}");
        assert!(text.contains("df -h"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
        assert_eq!(world.on_host(".env"), env, "not cut off");
        assert_eq!(leftovers(&world), Vec::<String>::new());
        assert_eq!(world.on_host("runs").lines().count(), 1, "no install with half of the files");
    }
    world.sshd.set_session(ROOM);
    world.deploy().await;
    assert!(world.on_host(".env").contains("COLOUR=greengreen"), "{}", world.on_host(".env"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_for_the_source_keeps_the_release_that_runs() {
    let world = gate::world("");
    world.deploy().await;
    let before = world.on_host("version");
    world.repo.commit("two", &[("version", "2\n"), ("large", &"x".repeat(100_000))]);
    world.sshd.set_session(NO_ROOM);
    let outcome = world.run(world.request()).await;
    assert!(outcome.result.is_err());
    assert_eq!(world.on_host("version"), before);
    world.sshd.set_session(ROOM);
    world.deploy().await;
    assert_eq!(world.on_host("version"), "2\n");
}

/// A world that is reached through a relay.
fn far(world: &mut World) -> Relay {
    let relay = Relay::to(world.sshd.port());
    let mut known = std::fs::OpenOptions::new().append(true).open(world.sshd.known_hosts()).unwrap();
    writeln!(known, "[127.0.0.1]:{} {}", relay.port(), world.sshd.host_key()).unwrap();
    world.ssh = format!("port = {}", relay.port());
    relay
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_network_takes_longer_and_nothing_else() {
    let mut world = gate::world("");
    let relay = far(&mut world);
    relay.slow_down(Duration::from_millis(40));
    let (_, outcome) = world.apply().await;
    assert!(matches!(outcome.result, Ok(Done::Deployed(_))), "{:?}", outcome.result);
    assert_eq!(world.events.steps(), [Step::Source, Step::Files, Step::Install]);
    assert_eq!(relay.connections(), 2, "one to plan and one to deploy");
    let plan = world.plan().await;
    assert!(plan.is_empty(), "{}", app::describe(&plan));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_at_any_point_is_said_and_the_next_deploy_finishes() {
    // What a whole deploy sends: the reference.
    let mut world = gate::world("");
    let relay = far(&mut world);
    let plenty = 100_000_000;
    relay.break_after(plenty);
    world.deploy().await;
    let whole = plenty - relay.left();
    for part in 1..5 {
        let mut world = gate::world("");
        let relay = far(&mut world);
        relay.break_after(whole * part / 5);
        let plan = world.plan().await;
        let outcome = if plan.diagnostics.is_empty() { Some(world.run(world.request()).await) } else { None };
        match outcome.map(|o| o.result) {
            Some(Ok(done)) => assert!(matches!(done, Done::Deployed(_)), "{done:?}"),
            Some(Err(errors)) => assert!(format!("{errors:?}").contains("target"), "{errors:?}"),
            None => assert!(format!("{:?}", plan.diagnostics).contains("target"), "{:?}", plan.diagnostics),
        }
        relay.break_after(u64::MAX);
        let (_, outcome) = world.apply().await;
        assert!(outcome.result.is_ok(), "after {part} of 5: {:?}", outcome.result);
        let plan = world.plan().await;
        assert!(plan.is_empty(), "after {part} of 5: {}", app::describe(&plan));
        assert!(world.on_host(".env").contains("COLOUR=blue"));
        assert!(world.on_host("runs").lines().count() <= 2, "at most the one that was cut off, and the one that counts");
    }
}
