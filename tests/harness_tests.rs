//! The harness keeps its promises: servers answer, sessions are private, repositories are whole.

use crate::harness::{GitRepo, Inventory, Moto, Proxy, Sshd};

#[test]
fn sshd_runs_commands_in_a_home_of_its_own() {
    let sshd = Sshd::start();
    assert_eq!(sshd.ssh("echo $HOME").expect("a session").trim(), sshd.home().display().to_string());
}

#[test]
fn sftp_starts_in_that_home_too() {
    let sshd = Sshd::start();
    let local = sshd.home().join("local");
    std::fs::write(&local, "text").expect("a file");
    let batch = sshd.home().join("batch");
    std::fs::write(&batch, format!("put {} there\n", local.display())).expect("a file");
    let mut sftp = std::process::Command::new("sftp");
    sftp.arg("-q").arg("-F").arg(sshd.ssh_config()).arg("-b").arg(&batch).arg("target");
    assert!(sftp.output().expect("sftp").status.success());
    assert_eq!(std::fs::read_to_string(sshd.home().join("there")).expect("the file"), "text");
}

#[test]
fn a_changed_host_key_is_refused() {
    let mut sshd = Sshd::start();
    let before = sshd.host_key();
    sshd.change_host_key();
    assert_ne!(before, sshd.host_key());
    assert!(sshd.ssh("true").expect_err("a refusal").contains("REMOTE HOST IDENTIFICATION HAS CHANGED"));
}

#[test]
fn a_stopped_sshd_is_unreachable_and_comes_back() {
    let mut sshd = Sshd::start();
    sshd.stop();
    assert!(sshd.ssh("true").expect_err("an error").contains("refused"));
    sshd.resume();
    sshd.ssh("true").expect("a session");
}

#[test]
fn a_host_can_clone_a_repository_with_its_submodule() {
    let sshd = Sshd::start();
    let lib = GitRepo::new(&[("lib.txt", "library\n")]);
    let app = GitRepo::new(&[("app.txt", "one\n")]);
    let commit = app.add_submodule("lib", &lib);
    let clone = format!("git clone -q --recurse-submodules {} x && git -C x rev-parse HEAD && cat x/lib/lib.txt", app.url());
    assert_eq!(sshd.ssh(&clone).expect("a clone"), format!("{commit}\nlibrary\n"));
}

#[test]
fn the_inventory_sees_what_was_made() {
    let moto = Moto::start();
    let proxy = Proxy::start(&moto);
    let aws = proxy.aws("eu-central-1");
    let before = Inventory::of(&aws);
    aws.ec2("CreateInternetGateway", &[]);
    aws.create_bucket("some-bucket");
    let made: Vec<_> = Inventory::of(&aws).since(&before).into_iter().collect();
    assert_eq!(made.len(), 2, "{made:?}");
    assert_eq!(made[0], "bucket some-bucket");
    assert!(made[1].starts_with("internetGatewayId igw-"));
}

#[test]
fn sudo_on_the_host_is_the_user_itself() {
    let sshd = Sshd::start();
    assert_eq!(sshd.ssh("sudo -n id -un").expect("a session").trim(), sshd.user());
}

#[test]
fn elastic_addresses_of_moto_lead_to_the_host() {
    let sshd = Sshd::start();
    let mut ssh = std::process::Command::new("ssh");
    ssh.arg("-F").arg(sshd.ssh_config()).args(["127.161.125.160", "echo here"]);
    assert_eq!(ssh.output().expect("ssh").stdout, b"here\n");
}
