//! Commands that only look, after a death in the middle: the lock is still there, and nobody behind it.

use super::network;
use serde_json::Value as Json;

#[test]
fn the_lock_of_a_dead_run_hides_nothing_from_who_only_looks() {
    let case = &network()[0];
    let world = case.world();
    assert!(world.die_under_way(case.command, "ec2/CreateSubnet", 1, 100));
    assert!(!world.left().is_empty(), "lock and journal are there");
    // What was under way is through.
    std::thread::sleep(std::time::Duration::from_millis(300));
    world.proxy.reset_stats();

    let status = world.envctl.run(&["status", "net", "-json"]).ok();
    let status: Json = serde_json::from_str(&status.stdout).unwrap_or_else(|e| panic!("{e}: {}", status.text()));
    assert_eq!((status["lock"]["dead"].as_bool(), status["unfinished_runs"].as_u64()), (Some(true), Some(1)), "{status:#}");
    let run = &status["left_behind"]["runs"][0];
    assert!(run["announced"].as_u64() > Some(1) && run["open"].as_u64() > Some(0), "{status:#}");
    world.envctl.run(&["status", "net"]).ok().says("that process is gone").says("did not end (last sign of life ");

    let drift = world.envctl.run(&["drift", "net", "-no-color"]);
    drift.says("left behind").says("would adopt aws_vpc.this, created ").says("would adopt aws_subnet.this").never_says("not checked");
    let compared = world.envctl.run(&["compare", "net", "net", "-infra-only"]).ok();
    compared.says("did not end (last sign of life ").says("envctl apply takes it over");

    assert_eq!(world.proxy.stats()["mutating"], 0, "{}", world.proxy.stats());
    world.run(case.command).ok().says("adopted aws_vpc.this");
    assert_eq!(world.left(), Vec::<String>::new());
    world.envctl.run(&["drift", "net"]).ok().never_says("left behind");
}
