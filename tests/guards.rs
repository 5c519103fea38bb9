//! Guards and protected environments, on real git work trees and with a real deployment.

use crate::harness::git::git;
use crate::harness::{Envctl, GitRepo, Outcome, Sshd};
use serde_json::Value as Json;
use std::process::{Command, Stdio};

const TWO: &str = "resource \"terraform_data\" \"a\" {\n  input = \"1\"\n}\n\nresource \"terraform_data\" \"b\" {\n  input = \"1\"\n}\n";

/// A project in git whose environment has these lines.
fn project(lines: &str) -> Envctl {
    let envctl = Envctl::new();
    envctl.file(".gitignore", ".test/\n.envctl/\n*.tfstate*\n");
    envctl.file("environments/prod/envctl.hcl", &format!("environment {{\n{lines}\n}}\n"));
    envctl.file("environments/prod/main.tf", TWO);
    git(&envctl.path("."), &["init", "-q", "-b", "main"]);
    commit(&envctl);
    envctl
}

fn commit(envctl: &Envctl) {
    git(&envctl.path("."), &["add", "-A"]);
    git(&envctl.path("."), &["commit", "-q", "-m", "x"]);
}

fn apply(envctl: &Envctl, more: &[&str]) -> Outcome {
    envctl.run(&[&["apply", "prod", "-auto-approve"], more].concat())
}

fn history(envctl: &Envctl) -> Vec<Json> {
    serde_json::from_str(&envctl.run(&["history", "prod", "-json"]).ok().stdout).unwrap()
}

#[test]
fn branches_and_uncommitted_changes_are_refused_before_anything_happens() {
    let envctl = project("  guard {\n    branches = [\"main\", \"release/*\"]\n    clean    = true\n  }");
    git(&envctl.path("."), &["checkout", "-q", "-b", "feature/x"]);
    envctl.file("environments/prod/more.tf", "# not in git yet\n");
    let out = envctl.run(&["plan", "prod"]).ok();
    out.says("warning: Refused by the guard branches").says("warning: Refused by the guard clean").says("2 to add");
    let out = apply(&envctl, &[]).expect(1);
    let out = out.says("the branch \"feature/x\", and only main, release/* may be applied").says("environments/prod/envctl.hcl:3");
    out.says("more.tf").says("-override branches").says("-override clean").never_says("Applied");
    assert!(!envctl.path("environments/prod/terraform.tfstate").exists());

    envctl.run(&["apply", "prod", "-auto-approve", "-override", "clean"]).expect(1).never_says("guard clean").says("guard branches");
    git(&envctl.path("."), &["checkout", "-q", "-b", "release/7"]);
    commit(&envctl);
    apply(&envctl, &[]).ok().says("2 added");

    // As pipelines check out: no branch, but the tip of one.
    git(&envctl.path("."), &["checkout", "-q", "--detach"]);
    envctl.run(&["destroy", "prod", "-auto-approve"]).ok();
    envctl.file("x.md", "x");
    commit(&envctl);
    apply(&envctl, &[]).expect(1).says("No branch is checked out and none has this commit as its tip");
}

#[test]
fn outside_git_such_a_guard_says_so() {
    let envctl = project("  guard {\n    clean = true\n  }");
    std::fs::remove_dir_all(envctl.path(".git")).unwrap();
    apply(&envctl, &[]).expect(1).says("is in no git work tree").says("-override clean");
}

#[test]
fn a_rule_is_lifted_with_a_reason_that_the_history_keeps() {
    let envctl = project("  guard {\n    max_destroys = 1\n  }");
    apply(&envctl, &[]).ok();
    assert!(history(&envctl)[0].get("overrides").is_none(), "nothing was lifted");
    envctl.file("environments/prod/main.tf", "");
    let refused = apply(&envctl, &[]).expect(1).says("destroys or replaces 2 objects, and 1 may be: terraform_data.a, terraform_data.b");
    refused.says("environments/prod/envctl.hcl:3").says("-override max_destroys");
    envctl.run(&["destroy", "prod", "-auto-approve"]).expect(1).says("guard max_destroys");
    envctl.run(&["apply", "prod", "-override", "regions"]).expect(1).says("max_monthly_cost");
    apply(&envctl, &["-override", "max_destroys=both moved to shared"]).ok().says("The guard max_destroys is lifted").says("2 destroyed");
    let last = &history(&envctl)[0]["overrides"][0];
    assert_eq!((last["rule"].as_str(), last["reason"].as_str()), (Some("max_destroys"), Some("both moved to shared")));
    assert!(last["found"].as_str().unwrap().contains("2 objects"));
    envctl.run(&["history", "prod"]).ok().says("guard max_destroys lifted (both moved to shared)");
}

#[test]
fn a_saved_plan_is_guarded_when_it_is_applied() {
    let envctl = project("  protected = true\n  guard {\n    branches = [\"main\"]\n  }");
    envctl.run(&["plan", "prod", "-out", "p.plan"]).ok().never_says("Refused");
    git(&envctl.path("."), &["checkout", "-q", "-b", "other"]);
    envctl.run(&["apply", "p.plan", "-confirm", "prod"]).expect(1).says("guard branches");
    git(&envctl.path("."), &["checkout", "-q", "main"]);
    envctl.run(&["apply", "p.plan"]).expect(1).says("The environment is protected").says("-confirm prod");
    envctl.run(&["apply", "p.plan", "-confirm", "prod"]).ok().says("2 added");
}

#[test]
fn a_protected_environment_wants_its_name() {
    let envctl = project("  protected = true");
    envctl.run(&["apply", "prod"]).expect(1).says("The environment is protected").says("-auto-approve -confirm prod");
    apply(&envctl, &[]).expect(1).says("not changed by -auto-approve alone").says("-confirm prod");
    apply(&envctl, &["-confirm", "stage"]).expect(1).says("-confirm names \"stage\", and this is \"prod\"");
    apply(&envctl, &["-confirm", "prod"]).ok().says("2 added");
    apply(&envctl, &[]).ok().never_says("protected");
    envctl.run(&["destroy", "prod", "-auto-approve"]).expect(1).says("-confirm prod");
    for (answer, code, end) in [("yes", 1, "Nothing was changed"), ("prod", 0, "2 destroyed")] {
        let out = typed(&envctl, "destroy prod", answer);
        assert!(out.0.contains("Type its name, prod") && out.0.contains(end) && out.1 == Some(code), "{answer}: {out:?}");
    }
}

/// Runs envctl on a terminal, where somebody types this.
fn typed(envctl: &Envctl, args: &str, answer: &str) -> (String, Option<i32>) {
    let command = format!("{} {args}", env!("CARGO_BIN_EXE_envctl"));
    let mut script = Command::new("script");
    script
        .args(["-qec", &command, "/dev/null"])
        .current_dir(envctl.path("."))
        .env("TERM", "dumb")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = script.spawn().expect("script (util-linux)");
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), format!("{answer}\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.code())
}

const APP: &str = r#"
app "web" {
  host = "target"
  ssh { config = "SSH" }
  source {
    git  = "REPO"
    ref  = "main"
    path = "ENV/web"
  }
  install { command = "COMMAND" }
}
"#;

#[test]
fn a_commit_is_deployed_where_it_ran_elsewhere_before() {
    let (sshd, repo) = (Sshd::start(), GitRepo::new(&[("a", "1")]));
    let envctl = Envctl::new();
    let write = |env: &str, block: &str, command: &str| {
        let ssh = sshd.ssh_config().display().to_string();
        let app = APP.replace("SSH", &ssh).replace("REPO", &repo.url()).replace("ENV", env).replace("COMMAND", command);
        envctl.file(&format!("environments/{env}/app.hcl"), &(block.to_string() + &app));
    };
    let guard = "environment {\n  guard {\n    deployed_to = \"sandbox\"\n  }\n}\n";
    write("sandbox", "", "true");
    write("prod", guard, "true");
    let deploy = |env: &str, more: &[&str]| envctl.run(&[&["deploy", env, "-auto-approve"], more].concat());

    envctl.run(&["plan", "prod"]).ok().says("warning: Refused by the guard deployed_to");
    let refused = deploy("prod", &[]).expect(1).says("web was never deployed to sandbox").says("envctl deploy sandbox");
    refused.says("environments/prod/app.hcl:3").never_says("Deployed");
    deploy("prod", &["-dry-run"]).ok().says("warning: Refused by the guard deployed_to");
    apply(&envctl, &[]).expect(1).says("web was never deployed to sandbox");

    // An install that fails leaves the commit there, and it is not well.
    write("sandbox", "", "false");
    deploy("sandbox", &[]).expect(1);
    deploy("prod", &[]).expect(1).says("Refused by the guard healthy").says("in sandbox, but");
    write("sandbox", "", "true");
    deploy("sandbox", &[]).ok();
    deploy("prod", &[]).ok().never_says("guard");

    // The same commit again needs no proof, a new one does.
    write("prod", guard, "echo again");
    deploy("prod", &[]).ok().says("Deployed: 1 of 1");
    let next = repo.commit("second", &[("a", "2")]);
    let short = next.get(..12).unwrap();
    deploy("prod", &[]).expect(1).says(&format!("web would move to commit {short}, and sandbox runs"));
    deploy("prod", &["-override", "deployed_to=sandbox is gone"]).ok().says("is lifted");
    assert_eq!(history(&envctl)[0]["overrides"][0]["reason"], "sandbox is gone");

    write("prod", &guard.replace("sandbox", "sandbx"), "true");
    repo.commit("third", &[("a", "3")]);
    deploy("prod", &[]).expect(1).says("What runs in sandbx cannot be read").says("Did you mean");
}

#[test]
fn validate_reads_all_rules_of_the_environment() {
    for (rule, says) in [
        ("snapshot \"main\" {\n    keep = 0\n  }", "Invalid snapshot rule"),
        ("expect \"mode\" {\n    nothing = 1\n  }", "Unsupported argument"),
        ("cost {\n    nothing = 1\n  }", "Unsupported argument"),
    ] {
        let envctl = project(&format!("  {rule}"));
        envctl.run(&["validate", "prod"]).expect(1).says(says).says("envctl.hcl:");
    }
}

#[test]
fn validate_reads_guards_too() {
    let envctl = project("  guard {\n    max_destroy = 1\n  }");
    envctl.run(&["validate", "prod"]).expect(1).says("Unsupported argument").says("envctl.hcl:3");
}

#[test]
fn doctor_says_which_guards_cannot_be_judged() {
    let envctl = project("  guard {\n    clean            = true\n    deployed_to      = \"sandbx\"\n    max_monthly_cost = 5\n  }");
    envctl.file("environments/sandbox/main.tf", "");
    let out = envctl.run(&["doctor", "prod"]).expect(1).says("what runs in sandbx cannot be read").says("Did you mean \"sandbox\"?");
    out.says("guard (max_monthly_cost): it cannot be judged").says("envctl prices update").never_says("guard (git)");
    std::fs::remove_dir_all(envctl.path(".git")).unwrap();
    envctl.run(&["doctor", "prod"]).expect(1).says("guard (git)").says("is in no git work tree");
    envctl.file("environments/prod/envctl.hcl", "environment {\n  guard {\n    max_destroys = 0\n  }\n}\n");
    envctl.run(&["doctor", "prod"]).ok().says("every rule can be judged");
}
