//! A deploy from its first hook to its end: release, gate, and the way back.

use super::apply::Deployer;
use super::connect::failed;
use super::events::DeployEvent;
use super::gate::{Closed, Unhealthy, gate};
use super::hooks::{self, Told};
use super::inputs::run_all;
use super::install::NotInstalled;
use super::observe;
use super::planning::{Reading, read};
use super::request::AppRequest;
use super::restore;
use crate::app::{ReleaseRecord, ReleaseResult, Rendered, Step};
use crate::diag::{Diagnostic, Diagnostics};

/// Why a deploy stopped.
enum Stop {
    /// The release does not work: the one before may come back.
    Bad(ReleaseResult, Diagnostic),
    /// Something else; what was done stays, and the next run goes on.
    Here(Diagnostics),
}

impl From<Diagnostic> for Stop {
    fn from(diagnostic: Diagnostic) -> Self {
        Stop::Here(diagnostic.into())
    }
}

impl From<Diagnostics> for Stop {
    fn from(diagnostics: Diagnostics) -> Self {
        Stop::Here(diagnostics)
    }
}

impl Deployer<'_> {
    /// Runs a deploy, or brings an earlier release back when that is what was asked.
    ///
    /// # Errors
    /// What stopped it. The record says where; a release that does not work was taken back if the block wants that.
    pub async fn deploy(mut self, rendered: Vec<Rendered>) -> Result<(), Diagnostics> {
        if let Some(release) = &self.site.request.restore {
            return self.bring_back(release, rendered).await;
        }
        let (at, request) = (self.site.options.clock.now().to_string(), self.site.request);
        let reference = request.spec.source.as_ref().and_then(|s| s.reference.as_ref()).map(ToString::to_string);
        let previous = self.record.current_release().and_then(|r| r.commit().map(String::from));
        let id = self.record.open_release(&at, self.site.options.who, reference, self.plan.target.as_deref());
        let previous = previous.or_else(|| self.record.current_release().and_then(|r| r.commit().map(String::from)));
        let mut told = Told { release: id.clone(), commit: self.plan.target.clone(), previous, status: None };
        match self.forward(rendered, &id, &told).await {
            Ok(()) => {
                let result = if request.spec.health.is_empty() { ReleaseResult::Deployed } else { ReleaseResult::Healthy };
                self.finish(&id, result).await?;
                told.status = Some(result.name());
                self.hooks(crate::app::Moment::AfterDeploy, &told).await?;
                Ok(())
            }
            Err(stop) => Err(self.stopped(&id, stop, told).await),
        }
    }

    async fn forward(&mut self, rendered: Vec<Rendered>, id: &str, told: &Told) -> Result<(), Stop> {
        let before = crate::app::Moment::BeforeDeploy;
        if self.site.request.spec.hooks.iter().any(|h| h.moment == before) {
            let start = self.begin(Step::Hook, before.name().into()).await?;
            self.hooks(before, told).await?;
            self.end(Step::Hook, start).await?;
        }
        restore::keep_running(self.site.remote, self.site.request, &self.record).await.map_err(|e| self.error(e))?;
        self.carry_out(rendered, id).await?;
        self.install_and_check().await
    }

    async fn install_and_check(&mut self) -> Result<(), Stop> {
        if let (Some(_), Some(install)) = (&self.plan.install, &self.site.request.spec.install) {
            self.install(install).await.map_err(|e| match e {
                NotInstalled::Failed(diagnostic) => Stop::Bad(ReleaseResult::Failed, diagnostic),
                NotInstalled::Stopped(diagnostic) => Stop::Here(diagnostic.into()),
            })?;
        }
        let checks = &self.site.request.spec.health;
        if checks.is_empty() {
            return Ok(());
        }
        let labels: Vec<String> = checks.iter().map(crate::app::HealthSpec::label).collect();
        let start = self.begin(Step::Health, format!("health: {}", labels.join(", "))).await?;
        match gate(self.site.ctx, self.site.request, self.site.remote, self.site.options).await {
            Ok(()) => Ok(self.end(Step::Health, start).await?),
            Err(Closed::Stopped(diagnostic)) => Err(diagnostic.into()),
            Err(Closed::Unhealthy(found)) => Err(Stop::Bad(ReleaseResult::Unhealthy, self.unhealthy(&found))),
        }
    }

    fn unhealthy(&self, found: &Unhealthy) -> Diagnostic {
        let request = self.site.request;
        let (said, of) = if found.output.is_empty() { (&self.said, "install") } else { (&found.output, "the check") };
        let lines: String = said.iter().map(|l| format!("\n  {l}")).collect();
        let last = if lines.is_empty() { String::new() } else { format!(" The last lines of {of}:{lines}") };
        let seconds = found.after.as_secs_f32();
        let detail = format!("{} did not hold on {} within {seconds:.1} seconds: {}.{last}", found.label, request.spec.host, found.why);
        Diagnostic::error("The release is not healthy", detail).at(request.spec.span).address(format!("app.{}", request.label()))
    }

    async fn hooks(&self, moment: crate::app::Moment, told: &Told) -> Result<(), Diagnostic> {
        let site = &self.site;
        hooks::run(site.ctx, site.request, site.remote, site.options, moment, told).await
    }

    /// Records a good end, and lets go of what is too old.
    async fn finish(&mut self, id: &str, result: ReleaseResult) -> Result<(), Diagnostic> {
        self.record.pending = None;
        self.record.end_release(id, result);
        let keep = self.site.request.spec.releases.as_ref().map_or(crate::app::KEEP, |r| r.keep);
        let gone = self.record.drop_releases(keep);
        if !gone.is_empty() {
            let list = restore::forget(self.site.request, &self.record, &gone);
            if let Err(error) = run_all(self.site.remote, &list, "Old releases stay on the host").await {
                let diagnostic = self.error(error);
                let warning = Diagnostic::warning(diagnostic.summary.clone(), diagnostic.detail);
                self.site.options.sink.event(DeployEvent::Warning { app: self.site.request.label(), diagnostic: warning });
            }
        }
        self.remember_facts().await;
        self.save(None).await
    }

    /// Keeps what the host is like now, so that a later look can tell what changed since. The deploy is done: facts that
    /// cannot be had do not fail it.
    async fn remember_facts(&mut self) {
        let site = &self.site;
        let now = site.options.clock.now();
        if let Ok(facts) = observe::facts(site.ctx, &site.request.spec, site.remote, now).await {
            observe::remember(&mut self.record, &facts);
        }
    }

    /// Records how a release failed, brings the one before back where that is wanted, and tells the hooks.
    async fn stopped(&mut self, id: &str, stop: Stop, mut told: Told) -> Diagnostics {
        let (mut errors, result) = match stop {
            Stop::Here(errors) => (errors, ReleaseResult::Failed),
            Stop::Bad(result, diagnostic) => (diagnostic.into(), result),
        };
        if *self.site.options.cancel.borrow() || self.site.lease.check(self.site.request).is_err() {
            return errors;
        }
        let step = self.record.running;
        self.record.end_release(id, result);
        if result == ReleaseResult::Unhealthy {
            self.record.pending = Some(format!("release {id} was not healthy"));
        }
        told.status = Some(result.name());
        let bad = result == ReleaseResult::Unhealthy || (result == ReleaseResult::Failed && step == Some(Step::Install));
        let previous = self.record.current_release().filter(|r| r.id != id).cloned();
        match previous.filter(|_| bad && self.site.request.spec.rolls_back()) {
            None => {
                if let Err(error) = self.save(step).await {
                    errors.push(error);
                }
            }
            Some(previous) => match self.take_back(id, &previous).await {
                Ok(()) => {
                    told.status = Some(ReleaseResult::RolledBack.name());
                    errors = errors.into_iter().map(|d| came_back(d, &previous)).collect();
                }
                Err(more) => errors.extend(more),
            },
        }
        if let Err(error) = self.hooks(crate::app::Moment::OnFailure, &told).await {
            errors.push(error);
        }
        errors
    }

    /// Restores the release before, and checks that it is healthy.
    async fn take_back(&mut self, id: &str, previous: &ReleaseRecord) -> Result<(), Diagnostics> {
        let (site, request) = (self.site, self.site.request);
        site.options.sink.event(DeployEvent::Notice {
            app: request.label(),
            text: format!("release {id} does not work: release {} comes back", previous.id),
        });
        let why = format!("release {id} did not work and was taken back");
        self.record.pending = Some(why.clone());
        self.save(None).await?;
        let mut spec = request.spec.clone();
        if let Some(source) = &mut spec.source {
            // What differs in the checkout now is the failed release's doing.
            source.discard_changes = true;
        }
        let record = Some(self.record.clone());
        let back = AppRequest { spec, restore: Some(previous.clone()), record, approved: None, ..request.clone() };
        let Reading { plan, rendered } = read(site.ctx, &back, site.remote).await.map_err(|e| failed(&back, &e))?;
        let errors: Diagnostics = plan.diagnostics.clone().into_iter().filter(Diagnostic::is_error).collect();
        if errors.has_errors() {
            return Err(errors);
        }
        let mut inner = Deployer {
            site: super::apply::Site { request: &back, ..site },
            plan: &plan,
            kept: &mut *self.kept,
            record: std::mem::take(&mut self.record),
            said: Vec::new(),
        };
        let result = inner.again(rendered, previous).await;
        self.record = inner.record;
        if result.is_ok() {
            self.record.end_release(id, ReleaseResult::RolledBack);
        }
        self.record.pending = Some(why);
        self.save(None).await?;
        result
    }

    async fn again(&mut self, rendered: Vec<Rendered>, release: &ReleaseRecord) -> Result<(), Diagnostics> {
        let site = self.site;
        self.carry_out(rendered, &release.id).await?;
        match self.install_and_check().await {
            Ok(()) => Ok(()),
            Err(Stop::Here(errors)) => Err(errors),
            Err(Stop::Bad(_, error)) => {
                let detail = format!("Release {} came back, but: {}", release.id, error.detail);
                let error = Diagnostic::error("The release before does not work either", detail);
                Err(error.at(site.request.spec.span).address(format!("app.{}", site.request.label())).into())
            }
        }
    }

    /// Brings an earlier release back because somebody asked for it.
    async fn bring_back(mut self, release: &ReleaseRecord, rendered: Vec<Rendered>) -> Result<(), Diagnostics> {
        restore::keep_running(self.site.remote, self.site.request, &self.record).await.map_err(|e| self.error(e))?;
        let left: Vec<String> = self.record.releases.last().map(|r| r.id.clone()).into_iter().chain(self.record.current.clone()).collect();
        self.record.pending = Some(format!("release {} was being brought back", release.id));
        let result = self.again(rendered, release).await;
        if result.is_ok() {
            left.iter().filter(|id| **id != release.id).for_each(|id| self.record.end_release(id, ReleaseResult::RolledBack));
            let good = if self.site.request.spec.health.is_empty() { ReleaseResult::Deployed } else { ReleaseResult::Healthy };
            self.finish(&release.id, good).await?;
        }
        result
    }
}

fn came_back(diagnostic: Diagnostic, previous: &ReleaseRecord) -> Diagnostic {
    let back = format!("Release {} is back. Mend the cause and deploy again; the plan shows this deploy once more.", previous.id);
    let help = match diagnostic.summary.as_ref() {
        "Install command failed" => back,
        _ => diagnostic.help.as_ref().map_or_else(|| back.clone(), |help| format!("{help} {back}")),
    };
    diagnostic.help(help)
}
