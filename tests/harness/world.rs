//! The whole world of an environment: an API, a host, applications in git, and a copy of our own environments.
//! What `scripts/quickstart` shows to people, for tests.

use super::aws::Aws;
use super::envctl::Envctl;
use super::git::GitRepo;
use super::moto::Moto;
use super::proxy::Proxy;
use super::sshd::Sshd;
use std::fs;

/// The region of `environments/backend.hcl` and `common.tfvars`.
pub const REGION: &str = "eu-central-1";

/// The password that `stage.env` holds; no output may show it.
pub const PASSWORD: &str = "correct-horse-battery";

/// The tunnel's secret that `stage.env` holds.
pub const TOKEN: &str = "tunnel-token-of-the-test";

/// Everything that `apply stage` needs.
pub struct World {
    /// The API.
    pub proxy: Proxy,
    /// The machine and the edge host, both this one.
    pub sshd: Sshd,
    /// The project.
    pub envctl: Envctl,
    /// The dashboard's repository.
    pub dashboard: GitRepo,
    /// The edge software's repository.
    pub edge: GitRepo,
    _moto: Moto,
}

impl World {
    /// A world of its own; states of instances and databases pass at once.
    pub fn new() -> Self {
        let moto = Moto::start();
        let proxy = Proxy::start(&moto).without_delays();
        let sshd = Sshd::start();
        let envctl = Envctl::new().with_aws(&proxy, REGION).with_env("ENVCTL_WAIT_SCALE", "0.02");
        for tree in ["environments", "modules", "templates", "state"] {
            envctl.copy(tree);
        }
        let dashboard = GitRepo::new(&[
            ("install.sh", "#!/bin/sh\necho installing the dashboard\ndate >> installed\n"),
            ("dashboard_frontend/.env.sample", "# Looks\nBACKGROUND_COLOR=#ffffff\nENVIRONMENT=\nTITLE=Dashboard\n"),
            ("dashboard_backend/.env.sample", "# Database\nPOSTGRES_HOST=\nPOSTGRES_PASSWORD=\nEDGE_SERVER=\nPOSTGRES_PORT=5432\n"),
            ("frp_config/README", "Written by the deployment.\n"),
        ]);
        let edge = GitRepo::new(&[("install.sh", "#!/bin/sh\ndate >> installed\n")]);
        let world = Self { proxy, sshd, envctl, dashboard, edge, _moto: moto };
        world.write_variables("stage");
        fs::write(world.sshd.home().join(".setup_complete"), "").expect("the marker file");
        world
    }

    /// A client of the API.
    pub fn aws(&self) -> Aws {
        self.proxy.aws(REGION)
    }

    /// A file that the deployment wrote, by its path in the home of the host.
    pub fn on_host(&self, path: &str) -> String {
        fs::read_to_string(self.sshd.home().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Sets a variable in `stage.env`; the last line wins.
    pub fn set(&self, name: &str, value: &str) {
        let path = "environments/stage/stage.env";
        let text = self.envctl.read(path);
        let others: Vec<_> = text.lines().filter(|line| !line.starts_with(&format!("{name}="))).collect();
        self.envctl.file(path, &format!("{}\n{name}=\"{value}\"\n", others.join("\n")));
    }

    /// Writes the variables of an environment that git does not hold.
    pub fn write_variables(&self, environment: &str) {
        let key = fs::read_to_string(self.sshd.key().with_extension("pub")).expect("the public key");
        let home = self.sshd.home().display().to_string();
        let values = [
            ("ssh_public_key", key.trim().to_owned()),
            ("dashboard_git", self.dashboard.url()),
            ("edge_git", self.edge.url()),
            ("edge_host", "edge.example.com".to_owned()),
            ("edge_user", self.sshd.user()),
            ("edge_dir", format!("{home}/edge")),
            ("git_ref", "main".to_owned()),
            ("deploy_user", self.sshd.user()),
            ("home_dir", home),
            ("ssh_config", self.sshd.ssh_config().display().to_string()),
            ("postgres_password", PASSWORD.to_owned()),
            ("frp_auth_token", TOKEN.to_owned()),
        ];
        let text: String = values.iter().map(|(name, value)| format!("{name}=\"{value}\"\n")).collect();
        self.envctl.file(&format!("environments/{environment}/{environment}.env"), &text);
    }
}
