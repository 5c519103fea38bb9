//! `ssh` and `exec`: the right host with the right key, exit codes, masked output.

use super::world::World;
use std::fs;

fn world() -> World {
    let world = World::new();
    let body = format!("  file \"{}\" {{\n    content = \"export TOKEN=${{var.token}}\\n\"\n  }}\n", world.home("app.env"));
    let variables = "variable \"token\" {\n  sensitive = true\n}\nvariable \"more\" {}\n";
    world.declare(&format!("{variables}{}", world.app("web", &body)));
    world
}

#[test]
fn a_session_has_the_code_and_the_streams_of_its_command() {
    let world = world();
    // Neither variable has a value: that keeps nobody from logging in.
    let run = world.run(&["ssh", "stage", "web", "--", "echo \"in $HOME\"; echo wrong >&2; exit 7"]).expect(7);
    assert_eq!(run.stdout, format!("in {}\n", world.sshd.home().display()));
    assert!(run.stderr.ends_with("wrong\n"), "{}", run.text());
    // The only application needs no name, and inside the root module the environment needs none.
    world.run(&["ssh", "stage", "--", "printf", "%s|", "a b", "$x"]).ok().says("a b|$x|");
    world.envctl.run_in("environments/stage", &["ssh", "web", "--", "echo here"]).ok().says("here");
    // Both may be left out at once, by every command that leads to hosts.
    world.envctl.run_in("environments/stage", &["ssh", "--", "echo here"]).ok().says("here");
    world.envctl.run_in("environments/stage", &["exec", "--", "echo there"]).ok().says("there");
    world.envctl.run_in("environments/stage", &["logs"]).expect(1).says("The logs are not known");
    // A service is the last word; the host has no such unit.
    world.envctl.run_in("environments/stage", &["logs", "web", "none-such"]).never_says("Environment not found").never_says("not known");
    world.envctl.run_in("environments/stage", &["rollback", "-list"]).expect(1).says("Never deployed").says("app.web");
    world.run(&["rollback", "stage", "-list"]).expect(1).says("Never deployed").says("app.web");
}

#[test]
fn the_key_that_a_deploy_pinned_is_the_only_one() {
    let mut world = world();
    world.envctl.file("environments/stage/terraform.tfvars", "token = \"hunter2-token\"\nmore = \"\"\n");
    world.deploy().ok();
    // People's own file says something else; the pin decides.
    fs::write(world.sshd.known_hosts(), "").unwrap();
    world.run(&["ssh", "stage", "web", "--", "echo in"]).ok().says("in");
    let kept = world.envctl.read(".envctl/known_hosts/target");
    assert_eq!(kept, format!("target {}\n", world.sshd.host_key()));
    assert_eq!(world.envctl.read(".envctl/.gitignore"), "*\n");
    world.sshd.change_host_key();
    let refused = world.run(&["ssh", "stage", "web", "--", "echo in"]).expect(255);
    assert!(!refused.stdout.contains("in"), "{}", refused.text());
    world.run(&["exec", "stage", "web", "--", "echo in"]).expect(1).says("Host key not trusted").never_says("\nin");
}

#[test]
fn exec_masks_what_the_application_keeps_secret_and_has_the_commands_code() {
    let world = world();
    world.envctl.file("environments/stage/terraform.tfvars", "token = \"hunter2-token\"\n");
    fs::write(world.home("app.env"), "TOKEN=hunter2-token\nOPEN=1\n").unwrap();
    let run = world.run(&["exec", "stage", "web", "--", "cat", "app.env"]).ok().never_says("hunter2");
    assert_eq!(run.stdout, "TOKEN=(sensitive value)\nOPEN=1\n");
    let run = world.run(&["exec", "stage", "web", "--", "echo hunter2-token >&2; exit 9"]).expect(9).never_says("hunter2");
    assert_eq!(run.stdout, "");
    assert!(run.stderr.contains("(sensitive value)\n"), "{}", run.text());
    world.run(&["exec", "stage", "web", "--", "no-such-program"]).expect(127);
}

#[test]
fn what_is_piped_into_exec_goes_to_the_command() {
    let world = world();
    let exec = |command: &str, input: &str| world.envctl.run_with(&["exec", "stage", "web", "--", command], input);
    assert_eq!(exec("cat", "one\ntwo\n").ok().stdout, "one\ntwo\n");
    assert_eq!(exec("cat > got; wc -c < got", "").ok().stdout.trim(), "0");
    // More than any buffer between here and there.
    let large = "0123456789abcde\n".repeat(300_000);
    let wanted = format!("{} {}", large.len(), "sum");
    assert_eq!(exec("cat > got; echo $(wc -c < got) sum", &large).ok().stdout.trim(), wanted);
    assert_eq!(fs::read_to_string(world.home("got")).unwrap(), large);
    // A command that reads a part, or nothing, ends when it ends.
    assert_eq!(exec("head -c 3", &large).ok().stdout, "012\n");
    exec("exit 5", &large).expect(5);
    world.envctl.run_waiting(&["exec", "stage", "web", "--", "echo there"]).ok().says("there");
    world.envctl.run_waiting(&["exec", "stage", "web", "--", "exec >&- 2>&-; sleep 0.2; exit 6"]).expect(6);
    // Its own end is seen where the command still reads after its output has ended.
    exec("exec >&- 2>&-; sleep 0.3; cat > late", &large).ok();
    assert_eq!(fs::read_to_string(world.home("late")).unwrap().len(), large.len());
}

#[test]
fn what_is_piped_into_exec_goes_to_every_host() {
    let world = World::new();
    let config = world.sshd.ssh_config();
    let hosts = "[\"target\", \"edge.example.com\"]";
    world.declare(&format!("app \"web\" {{\n  hosts = {hosts}\n  ssh {{\n    config = \"{}\"\n  }}\n}}\n", config.display()));
    let large = "0123456789abcde\n".repeat(100_000);
    let out = world.envctl.run_with(&["exec", "stage", "web", "-all", "-no-color", "--", "wc -c"], &large).ok();
    let mut lines: Vec<&str> = out.stdout.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["edge.example.com | 1600000", "target | 1600000"], "{}", out.text());
    // One that reads nothing holds nobody up.
    let script = "mkdir first 2>/dev/null && exit 0; wc -c";
    let out = world.envctl.run_with(&["exec", "stage", "web", "-all", "--", script], &large).ok();
    assert_eq!(out.stdout.matches("1600000").count(), 1, "{}", out.text());
    world.envctl.run_waiting(&["exec", "stage", "web", "-all", "--", "echo there"]).ok().says("there");
}

#[test]
fn jump_hosts_and_proxy_commands_of_an_ssh_configuration_count() {
    let world = World::new();
    let config = world.sshd.ssh_config();
    let jump = format!(
        "app \"jump\" {{\n host = \"target\"\n ssh {{\n config = \"{}\"\n jump = \"edge.example.com\"\n }}\n}}\n",
        config.display()
    );
    let behind = format!(
        "{}\nHost behind\n  HostName 127.0.0.1\n  Port {port}\n  User {user}\n  IdentityFile {key}\n  UserKnownHostsFile {known}\n  \
         ProxyCommand ssh -F {config} -W %h:%p target\n",
        fs::read_to_string(&config).unwrap(),
        port = world.sshd.port(),
        user = world.sshd.user(),
        key = world.sshd.key().display(),
        known = world.sshd.known_hosts().display(),
        config = config.display(),
    );
    world.envctl.file("ssh_config", &behind);
    let proxy = "app \"proxy\" {\n host = \"behind\"\n ssh {\n config = \"ssh_config\"\n }\n}\n";
    world.declare(&format!("{jump}{proxy}"));
    for app in ["jump", "proxy"] {
        world.run(&["exec", "stage", app, "--", "echo there"]).ok().says("there");
        world.run(&["ssh", "stage", app, "--", "echo there"]).ok().says("there");
    }
}

#[test]
fn what_cannot_be_reached_is_said() {
    let mut world = World::new();
    let app = world.app("web", "");
    world.declare(&format!("{app}{}", app.replace("\"web\"", "\"worker\"")));
    world.run(&["ssh", "stage"]).expect(1).says("Which application?").says("web, worker");
    world.run(&["exec", "stage", "wep", "--", "true"]).expect(1).says("Did you mean \"web\"?");
    world.run(&["ssh", "stage", "web", "-host", "other"]).expect(1).says("No such host").says("Its hosts are: target");
    world.sshd.stop();
    world.run(&["exec", "stage", "web", "--", "true"]).expect(1).says("Host not reachable");
    let later = "resource \"terraform_data\" \"a\" {\n  input = \"x\"\n}\napp \"web\" {\n  host = terraform_data.a.output\n}\n";
    world.declare(later);
    world.run(&["ssh", "stage", "web"]).expect(1).says("No host").says("Apply the environment first");
}
