//! The layout in which every release has a folder: what is built lies apart until it becomes current.

use super::apply::Deployer;
use super::facts::{ReadError, refused};
use super::planning::Reading;
use super::request::AppRequest;
use crate::app::{AppRecord, AppSpec, FileAction, FileChange, Rendered, SourceChange, SourceSpec, Step, folders};
use crate::diag::{Diagnostic, Diagnostics};

/// Exit code of [`folders::switch`] for a release without a folder.
const NO_FOLDER: i32 = 66;

impl Deployer<'_> {
    /// Builds the folder of a release, or takes the one that is there when an earlier release comes back, writes what
    /// lies outside of it, and makes it current.
    pub(super) async fn folder(&mut self, rendered: Vec<Rendered>, id: &str) -> Result<(), Diagnostics> {
        let Some(live) = self.site.request.spec.source.as_ref().and_then(SourceSpec::root) else {
            return Err(Diagnostic::error("Value not known", "The source's path is still unknown.").at(self.site.request.spec.span).into());
        };
        if self.site.request.restore.is_some() {
            let outside = |path: &str| !path.starts_with(&format!("{live}/"));
            let changes: Vec<FileChange> = self.plan.files.iter().filter(|c| outside(&c.path)).cloned().collect();
            if changes.iter().any(|c| c.action != FileAction::NoOp) {
                self.files(&rendered, &changes).await?;
            }
            self.record.files.retain(|path, _| outside(path));
            self.adopt(&rendered);
            if let Some(release) = &self.site.request.restore {
                self.record.source.clone_from(&release.source);
            }
        } else {
            self.build(&live, id).await?;
        }
        self.switch(id).await?;
        Ok(())
    }

    async fn build(&mut self, live: &str, id: &str) -> Result<(), Diagnostics> {
        let spec = &self.site.request.spec;
        let Some(source) = spec.source.as_ref().map(|s| SourceSpec { link: Some(folders::folder(id)), ..s.clone() }) else {
            return Ok(());
        };
        let built = source.root().unwrap_or_default();
        let change = self.plan.source.clone().unwrap_or_else(|| SourceChange::to(&source, self.plan.target.clone()));
        self.checkout(&source, &SourceChange { discards: vec![String::new()], ..change }, Some(built.clone())).await?;
        // The files are planned for the new folder, as if it were the running one.
        let (there, here) = (moved(live, &built), moved(&built, live));
        let request = AppRequest { spec: AppSpec { source: Some(source), ..spec.clone() }, ..self.site.request.clone() };
        let Reading { plan, rendered } = self.read_again(&request, renamed(self.record.clone(), &there)).await?;
        self.record = renamed(std::mem::take(&mut self.record), &there);
        let written = if plan.files.iter().any(|c| c.action != FileAction::NoOp) {
            self.files(&rendered, &plan.files).await
        } else {
            self.adopt(&rendered);
            Ok(())
        };
        self.record = renamed(std::mem::take(&mut self.record), &here);
        let declared: Vec<String> = rendered.iter().map(|f| here(&f.path)).collect();
        self.record.files.retain(|path, _| !path.starts_with(&format!("{live}/")) || declared.contains(path));
        Ok(written?)
    }

    /// Makes a release the current one.
    async fn switch(&mut self, id: &str) -> Result<(), Diagnostic> {
        let base = self.site.request.spec.source.as_ref().and_then(SourceSpec::base).unwrap_or_default();
        let start = self.begin(Step::Switch, format!("current -> {}", folders::folder(id))).await?;
        let output = self.site.remote.run(&folders::switch(&base, id), None).await.map_err(|e| self.error(ReadError::Remote(e)))?;
        match output.code {
            Some(0) => self.end(Step::Switch, start).await,
            Some(NO_FOLDER) => Err(self.error(ReadError::Found(Diagnostic::error(
                "Release is gone",
                format!("{base}/{} is not there any more.", folders::folder(id)),
            )))),
            _ => Err(self.error(ReadError::Found(refused("The release cannot become current", &output)))),
        }
    }
}

/// Moves a path from one folder to another.
fn moved(from: &str, to: &str) -> impl Fn(&str) -> String {
    let (from, to) = (format!("{from}/"), format!("{to}/"));
    move |path| path.strip_prefix(&from).map_or_else(|| path.to_string(), |inside| format!("{to}{inside}"))
}

fn renamed(mut record: AppRecord, name: &dyn Fn(&str) -> String) -> AppRecord {
    record.files = std::mem::take(&mut record.files).into_iter().map(|(path, file)| (name(&path), file)).collect();
    record
}
