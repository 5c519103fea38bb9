//! `test`: finds the test files of a module, runs them, and says how they ended.

use super::args::InputArgs;
use super::args_language::TestArgs;
use super::interrupt::watch_signals;
use super::modules::{Fetching, given, load};
use super::planning::{guard_account_of, learn_secrets};
use super::progress::Progress;
use super::project::{disk, enter, language_env};
use super::provision::Provisioners;
use super::session::{Session, write_line};
use super::show::state_text;
use super::wire::Edges;
use crate::config::testing::{TestFile, TestPath, find_tests, read_test};
use crate::config::{Config, Given, LoadRequest, VariableRequest, collect_variables, encryption};
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::{ConfiguredProviders, Events, Silent};
use crate::files::{Files, clean};
use crate::ops::testing::{Bench, FileResult, RunResult, Shown, TestHost, run_file};
use crate::plan::Plan;
use crate::report::json::{self, Line, PlanContext};
use crate::report::plan::render;
use crate::report::test::{TestCounts, leftovers_text, test_file_text, test_run_text};
use crate::state::{State, Style};
use crate::value::{Name, Value};
use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Exit code when a test did not pass.
const FAILED: u8 = 1;
/// Exit code of an interrupted run.
const INTERRUPTED: u8 = 130;
/// OpenTofu's name for the state of what a test left behind.
const LEFT: &str = "errored_test";

/// Runs the command: 0 when every run passed and nothing is left behind.
///
/// # Errors
/// When configuration, variables or test files are wrong: then nothing was run.
pub async fn run(session: &Session, args: &TestArgs) -> Result<u8, Diagnostics> {
    session.compact(args.env.input.compact_warnings);
    let cwd = std::env::current_dir().map_err(|e| Diagnostic::error("No current folder", e.to_string()))?;
    let mut diags = Diagnostics::new();
    let request = LoadRequest { environment: args.env.env.clone(), cwd: cwd.clone() };
    let loaded = load(session, &request, &args.env.input, Fetching::Missing, &mut diags);
    let Some(config) = loaded.map(|l| Arc::new(l.config)) else { return Err(diags) };
    let host = Host::new(session, args, config.clone(), cwd, &mut diags);
    let files = host.test_files(args, &mut diags);
    if diags.has_errors() {
        return Err(diags);
    }
    session.report(&diags);
    enter(&config.root_dir)?;
    let (counts, interrupted) = host.run(&files, args).await;
    session.line(&Line::test_summary(&counts));
    session.out(&format!("\n{}\n", counts.text(&session.style)));
    if interrupted {
        return Ok(INTERRUPTED);
    }
    let good = counts.status <= crate::ops::testing::TestStatus::Pass;
    Ok(if good { 0 } else { FAILED })
}

/// What the tests need of this process.
struct Host<'a> {
    session: &'a Session,
    config: Arc<Config>,
    cwd: PathBuf,
    files: Arc<dyn Files>,
    input: &'a InputArgs,
    /// `.tfvars` of the test folder, then `-var` and `-var-file`.
    given: Vec<Given>,
    values: BTreeMap<Name, Value>,
    edges: Edges,
}

impl<'a> Host<'a> {
    fn new(session: &'a Session, args: &'a TestArgs, config: Arc<Config>, cwd: PathBuf, diags: &mut Diagnostics) -> Host<'a> {
        let files = disk();
        let input = &args.env.input;
        let mut all = folder_values(&clean(&config.root_dir.join(&args.test_directory)), &config.root_dir, files.as_ref());
        all.extend(given(input));
        let request = VariableRequest { cwd: &cwd, environ: &session.env, env_files: &input.env_file, given: &all };
        let found = collect_variables(&config, &request, files.as_ref(), diags);
        let mut environment = session.env.clone();
        environment.extend(found.credentials);
        let edges = Edges::new(config.root_dir.clone(), environment);
        let env = language_env(session, &config.root_dir, files.clone());
        let encrypted = session.env.get("TF_ENCRYPTION").map(String::as_str);
        if let Some(found) = encryption(&config, &found.values, &env, encrypted, diags) {
            found.secrets().for_each(|secret| session.redactor.add(secret));
            edges.seal_remote(found.remote);
        }
        mask(session, &config, &found.values);
        Host { session, config, cwd, files, input, given: all, values: found.values, edges }
    }

    /// The test files, decoded; with `-filter` only those.
    fn test_files(&self, args: &TestArgs, diags: &mut Diagnostics) -> Vec<TestFile> {
        let root = &self.config.root_dir;
        let mut all = find_tests(root, &args.test_directory, self.files.as_ref(), diags);
        if !args.filter.is_empty() {
            let named = |t: &TestPath, f: &String| t.path == clean(&self.cwd.join(f)) || t.path == clean(&root.join(f));
            for filter in args.filter.iter().filter(|f| !all.iter().any(|t| named(t, f))) {
                let known: Vec<&str> = all.iter().map(|t| t.name.as_str()).collect();
                let d = Diagnostic::error("Test file not found", format!("-filter={filter} names no test file."));
                let near = crate::value::closest(filter, known.iter().copied());
                diags.push(match (near, known.as_slice()) {
                    (Some(near), _) => d.help(format!("Did you mean {near}?")),
                    (None, []) => d.help(format!("There are none here and in {}.", args.test_directory)),
                    (None, all) => d.help(format!("There are: {}.", all.join(", "))),
                });
            }
            all.retain(|t| args.filter.iter().any(|f| named(t, f)));
        }
        if all.is_empty() && !diags.has_errors() {
            let detail = format!("No *.tftest.hcl or *.tofutest.hcl lies in {} or its folder {:?}.", root.display(), args.test_directory);
            diags.push(Diagnostic::warning("No test files", detail));
        }
        let sources = &self.session.sources;
        all.iter().filter_map(|t| read_test(t, self.files.as_ref(), sources, &self.cwd, diags)).collect()
    }

    async fn run(&self, files: &[TestFile], args: &TestArgs) -> (TestCounts, bool) {
        let session = self.session;
        let interrupt = watch_signals(|| {
            eprintln!("\nInterrupted: no further run begins, and what was made is taken down. Press Ctrl-C again to leave at once.")
        });
        let progress = session.interactive.then(|| Progress::new(session));
        let events: &dyn Events = progress.as_ref().map_or(&Silent, |p| p);
        let mut plan_env = language_env(session, &self.config.root_dir, self.files.clone());
        let now = crate::clock::Clock::now(&crate::clock::SystemClock);
        plan_env.plan_timestamp = Some(now);
        let mut apply_env = plan_env.clone();
        apply_env.timestamp = Some(now);
        apply_env.random = Some(|bytes| rand::Rng::fill_bytes(&mut rand::rng(), bytes));
        let bench = Bench {
            config: self.config.clone(),
            registry: self.edges.registry(),
            plan_env,
            apply_env,
            workspace: "default".into(),
            provisioner: &Provisioners::new(session),
            events,
            host: self,
            cancel: interrupt.cancel.clone(),
            leave: interrupt.leave(),
            parallelism: args.parallelism.into(),
        };
        let listed: Vec<(String, Vec<String>)> =
            files.iter().map(|f| (f.name.clone(), f.runs.iter().map(|r| r.name.to_string()).collect())).collect();
        session.line(&Line::test_abstract(&listed));
        let (mut counts, mut interrupted) = (TestCounts::default(), false);
        for file in files {
            let result = run_file(&bench, file).await;
            counts.add(&result);
            interrupted |= result.interrupted;
            self.tell(&result, args.verbose);
        }
        (counts, interrupted)
    }

    fn tell(&self, file: &FileResult, verbose: bool) {
        let session = self.session;
        session.line(&Line::test_file(&file.name, file.status));
        session.out(&test_file_text(&file.name, file.status, &session.style));
        for run in &file.runs {
            session.line(&Line::test_run(&file.name, &run.name, run.status));
            session.out(&test_run_text(&run.name, run.status, &session.style));
            if verbose {
                self.show(file, run);
            }
            self.report(&run.diags, file, Some(&run.name));
        }
        for (run, diags) in &file.cleanup {
            self.report(diags, file, Some(run));
        }
        if file.leftovers.is_empty() {
            return;
        }
        let kept: Vec<String> = file.left.iter().filter_map(|state| self.keep(state)).collect();
        session.line(&Line::test_cleanup(file));
        if !session.json {
            session.err(&leftovers_text(&file.name, &file.leftovers, &kept, &session.style));
        }
    }

    fn report(&self, diags: &Diagnostics, file: &FileResult, run: Option<&Name>) {
        let session = self.session;
        if !session.json {
            return session.report(diags);
        }
        let run = run.map(AsRef::as_ref);
        diags.iter().for_each(|d| write_line(&Line::test_diagnostic(d, &session.sources, &file.name, run), &session.redactor));
    }

    /// `-verbose`: the plan, or the state.
    fn show(&self, file: &FileResult, run: &RunResult) {
        let session = self.session;
        match &run.shown {
            Some(Shown::Plan(plan)) if session.json => {
                let made = crate::clock::Clock::now(&crate::clock::SystemClock).to_string();
                let version = format!("{}.0", crate::config::LANGUAGE_LEVEL);
                let configuration = json::configuration(&self.config);
                let context = PlanContext { version: &version, made: &made, configuration: &configuration, schemas: &file.registry };
                session.line(&Line::test_plan(&file.name, &run.name, json::plan(plan, &context)));
            }
            Some(Shown::State(state)) if session.json => {
                session.line(&Line::test_state(&file.name, &run.name, json::state(state, &file.registry)));
            }
            Some(Shown::Plan(plan)) => session.out(&format!("\n{}\n", render(plan, &file.registry, &session.style))),
            Some(Shown::State(state)) => session.out(&format!("\n{}\n", state_text(session, state, &file.registry, false))),
            None => {}
        }
    }

    /// Keeps the state of what is left in a file that was not there; its name.
    fn keep(&self, state: &State) -> Option<String> {
        let names = std::iter::once(format!("{LEFT}.tfstate")).chain((2..1000).map(|n| format!("{LEFT}-{n}.tfstate")));
        let mut state = state.clone();
        state.serial += 1;
        let bytes = crate::state::write(&state, Style::Indented);
        for name in names {
            let path = self.config.root_dir.join(&name);
            let opened = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
            match opened.and_then(|mut f| f.write_all(&bytes).and_then(|()| f.sync_all())) {
                Ok(()) => return Some(name),
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(e) => {
                    self.session.err(&format!("The state of what is left could not be written to {}: {e}.\n", path.display()));
                    return None;
                }
            }
        }
        None
    }
}

impl TestHost for Host<'_> {
    fn load(&self, folder: &Path, diags: &mut Diagnostics) -> Option<Config> {
        let request = LoadRequest { environment: Some(folder.display().to_string()), cwd: self.cwd.clone() };
        load(self.session, &request, self.input, Fetching::Missing, diags).map(|l| l.config)
    }

    fn variables(&self, config: &Config, diags: &mut Diagnostics) -> BTreeMap<Name, Value> {
        let dir = |c: &Config| c.root().map(|m| m.dir.clone());
        if dir(config) == dir(&self.config) {
            return self.values.clone();
        }
        // A helper takes of what was given for the module under test what it declares itself.
        let declares = |text: &str| {
            let name = text.split('=').next().unwrap_or_default().trim();
            config.root().is_some_and(|m| m.variables.contains_key(name))
        };
        let fits = |g: &&Given| match g {
            Given::Assignment(text) => declares(text),
            Given::File(_) => true,
        };
        let given: Vec<Given> = self.given.iter().filter(fits).cloned().collect();
        let request = VariableRequest { cwd: &self.cwd, environ: &self.session.env, env_files: &self.input.env_file, given: &given };
        let mut found = Diagnostics::new();
        let values = collect_variables(config, &request, self.files.as_ref(), &mut found).values;
        diags.extend(found.into_iter().filter(Diagnostic::is_error).collect());
        mask(self.session, config, &values);
        values
    }

    fn allowed(&self, providers: &ConfiguredProviders) -> Result<(), Diagnostics> {
        let mut diags = Diagnostics::new();
        guard_account_of(&self.config, providers, &mut diags);
        if diags.has_errors() { Err(diags) } else { Ok(()) }
    }

    fn learn(&self, plan: &Plan) {
        learn_secrets(self.session, plan);
    }

    fn begins(&self, file: &str, run: &str) {
        if self.session.interactive {
            self.session.err(&self.session.style.dim(&format!("{file}: run \"{run}\"\n")));
        }
    }
}

/// `terraform.tfvars` and `*.auto.tfvars` of the test folder, which count after those of the module.
fn folder_values(folder: &Path, root: &Path, files: &dyn Files) -> Vec<Given> {
    if folder == clean(root) {
        return Vec::new();
    }
    let listed = files.list(folder).unwrap_or_default();
    let name = |p: &PathBuf| p.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_string();
    let fixed = ["terraform.tfvars", "terraform.tfvars.json"].map(|n| folder.join(n));
    let automatic = listed.iter().filter(|p| [".auto.tfvars", ".auto.tfvars.json"].iter().any(|end| name(p).ends_with(end)));
    let all = fixed.into_iter().filter(|p| listed.contains(p)).chain(automatic.cloned());
    all.map(Given::File).collect()
}

/// Sensitive values do not show from here on.
fn mask(session: &Session, config: &Config, values: &BTreeMap<Name, Value>) {
    for (name, value) in values {
        if config.root().and_then(|m| m.variables.get(name)).is_some_and(|v| v.sensitive) {
            session.redactor.add_value(&value.clone().sensitive());
        }
    }
}
