//! Provisioners: beside objects that are made and objects that go, here and over SSH.

use crate::harness::envctl::{Envctl, assert_next_plan_empty};
use crate::harness::sshd::Sshd;
use serde_json::Value as Json;

fn project(main: &str) -> Envctl {
    let envctl = Envctl::new();
    envctl.file("main.tf", main);
    envctl
}

const LOCAL: &str = r#"
variable "code" { default = 0 }
variable "token" {
  default   = "hush-hush-token"
  sensitive = true
}
resource "terraform_data" "a" {
  for_each = toset(["k"])
  input    = "in"
  provisioner "local-exec" {
    command     = "echo made $WHO ${each.key} | tee -a log; exit ${var.code}"
    environment = { WHO = self.input }
  }
  provisioner "local-exec" {
    command     = "printf %s \"$0\" > second"
    interpreter = ["/bin/sh", "-c"]
    working_dir = "${path.module}/sub"
  }
  provisioner "local-exec" {
    command    = "exit 9"
    on_failure = continue
  }
  provisioner "local-exec" {
    command = "echo ${var.token}; echo x"
  }
  provisioner "local-exec" {
    when    = destroy
    command = "echo gone ${self.input} ${each.key} >> log"
  }
}
resource "terraform_data" "after" { input = terraform_data.a["k"].id }
"#;

#[test]
fn local_programs_run_after_making_and_before_destroying() {
    let envctl = project(LOCAL);
    envctl.file("sub/x", "");
    let applied = envctl.run(&["apply", ".", "-auto-approve"]).ok().never_says("hush-hush");
    applied.says("made in k").says("on_failure = continue").says("output is not shown").says("2 added");
    assert_eq!(envctl.read("log"), "made in k\n");
    assert!(envctl.path("sub/second").exists());
    assert_next_plan_empty(&envctl, ".");
    assert_eq!(envctl.read("log"), "made in k\n");
    envctl.run(&["destroy", ".", "-auto-approve"]).ok().says("2 destroyed");
    assert_eq!(envctl.read("log"), "made in k\ngone in k\n");
}

#[test]
fn a_failed_provisioner_taints_and_stops_what_follows() {
    let envctl = project(LOCAL);
    envctl.file("sub/x", "");
    let failed = envctl.run(&["apply", ".", "-auto-approve", "-var", "code=4"]).expect(1);
    failed.says("local-exec failed").says("code 4").says("tainted");
    let state: Json = serde_json::from_str(&envctl.run(&["state", "pull", "."]).ok().stdout).unwrap();
    assert_eq!(state["resources"].as_array().unwrap().len(), 1);
    assert_eq!(state["resources"][0]["instances"][0]["status"], "tainted");
    envctl.run(&["plan", "."]).ok().says("is tainted").says("2 to add, 0 to change, 1 to destroy");
    envctl.run(&["apply", ".", "-auto-approve"]).ok();
    assert_eq!(envctl.read("log"), "made in k\nmade in k\n", "no destroy provisioner for a half-made object");
    assert_next_plan_empty(&envctl, ".");
}

#[test]
fn a_failed_destroy_provisioner_keeps_the_object() {
    let main = |code: u8| {
        format!(
            "resource \"terraform_data\" \"a\" {{\n  provisioner \"local-exec\" {{\n    when = destroy\n    command = \"exit {code}\"\n  }}\n}}\n"
        )
    };
    let envctl = project(&main(5));
    envctl.run(&["apply", ".", "-auto-approve"]).ok();
    envctl.run(&["destroy", ".", "-auto-approve"]).expect(1).says("code 5").says("not destroyed");
    envctl.run(&["state", "list", "."]).ok().says("terraform_data.a");
    envctl.file("main.tf", "removed {\n  from = terraform_data.a\n  lifecycle { destroy = true }\n  provisioner \"local-exec\" {\n    when = destroy\n    command = \"echo bye ${self.id} > bye\"\n  }\n}\n");
    envctl.run(&["apply", ".", "-auto-approve"]).ok().says("1 destroyed");
    assert!(envctl.read("bye").starts_with("bye "));
}

#[test]
fn mistakes_are_found_before_anything_runs() {
    let cases = [
        ("provisioner \"chef\" {}", "Unsupported provisioner"),
        ("provisioner \"local-exec\" { comand = \"x\" }", "comand"),
        ("provisioner \"local-exec\" {\n when = never\n command = \"x\"\n}", "Invalid keyword"),
        ("provisioner \"local-exec\" {\n when = destroy\n command = terraform_data.b.id\n}", "Invalid reference from destroy provisioner"),
        ("connection { password = \"x\" }", "cannot pass on"),
    ];
    for (block, message) in cases {
        let text = format!("resource \"terraform_data\" \"b\" {{}}\nresource \"terraform_data\" \"a\" {{\n{block}\n}}\n");
        project(&text).run(&["plan", "."]).expect(1).says(message).says("main.tf:");
    }
}

#[test]
fn the_stream_tells_of_provisioners() {
    let envctl = project("resource \"terraform_data\" \"a\" {\n  provisioner \"local-exec\" { command = \"echo hello\" }\n}\n");
    let out = envctl.run(&["apply", ".", "-json", "-auto-approve"]).ok().stdout;
    let lines: Vec<Json> = out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let kinds: Vec<&str> = lines.iter().filter_map(|l| l["type"].as_str()).filter(|t| t.starts_with("provision_")).collect();
    assert_eq!(kinds, ["provision_start", "provision_progress", "provision_complete"]);
    assert!(lines.iter().any(|l| l["hook"]["output"] == "hello"));
}

#[test]
fn scripts_and_files_go_over_ssh() {
    let sshd = Sshd::start();
    let envctl = project(
        r#"
variable "ssh" { type = object({ host = string, port = number, user = string, key = string, host_key = string }) }
resource "terraform_data" "a" {
  connection {
    host        = var.ssh.host
    port        = var.ssh.port
    user        = var.ssh.user
    private_key = file(var.ssh.key)
    host_key    = var.ssh.host_key
    timeout     = "20s"
  }
  provisioner "file" {
    content     = "text of ${self.id}"
    destination = "text.txt"
  }
  provisioner "file" {
    source      = "${path.module}/tree"
    destination = "put"
  }
  provisioner "remote-exec" { inline = ["echo one > inline.txt", "echo two >> inline.txt"] }
  provisioner "remote-exec" { script = "run.sh" }
}
"#,
    );
    envctl.file("tree/in/x.txt", "x").file("tree/y.txt", "y").file("run.sh", "#!/bin/bash\necho \"shell ${BASH_VERSION:+bash}\"\n");
    let ssh = serde_json::json!({ "ssh": {
        "host": sshd.host(), "port": sshd.port(), "user": sshd.user(), "key": sshd.key(), "host_key": sshd.host_key(),
    }});
    envctl.file("terraform.tfvars.json", &ssh.to_string());
    envctl.run(&["apply", ".", "-auto-approve"]).ok().says("shell bash").says("1 added");
    let home = sshd.home();
    let read = |p: &str| std::fs::read_to_string(home.join(p)).unwrap_or_else(|e| panic!("{p}: {e}"));
    assert!(read("text.txt").starts_with("text of "));
    assert_eq!(read("inline.txt"), "one\ntwo\n");
    assert_eq!((read("put/tree/in/x.txt"), read("put/tree/y.txt")), ("x".to_string(), "y".to_string()));
    assert_next_plan_empty(&envctl, ".");
}
