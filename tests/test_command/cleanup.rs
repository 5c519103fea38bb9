//! What a test made is taken down, whatever happened; what cannot be is told and kept.

use super::project;
use crate::harness::envctl::Envctl;
use crate::harness::process::Guard;
use nix::sys::signal::Signal;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

const FILES: &str = r#"
variable "fail" { default = false }
resource "local_file" "first" {
  filename = "first.txt"
  content  = "1"
  lifecycle {
    prevent_destroy = true
  }
}
resource "terraform_data" "second" {
  input = local_file.first.id
  provisioner "local-exec" {
    command = var.fail ? "exit 3" : "true"
  }
  provisioner "local-exec" {
    when    = destroy
    command = "echo second >> order.txt"
  }
}
"#;

#[test]
fn real_objects_go_also_after_a_failure() {
    let envctl = project(
        FILES,
        "run \"ok\" {\n  assert {\n    condition     = fileexists(local_file.first.filename)\n    error_message = \"no file\"\n  }\n}\n",
    );
    envctl.run(&["test"]).ok();
    assert!(!envctl.path("first.txt").exists() && envctl.path("order.txt").exists());
    envctl.file("main.tftest.hcl", "run \"half\" {\n  variables { fail = true }\n}\n");
    envctl.run(&["test"]).expect(1).says("run \"half\"... fail");
    assert!(!envctl.path("first.txt").exists(), "what the failed apply had made is gone");
    assert!(!envctl.path("errored_test.tfstate").exists());
}

#[test]
fn states_are_taken_down_in_reverse_order() {
    let part = |name: &str| {
        format!(
            "resource \"terraform_data\" \"x\" {{\n  provisioner \"local-exec\" {{\n    when    = destroy\n    command = \"echo {name} >> order.txt\"\n  }}\n}}\n"
        )
    };
    let envctl = project(
        &part("main"),
        "run \"a\" {\n  module { source = \"./a\" }\n}\nrun \"main\" {}\nrun \"b\" {\n  module { source = \"./b\" }\n}\n",
    );
    envctl.file("a/main.tf", &part("a")).file("b/main.tf", &part("b"));
    envctl.run(&["test"]).ok();
    assert_eq!(envctl.read("order.txt"), "b\nmain\na\n");
}

#[test]
fn what_cannot_be_destroyed_is_listed_and_kept() {
    let main = "resource \"local_file\" \"f\" {\n  filename = \"f.txt\"\n  content  = \"1\"\n}\nresource \"terraform_data\" \"stuck\" {\n  input = local_file.f.id\n  provisioner \"local-exec\" {\n    when    = destroy\n    command = \"exit 1\"\n  }\n}\nresource \"random_string\" \"gone\" { length = 3 }\n";
    let test = "mock_provider \"random\" {}\nrun \"make\" {}\n";
    let envctl = project(main, test);
    let out = envctl.run(&["test"]).expect(1);
    let out = out.says("run \"make\"... pass").says("main.tftest.hcl... fail").says("left 2 objects behind");
    out.says("- local_file.f [id=")
        .says("- terraform_data.stuck [id=")
        .says("from run \"make\"")
        .says("errored_test.tfstate")
        .never_says("random_string");
    let state: serde_json::Value = serde_json::from_str(&envctl.read("errored_test.tfstate")).unwrap();
    assert_eq!(state["version"], 4);
    assert_eq!(state["resources"].as_array().unwrap().len(), 2);
    let mode = std::fs::metadata(envctl.path("errored_test.tfstate")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    envctl.run(&["test", "-json"]).expect(1).says("\"type\":\"test_cleanup\"").says("terraform_data.stuck");
    assert!(envctl.path("errored_test-2.tfstate").exists(), "the first one is not written over");
}

#[test]
fn imported_objects_stay() {
    let main = "import {\n  to = terraform_data.old\n  id = \"was-there\"\n}\nresource \"terraform_data\" \"old\" {}\nresource \"terraform_data\" \"new\" {}\n";
    let test = "run \"r\" {\n  assert {\n    condition     = terraform_data.old.id == \"was-there\"\n    error_message = \"not imported\"\n  }\n}\n";
    project(main, test).run(&["test"]).ok().says("Imported object not destroyed").says("terraform_data.old was imported");
}

#[test]
fn a_kept_state_serves_to_destroy_later() {
    let main = |command: &str| {
        format!(
            "resource \"local_file\" \"f\" {{\n  filename = \"f.txt\"\n  content  = \"1\"\n}}\nresource \"terraform_data\" \"stuck\" {{\n  input = local_file.f.id\n  provisioner \"local-exec\" {{\n    when    = destroy\n    command = \"{command}\"\n  }}\n}}\n"
        )
    };
    let envctl = project(&main("exit 1"), "run \"make\" {}\n");
    envctl.run(&["test"]).expect(1);
    assert!(envctl.path("f.txt").exists());
    envctl.file("main.tf", &main("true"));
    std::fs::rename(envctl.path("errored_test.tfstate"), envctl.path("terraform.tfstate")).unwrap();
    envctl.run(&["destroy", ".", "-auto-approve"]).ok().says("2 destroyed");
    assert!(!envctl.path("f.txt").exists());
}

/// A run that makes a file and then sleeps.
const SLOW: &str = "resource \"local_file\" \"f\" {\n  filename = \"made.txt\"\n  content  = \"1\"\n}\nresource \"terraform_data\" \"slow\" {\n  input = local_file.f.id\n  provisioner \"local-exec\" {\n    command = \"touch slow; sleep 2\"\n  }\n}\n";

/// Starts the slow test and waits until it sleeps.
fn sleeping(envctl: &Envctl) -> Guard {
    let running = envctl.start(&["test"]);
    let until = Instant::now() + Duration::from_secs(30);
    while !envctl.path("slow").exists() {
        assert!(Instant::now() < until, "the run never got so far: {}", envctl.read(".test/out"));
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(envctl.path("made.txt").exists());
    running
}

#[test]
fn an_interrupted_test_still_takes_down() {
    let envctl = project(SLOW, "run \"one\" {}\nrun \"two\" {}\n");
    let mut running = sleeping(&envctl);
    running.signal(Signal::SIGINT);
    let code = running.wait();
    let said = envctl.read(".test/out");
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("run \"two\"... skip"), "{said}");
    assert!(!envctl.path("made.txt").exists(), "{said}");
    assert!(!envctl.path("errored_test.tfstate").exists(), "{said}");
}

#[test]
fn a_second_interruption_leaves_and_tells() {
    let envctl = project(SLOW, "run \"one\" {}\n");
    let mut running = sleeping(&envctl);
    running.signal(Signal::SIGINT);
    while !envctl.read(".test/out").contains("Interrupted") {
        std::thread::sleep(Duration::from_millis(10));
    }
    running.signal(Signal::SIGINT);
    assert_eq!(running.wait(), Some(130));
    let said = envctl.read(".test/out");
    assert!(said.contains("- local_file.f [id=") && said.contains("errored_test.tfstate"), "{said}");
    assert!(envctl.path("made.txt").exists() && envctl.path("errored_test.tfstate").exists(), "{said}");
}
