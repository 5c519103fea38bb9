//! Hosts that are not there, not ready, or not who they were.

use super::world::World;
use envctl::app::{Contact, FileAction};
use envctl::deploy::{Done, Identity};
use std::time::{Duration, Instant};

const BODY: &str = "file \"~/app/.env\" {\n content = \"A=1\\n\"\n}\n";

fn world() -> World {
    World::new(&[("x", "y")], BODY)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_instance_is_pinned_at_first_contact_and_a_changed_key_is_refused() {
    let mut world = world();
    world.identity = Identity::Instance("i-0123".into());
    // Nothing of the user's known_hosts counts for an instance.
    std::fs::write(world.sshd.known_hosts(), "").unwrap();
    world.deploy().await;
    let host = world.records.last().unwrap().host.unwrap();
    assert_eq!((host.identity.as_str(), host.key.as_deref()), ("i-0123", Some(world.sshd.host_key().as_str())));
    assert_eq!(std::fs::read_to_string(world.sshd.known_hosts()).unwrap(), "");

    world.sshd.change_host_key();
    let plan = world.plan().await;
    let error = plan.diagnostics.iter().find(|d| d.is_error()).unwrap();
    assert_eq!(error.summary, "Host key not trusted");
    assert!(error.detail.contains("i-0123") && error.detail.matches("SHA256:").count() == 2, "{}", error.detail);

    // A replacement that envctl made has another id: its key is pinned anew.
    world.identity = Identity::Instance("i-9999".into());
    let (_, outcome) = world.apply().await;
    assert!(matches!(outcome.result, Ok(Done::Unchanged)), "{:?}", outcome.result);
    let host = world.records.last().unwrap().host.unwrap();
    assert_eq!((host.identity.as_str(), host.key.as_deref()), ("i-9999", Some(world.sshd.host_key().as_str())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_host_is_pinned_to_the_key_that_people_know() {
    let mut world = world();
    world.deploy().await;
    assert_eq!(world.records.last().unwrap().host.unwrap().key, Some(world.sshd.host_key()));
    world.sshd.change_host_key();
    world.records.forget();
    let error = world.fails("Host key not trusted").await;
    assert!(error.detail.contains("ssh-keygen -R"), "{}", error.detail);
    world.ssh = format!("host_key = \"{}\"", world.sshd.host_key());
    let (plan, _) = world.apply().await;
    assert!(plan.diagnostics.is_empty() && world.records.last().is_some(), "{:?}", plan.diagnostics);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_host_is_planned_from_the_record_and_waited_for() {
    let mut world = world();
    world.deploy().await;
    world.sshd.stop();
    let plan = world.plan().await;
    assert!(plan.is_empty() && matches!(plan.contact, Contact::Unreachable(_)));
    assert_eq!(plan.diagnostics.iter().next().unwrap().summary, "Host not reachable");
    world.body = BODY.replace("A=1", "A=2");
    let plan = world.plan().await;
    assert_eq!(plan.files[0].action, FileAction::Update);
    let start = Instant::now();
    world.fails("Host not reachable").await;
    assert!(start.elapsed() >= Duration::from_secs(3) && world.events.waits() >= 1);
    world.sshd.resume();
    world.deploy().await;
    assert_eq!(std::fs::read_to_string(world.sshd.home().join("app/.env")).unwrap(), "A=2\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_marker_of_the_first_boot_is_waited_for() {
    let mut world = world();
    world.body = format!("ready {{\n file = \"~/.done\"\n timeout = \"1s\"\n}}\n{BODY}");
    let error = world.fails("Host is not ready").await;
    assert!(error.detail.contains("~/.done") && !world.sshd.home().join("app").exists());
    world.body = world.body.replace("1s", "30s");
    let boot = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        std::fs::write(world.sshd.home().join(".done"), "").unwrap();
    };
    let (outcome, ()) = tokio::join!(world.run(world.request()), boot);
    assert!(matches!(outcome.result, Ok(Done::Deployed(_))) && world.events.waits() >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_connection_ends_with_the_deploy() {
    let world = world();
    world.deploy().await;
    let config = world.sshd.ssh_config();
    let of_ours = |pid: &std::path::Path| std::fs::read(pid.join("cmdline")).is_ok_and(|line| String::from_utf8_lossy(&line).contains(&*config.to_string_lossy()));
    let masters = std::fs::read_dir("/proc").unwrap().filter(|entry| of_ours(&entry.as_ref().unwrap().path())).count();
    assert_eq!(masters, 0, "a master outlives its deploy");
}
