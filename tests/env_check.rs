//! `env check`: working copies, what blocks make of samples, and a real host.

use crate::harness::git::git;
use crate::harness::{Envctl, GitRepo, Sshd};
use serde_json::Value as Json;

fn found(envctl: &Envctl, args: &[&str], code: i32) -> Vec<String> {
    let mut all = vec!["env", "check"];
    all.extend(args);
    all.push("-json");
    let out = envctl.run(&all).expect(code);
    let document: Json = serde_json::from_str(&out.stdout).unwrap_or_else(|e| panic!("{e}\n{}", out.text()));
    assert!(!out.stdout.contains("hunter2"), "a secret was shown:\n{}", out.text());
    let text = |f: &Json, key: &str| f[key].as_str().unwrap_or("-").to_owned();
    let one = |f: &Json| format!("{} {} {} {}", text(f, "rule"), text(f, "file"), f["line"].as_u64().unwrap_or(0), text(f, "key"));
    document["checked"].as_array().unwrap().iter().flat_map(|c| c["findings"].as_array().unwrap()).map(one).collect()
}

#[test]
fn a_working_copy_is_held_against_its_samples_git_and_readers() {
    let envctl = Envctl::new();
    envctl
        .file("p/.gitignore", ".env\n")
        .file("p/.env.example", "RUNTIME_MODE=dryrun\nAPI_TOKEN=\nOPTIONAL_THING= # optional\nOLD_NAME=1\n")
        .file("p/.env", "RUNTIME_MODE=live\nAPI_TOKEN=changeme\nAPI_TOKEN=your-token\nEXTRA=1\nbroken line\n")
        .file("p/deploy/prod.env", "DB_PASSWORD=hunter2-in-git\nLOG=1\n")
        .file("p/app.py", "mode = os.environ['RUNTIME_MODE']\nsettings.api_token, settings.extra\n")
        .file("p/docker-compose.yml", "services:\n  web:\n    environment:\n      - DB=${DB_PASSWORD}\n      - LOG\n");
    std::fs::write(envctl.path("p/logo.env"), b"\x00\xff\xfe").unwrap();
    std::os::unix::fs::symlink("loop.env", envctl.path("p/loop.env")).unwrap();
    let p = envctl.path("p");
    git(&p, &["init", "-q", "-b", "main"]);
    git(&p, &["add", "-A"]);
    git(&p, &["commit", "-qm", "x"]);
    assert_eq!(
        found(&envctl, &["p"], 1),
        [
            "missing .env 0 OLD_NAME",
            "duplicate .env 3 API_TOKEN",
            "placeholder .env 3 API_TOKEN",
            "undeclared .env 4 EXTRA",
            "syntax .env 5 -",
            "unused .env.example 4 OLD_NAME",
            "secret-in-git deploy/prod.env 1 DB_PASSWORD",
            "syntax logo.env 1 -",
        ]
    );
    let text = envctl.run(&["env", "check", "p"]).expect(1);
    text.says("secret-in-git")
        .says("it stays in the history")
        .says("loop.env is too large or not readable")
        .never_says("hunter2")
        .says("8 things are wrong");

    envctl
        .file("p/.env", "RUNTIME_MODE=live\nAPI_TOKEN=abc\n")
        .file("p/.env.example", "RUNTIME_MODE=dryrun\nAPI_TOKEN=\n")
        .file("p/deploy/prod.env", "LOG=1\n");
    for gone in ["p/logo.env", "p/loop.env"] {
        std::fs::remove_file(envctl.path(gone)).unwrap();
    }
    envctl.run(&["env", "check", "p"]).ok().says("Nothing is wrong");
}

const APP: &str = r#"
app "web" {
  host = "target"
  ssh {
    config = "@CONFIG@"
  }
  source {
    git  = "@REPO@"
    ref  = "main"
    path = "@HOME@/web"
  }
  file "backend/.env" {
    base = "backend/.env.sample"
    set  = { DB_PASSWORD = sensitive("hunter2-x"), EXTRA = "1" }
  }
}
"#;

#[test]
fn required_keys_are_checked_before_anything_starts_and_hosts_are_looked_at() {
    let (sshd, envctl) = (Sshd::start(), Envctl::new());
    let repo = GitRepo::new(&[("backend/.env.sample", "DB_PASSWORD=\nAPI_URL=\nMAIL= # optional\nMODE=todo\n")]);
    let (config, home) = (sshd.ssh_config().display().to_string(), sshd.home().display().to_string());
    let text = APP.replace("@CONFIG@", &config).replace("@REPO@", &repo.url()).replace("@HOME@", &home);
    envctl.file("environments/dev/main.tf", "").file("environments/dev/app.hcl", &text);
    assert_eq!(
        found(&envctl, &["dev"], 2),
        ["empty app web: backend/.env 0 API_URL", "undeclared app web: backend/.env 0 EXTRA", "placeholder app web: backend/.env 0 MODE"]
    );
    envctl.run(&["plan", "dev"]).ok().says("Required keys without a value").says("API_URL");

    repo.commit("complete", &[("backend/.env.sample", "DB_PASSWORD=\nAPI_URL=http://a\nMAIL= # optional\nMODE=x\nEXTRA=\n")]);
    envctl.run(&["env", "check", "dev"]).ok().says("Nothing is wrong");
    assert_eq!(found(&envctl, &["dev", "-host"], 2), ["missing host web: backend/.env 0 -"]);
    envctl.run(&["deploy", "dev", "-auto-approve"]).ok().never_says("Required keys");
    envctl.run(&["env", "check", "dev", "-host"]).ok();
    let file = sshd.home().join("web/backend/.env");
    let there = std::fs::read_to_string(&file).unwrap().replace("API_URL=http://a", "API_URL=") + "SECOND=1\n";
    std::fs::write(&file, there).unwrap();
    assert_eq!(
        found(&envctl, &["dev", "-host"], 2),
        ["empty host web: backend/.env 2 API_URL", "undeclared host web: backend/.env 6 SECOND"]
    );
    envctl.run(&["env", "check", "nowhere"]).expect(1).says("Environment not found");
}
