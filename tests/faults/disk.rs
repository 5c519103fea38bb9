//! A disk without room, by the kernel's limit on the size of files: no root, no mount.

use crate::harness::{Envctl, Outcome, assert_next_plan_empty};
use std::fs;

const STATE: &str = "environments/one/terraform.tfstate";

fn tree(files: &str) -> String {
    format!(
        "resource \"terraform_data\" \"big\" {{\n  input = join(\"\", [for i in range(1000) : \"0123456789012345678901234567890123456789\"])\n}}\n{files}"
    )
}

const FILE: &str = "resource \"local_file\" \"a\" {\n  filename = \"a.txt\"\n  content  = \"a\"\n}\n";

fn project(text: &str) -> Envctl {
    let envctl = Envctl::new();
    envctl.file("environments/one/main.tf", text);
    envctl
}

fn apply(envctl: &Envctl) -> Outcome {
    envctl.run(&["apply", "one", "-auto-approve", "-input=false", "-no-color"])
}

/// With room for files of 16 KiB: intents, but not the state.
fn apply_full(envctl: &Envctl) -> Outcome {
    envctl.run_limited(16 * 1024, &["apply", "one", "-auto-approve", "-input=false", "-no-color"])
}

/// Names in the root module's folder.
fn names(envctl: &Envctl) -> Vec<String> {
    let entries = fs::read_dir(envctl.path("environments/one")).unwrap();
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_state_without_room_stays_as_it_was_and_the_next_run_finds_what_was_made() {
    let envctl = project(&tree(""));
    apply(&envctl).ok();
    let before = envctl.read(STATE);
    envctl.file("environments/one/main.tf", &tree(FILE));
    let full = apply_full(&envctl).expect(1).says("File too large").says("help: ");
    assert_eq!(envctl.read(STATE), before, "{}", full.text());
    assert_eq!(envctl.read("environments/one/a.txt"), "a");
    let left: Vec<String> = names(&envctl).into_iter().filter(|n| n.starts_with(".envctl-") || n == "errored.tfstate").collect();
    assert!(left.is_empty(), "half-written files: {left:?}");
    apply(&envctl).ok().says("local_file.a");
    assert_next_plan_empty(&envctl, "one");
    assert!(envctl.read(STATE).contains("local_file"));
    assert!(!names(&envctl).iter().any(|n| n == "errored.tfstate"), "{:?}", names(&envctl));
}

#[test]
fn a_first_state_without_room_is_lost_together_with_nothing() {
    let envctl = project(&tree(FILE));
    let full = apply_full(&envctl).expect(1).says("File too large").says("help: ");
    let state = fs::read_to_string(envctl.path(STATE)).unwrap_or_default();
    assert!(state.is_empty(), "{}", full.text());
    apply(&envctl).ok();
    assert_next_plan_empty(&envctl, "one");
}
