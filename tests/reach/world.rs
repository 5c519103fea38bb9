//! An environment `stage` with applications on a real sshd.

use crate::harness::{Envctl, Outcome, Sshd};
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// A host and a project.
pub struct World {
    pub sshd: Sshd,
    pub envctl: Envctl,
}

impl World {
    pub fn new() -> World {
        World { sshd: Sshd::start(), envctl: Envctl::new() }
    }

    /// An app block on the host, with this in it.
    pub fn app(&self, name: &str, body: &str) -> String {
        let config = self.sshd.ssh_config();
        format!("app \"{name}\" {{\n  host = \"target\"\n  ssh {{\n    config = \"{}\"\n  }}\n{body}\n}}\n", config.display())
    }

    /// Declares the environment: a local state, and these blocks.
    pub fn declare(&self, blocks: &str) -> &Self {
        self.envctl.file("environments/stage/main.tf", &format!("terraform {{\n  backend \"local\" {{}}\n}}\n\n{blocks}"));
        self
    }

    pub fn run(&self, args: &[&str]) -> Outcome {
        self.envctl.run(args)
    }

    pub fn deploy(&self) -> Outcome {
        self.run(&["deploy", "stage", "-auto-approve", "-input=false", "-no-color"])
    }

    /// A program of the host, before all others of its name.
    pub fn program(&self, name: &str, script: &str) {
        let path = self.sshd.bin().join(name);
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Path of a file in the host's home.
    pub fn home(&self, path: &str) -> String {
        self.sshd.home().join(path).display().to_string()
    }
}
