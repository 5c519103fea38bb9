//! Words that name nothing, and values that cannot be: told before anything is done, never taken for "all is well".

use crate::harness::Envctl;

/// An environment `dev` that works without an account.
fn project(text: &str) -> Envctl {
    let envctl = Envctl::new();
    envctl.file("environments/dev/main.tf", text);
    envctl
}

const TWO: &str = "resource \"terraform_data\" \"one\" {}\nresource \"terraform_data\" \"two\" {}\n";

#[test]
fn a_misspelt_address_is_no_plan_without_changes() {
    let envctl = project(TWO);
    for flag in ["-target=terraform_data.oen", "-exclude=terraform_data.oen", "-replace=terraform_data.oen"] {
        for command in ["plan", "apply"] {
            let out = envctl.run(&[command, "dev", flag]).expect(1);
            out.says(flag).says("Did you mean terraform_data.one?").never_says("No changes");
        }
    }
    envctl.run(&["plan", "dev", "-target=module.zz"]).expect(1).says("No such address");
    let part = envctl.run(&["apply", "dev", "-target=terraform_data.one", "-auto-approve"]).ok();
    part.says("This plan is partial").says("1 to add");
    let part = envctl.run(&["plan", "dev", "-target=terraform_data.one"]).ok();
    part.says("No changes in the part that was looked at").never_says("the infrastructure matches the configuration");
    let part = envctl.run(&["plan", "dev", "-refresh-only", "-target=terraform_data.one"]).ok();
    part.says("No changes in the part that was looked at").never_says("as the state says");
    envctl.run(&["plan", "dev"]).ok().says("1 to add").never_says("partial");
}

#[test]
fn impossible_values_are_found_by_validate_and_plan() {
    for (body, says) in [
        ("resource \"random_password\" \"x\" {\n  length = 0\n}\n", "at least 1"),
        ("resource \"random_string\" \"x\" {\n  length    = 3\n  min_upper = 5\n}\n", "minima"),
        ("resource \"random_id\" \"x\" {\n  byte_length = -1\n}\n", "at least 1"),
        ("resource \"random_integer\" \"x\" {\n  min = 5\n  max = 4\n}\n", "above max"),
        (
            "resource \"local_file\" \"x\" {\n  filename        = \"x\"\n  content         = \"\"\n  file_permission = \"9999\"\n}\n",
            "octal",
        ),
    ] {
        let envctl = project(body);
        envctl.run(&["validate", "dev"]).expect(1).says(says);
        envctl.run(&["plan", "dev"]).expect(1).says(says);
    }
}

#[test]
fn rules_name_environments_of_the_project() {
    let envctl = project("");
    let rule =
        "environment {\n  expect \"mode\" {\n    what = \"file:*:MODE\"\n    must = \"differ\"\n    in   = [\"dev\", \"prdo\"]\n  }\n}\n";
    envctl.file("environments/prod/main.tf", "").file("environments/dev/env.hcl", rule);
    for args in [&["validate", "dev"][..], &["compare", "dev", "prod"]] {
        envctl.run(args).expect(1).says("\"prdo\"").says("Did you mean \"prod\"?");
    }
    envctl.file("environments/dev/env.hcl", &rule.replace("prdo", "prod"));
    envctl.run(&["validate", "dev"]).ok();
}

#[test]
fn a_token_in_the_url_of_a_repository_is_not_shown() {
    for url in ["https://me:hunter2token@host/x.git", "https://hunter2token@host/x.git", "https://hunter2token:x-oauth-basic@host/x.git"] {
        let envctl = project("");
        let app = format!(
            "app \"web\" {{\n  host = \"target\"\n  source {{\n    git  = \"{url}\"\n    ref  = \"main\"\n    path = \"~/web\"\n  }}\n}}\n"
        );
        envctl.file("environments/dev/app.hcl", &app);
        for args in [&["validate", "dev"][..], &["validate", "dev", "-json"], &["plan", "dev"], &["deploy", "dev", "-dry-run"]] {
            envctl.run(args).expect(1).says("contains credentials").never_says("hunter2token");
        }
    }
}

#[test]
fn missing_words_are_named() {
    let envctl = project(TWO);
    envctl.run(&["apply", "dev", "-auto-approve"]).ok();
    envctl.run(&["output", "dev", "-raw"]).expect(1).says("Which output?");
    envctl.run_in("environments/dev", &["import", ".", "terraform_data.j[\"x\""]).expect(1).says("the ID is missing");
}

#[test]
fn what_cannot_be_read_is_not_taken_for_nothing() {
    let envctl = project(TWO);
    envctl.run(&["apply", "dev", "-auto-approve"]).ok();
    envctl.file("environments/dev/terraform.tfstate", "{ broken");
    envctl.run(&["status", "dev"]).expect(1).says("cannot be read").never_says("none yet");
    envctl.file("environments/prod/main.tf", "resource \"terraform_data\" \"x\" {}\n").file("work/.env", "A=1\nA=2\n");
    let out = envctl.run(&["env", "check", "dev", "prod", "work"]).expect(1);
    out.says("dev").says("could not be looked at").says("prod (0 env files)").says("duplicate").says("Not everything could be looked at");
    let out = envctl.run(&["env", "check"]).expect(1);
    out.says("could not be looked at").says("this folder").says("duplicate");
}

#[test]
fn a_file_that_cannot_be_read_is_not_the_same() {
    let envctl = project("");
    envctl.file("a/.env", "A=1\n").file("b/.env", "A=1\n");
    envctl.run(&["compare", "local:a", "local:b"]).ok();
    for side in ["a", "b"] {
        std::os::unix::fs::symlink("loop.env", envctl.path(&format!("{side}/loop.env"))).unwrap();
    }
    envctl.run(&["compare", "local:a", "local:b"]).expect(1).says("loop.env is too large or not readable");
    let json = envctl.run(&["compare", "local:a", "local:b", "-json"]).expect(1);
    assert!(json.stdout.contains("\"unread\""), "{}", json.text());
    envctl.run(&["env", "check", "a"]).expect(1).says("Not everything could be looked at");
}

#[test]
fn a_count_that_is_too_high_is_told_with_the_limit() {
    let envctl = project("resource \"terraform_data\" \"x\" {\n  count = 100000000000\n}\n");
    envctl.run(&["plan", "dev"]).expect(1).says("at most 1000000").never_says("must be a whole number");
    let envctl = project("module \"m\" {\n  source = \"./\"\n}\n");
    envctl.run(&["validate", "dev"]).expect(1).says("\"./\" is its own folder");
    let envctl = project("resource \"oracle_thing\" \"x\" {}\n");
    envctl.run(&["validate", "dev"]).expect(1).says("envctl brings its providers along").says("time").says("local");
}

#[test]
fn a_scaffold_ignores_what_an_audit_wants_ignored() {
    let envctl = Envctl::new();
    crate::harness::git::git(&envctl.path(""), &["init", "-q", "-b", "main"]);
    envctl.run(&["new", "stage", "-region", "eu-central-1"]).ok();
    envctl.run(&["audit"]).never_says("missing-ignore").never_says("secret-value");
}

#[test]
fn a_misspelt_argument_is_one_mistake() {
    let envctl = Envctl::new();
    envctl.file("main.tf", "resource \"terraform_data\" \"a\" {\n  provisioner \"local-exec\" {\n    comand = \"true\"\n  }\n}\n");
    envctl.run(&["validate", "."]).expect(1).says("Did you mean \"command\"").says("1 error").never_says("Missing required argument");
    envctl.file("main.tf", "resource \"terraform_data\" \"a\" {\n  provisioner \"local-exec\" {\n    when = destroy\n  }\n}\n");
    envctl.run(&["validate", "."]).expect(1).says("Missing required argument").says("1 error");
}
