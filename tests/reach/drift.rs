//! Drift: what changed on hosts and in objects, without values and without changing anything.

use super::world::World;
use crate::harness::GitRepo;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// Stands in for docker: two containers, whose states and digests lie in files of the host.
const FAKE_DOCKER: &str = r#"#!/bin/sh
case "$*" in
*"ps --all --format json"*) cat "$HOME/containers" ;;
*"ps --all --quiet"*) echo 1 ;;
*inspect*) printf 'inspected\t/shop-web-1\t0\t%s\t0\n' "$(cat "$HOME/digest")" ;;
esac
"#;

const WEB: &str = r#"{"Name":"shop-web-1","Service":"web","State":"running","Health":"healthy","ExitCode":0,"Image":"shop:1"}"#;

struct Drifting {
    world: World,
    repo: GitRepo,
}

/// A deployed application with a file of each kind, facts, services and a checkout; and an object.
fn deployed() -> Drifting {
    let world = World::new();
    let repo = GitRepo::new(&[("app.py", "one\n"), ("poetry.lock", "locked\n"), ("version", "3.11\n")]);
    world.program("docker", FAKE_DOCKER);
    fs::write(world.home("containers"), format!("{WEB}\n")).unwrap();
    fs::write(world.home("digest"), "sha256:aaaa").unwrap();
    let body = format!(
        r#"
  source {{
    git  = "{git}"
    ref  = "main"
    path = "~/app"
  }}
  file ".env" {{
    content = "A=1\nPASSWORD=${{var.password}}\nC=3\n"
  }}
  file "/{home}/nginx.conf" {{
    content = "server {{\n}}\n"
  }}
  services {{
    compose = "compose.yml"
    project = "shop"
  }}
  fact "python" {{
    command = "cat version"
  }}
  fact "lock" {{
    lock_file = "poetry.lock"
  }}
  fact "ssh" {{
    port = {port}
  }}
  fact "root-disk" {{
    disk = "/"
    max  = 100
  }}
  fact "who" {{
    command = "echo $((1 + 1))"
    expect  = "/^[0-9]$/"
  }}
"#,
        git = repo.url(),
        home = world.sshd.home().display().to_string().trim_start_matches('/'),
        port = world.sshd.port(),
    );
    let object = format!(
        "resource \"local_file\" \"note\" {{\n  filename = \"{}\"\n  content  = \"note\"\n}}\n",
        world.envctl.path("note").display()
    );
    let variable = "variable \"password\" {\n  sensitive = true\n  default = \"first-s3cret\"\n}\n";
    world.declare(&format!("{variable}{object}{}", world.app("web", &body)));
    world.run(&["apply", "stage", "-auto-approve", "-no-color"]).ok();
    Drifting { world, repo }
}

/// Everything that envctl keeps.
fn kept(world: &World) -> BTreeMap<String, Vec<u8>> {
    let files =
        walkdir::WalkDir::new(world.envctl.path("environments")).into_iter().filter_map(Result::ok).filter(|e| e.file_type().is_file());
    files.map(|e| (e.path().display().to_string(), fs::read(e.path()).unwrap())).collect()
}

const DRIFT: &[&str] = &["drift", "stage", "-no-color"];

#[test]
fn keys_files_facts_checkout_and_objects_are_told_and_no_value() {
    let Drifting { world, repo } = deployed();
    let before = kept(&world);
    world.run(DRIFT).expect(0).says("Nothing drifted.");

    let env = world.home("app/.env");
    fs::write(&env, "A=1\nPASSWORD=other-s3cret\nD=hidden-s3cret\n").unwrap();
    fs::remove_file(world.home("nginx.conf")).unwrap();
    fs::write(world.home("app/version"), "3.12\n").unwrap();
    fs::write(world.home("digest"), "sha256:bbbb").unwrap();
    fs::write(world.home("containers"), WEB.replace("healthy", "unhealthy")).unwrap();
    fs::remove_file(world.envctl.path("note")).unwrap();
    let run = world.run(DRIFT).expect(2).never_says("s3cret");
    for text in [
        "local_file.note: deleted outside of envctl",
        ".env: changed on the host: PASSWORD; added: D; vanished: C",
        "nginx.conf: removed from the host",
        "tracked files were edited: version",
        "python is 3.12, was 3.11 at the last deploy",
        "service.web.digest is sha256:bbbb, was sha256:aaaa at the last deploy",
        "service.web.state is running: its health check fails",
        "7 things drifted.",
    ] {
        assert!(run.stdout.contains(text), "no {text:?} in\n{}", run.text());
    }
    let json = world.run(&["drift", "stage", "-json"]).expect(2).never_says("s3cret");
    let document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((document["format"].as_i64(), document["drift"].as_bool()), (Some(1), Some(true)));
    let findings = document["findings"].as_array().unwrap();
    assert_eq!(findings[0]["risk"], "critical");
    let names = findings.iter().find(|f| f["message"].as_str().unwrap().contains("/.env")).unwrap()["names"].clone();
    assert_eq!(names, serde_json::json!(["PASSWORD", "D", "C"]));
    world.run(&["drift", "stage", "-infra-only"]).expect(2).says("1 thing drifted").never_says("PASSWORD");
    world.run(&["drift", "stage", "-apps-only"]).expect(2).says("6 things drifted").never_says("local_file");
    assert_eq!(kept(&world), before, "drift changes nothing");

    // A plan says it too, before it overwrites the file.
    let plan = world.run(&["plan", "stage", "-no-color"]).expect(1).says("Tracked files were edited").never_says("s3cret");
    drop(plan);
    fs::write(world.home("app/version"), "3.11\n").unwrap();
    let plan = world.run(&["plan", "stage", "-no-color"]).ok().never_says("s3cret");
    plan.says("since the last deploy: changed on the host: PASSWORD; added: D; vanished: C");

    let moved = repo.commit("by hand", &[("app.py", "two\n")]);
    world.sshd.ssh("cd app && git fetch -q origin main && git checkout -q --detach FETCH_HEAD").unwrap();
    world.run(DRIFT).expect(2).says(&format!("at commit {}", moved.get(..8).unwrap()));
}

#[test]
fn modes_ports_and_expectations_count() {
    let Drifting { world, .. } = deployed();
    fs::set_permissions(world.home("app/.env"), fs::Permissions::from_mode(0o644)).unwrap();
    let closed = crate::harness::process::free_port();
    let text = world.envctl.read("environments/stage/main.tf");
    let text = text.replace(&format!("port = {}", world.sshd.port()), &format!("port = {closed}")).replace("/^[0-9]$/", "3");
    world.envctl.file("environments/stage/main.tf", &text);
    let run = world.run(DRIFT).expect(2).says("mode changed on the host: 0600 -> 0644");
    let run = run.says("ssh is closed, was listening at the last deploy: expected listening");
    run.says("who is 2: expected 3").says("3 things drifted");
}

#[test]
fn a_host_that_does_not_answer_is_no_drift_and_not_nothing() {
    let Drifting { mut world, .. } = deployed();
    world.sshd.stop();
    let run = world.run(DRIFT).expect(1).says("not checked (1)").says("cannot be reached");
    run.says("1 thing could not be checked");
    let json = world.run(&["drift", "stage", "-json"]).expect(1);
    let document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((document["drift"].as_bool(), document["unchecked"].as_array().unwrap().len()), (Some(false), 1));
    world.run(&["drift", "stage", "-infra-only"]).expect(0);
    fs::remove_file(world.envctl.path("note")).unwrap();
    world.run(DRIFT).expect(2).says("1 thing drifted, 1 thing could not be checked.");
}

#[test]
fn what_was_never_deployed_is_said() {
    let world = World::new();
    world.declare(&world.app("web", "  file \"~/x\" {\n    content = \"x\"\n  }\n"));
    world.run(DRIFT).expect(0).says("never deployed");
}
