//! What lies where nobody looks: other backends, broken links, empty names, what a killed run did outside.

use crate::harness::Envctl;
use std::fs;

const ONE: &str = "resource \"terraform_data\" \"a\" {\n  input = var.name\n}\n\nvariable \"name\" {}\n";

/// One root module for two environments, as in docs/existing-trees.md.
fn two_backends() -> Envctl {
    let envctl = Envctl::new();
    envctl.file("deployments/main.tf", &format!("terraform {{\n  backend \"local\" {{}}\n}}\n\n{ONE}"));
    for name in ["stage", "prod"] {
        envctl.file(&format!("deployments/backend-{name}.hcl"), &format!("path = \"{name}.tfstate\"\n"));
        envctl.file(&format!("deployments/{name}.tfvars"), &format!("name = \"{name}\"\n"));
        envctl.file(
            &format!("environments/{name}/environment.hcl"),
            &format!(
                "environment {{\n  root           = \"deployments\"\n  backend_config = [\"deployments/backend-{name}.hcl\"]\n  var_files      = [\"deployments/{name}.tfvars\"]\n}}\n"
            ),
        );
    }
    envctl
}

#[test]
fn an_environment_keeps_its_backend_whatever_the_module_was_used_with_by_hand() {
    let envctl = two_backends();
    for name in ["prod", "stage"] {
        let (backend, vars) = (format!("-backend-config=backend-{name}.hcl"), format!("-var-file={name}.tfvars"));
        envctl.run_in("deployments", &["plan", ".", &backend, &vars]).ok();
        envctl.run(&["apply", "stage", "-auto-approve"]).ok();
        assert!(!envctl.path("deployments/prod.tfstate").exists(), "stage was meant");
        assert!(envctl.read("deployments/stage.tfstate").contains("\"stage\""));
        envctl.run(&["state", "list", "prod"]).ok().never_says("terraform_data.a");
    }
    envctl.run(&["apply", "prod", "-auto-approve"]).ok();
    assert!(envctl.read("deployments/prod.tfstate").contains("\"prod\""));
}

#[test]
fn a_plan_does_not_begin_from_nothing_beside_a_state() {
    let envctl = Envctl::new();
    envctl.file("main.tf", "resource \"terraform_data\" \"a\" {}\n");
    envctl.run(&["apply", ".", "-auto-approve"]).ok();
    let moved = "terraform {\n  backend \"local\" {\n    path = \"new/x.tfstate\"\n  }\n}\n\nresource \"terraform_data\" \"a\" {}\n";
    envctl.file("main.tf", moved);
    for command in [&["plan", "."][..], &["apply", ".", "-auto-approve"], &["destroy", ".", "-auto-approve"]] {
        envctl.run(command).expect(1).says("The state is elsewhere").says("envctl migrate");
    }
    assert!(!envctl.path("new/x.tfstate").exists());
    envctl.run(&["migrate", ".", "-auto-approve"]).ok();
    envctl.run(&["plan", "."]).ok().says("No changes");
}

/// An environment with one object, whose state lies there.
fn kept_at(envctl: &Envctl, path: &str) {
    let text = "resource \"terraform_data\" \"a\" {}\n";
    envctl.file("environments/dev/main.tf", &format!("terraform {{\n  backend \"local\" {{\n    path = \"{path}\"\n  }}\n}}\n{text}"));
}

#[test]
fn a_backend_that_was_changed_is_no_empty_state() {
    let envctl = Envctl::new();
    let at = |path: &str| kept_at(&envctl, path);
    at("old.tfstate");
    envctl.run(&["apply", "dev", "-auto-approve"]).ok();
    at("new.tfstate");
    for command in [&["plan", "dev"][..], &["apply", "dev", "-auto-approve"], &["destroy", "dev", "-auto-approve"]] {
        envctl.run(command).expect(1).says("The state is elsewhere").says("old.tfstate").says("envctl migrate dev").says("places.json");
    }
    envctl.run(&["migrate", "dev", "-auto-approve"]).ok();
    envctl.run(&["plan", "dev"]).ok().says("No changes");
    // Another workspace begins from nothing, and so does an environment whose objects are gone.
    envctl.run(&["workspace", "new", "dev", "blue"]).ok();
    envctl.run(&["plan", "dev"]).ok().says("1 to add");
    envctl.run(&["workspace", "select", "dev", "default"]).ok();
    envctl.run(&["destroy", "dev", "-auto-approve"]).ok();
    at("third.tfstate");
    envctl.run(&["plan", "dev"]).ok().says("1 to add");
    // A place that was emptied is no better than one that never was.
    envctl.run(&["apply", "dev", "-auto-approve"]).ok();
    at("new.tfstate");
    envctl.run(&["plan", "dev"]).expect(1).says("The state is elsewhere").says("third.tfstate");
    at("third.tfstate");
    // What is given for one call, or by a variable, is meant.
    envctl.run(&["apply", "dev", "-auto-approve"]).ok();
    envctl.run(&["plan", "dev", "-backend-config=path=fourth.tfstate"]).ok().says("1 to add");
    let text = "variable \"name\" {}\n\nresource \"terraform_data\" \"a\" {}\n";
    envctl.file(
        "environments/two/main.tf",
        &format!("terraform {{\n  backend \"local\" {{\n    path = \"${{var.name}}.tfstate\"\n  }}\n}}\n{text}"),
    );
    envctl.run(&["apply", "two", "-auto-approve", "-var=name=a"]).ok();
    envctl.run(&["plan", "two", "-var=name=b"]).ok().says("1 to add");
}

#[test]
fn a_state_that_was_seen_is_what_migrates_not_what_a_tool_recorded_once() {
    let envctl = Envctl::new();
    let at = |path: &str| kept_at(&envctl, path);
    at("y.tfstate");
    envctl.run(&["apply", "dev", "-auto-approve"]).ok();
    let recorded = r#"{"version": 3, "backend": {"type": "local", "config": {"path": "x.tfstate", "workspace_dir": null}}}"#;
    envctl.file("environments/dev/.terraform/terraform.tfstate", recorded);
    at("z.tfstate");
    envctl.run(&["migrate", "dev", "-auto-approve"]).expect(1).says("Two places").says("x.tfstate").says("y.tfstate").says("-from");
    envctl.run(&["migrate", "dev", "-auto-approve", "-from", "local", "-from-config", "path=y.tfstate"]).ok();
    envctl.run(&["plan", "dev"]).ok().says("No changes");
}

#[test]
fn a_link_to_nowhere_is_no_empty_file() {
    let envctl = Envctl::new();
    envctl.file("main.tf", "resource \"terraform_data\" \"a\" {}\n").file("shared/b.tf", "resource \"terraform_data\" \"b\" {}\n");
    std::os::unix::fs::symlink(envctl.path("shared/b.tf"), envctl.path("b.tf")).unwrap();
    envctl.run(&["apply", ".", "-auto-approve"]).ok();
    fs::remove_file(envctl.path("shared/b.tf")).unwrap();
    for command in ["validate", "plan"] {
        envctl.run(&[command, "."]).expect(1).says("b.tf").never_says("destroyed");
    }
}

#[test]
fn an_empty_name_is_no_environment() {
    let envctl = Envctl::new();
    envctl.file("main.tf", "resource \"terraform_data\" \"a\" {}\n");
    envctl.run(&["apply", ".", "-auto-approve"]).ok();
    for command in [&["plan", ""][..], &["destroy", "", "-auto-approve"], &["state", "list", " "]] {
        envctl.run(command).expect(1).says("No environment named");
    }
    envctl.run(&["state", "list", "."]).ok().says("terraform_data.a");
}

#[test]
fn a_workspace_of_the_environment_variable_is_checked_too() {
    for name in ["../../esc", "a/b", ".."] {
        let envctl = Envctl::new().with_env("TF_WORKSPACE", name);
        envctl.file("main.tf", "resource \"terraform_data\" \"a\" {}\n");
        envctl.run(&["apply", ".", "-auto-approve"]).expect(1).says("Invalid workspace name");
    }
}

#[test]
fn sensitive_values_are_shown_on_demand_and_words_of_types_never_masked() {
    let envctl = Envctl::new();
    let text = "variable \"pw\" {\n  default   = { a = \"SuperS3cretValue77\" }\n  sensitive = true\n}\n\nresource \"terraform_data\" \"a\" {\n  input = var.pw\n}\n";
    envctl.file("main.tf", text);
    envctl.run(&["plan", "."]).ok().never_says("SuperS3cretValue77");
    envctl.run(&["plan", ".", "-show-sensitive"]).ok().says("SuperS3cretValue77");
    envctl.run(&["apply", ".", "-auto-approve"]).ok();
    envctl.file("main.tf", &format!("{text}\noutput \"word\" {{\n  value = \"an object of string\"\n}}\n"));
    envctl.run(&["plan", "."]).ok().says("an object of string").never_says("SuperS3cretValue77");
}

#[test]
fn a_provisioner_that_ran_is_not_run_again_after_a_kill() {
    let envctl = Envctl::new();
    envctl.file(
        "main.tf",
        "resource \"terraform_data\" \"c\" {\n  provisioner \"local-exec\" {\n    command = \"echo x >> count\"\n  }\n}\n\n\
         resource \"terraform_data\" \"d\" {\n  depends_on = [terraform_data.c]\n\n  provisioner \"local-exec\" {\n    command = \"touch began; sleep 30\"\n  }\n}\n",
    );
    let run = envctl.start_stopped(&["apply", ".", "-auto-approve"]);
    run.go_on();
    let start = std::time::Instant::now();
    while !envctl.path("began").exists() {
        assert!(start.elapsed() < std::time::Duration::from_secs(30), "{}", envctl.read(".test/out"));
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    run.signal(nix::sys::signal::Signal::SIGKILL);
    drop(run);
    assert_eq!(envctl.read("count"), "x\n");
    let text = envctl.read("main.tf").replace("sleep 30", "true");
    envctl.file("main.tf", &text);
    envctl.run(&["apply", ".", "-auto-approve"]).ok();
    assert_eq!(envctl.read("count"), "x\n", "once");
    envctl.run(&["plan", "."]).ok().says("No changes");
}
