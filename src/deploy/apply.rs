//! The steps of one deploy: source, files, switch; each recorded before and after.

use super::connect::{failed, go_on, identity_name};
use super::events::DeployEvent;
use super::facts::ReadError;
use super::inputs::run_all;
use super::lease::HeldLease;
use super::planning::{Reading, read};
use super::request::{AppRequest, Context, RunOptions};
use crate::app::{
    AppPlan, AppRecord, FileAction, FileChange, HostRecord, RemoteCommand, Rendered, SourceChange, SourceRecord, SourceSpec, Step,
    commands, folders, short,
};
use crate::diag::{Diagnostic, Diagnostics};
use crate::remote::Remote;
use std::time::Instant;

/// What a deploy works with.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    /// The world.
    pub ctx: &'a Context<'a>,
    /// The app.
    pub request: &'a AppRequest,
    /// Its host.
    pub remote: &'a dyn Remote,
    /// How it is run.
    pub options: &'a RunOptions<'a>,
    /// The lease on the host.
    pub lease: &'a HeldLease,
}

/// Carries out the plan of one app on a connected host.
pub struct Deployer<'a> {
    pub(super) site: Site<'a>,
    pub(super) plan: &'a AppPlan,
    /// What the caller gets back; written with every save.
    pub(super) kept: &'a mut Option<AppRecord>,
    pub(super) record: AppRecord,
    /// The last lines that install printed.
    pub(super) said: Vec<String>,
}

impl<'a> Deployer<'a> {
    /// For a plan that was made from this very host a moment ago.
    pub fn new(site: Site<'a>, kept: &'a mut Option<AppRecord>, plan: &'a AppPlan) -> Self {
        let request = site.request;
        let mut record = request.record.clone().unwrap_or_else(|| AppRecord::new(&request.spec.name, rand::random()));
        let identity = identity_name(request);
        if record.host.as_ref().is_some_and(|h| h.identity != identity) {
            // Another machine: nothing of the old one is there.
            record.files.clear();
            record.releases.clear();
            (record.source, record.installed, record.current) = (None, None, None);
        }
        let address = request.spec.host.known().unwrap_or("").to_string();
        record.host = Some(HostRecord { address, identity, key: site.remote.host_key() });
        record.instance = request.spec.instance.as_ref().map(|i| i.key.clone());
        Deployer { site, plan, kept, record, said: Vec::new() }
    }

    /// Does what the plan says up to and with install. `release` is the one that is built.
    ///
    /// # Errors
    /// What stopped it; the record says where, and the next run goes on from there.
    pub(super) async fn carry_out(&mut self, rendered: Vec<Rendered>, release: &str) -> Result<(), Diagnostics> {
        if let Some(install) = &self.plan.install {
            self.record.pending.get_or_insert_with(|| install.reason.clone());
        }
        if self.site.request.spec.releases.is_some() {
            self.folder(rendered, release).await?;
        } else {
            self.in_place(rendered).await?;
        }
        Ok(())
    }

    async fn in_place(&mut self, rendered: Vec<Rendered>) -> Result<(), Diagnostics> {
        let (mut files, mut changes) = (rendered, self.plan.files.clone());
        if let (Some(change), Some(source)) = (&self.plan.source, &self.site.request.spec.source) {
            self.checkout(source, change, self.site.request.spec.source.as_ref().and_then(SourceSpec::root)).await?;
            // The checkout moved: what the files are and must be is read again.
            let Reading { plan, rendered } = self.read_again(self.site.request, self.record.clone()).await?;
            (files, changes) = (rendered, plan.files);
        }
        if changes.iter().any(|c| c.action != FileAction::NoOp) {
            self.files(&files, &changes).await?;
        }
        self.adopt(&files);
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

    /// Reads the host once more, with the commit that was just checked out, even if the ref has moved since.
    pub(super) async fn read_again(&self, request: &AppRequest, record: AppRecord) -> Result<Reading, Diagnostics> {
        let request = AppRequest { commit: self.plan.target.clone(), record: Some(record), ..request.clone() };
        let reading = read(self.site.ctx, &request, self.site.remote).await.map_err(|e| failed(&request, &e))?;
        let errors: Diagnostics = reading.plan.diagnostics.clone().into_iter().filter(Diagnostic::is_error).collect();
        if errors.has_errors() { Err(errors) } else { Ok(reading) }
    }

    pub(super) async fn begin(&mut self, step: Step, detail: String) -> Result<Instant, Diagnostic> {
        go_on(self.site.request, self.site.options)?;
        self.site.lease.check(self.site.request)?;
        self.save(Some(step)).await?;
        let detail = self.site.ctx.redactor.redact(&detail);
        self.site.options.sink.event(DeployEvent::StepStarted { app: self.site.request.label(), step, detail });
        Ok(Instant::now())
    }

    pub(super) async fn end(&mut self, step: Step, start: Instant) -> Result<(), Diagnostic> {
        self.save(None).await?;
        self.site.options.sink.event(DeployEvent::StepFinished { app: self.site.request.label(), step, elapsed: start.elapsed() });
        Ok(())
    }

    pub(super) async fn save(&mut self, running: Option<Step>) -> Result<(), Diagnostic> {
        self.record.running = running;
        self.record.updated_at = self.site.options.clock.now().to_string();
        self.record.by = self.site.options.who.to_string();
        *self.kept = Some(self.record.clone());
        self.site.options.records.save(&self.record).await
    }

    pub(super) fn error(&self, error: ReadError) -> Diagnostic {
        match error {
            ReadError::Remote(error) => failed(self.site.request, &error),
            ReadError::Found(diagnostic) => {
                let request = self.site.request;
                diagnostic.or_at(Some(request.spec.span)).address(format!("app.{}", request.label()))
            }
        }
    }

    /// Brings the checkout in `root` to the planned commit.
    pub(super) async fn checkout(&mut self, source: &SourceSpec, change: &SourceChange, root: Option<String>) -> Result<(), Diagnostic> {
        let request = self.site.request;
        let (Some(root), Some(url), Some(commit)) = (root, source.git.known(), change.to.as_deref()) else {
            return Err(
                Diagnostic::error("Value not known", "Repository, path or commit of the source is still unknown.").at(request.spec.span)
            );
        };
        let name = change.reference.as_deref().unwrap_or("HEAD");
        let start = self.begin(Step::Source, format!("{url} at {} ({name})", short(commit))).await?;
        let list = match &source.link {
            None => commands::bring(source, &root, url, commit, change),
            Some(link) => {
                let base = source.base().unwrap_or_default();
                let id = link.rsplit('/').next().unwrap_or(link);
                let shared = request.spec.releases.as_ref().map(|r| r.shared.as_slice()).unwrap_or_default();
                let mut list = vec![folders::make(source, &base, id)];
                list.extend(commands::bring(source, &root, url, commit, &SourceChange { restores: vec![], ..change.clone() }));
                list.extend(folders::share(&base, id, shared));
                list
            }
        };
        run_all(self.site.remote, &list, "Source cannot be checked out").await.map_err(|e| self.error(e))?;
        let live = request.spec.source.as_ref().and_then(SourceSpec::root).unwrap_or(root);
        self.record.source = Some(SourceRecord { path: live, url: url.into(), commit: commit.into() });
        self.end(Step::Source, start).await
    }

    pub(super) async fn files(&mut self, files: &[Rendered], changes: &[FileChange]) -> Result<(), Diagnostic> {
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
                .at(self.site.request.spec.span));
        };
        let remote = self.site.remote;
        let folder: Vec<RemoteCommand> = commands::make_folder(&file.path, file.sudo).into_iter().collect();
        run_all(remote, &folder, "Folder cannot be made").await.map_err(|e| self.error(e))?;
        if file.sudo {
            let command = commands::write_as_root(&file.path, bytes, file.mode, file.owner.as_deref());
            return run_all(remote, &[command], "File cannot be written").await.map_err(|e| self.error(e));
        }
        remote.write_file(&file.path, bytes, file.mode).await.map_err(|e| failed(self.site.request, &e))
    }

    async fn remove(&self, path: &str) -> Result<(), Diagnostic> {
        let sudo = self.record.files.get(path).is_some_and(|f| f.sudo);
        let source = self.site.request.spec.source.as_ref().and_then(|s| Some((s, s.root()?)));
        let inside = source.as_ref().and_then(|(s, root)| Some((*s, root.as_str(), path.strip_prefix(&format!("{root}/"))?)));
        run_all(self.site.remote, &[commands::remove(path, sudo, inside)], "File cannot be removed").await.map_err(|e| self.error(e))
    }

    /// What the files are now, written or found.
    pub(super) fn adopt(&mut self, files: &[Rendered]) {
        let kept: Vec<_> = files.iter().filter_map(|f| Some((f.path.clone(), f.record(&self.record)?))).collect();
        self.record.files.extend(kept);
    }
}
