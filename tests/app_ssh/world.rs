//! A host, a repository, a project and the records between them.

use crate::harness::{GitRepo, Sshd};
use envctl::app::{self, AppPlan, AppRecord, AppSpec, Step};
use envctl::clock::FixedClock;
use envctl::deploy::{self, AppOutcome, AppRequest, Context, DeployEvent, DeploySink, Done, Identity, RecordSink, RunOptions};
use envctl::diag::{Diagnostic, Diagnostics, SourceMap, Span};
use envctl::disk::DiskFiles;
use envctl::lang::{CallEnv, FunctionTable, Scope, Subject};
use envctl::process::{Git, ThisMachine};
use envctl::secret::Redactor;
use envctl::ssh::SshConnector;
use envctl::value::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::watch;

/// Everything a deploy works on.
pub struct World {
    pub sshd: Sshd,
    pub repo: GitRepo,
    pub project: TempDir,
    pub vars: BTreeMap<String, Value>,
    pub records: Records,
    pub events: Events,
    pub identity: Identity,
    /// The body of the app block.
    pub body: String,
    /// More arguments of its ssh block.
    pub ssh: String,
}

struct Vars<'a>(CallEnv, &'a BTreeMap<String, Value>);

impl Scope for Vars<'_> {
    fn resolve(&self, subject: &Subject, span: Span) -> Result<Value, Diagnostic> {
        let name = subject.to_string();
        let value = self.1.get(name.trim_start_matches("var."));
        value.cloned().ok_or_else(|| Diagnostic::error("Undeclared", name).at(span))
    }
    fn functions(&self) -> &FunctionTable {
        FunctionTable::standard()
    }
    fn call_env(&self) -> &CallEnv {
        &self.0
    }
}

/// Records in memory, through their bytes; every write is kept.
#[derive(Default)]
pub struct Records(Mutex<Vec<Vec<u8>>>);

impl Records {
    pub fn last(&self) -> Option<AppRecord> {
        self.0.lock().unwrap().last().map(|bytes| AppRecord::from_bytes(bytes).unwrap())
    }
    pub fn forget(&self) {
        self.0.lock().unwrap().clear();
    }
    pub fn running(&self) -> Vec<Option<Step>> {
        self.0.lock().unwrap().iter().map(|b| AppRecord::from_bytes(b).unwrap().running).collect()
    }
    pub fn edit(&self, change: impl FnOnce(&mut AppRecord)) {
        let mut record = self.last().unwrap();
        change(&mut record);
        self.0.lock().unwrap().push(record.to_bytes());
    }
    pub fn text(&self) -> String {
        self.0.lock().unwrap().iter().map(|b| String::from_utf8_lossy(b).into_owned()).collect()
    }
}

#[async_trait::async_trait]
impl RecordSink for Records {
    async fn save(&self, record: &AppRecord) -> Result<(), Diagnostic> {
        self.0.lock().unwrap().push(record.to_bytes());
        Ok(())
    }
}

/// Keeps what a deploy says.
#[derive(Default)]
pub struct Events(Mutex<Vec<DeployEvent>>);

impl Events {
    pub fn output(&self) -> String {
        let events = self.0.lock().unwrap();
        let lines = events.iter().filter_map(|e| if let DeployEvent::Output { line, .. } = e { Some(line.as_str()) } else { None });
        lines.collect::<Vec<_>>().join("\n")
    }
    pub fn steps(&self) -> Vec<Step> {
        let events = self.0.lock().unwrap();
        events.iter().filter_map(|e| if let DeployEvent::StepStarted { step, .. } = e { Some(*step) } else { None }).collect()
    }
    pub fn waits(&self) -> usize {
        self.0.lock().unwrap().iter().filter(|e| matches!(e, DeployEvent::Waiting { .. })).count()
    }
    pub fn text(&self) -> String {
        format!("{:?}", self.0.lock().unwrap())
    }
    pub fn clear(&self) {
        self.0.lock().unwrap().clear();
    }
}

impl DeploySink for Events {
    fn event(&self, event: DeployEvent) {
        self.0.lock().unwrap().push(event);
    }
}

impl World {
    /// A host, a repository with these files, and an app block.
    pub fn new(files: &[(&str, &str)], body: &str) -> World {
        let project = TempDir::with_prefix("envctl-project-").unwrap();
        std::fs::create_dir_all(project.path().join("templates")).unwrap();
        World {
            sshd: Sshd::start(),
            repo: GitRepo::new(files),
            project,
            vars: BTreeMap::new(),
            records: Records::default(),
            events: Events::default(),
            identity: Identity::Host,
            body: body.to_string(),
            ssh: String::new(),
        }
    }

    pub fn var(&mut self, name: &str, value: Value) {
        self.vars.insert(name.into(), value);
    }

    /// The folder of the checkout on the host.
    pub fn at(&self, path: &str) -> PathBuf {
        self.sshd.home().join("apps/web").join(path)
    }

    pub fn on_host(&self, path: &str) -> String {
        std::fs::read_to_string(self.at(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    /// The spec of an app with this name and body.
    pub fn spec(&self, name: &str, body: &str) -> AppSpec {
        let text = format!(
            "app \"{name}\" {{\n host = \"target\"\n ssh {{\n config = \"{}\"\n timeout = \"3s\"\n{}\n }}\n{}\n}}\n",
            self.sshd.ssh_config().display(),
            self.ssh,
            body.replace("$URL", &self.repo.url())
        );
        let sources = SourceMap::new();
        let file = sources.add("main.hcl", text.clone());
        let mut diags = Diagnostics::new();
        let body = envctl::syntax::parse_file(file, &text, &mut diags);
        let scope = Vars(CallEnv::new("/", Arc::new(DiskFiles), sources), &self.vars);
        let spec = app::decode(&body.blocks[0], &scope, &mut diags);
        assert!(!diags.has_errors(), "{diags:?}");
        spec
    }

    /// The app as the CLI would ask for it.
    pub fn request(&self) -> AppRequest {
        AppRequest {
            spec: self.spec("web", &self.body),
            record: self.records.last(),
            identity: self.identity.clone(),
            commit: None,
            approved: None,
            restore: None,
        }
    }

    /// Works with a real connector, git and disk.
    pub async fn with<T>(&self, act: impl AsyncFnOnce(&Context<'_>) -> T) -> T {
        let connector = SshConnector::new(None);
        let git = Git::new(self.project.path().join(".envctl/git"));
        let redactor = Redactor::new();
        let ctx = Context {
            connector: &connector,
            local: &ThisMachine,
            git: &git,
            files: &DiskFiles,
            project: self.project.path(),
            home: None,
            redactor: &redactor,
            connect_timeout: Duration::from_secs(5),
        };
        act(&ctx).await
    }

    pub async fn plan(&self) -> AppPlan {
        let request = self.request();
        self.with(async |ctx| deploy::plan(ctx, std::slice::from_ref(&request)).await.remove(0)).await
    }

    /// Plans, then runs what was planned.
    pub async fn apply(&self) -> (AppPlan, AppOutcome) {
        let plan = self.plan().await;
        let request = AppRequest { commit: plan.commit().map(String::from), approved: Some(plan.clone()), ..self.request() };
        (plan, self.run(request).await)
    }

    pub async fn run(&self, request: AppRequest) -> AppOutcome {
        let (_keep, cancel) = watch::channel(false);
        self.run_all(&[request], cancel).await.remove(0)
    }

    pub async fn run_all(&self, requests: &[AppRequest], cancel: watch::Receiver<bool>) -> Vec<AppOutcome> {
        self.events.clear();
        let (clock, environment) = (FixedClock::at_second(0), "stage");
        let options = RunOptions { records: &self.records, sink: &self.events, clock: &clock, environment, who: "test@here", cancel };
        self.with(async |ctx| deploy::run(ctx, requests, &options).await).await
    }

    /// Deploys, and the next plan must be empty.
    pub async fn deploy(&self) -> AppPlan {
        let (plan, outcome) = self.apply().await;
        assert!(matches!(outcome.result, Ok(Done::Deployed(_))), "{:?}\n{}", outcome.result, self.events.text());
        let next = self.plan().await;
        assert!(next.is_empty() && next.diagnostics.is_empty(), "{}{:?}", app::describe(&next), next.diagnostics);
        plan
    }

    /// Deploys, and it must fail with one error of this summary.
    pub async fn fails(&self, summary: &str) -> Diagnostic {
        let outcome = self.run(self.request()).await;
        let errors = outcome.result.expect_err("the deploy must fail");
        let error = errors.into_iter().next().unwrap();
        assert_eq!(error.summary, summary, "{error:?}");
        error
    }
}
