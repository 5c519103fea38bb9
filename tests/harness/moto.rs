//! moto's server: pinned, in a virtual environment that `scripts/setup` makes, one process a test.

use super::http;
use super::process::{self, Guard};
use std::env;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

/// The version that `scripts/setup` installs and `tests/proxy/README.md` describes.
pub const VERSION: &str = "5.2.5";

/// A running server with nothing in it.
pub struct Moto {
    base: String,
    _process: Guard,
}

impl Moto {
    /// Starts one for this test: the cheapest isolation, since a reset takes longer than a start.
    pub fn start() -> Self {
        for _ in 0..3 {
            if let Some(moto) = Self::try_start() {
                return moto;
            }
        }
        panic!("moto_server did not answer; try {} by hand", server().display());
    }

    /// One server for the whole run, for tests that keep to a region of their own.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Moto> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.base
    }

    fn try_start() -> Option<Self> {
        let port = process::free_port();
        let images = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/proxy/images.json");
        let mut command = process::mortal(server().to_str().expect("a path in UTF-8"));
        command
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
            .env("MOTO_AMIS_PATH", images)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut process = process::spawn(command).expect("setpriv (util-linux) to start moto_server");
        let base = format!("http://127.0.0.1:{port}");
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(30) && process.alive() {
            if http::request(&base, "GET", "/moto-api/", &[], b"").is_ok() {
                return Some(Self { base, _process: process });
            }
            thread::sleep(Duration::from_millis(25));
        }
        None
    }
}

fn server() -> PathBuf {
    let venv = env::var_os("ENVCTL_TEST_MOTO").map_or_else(cached, PathBuf::from);
    let server = venv.join("bin/moto_server");
    assert!(
        server.exists(),
        "{} is not there: run scripts/setup, or set ENVCTL_TEST_MOTO to a virtual environment with moto[server]=={VERSION}",
        server.display()
    );
    server
}

fn cached() -> PathBuf {
    let home = || PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".cache");
    let cache = env::var_os("XDG_CACHE_HOME").filter(|dir| !dir.is_empty()).map_or_else(home, PathBuf::from);
    cache.join(format!("envctl/moto-{VERSION}"))
}
