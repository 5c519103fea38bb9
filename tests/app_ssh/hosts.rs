//! Hosts that are not there, not ready, or not who they were.

use super::world::World;
use envctl::app::{Contact, FileAction};
use envctl::deploy::{Done, Identity};
use envctl::value::Value;
use std::os::unix::fs::PermissionsExt;
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
    let of_ours = |pid: &std::path::Path| {
        std::fs::read(pid.join("cmdline")).is_ok_and(|line| String::from_utf8_lossy(&line).contains(&*config.to_string_lossy()))
    };
    let masters = std::fs::read_dir("/proc").unwrap().filter(|entry| of_ours(&entry.as_ref().unwrap().path())).count();
    assert_eq!(masters, 0, "a master outlives its deploy");
}

/// A sudo that asks nobody, or nobody's sudo; it writes down what it was called with. Whoever runs
/// the tests looks like an ordinary user.
fn sudo(world: &World, script: &str) {
    for (name, text) in
        [("sudo", format!("#!/bin/sh\necho \"$@\" >> \"$HOME/sudo.log\"\n{script}")), ("id", "#!/bin/sh\necho 1000\n".into())]
    {
        let path = world.sshd.bin().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn root_writes_files_and_installs_without_arguments_that_show_secrets() {
    let mut world = world();
    let file = world.sshd.home().join("etc/it's my.env");
    world.var("password", Value::string("hunter2-hunter2").sensitive());
    world.body = format!(
        "file \"{}\" {{\n content = \"P=${{var.password}}\\n\"\n sudo = true\n mode = \"0640\"\n}}\ninstall {{\n command = \"echo $P\"\n sudo = true\n env = {{ P = var.password }}\n}}\n",
        file.display()
    );
    sudo(&world, "echo 'sudo: a password is required' >&2; exit 1\n");
    let error = world.fails("Root's rights are needed").await;
    assert!(error.help.unwrap().contains("NOPASSWD"));
    sudo(&world, "[ \"$1\" = -n ] && shift; [ \"$1\" = -- ] && shift; exec \"$@\"\n");
    world.deploy().await;
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "P=hunter2-hunter2\n");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    let log = std::fs::read_to_string(world.sshd.home().join("sudo.log")).unwrap();
    assert!(log.contains("sh -c eval") && !log.contains("hunter2"), "{log}");
    assert_eq!(world.events.output(), "(sensitive value)");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jump_host_is_passed_with_its_own_key_check() {
    let mut world = world();
    world.identity = Identity::Instance("i-0123".into());
    world.ssh = "jump = \"127.0.0.1\"".into();
    world.deploy().await;
    assert_eq!(world.records.last().unwrap().host.unwrap().key, Some(world.sshd.host_key()));
    std::fs::write(world.sshd.known_hosts(), "").unwrap();
    let error = world.fails("Host key not trusted").await;
    assert!(!error.detail.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_login_and_bad_settings_say_what_to_check() {
    let mut world = world();
    let key = world.project.path().join("other key");
    let made = std::process::Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status().unwrap();
    assert!(made.success());
    std::fs::write(
        world.sshd.ssh_config(),
        std::fs::read_to_string(world.sshd.ssh_config())
            .unwrap()
            .lines()
            .filter(|l| !l.contains("IdentityFile"))
            .collect::<Vec<_>>()
            .join("\n"),
    )
    .unwrap();
    world.ssh = "key = \"other key\"".into();
    let error = world.fails("Host refused the login").await;
    assert!(error.detail.contains("other key") && error.detail.contains("Permission denied"), "{}", error.detail);
    std::fs::write(world.sshd.ssh_config(), "NoSuchOption yes\n").unwrap();
    let plan = world.plan().await;
    let error = plan.diagnostics.iter().find(|d| d.is_error()).unwrap();
    assert_eq!(error.summary, "Invalid SSH settings");
}
