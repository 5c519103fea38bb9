//! Several hosts and the command line: the canary, prefixes, commands that are shown, rollback.

use crate::harness::{Envctl, GitRepo, Outcome, Sshd, assert_next_plan_empty};
use std::fs;

struct Cluster {
    one: Sshd,
    two: Sshd,
    repo: GitRepo,
    envctl: Envctl,
}

impl Cluster {
    fn new() -> Self {
        let install = "cp version ~/installed\necho \"token $TOKEN here\"\n[ ! -e ~/slow ] || sleep 2\n";
        let repo = GitRepo::new(&[("install.sh", install), ("version", "1\n")]);
        let cluster = Cluster { one: Sshd::start(), two: Sshd::start(), repo, envctl: Envctl::new() };
        let part = |name: &str, sshd: &Sshd| {
            let config = fs::read_to_string(sshd.ssh_config()).unwrap();
            format!("Host {name}\n{}", config.split_once('\n').unwrap().1)
        };
        cluster.envctl.file("ssh_config", &format!("{}{}", part("one", &cluster.one), part("two", &cluster.two)));
        let text = format!(
            r#"
terraform {{
  backend "local" {{}}
}}

variable "token" {{
  default   = "hunter2-secret"
  sensitive = true
}}

app "web" {{
  hosts = ["one", "two"]

  ssh {{
    config = "ssh_config"
  }}

  source {{
    git  = "{}"
    ref  = "main"
    path = "~/web"
  }}

  file ".env" {{
    content = "TOKEN=${{var.token}}\n"
  }}

  install {{
    command = "sh install.sh"
    env     = {{ TOKEN = var.token }}
  }}

  health {{
    command  = "[ \"$(cat version)\" != bad ]"
    interval = "100ms"
    deadline = "500ms"
    stable   = 1
  }}

  hook "before_deploy" {{
    where   = "local"
    command = "echo before $ENVCTL_ENVIRONMENT $ENVCTL_APP $ENVCTL_HOST >> hooks"
  }}

  hook "on_failure" {{
    where   = "local"
    command = "echo failed $ENVCTL_HOST $ENVCTL_STATUS >> hooks"
  }}
}}
"#,
            cluster.repo.url()
        );
        cluster.envctl.file("environments/stage/main.tf", &text);
        cluster
    }

    fn run(&self, args: &[&str]) -> Outcome {
        let outcome = self.envctl.run(&[args, &["-input=false", "-no-color"]].concat());
        assert!(!outcome.text().contains("hunter2"), "{}", outcome.text());
        outcome
    }

    fn deploy(&self) -> Outcome {
        self.run(&["deploy", "stage", "-auto-approve"])
    }

    /// What both hosts run, and what was installed there.
    fn versions(&self) -> [String; 2] {
        [&self.one, &self.two].map(|sshd| {
            let read = |path: &str| fs::read_to_string(sshd.home().join(path)).unwrap_or_default().trim().to_string();
            assert_eq!(read("web/version"), read("installed"));
            read("installed")
        })
    }
}

#[test]
fn the_others_wait_for_the_canary_and_stay_untouched_when_it_fails() {
    let cluster = Cluster::new();
    let first = cluster.deploy().ok();
    assert!(first.text().contains("app.web@one | token (sensitive value) here"), "{}", first.text());
    let (one, two) = (first.text().find("app.web@one: deployed").unwrap(), first.text().find("app.web@two: connected").unwrap());
    assert!(one < two, "{}", first.text());
    assert_eq!(cluster.versions(), ["1", "1"]);
    assert_next_plan_empty(&cluster.envctl, "stage");

    cluster.repo.commit("bad", &[("version", "bad\n")]);
    let dry = cluster.run(&["deploy", "stage", "-dry-run"]).ok();
    for shown in
        ["host$ set -eu", "git checkout --quiet --detach", "export TOKEN='(sensitive value)'", "here$ echo before", "check command"]
    {
        assert!(dry.text().contains(shown), "{shown}: {}", dry.text());
    }
    assert_eq!(cluster.versions(), ["1", "1"], "a dry run changes nothing");
    let bad = cluster.deploy().expect(1);
    assert!(bad.text().contains("The release is not healthy") && bad.text().contains("Held back"), "{}", bad.text());
    assert_eq!(cluster.versions(), ["1", "1"]);
    let hooks = cluster.envctl.read("hooks");
    assert_eq!(hooks, "before stage web one\nbefore stage web two\nbefore stage web one\nfailed one rolled back\n");
    let next = cluster.run(&["plan", "stage", "-detailed-exitcode"]).expect(2);
    assert!(next.text().contains("was taken back"), "{}", next.text());

    cluster.repo.commit("good", &[("version", "2\n")]);
    cluster.deploy().ok();
    assert_eq!(cluster.versions(), ["2", "2"]);
    let list = cluster.run(&["rollback", "stage", "web", "-list"]).ok();
    assert!(list.text().contains("app.web@two") && list.text().contains("rolled back") && list.text().contains("* "), "{}", list.text());
    let back = cluster.run(&["rollback", "stage", "web", "-auto-approve"]).ok();
    assert!(back.text().contains("comes back"), "{}", back.text());
    assert_eq!(cluster.versions(), ["1", "1"]);
    cluster.run(&["rollback", "stage", "web", "-to", "nonsense", "-auto-approve"]).expect(1).says("No such release");
    cluster.run(&["history", "stage"]).ok().says("rollback");
    cluster.deploy().ok();
    assert_eq!(cluster.versions(), ["2", "2"]);
}
