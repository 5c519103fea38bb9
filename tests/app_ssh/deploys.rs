//! What is deployed, when, and what is not.

use super::world::World;
use crate::harness::GitRepo;
use envctl::app::{self, Step};
use envctl::deploy::Done;
use envctl::value::Value;
use std::os::unix::fs::PermissionsExt;

/// Counts its runs; prints what it got.
const INSTALL: &str = "#!/bin/sh\necho run >> runs\n. ./.env.docker\necho \"colour $COLOUR password $PASSWORD token $TOKEN\"\n";

const BODY: &str = r#"
  source {
    git  = "$URL"
    ref  = "main"
    path = "~/apps/web"
  }
  file ".env.docker" {
    base = ".env.sample"
    set  = { COLOUR = var.colour, PASSWORD = var.password }
  }
  file "frp config/it's frps.toml" {
    template = "templates/frps.toml.tera"
    vars     = { token = var.password, port = 7000 }
  }
  install {
    command = "sh install.sh"
    env     = { TOKEN = var.password }
  }
"#;

fn world() -> World {
    let sample = "# sample\r\nexport COLOUR=red # the background\r\nPASSWORD='change me'\r\nKEPT=1\r\n";
    let mut world = World::new(&[(".env.sample", sample), ("install.sh", INSTALL), ("src/app.py", "one\n")], BODY);
    std::fs::write(world.project.path().join("templates/frps.toml.tera"), "bindPort = {{ port }}\ntoken = \"{{ token }}\"\n").unwrap();
    world.var("colour", Value::string("blue"));
    world.var("password", Value::string("hunter2-'tis secret").sensitive());
    world
}

fn runs(world: &World) -> usize {
    world.on_host("runs").lines().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_deploy_brings_source_files_and_install_and_a_second_does_nothing() {
    let world = world();
    let plan = world.deploy().await;
    let text = app::describe(&plan);
    assert!(
        text.contains("+ source ~/apps/web from")
            && text.contains("+ PASSWORD = (sensitive value)")
            && text.contains("because first deploy"),
        "{text}"
    );
    let env = world.on_host(".env.docker");
    assert_eq!(env, "# sample\r\nexport COLOUR=blue # the background\r\nPASSWORD=\"hunter2-'tis secret\"\r\nKEPT=1\r\n");
    assert_eq!(world.on_host("frp config/it's frps.toml"), "bindPort = 7000\ntoken = \"hunter2-'tis secret\"\n");
    let mode = std::fs::metadata(world.at(".env.docker")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    assert_eq!(world.on_host("src/app.py"), "one\n");
    assert_eq!(world.events.steps(), [Step::Source, Step::Files, Step::Install]);
    assert_eq!(runs(&world), 1);

    let (plan, outcome) = world.apply().await;
    assert!(plan.is_empty() && matches!(outcome.result, Ok(Done::Unchanged)));
    assert_eq!(world.events.steps(), []);
    assert_eq!(runs(&world), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_variable_changes_one_file_and_installs() {
    let mut world = world();
    world.deploy().await;
    world.var("colour", Value::string("dark green"));
    let text = app::describe(&world.deploy().await);
    let want = "  ~ file apps/web/.env.docker\n      ~ COLOUR = \"blue\" -> \"dark green\"\n  > run sh install.sh (in ~/apps/web)\n      because a file changes: apps/web/.env.docker\n";
    assert!(text.ends_with(want) && text.lines().count() == 5, "{text}");
    assert_eq!(world.events.steps(), [Step::Files, Step::Install]);
    assert!(world.on_host(".env.docker").contains("export COLOUR='dark green' # the background\r\n"));
    assert_eq!(runs(&world), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moved_branch_is_deployed_and_what_moves_later_waits() {
    let world = world();
    world.deploy().await;
    world.repo.commit("two", &[("src/app.py", "two\n")]);
    let planned = world.repo.commit("three", &[("src/app.py", "three\n")]);
    let text = app::describe(&world.plan().await);
    assert!(text.contains(&format!("-> {} (main, 2 commits)", app::short(&planned))), "{text}");
    let plan = world.plan().await;
    world.repo.commit("four", &[("src/app.py", "four\n")]);
    let request = envctl::deploy::AppRequest { commit: plan.commit().map(String::from), ..world.request() };
    assert!(world.run(request).await.result.is_ok());
    assert_eq!(world.on_host("src/app.py"), "three\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn submodules_come_along_and_follow() {
    let world = world();
    let module = GitRepo::new(&[("lib.txt", "v1\n")]);
    world.repo.add_submodule("vendor/my lib", &module);
    world.deploy().await;
    assert_eq!(world.on_host("vendor/my lib/lib.txt"), "v1\n");
    std::fs::write(world.at("vendor/my lib/lib.txt"), "edited\n").unwrap();
    let error = world.fails("Tracked files were edited on the host").await;
    assert!(error.detail.contains("\n  vendor/my lib/lib.txt"), "{}", error.detail);
}

#[tokio::test(flavor = "multi_thread")]
async fn edited_tracked_files_stop_the_deploy_until_they_may_be_discarded() {
    let mut world = world();
    world.deploy().await;
    std::fs::write(world.at("src/app.py"), "hot fix\n").unwrap();
    world.var("colour", Value::string("pink"));
    let error = world.fails("Tracked files were edited on the host").await;
    assert!(error.detail.contains("\n  src/app.py") && error.help.unwrap().contains("discard_changes"));
    assert!(world.on_host(".env.docker").contains("COLOUR=blue"), "nothing may change");
    world.body = world.body.replace("ref  = \"main\"", "ref = \"main\"\n discard_changes = true");
    let text = app::describe(&world.deploy().await);
    assert!(text.contains("the edit of src/app.py is thrown away"), "{text}");
    assert_eq!(world.on_host("src/app.py"), "one\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rendered_file_that_the_repository_tracks_is_no_edit_and_survives_a_move() {
    let mut world = world();
    world.body = world
        .body
        .replace("file \".env.docker\" {\n    base", "file \"tracked.env\" {\n    base")
        .replace("./.env.docker", "./tracked.env");
    world.repo.commit("track it", &[("tracked.env", "COLOUR=default\n"), ("install.sh", "echo run >> runs\n")]);
    world.deploy().await;
    assert!(world.on_host("tracked.env").contains("COLOUR=blue"));
    world.repo.commit("change it", &[("tracked.env", "COLOUR=other\nNEW=1\n")]);
    world.deploy().await;
    assert!(world.on_host("tracked.env").contains("COLOUR=blue"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_install_is_repeated_and_nothing_else() {
    let world = world();
    world
        .repo
        .commit("broken", &[("install.sh", "echo run >> runs\necho \"the secret is $TOKEN\"\n[ -e ok ] || { echo no >&2; exit 7; }\n")]);
    let error = world.fails("Install command failed").await;
    assert!(error.detail.contains("code 7") && error.detail.contains("\n  no") && !error.detail.contains("hunter2"), "{}", error.detail);
    assert_eq!(world.records.last().unwrap().running, Some(Step::Install));
    let plan = world.plan().await;
    assert_eq!(plan.install.as_ref().unwrap().reason, "the last deploy did not finish (first deploy)");
    std::fs::write(world.at("ok"), "").unwrap();
    world.deploy().await;
    assert_eq!(world.events.steps(), [Step::Install]);
    assert_eq!(runs(&world), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_checkout_is_finished() {
    let world = world();
    world.deploy().await;
    world.repo.commit("two", &[("src/app.py", "two\n")]);
    // As a run leaves it that dies in the middle of the checkout.
    world.records.edit(|r| r.running = Some(Step::Source));
    std::fs::write(world.at("src/app.py"), "half of tw").unwrap();
    world.deploy().await;
    assert_eq!(world.on_host("src/app.py"), "two\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_block_is_gone_is_removed_and_a_missing_command_is_named() {
    let mut world = world();
    world.deploy().await;
    let start = world.body.find("  file \"frp").unwrap();
    let end = world.body.find("  install {").unwrap();
    world.body.replace_range(start..end, "");
    let text = app::describe(&world.deploy().await);
    assert!(text.contains("- file apps/web/frp config/it's frps.toml"), "{text}");
    assert!(!world.at("frp config/it's frps.toml").exists());
    world.body = world.body.replace("sh install.sh", "no-such-program");
    let error = world.fails("Install command failed").await;
    assert!(error.detail.contains("code 127"), "{}", error.detail);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_reaches_a_process_list_an_event_or_a_record() {
    let world = world();
    // Every command line and the script's own environment, as somebody else on the host sees them.
    let spy = "cat /proc/[0-9]*/cmdline | tr '\\0' ' ' > seen\necho \"token $TOKEN\"\n";
    world.repo.commit("spy", &[("install.sh", spy)]);
    let plan = world.deploy().await;
    let seen = world.on_host("seen");
    assert!(seen.contains("install.sh"), "{seen}");
    assert!(!seen.contains("hunter2"), "a secret in a process list");
    assert!(world.events.output().contains("token (sensitive value)"), "{}", world.events.output());
    for text in [world.events.text(), world.records.text(), format!("{plan:?}"), app::describe(&plan)] {
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn git_config_reaches_git_on_both_sides_and_a_path_in_use_is_left_alone() {
    let mut world = world();
    let alias = "git_config = { \"url.$DIR.insteadOf\" = \"short:\" }";
    let url = world.repo.url();
    world.body = world.body.replace("git  = \"$URL\"", &format!("git = \"short:\"\n {}", alias.replace("$DIR", &url)));
    std::fs::create_dir_all(world.at("somebody's")).unwrap();
    let error = world.fails("Source path is occupied").await;
    assert!(error.help.is_some());
    std::fs::remove_dir_all(world.at("")).unwrap();
    world.deploy().await;
    assert_eq!(world.on_host("src/app.py"), "one\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_record_is_made_good() {
    let world = world();
    world.deploy().await;
    world.records.forget();
    let text = app::describe(&world.deploy().await);
    assert!(text.ends_with("because first deploy\n") && !text.contains("file"), "{text}");
    assert_eq!(runs(&world), 2);
    assert_eq!(world.records.running().last(), Some(&None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ref_or_base_that_is_not_there_is_an_error_of_the_plan() {
    let mut world = world();
    world.body = world.body.replace("\"main\"", "\"mian\"");
    let plan = world.plan().await;
    assert_eq!(plan.diagnostics.iter().next().unwrap().summary, "Ref not found");
    world.body = world.body.replace("\"mian\"", "\"main\"").replace(".env.sample", ".env.smaple");
    let plan = world.plan().await;
    assert_eq!(plan.diagnostics.iter().next().unwrap().summary, "Base file not found");
    assert!(!world.sshd.home().join("apps").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_plan_warned_of_is_not_said_again() {
    let body = "source {\n git = \"$URL\"\n ref = \"main\"\n path = \"~/apps/web\"\n}\nfile \".env\" {\n base = \".env.sample\"\n}\n";
    let world = World::new(&[(".env.sample", "NEEDED=\n")], body);
    let (plan, outcome) = world.apply().await;
    assert!(matches!(outcome.result, Ok(Done::Deployed(_))), "{:?}", outcome.result);
    assert!(plan.diagnostics.iter().any(|d| d.summary == "Required keys without a value"), "{:?}", plan.diagnostics);
    assert!(!world.events.text().contains("Required keys"), "{}", world.events.text());
    world.repo.commit("two", &[("version", "2\n")]);
    assert!(world.run(world.request()).await.result.is_ok());
    assert!(world.events.text().contains("Required keys"), "without a plan it is said here");
}
