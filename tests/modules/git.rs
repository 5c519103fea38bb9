//! Repositories as module sources, with real git.

use super::server::Server;
use super::{call, calling, checkout, saying, which};
use crate::harness::git::git;
use crate::harness::{Envctl, GitRepo, Sshd};

#[test]
fn every_kind_of_ref() {
    let repo = GitRepo::new(&[("main.tf", &saying("first")), ("sub/main.tf", &saying("first sub"))]);
    repo.tag("v1.0.0");
    let first = repo.head();
    repo.commit("second", &[("main.tf", &saying("second"))]);
    repo.branch("feature/x");
    repo.commit("third", &[("main.tf", &saying("third"))]);
    let url = repo.url();
    for (query, want) in [
        ("", "second"),
        ("?ref=main", "second"),
        ("?ref=feature/x", "third"),
        ("?ref=v1.0.0", "first"),
        ("?ref=refs/tags/v1.0.0", "first"),
        (&format!("?ref={first}"), "first"),
        (&format!("?ref={}", &first[..9]), "first"),
        ("?depth=1&ref=main", "second"),
    ] {
        assert_eq!(which(&calling(&format!("git::{url}{query}"), None)), want, "{query}");
    }
    assert_eq!(which(&calling(&format!("git::{url}//sub?ref=v1.0.0"), None)), "first sub");
    let project = calling(&format!("git::{url}"), None);
    which(&project);
    assert!(walkdir::WalkDir::new(project.path(".envctl/modules")).into_iter().all(|e| e.unwrap().file_name() != ".git"));
}

#[test]
fn a_branch_stays_where_it_was_locked_until_somebody_upgrades() {
    let repo = GitRepo::new(&[("main.tf", &saying("one"))]);
    let project = calling(&format!("git::{}?ref=main", repo.url()), None);
    assert_eq!(which(&project), "one");
    let commit = repo.head();
    assert!(project.read("environments/dev/.envctl.lock.json").contains(&commit));
    repo.commit("two", &[("main.tf", &saying("two"))]);
    assert_eq!(which(&project), "one");
    let other = checkout(&project);
    assert_eq!(which(&other), "one");
    project.run(&["init", "dev", "-upgrade"]).ok().says(&repo.head()[..12]);
    assert_eq!(which(&project), "two");

    // The locked commit is not in the repository any more.
    let lost = checkout(&other);
    let lock = lost.read("environments/dev/.envctl.lock.json").replace(&commit, &"1".repeat(40));
    lost.file("environments/dev/.envctl.lock.json", &lock);
    lost.run(&["plan", "dev"]).expect(1).says("Locked commit is gone").says("envctl get -upgrade");
}

#[test]
fn submodules_come_along() {
    let inner = GitRepo::new(&[("main.tf", &saying("inner"))]);
    let outer = GitRepo::new(&[("README.md", "x")]);
    outer.add_submodule("modules/inner", &inner);
    assert_eq!(which(&calling(&format!("git::{}//modules/inner", outer.url()), None)), "inner");
}

#[test]
fn a_server_that_gives_nothing_without_history() {
    let repo = GitRepo::new(&[("main.tf", &saying("by http"))]);
    repo.tag("v1");
    let first = repo.head();
    repo.commit("later", &[("main.tf", &saying("later"))]);
    let bare = std::path::PathBuf::from(repo.url().trim_start_matches("file://"));
    git(&bare, &["update-server-info"]);
    let server = Server::start();
    server.folder("r.git", bare);
    for (query, want) in [("", "later"), ("?ref=v1", "by http"), ("?ref=main", "later"), (&format!("?ref={}", &first[..10]), "by http")] {
        assert_eq!(which(&calling(&format!("git::{}{query}", server.url("/r.git")), None)), want, "{query}");
    }
    calling(&format!("git::{}?ref=v9", server.url("/r.git")), None).run(&["plan", "dev"]).expect(1).says("Unknown ref");
    calling(&format!("git::{}", server.url("/none.git")), None).run(&["plan", "dev"]).expect(1).says("could not be read").says("not found");
}

#[test]
fn repositories_over_ssh() {
    let sshd = Sshd::start();
    let repo = GitRepo::new(&[("main.tf", &saying("by ssh"))]);
    let (path, user, port) = (repo.url().replace("file://", ""), sshd.user(), sshd.port());
    let config = std::fs::read_to_string(sshd.ssh_config()).unwrap();
    let ssh = format!("ssh -F {}", sshd.ssh_config().display());
    for source in [format!("git::ssh://{user}@127.0.0.1:{port}{path}?ref=main"), format!("{user}@target:{path}")] {
        assert_eq!(which(&calling(&source, None).with_env("GIT_SSH_COMMAND", &ssh)), "by ssh", "{source}");
    }
    // Without a key of its own, with the one that the source brings along.
    let key = std::fs::read(sshd.key()).unwrap();
    let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, key).replace('+', "%2B");
    let source = format!("git::ssh://{user}@127.0.0.1:{port}{path}?sshkey={encoded}");
    let project = calling(&source, None);
    let keyless: String = config.lines().filter(|l| !l.contains("IdentityFile")).map(|l| format!("{l}\n")).collect();
    project.file("keyless", &keyless);
    let ssh = format!("ssh -F {}", project.path("keyless").display());
    let project = project.with_env("GIT_SSH_COMMAND", &ssh);
    assert_eq!(which(&project), "by ssh");
    assert!(!project.read("environments/dev/.envctl.lock.json").contains(&encoded[..40]));
    let without = calling(&format!("git::ssh://{user}@127.0.0.1:{port}{path}"), None).with_env("GIT_SSH_COMMAND", &ssh);
    without.run(&["plan", "dev"]).expect(1).says("Permission denied").says("Nothing is asked");
}

#[test]
fn without_git_that_is_what_is_said() {
    let repo = GitRepo::new(&[("main.tf", &saying("x"))]);
    let project = calling(&format!("git::{}", repo.url()), None).with_env("PATH", "/nonexistent");
    project.run(&["plan", "dev"]).expect(1).says("git is not installed").says("apt install git");
}

#[test]
fn a_module_of_a_repository_calls_others_of_it_and_of_other_repositories() {
    let far = GitRepo::new(&[("main.tf", &saying("far"))]);
    let middle = format!(
        "module \"far\" {{\n  source = \"git::{}\"\n}}\noutput \"which\" {{\n  value = \"${{module.far.which}} ${{path.module}}\"\n}}\n",
        far.url()
    );
    let outer = "module \"beside\" {\n  source = \"../middle\"\n}\noutput \"which\" {\n  value = module.beside.which\n}\n";
    let repo = GitRepo::new(&[("a/outer/main.tf", outer), ("a/middle/main.tf", &middle)]);
    let project = calling(&format!("git::{}//a/outer", repo.url()), None);
    let said = which(&project);
    assert!(said.starts_with("far ../../.envctl/modules/bare-") && said.ends_with("/a/middle"), "{said}");
}

#[test]
fn what_a_repository_does_not_have_is_said() {
    let repo = GitRepo::new(&[("modules/net/main.tf", &saying("x")), ("out/main.tf", "module \"x\" {\n  source = \"../../up\"\n}\n")]);
    repo.tag("v1.2.3");
    let plan = |source: &str| calling(source, None).run(&["plan", "dev", "-no-color"]).expect(1);
    plan(&format!("git::{}?ref=v1.2.4", repo.url())).says("Unknown ref").says("Did you mean \"v1.2.3\"?").says("main.tf:2");
    plan(&format!("git::{}?ref=nothing-like-it", repo.url())).says("There are: ").says("v1.2.3");
    plan(&format!("git::{}//modules/nett", repo.url())).says("Module not found").says("Did you mean \"//modules/net\"?");
    plan(&format!("git::{}//out", repo.url())).says("Local source leaves its package");
    plan("git::file:///nonexistent/repo.git").says("Module not fetched").says("/nonexistent/repo.git");
    plan("git::https://user:hunter2@127.0.0.1:1/x.git").says("could not be read").never_says("hunter2");
}

#[test]
fn variables_and_locals_choose_the_ref_and_the_version() {
    let repo = GitRepo::new(&[("main.tf", &saying("one"))]);
    repo.tag("v1");
    repo.commit("two", &[("main.tf", &saying("two"))]);
    repo.tag("v2");
    let project = Envctl::new();
    project.file(
        "environments/dev/main.tf",
        &format!(
            "variable \"ref\" {{\n  type = string\n}}\nlocals {{\n  source = \"git::{}?ref=${{var.ref}}\"\n}}\n\
             module \"m\" {{\n  source = local.source\n}}\noutput \"which\" {{\n  value = module.m.which\n}}\n",
            repo.url()
        ),
    );
    project.file("environments/dev/terraform.tfvars", "ref = \"v1\"\n");
    assert_eq!(which(&project), "one");
    project.run(&["plan", "dev", "-var", "ref=v2"]).ok().says("\"two\"");
    assert_eq!(project.read("environments/dev/.envctl.lock.json").matches("\"commit\"").count(), 2);
    // A saved plan keeps what it was made with.
    project.run(&["plan", "dev", "-var", "ref=v2", "-out", "p.plan"]).ok();
    project.run(&["apply", "p.plan"]).ok();
    project.run(&["output", "dev", "-raw", "which"]).ok().says("two");
    project.file("environments/dev/terraform.tfvars", "");
    project.run(&["validate", "dev"]).expect(1).says("No value for a variable").says("TF_VAR_ref");
}

#[test]
fn the_environment_of_a_surrounding_git_command_does_not_lead_astray() {
    let repo = GitRepo::new(&[("main.tf", &saying("right"))]);
    let project =
        calling(&format!("git::{}", repo.url()), None).with_env("GIT_DIR", "/nonexistent").with_env("GIT_INDEX_FILE", "/nonexistent/i");
    assert_eq!(which(&project), "right");
    call(&project, &format!("git::{}?ref=main", repo.url()), None);
    assert_eq!(which(&project), "right");
}
