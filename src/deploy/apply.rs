//! The steps of one deploy: source, files, install; each recorded before and after.

use super::connect::{failed, go_on, identity_name};
use super::events::DeployEvent;
use super::facts::{ReadError, refused};
use super::inputs::run_all;
use super::planning::{Reading, read};
use super::request::{AppRequest, Context, RunOptions};
use crate::app::{
    AppPlan, AppRecord, FileAction, FileChange, HostRecord, InstallSpec, RemoteCommand, Rendered, SourceChange, SourceRecord, Step,
    commands, short,
};
use crate::diag::{Diagnostic, Diagnostics};
use crate::remote::Remote;
use std::time::Instant;

/// How many lines of a failed command its error repeats.
const LAST_LINES: usize = 15;

/// Carries out the plan of one app on a connected host.
pub struct Deployer<'a> {
    ctx: &'a Context<'a>,
    request: &'a AppRequest,
    remote: &'a dyn Remote,
    options: &'a RunOptions<'a>,
    plan: &'a AppPlan,
    /// What the caller gets back; written with every save.
    kept: &'a mut Option<AppRecord>,
    record: AppRecord,
}

impl<'a> Deployer<'a> {
    /// For a plan that was made from this very host a moment ago.
    pub fn new(
        ctx: &'a Context<'a>,
        request: &'a AppRequest,
        remote: &'a dyn Remote,
        options: &'a RunOptions<'a>,
        kept: &'a mut Option<AppRecord>,
        plan: &'a AppPlan,
    ) -> Self {
        let mut record = request.record.clone().unwrap_or_else(|| AppRecord::new(&request.spec.name, rand::random()));
        let identity = identity_name(request);
        if record.host.as_ref().is_some_and(|h| h.identity != identity) {
            // Another machine: nothing of the old one is there.
            record.files.clear();
            (record.source, record.installed) = (None, None);
        }
        let address = request.spec.host.known().unwrap_or("").to_string();
        record.host = Some(HostRecord { address, identity, key: remote.host_key() });
        Deployer { ctx, request, remote, options, plan, kept, record }
    }

    /// Runs the steps that the plan names.
    ///
    /// # Errors
    /// What stopped it; the record says where, and the next run goes on from there.
    pub async fn deploy(mut self, rendered: Vec<Rendered>) -> Result<(), Diagnostics> {
        if let Some(install) = &self.plan.install {
            self.record.pending.get_or_insert_with(|| install.reason.clone());
        }
        let (mut files, mut changes) = (rendered, self.plan.files.clone());
        if let Some(source) = &self.plan.source {
            self.source(source).await?;
            // The checkout moved: what the files are and must be is read again.
            let Reading { plan, rendered } = self.read_again().await?;
            (files, changes) = (rendered, plan.files);
        }
        if changes.iter().any(|c| c.action != FileAction::NoOp) {
            self.files(&files, &changes).await?;
        }
        self.adopt(&files);
        if let (Some(_), Some(install)) = (&self.plan.install, &self.request.spec.install) {
            self.install(install).await?;
        }
        self.record.pending = None;
        self.save(None).await?;
        Ok(())
    }

    /// Keeps which machine it was and what its files are, where nothing has to be done.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub async fn adopt_host(mut self, files: &[Rendered]) -> Result<(), Diagnostic> {
        self.adopt(files);
        self.save(None).await
    }

    async fn read_again(&self) -> Result<Reading, Diagnostics> {
        // The commit that was just checked out, even if the ref has moved since.
        let request = AppRequest { commit: self.plan.target.clone(), record: Some(self.record.clone()), ..self.request.clone() };
        let reading = read(self.ctx, &request, self.remote).await.map_err(|e| failed(self.request, &e))?;
        let errors: Diagnostics = reading.plan.diagnostics.clone().into_iter().filter(Diagnostic::is_error).collect();
        if errors.has_errors() { Err(errors) } else { Ok(reading) }
    }

    async fn begin(&mut self, step: Step, detail: String) -> Result<Instant, Diagnostic> {
        go_on(self.request, self.options)?;
        self.save(Some(step)).await?;
        let detail = self.ctx.redactor.redact(&detail);
        self.options.sink.event(DeployEvent::StepStarted { app: self.request.spec.name.clone(), step, detail });
        Ok(Instant::now())
    }

    async fn end(&mut self, step: Step, start: Instant) -> Result<(), Diagnostic> {
        self.save(None).await?;
        self.options.sink.event(DeployEvent::StepFinished { app: self.request.spec.name.clone(), step, elapsed: start.elapsed() });
        Ok(())
    }

    async fn save(&mut self, running: Option<Step>) -> Result<(), Diagnostic> {
        self.record.running = running;
        self.record.updated_at = self.options.clock.now().to_string();
        self.record.by = self.options.who.to_string();
        *self.kept = Some(self.record.clone());
        self.options.records.save(&self.record).await
    }

    fn error(&self, error: ReadError) -> Diagnostic {
        match error {
            ReadError::Remote(error) => failed(self.request, &error),
            ReadError::Found(diagnostic) => {
                diagnostic.or_at(Some(self.request.spec.span)).address(format!("app.{}", self.request.spec.name))
            }
        }
    }

    async fn source(&mut self, change: &SourceChange) -> Result<(), Diagnostic> {
        let known = self.request.spec.source.as_ref().and_then(|s| Some((s, s.root()?, s.git.known()?)));
        let (Some((source, root, url)), Some(commit)) = (known, change.to.as_deref()) else {
            return Err(Diagnostic::error("Value not known", "Repository, path or commit of the source is still unknown.")
                .at(self.request.spec.span));
        };
        let name = change.reference.as_deref().unwrap_or("HEAD");
        let start = self.begin(Step::Source, format!("{url} at {} ({name})", short(commit))).await?;
        let discard = !change.discards.is_empty();
        let mut list = vec![commands::init(source, &root, url)];
        list.extend(commands::keep_config(source, &root));
        list.push(commands::fetch(source, &root, commit));
        if !change.restores.is_empty() {
            list.push(commands::restore(source, &root, &change.restores));
        }
        list.push(commands::checkout(source, &root, commit, discard));
        if source.submodules {
            list.push(commands::submodules(source, &root, discard));
        }
        run_all(self.remote, &list, "Source cannot be checked out").await.map_err(|e| self.error(e))?;
        self.record.source = Some(SourceRecord { path: root, url: url.into(), commit: commit.into() });
        self.end(Step::Source, start).await
    }

    async fn files(&mut self, files: &[Rendered], changes: &[FileChange]) -> Result<(), Diagnostic> {
        let changing = changes.iter().filter(|c| c.action != FileAction::NoOp);
        let names: Vec<&str> = changing.clone().map(|c| c.path.as_str()).collect();
        let start = self.begin(Step::Files, names.join(", ")).await?;
        for change in changing {
            match change.action {
                FileAction::Create | FileAction::Update => {
                    let file = files.iter().find(|f| f.path == change.path);
                    self.write(file, change).await?;
                }
                FileAction::Delete => self.remove(&change.path).await?,
                FileAction::NoOp | FileAction::Leave => {}
            }
            if matches!(change.action, FileAction::Delete | FileAction::Leave) {
                self.record.files.remove(&change.path);
            }
        }
        self.adopt(files);
        self.end(Step::Files, start).await
    }

    async fn write(&self, file: Option<&Rendered>, change: &FileChange) -> Result<(), Diagnostic> {
        let Some((file, bytes)) = file.and_then(|f| Some((f, f.bytes.as_ref()?))) else {
            let why = change.waits_for.as_deref().unwrap_or("its content");
            return Err(Diagnostic::error("Value not known", format!("{} cannot be written: {why} is still unknown.", change.path))
                .at(self.request.spec.span));
        };
        let folder: Vec<RemoteCommand> = commands::make_folder(&file.path, file.sudo).into_iter().collect();
        run_all(self.remote, &folder, "Folder cannot be made").await.map_err(|e| self.error(e))?;
        if file.sudo {
            let command = commands::write_as_root(&file.path, bytes, file.mode, file.owner.as_deref());
            return run_all(self.remote, &[command], "File cannot be written").await.map_err(|e| self.error(e));
        }
        self.remote.write_file(&file.path, bytes, file.mode).await.map_err(|e| failed(self.request, &e))
    }

    async fn remove(&self, path: &str) -> Result<(), Diagnostic> {
        let sudo = self.record.files.get(path).is_some_and(|f| f.sudo);
        let source = self.request.spec.source.as_ref().and_then(|s| Some((s, s.root()?)));
        let inside = source.as_ref().and_then(|(s, root)| Some((*s, root.as_str(), path.strip_prefix(&format!("{root}/"))?)));
        run_all(self.remote, &[commands::remove(path, sudo, inside)], "File cannot be removed").await.map_err(|e| self.error(e))
    }

    /// What the files are now, written or found.
    fn adopt(&mut self, files: &[Rendered]) {
        let kept: Vec<_> = files.iter().filter_map(|f| Some((f.path.clone(), f.record(&self.record)?))).collect();
        self.record.files.extend(kept);
    }

    async fn install(&mut self, install: &InstallSpec) -> Result<(), Diagnostic> {
        let dir = match &install.dir {
            Some(dir) => dir.known().and_then(|d| self.request.spec.on_host(d)),
            None => self.request.spec.source.as_ref().and_then(crate::app::SourceSpec::root),
        };
        let label = commands::install_label(&install.command, install.sudo);
        let unknown = install.command.known().is_none() || install.env.values().any(|v| v.known().is_none());
        if unknown {
            return Err(
                Diagnostic::error("Value not known", "The install command or its environment is still unknown.").at(self.request.spec.span)
            );
        }
        let start = self.begin(Step::Install, label.clone()).await?;
        let calls_sudo = install.command.known().is_some_and(|c| c.trim_start().starts_with("sudo "));
        let mut checks = Vec::new();
        checks.extend(install.sudo.then(commands::root_check));
        checks.extend(calls_sudo.then(commands::sudo_check));
        run_all(self.remote, &checks, "Root's rights are needed").await.map_err(|e| self.error(e))?;
        let app = self.request.spec.name.clone();
        let print = |line: &str| self.options.sink.event(DeployEvent::Output { app: app.clone(), line: self.ctx.redactor.redact(line) });
        let output =
            self.remote.run(&commands::install(install, dir.as_deref()), Some(&print)).await.map_err(|e| failed(self.request, &e))?;
        if !output.ok() {
            return Err(self.install_failed(&label, &output));
        }
        self.record.installed = self.record.install_hash(install);
        self.record.pending = None;
        self.end(Step::Install, start).await
    }

    fn install_failed(&self, label: &str, output: &crate::remote::RemoteOutput) -> Diagnostic {
        let text = [output.text(), output.error_text()].join("\n");
        let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
        let last: String = lines.iter().skip(lines.len().saturating_sub(LAST_LINES)).map(|l| format!("\n  {l}")).collect();
        let mut diagnostic =
            refused("Install command failed", output).at(self.request.spec.span).address(format!("app.{}", self.request.spec.name));
        let code = output.code.map_or("a signal".to_string(), |c| format!("code {c}"));
        diagnostic.detail = format!("{label} on {} ended with {code}. Its last lines:{last}", self.request.spec.host);
        let next = "Source and files are in place; the next run repeats the command.";
        diagnostic.help = Some(diagnostic.help.map_or(next.to_string(), |help| format!("{help} {next}")));
        diagnostic
    }
}
