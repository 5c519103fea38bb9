//! The proxy inside the test's own process, on a runtime of its own.

use super::aws::Aws;
use super::http;
use super::moto::Moto;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// A running proxy; it stops when this is dropped.
pub struct Proxy {
    base: String,
    runtime: Option<Runtime>,
}

impl Proxy {
    /// Starts one in front of moto.
    pub fn start(moto: &Moto) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port");
        listener.set_nonblocking(true).expect("a non-blocking listener");
        let base = format!("http://{}", listener.local_addr().expect("its address"));
        let upstream = moto.url().to_owned();
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).expect("a listener in the runtime");
            crate::proxy::serve(listener, &upstream).await
        });
        Self { base, runtime: Some(runtime) }
    }

    /// `http://127.0.0.1:PORT`, for `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> &str {
        &self.base
    }

    /// A client of this proxy.
    pub fn aws(&self, region: &str) -> Aws {
        Aws::new(&self.base, region)
    }

    /// Counts since the last reset.
    pub fn stats(&self) -> Value {
        self.control("GET", "/stats", None)
    }

    /// How often an operation (`ec2/DescribeVpcs`) was called since the last reset.
    pub fn calls(&self, operation: &str) -> u64 {
        self.stats()["calls"][operation].as_u64().unwrap_or(0)
    }

    /// Forgets the counts; faults and kill points count from here.
    pub fn reset_stats(&self) {
        self.control("POST", "/stats/reset", None);
    }

    /// Adds a fault, as `tests/proxy/README.md` writes it.
    pub fn fault(&self, fault: Value) {
        self.control("POST", "/faults", Some(fault));
    }

    /// Drops all faults.
    pub fn clear_faults(&self) {
        self.control("DELETE", "/faults", None);
    }

    /// Kills a process at the n-th mutating call from now (`before-forward`, `before-answer`, `after-answer`).
    pub fn kill_at(&self, pid: u32, call: usize, at: &str) {
        self.control("POST", "/kill", Some(json!({"pid": pid, "call": call, "at": at})));
    }

    /// The same with the n-th mutating call of an operation (`ec2/*`) under way: it arrives so many milliseconds after the death.
    pub fn kill_under_way(&self, pid: u32, operation: &str, call: usize, late_ms: u64) {
        let point = json!({"pid": pid, "operation": operation, "call": call, "at": "arrives-late", "late_ms": late_ms});
        self.control("POST", "/kill", Some(point));
    }

    /// The call in which the kill point fired.
    pub fn killed_in(&self) -> Option<String> {
        self.control("GET", "/kill", None)["operation"].as_str().map(str::to_owned)
    }

    /// Changes settings.
    pub fn set(&self, settings: Value) {
        self.control("POST", "/settings", Some(settings));
    }

    /// States pass at once from here on: for tests that are about something else.
    pub fn without_delays(self) -> Self {
        self.set(json!({"instance_describes": 0, "instance_ms": 0, "database_describes": 0, "database_ms": 0}));
        self
    }

    /// Names of the rules.
    pub fn rules(&self) -> Vec<String> {
        let listing = self.control("GET", "/rules", None);
        let names = listing.as_array().into_iter().flatten();
        names.filter_map(|rule| rule["name"].as_str().map(str::to_owned)).collect()
    }

    fn control(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let body = body.map(|value| value.to_string()).unwrap_or_default();
        let reply = http::request(&self.base, method, &format!("/_proxy{path}"), &[], body.as_bytes()).expect("the proxy");
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
