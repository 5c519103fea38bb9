//! Which commands fetch, which do not, and several at once.

use super::{call, calling, registry, saying, which};
use crate::harness::{Envctl, GitRepo};

#[test]
fn commands_that_need_modules_fetch_them() {
    let repo = GitRepo::new(&[("main.tf", &saying("x"))]);
    let source = format!("git::{}", repo.url());
    for args in [&["validate", "dev"][..], &["plan", "dev"], &["graph", "dev"], &["providers", "dev"], &["get", "dev"], &["init", "dev"]] {
        let project = calling(&source, None);
        project.run(args).ok().says("Fetched ");
        assert!(project.path("environments/dev/.envctl.lock.json").exists(), "{args:?}");
    }
    let project = calling(&source, None);
    project.run_with(&["console", "dev"], "1 + 1\n").ok().says("Fetched ");
    project.run(&["apply", "dev", "-auto-approve"]).ok().never_says("Fetch");
}

#[test]
fn commands_that_do_not_need_modules_fetch_nothing() {
    let repo = GitRepo::new(&[("main.tf", &saying("x"))]);
    let project = calling(&format!("git::{}", repo.url()), None);
    project.run(&["apply", "dev", "-auto-approve"]).ok();
    std::fs::remove_dir_all(project.path(".envctl")).unwrap();
    for args in [&["output", "dev"][..], &["state", "list", "dev"], &["show", "dev"], &["history", "dev"], &["workspace", "list", "dev"]] {
        project.run(args).ok().never_says("Fetch");
        assert!(!project.path(".envctl/modules").exists(), "{args:?}");
    }
    // They do not mind a source that cannot be fetched at all either.
    call(&project, "git::file:///nonexistent.git", None);
    project.run(&["output", "dev", "-raw", "which"]).ok().says("x");
    project.run(&["init", "dev", "-get=false"]).ok();
    project.run(&["init", "dev", "-backend=false"]).expect(1).says("/nonexistent.git");
}

#[test]
fn a_saved_plan_is_applied_where_the_modules_are_not_yet() {
    let server = registry(&["1.0.0"]);
    let project = calling(&format!("{}/acme/net/null", server.host()), None);
    project.run(&["plan", "dev", "-out", "dev.plan"]).ok();
    std::fs::remove_dir_all(project.path(".envctl")).unwrap();
    project.run(&["apply", "dev.plan"]).ok().says("Fetched ");
    project.run(&["output", "dev", "-raw", "which"]).ok().says("1.0.0");
    // A changed file of a fetched module makes a plan stale as any other does.
    project.run(&["plan", "dev", "-out", "dev.plan"]).ok();
    let main = walkdir::WalkDir::new(project.path(".envctl/modules")).into_iter().filter_map(Result::ok);
    let main = main.map(|e| e.into_path()).find(|p| p.ends_with("net-1.0.0/main.tf")).unwrap();
    std::fs::write(main, saying("other")).unwrap();
    project.run(&["apply", "dev.plan"]).expect(1).says("The plan is stale");
}

#[test]
fn several_processes_fetch_at_once_without_harm() {
    let server = registry(&["1.0.0"]);
    let project = Envctl::new();
    let calls: String = (0..4)
        .map(|i| format!("module \"m{i}\" {{\n  source = \"{}/acme/net/null\"\n  version = \">= 0.{i}\"\n}}\n", server.host()))
        .collect();
    project.file("environments/dev/main.tf", &calls);
    project.file("environments/prod/main.tf", &calls);
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..6)
            .map(|i| {
                let project = &project;
                scope.spawn(move || project.run(&["plan", if i % 2 == 0 { "dev" } else { "prod" }, "-lock=false", "-no-color"]))
            })
            .collect();
        runs.into_iter().for_each(|run| drop(run.join().unwrap().ok()));
    });
    let kept: Vec<_> = std::fs::read_dir(project.path(".envctl/modules")).unwrap().map(|e| e.unwrap().file_name()).collect();
    let packages: Vec<_> = kept.iter().filter(|n| n.to_string_lossy().starts_with("net-1.0.0-")).collect();
    assert_eq!((packages.len(), kept.len()), (1, 2), "one package and the guard: {kept:?}");
    let lock = project.read("environments/dev/.envctl.lock.json");
    assert_eq!(lock.matches("\"digest\"").count(), 4);
    assert_eq!(lock, project.read("environments/prod/.envctl.lock.json"));
}

#[test]
fn a_run_that_is_killed_while_it_fetches_leaves_nothing_that_counts() {
    let server = registry(&["1.0.0"]);
    server.stall(Some("/archives/1.0.0.tar.gz"));
    let project = calling(&format!("{}/acme/net/null", server.host()), None);
    let mut run = project.start(&["plan", "dev"]);
    while !server.asked().iter().any(|p| p.starts_with("/archives/")) {
        assert!(run.alive());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    run.signal(nix::sys::signal::Signal::SIGKILL);
    run.wait();
    server.stall(None);
    assert!(!project.path("environments/dev/.envctl.lock.json").exists());
    assert_eq!(which(&project), "1.0.0");
}

#[test]
fn what_tofu_fetched_serves_until_modules_are_locked() {
    let server = registry(&["1.0.0", "1.5.0"]);
    let source = format!("{}/acme/net/null", server.host());
    let project = calling(&source, Some("~> 1.0"));
    project.file("environments/dev/.terraform/modules/m/net/main.tf", &saying("tofu's"));
    let list = format!(
        "{{\"Modules\":[{{\"Key\":\"\",\"Source\":\"\",\"Dir\":\".\"}},{{\"Key\":\"m\",\"Source\":\"{source}\",\"Version\":\"1.0.0\",\
         \"Dir\":\".terraform/modules/m/net\"}}]}}"
    );
    project.file("environments/dev/.terraform/modules/modules.json", &list);
    assert_eq!(which(&project), "tofu's");
    assert_eq!(server.asked(), Vec::<String>::new());
    assert!(!project.path("environments/dev/.envctl.lock.json").exists());
    // Another version than was installed: its folder does not serve.
    call(&project, &source, Some("~> 1.5"));
    assert_eq!(which(&project), "1.5.0");
    call(&project, &source, Some("~> 1.0"));
    project.run(&["get", "dev"]).ok();
    assert_eq!(which(&project), "1.5.0");
}

#[test]
fn json_output_stays_json() {
    let repo = GitRepo::new(&[("main.tf", &saying("x"))]);
    let project = calling(&format!("git::{}", repo.url()), None);
    let planned = project.run(&["plan", "dev", "-json"]).ok();
    let lines: Vec<serde_json::Value> = planned.stdout.lines().map(|l| serde_json::from_str(l).expect(l)).collect();
    assert!(lines.iter().any(|l| l["@message"].as_str().is_some_and(|m| m.contains("Fetched "))), "{}", planned.text());
    let valid = calling(&format!("git::{}", repo.url()), None).run(&["validate", "dev", "-json"]).ok();
    let document: serde_json::Value = serde_json::from_str(&valid.stdout).unwrap();
    assert_eq!(document["valid"], true);
}
