//! The commands of a deploy as people read them: the very ones that would run, secrets masked by mark.

use super::commands;
use super::diff::FileAction;
use super::health::{Check, HealthSpec};
use super::hook::Moment;
use super::lease;
use super::plan::AppPlan;
use super::record::AppRecord;
use super::shell::RemoteCommand;
use super::spec::{AppSpec, SourceSpec};
use super::text::{MASKED, Text};
use super::{checks, folders};
use std::fmt::Write;

/// Stands for the name of the release, which is given when the deploy begins.
const RELEASE: &str = "RELEASE";

impl AppSpec {
    /// The spec with a mask for each secret: what is made from it can be shown.
    fn masked(&self) -> AppSpec {
        let mut spec = self.clone();
        let mask = |text: &mut Text| {
            if text.is_sensitive() {
                *text = Text::plain(MASKED);
            }
        };
        if let Some(source) = &mut spec.source {
            source.git_config.values_mut().for_each(mask);
        }
        if let Some(install) = &mut spec.install {
            install.env.values_mut().chain([&mut install.command]).for_each(mask);
        }
        for hook in &mut spec.hooks {
            hook.env.values_mut().chain([&mut hook.command]).for_each(mask);
        }
        for check in &mut spec.health {
            match &mut check.check {
                Check::Http { url, .. } => mask(url),
                Check::Tcp(text) | Check::Command { command: text, .. } => mask(text),
            }
        }
        spec
    }
}

/// The commands of a planned deploy, in order; empty when there is nothing to do.
#[must_use]
pub fn script(spec: &AppSpec, plan: &AppPlan, record: Option<&AppRecord>) -> String {
    if plan.is_empty() {
        return String::new();
    }
    let spec = spec.masked();
    let mut out = Script(format!("app.{} on {}\n", plan.app, plan.host));
    out.note(&format!("takes the lease ~/{}/{}", lease::FOLDER, spec.lease_file()));
    hooks(&spec, Moment::BeforeDeploy, &mut out);
    if let Some((record, running)) = record.and_then(|r| Some((r, r.current_release()?))).filter(|(_, r)| !r.files.is_empty()) {
        out.note(&format!("keeps the files of {} in ~/{}", running.id, record.kept_release(&running.id)));
    }
    source(&spec, plan, &mut out);
    files(plan, &mut out);
    if let (Some(link), Some(base)) = (spec.releases.as_ref(), spec.source.as_ref().and_then(SourceSpec::base)) {
        folders::share(&base, RELEASE, &link.shared).iter().for_each(|c| out.host(c));
        out.host(&folders::switch(&base, RELEASE));
    }
    if let (Some(_), Some(install)) = (&plan.install, &spec.install) {
        let dir = match &install.dir {
            Some(dir) => dir.known().and_then(|d| spec.on_host(d)),
            None => spec.source.as_ref().and_then(SourceSpec::root),
        };
        out.host(&commands::install(install, dir.as_deref()));
    }
    spec.health.iter().for_each(|check| health(&spec, check, &mut out));
    hooks(&spec, Moment::AfterDeploy, &mut out);
    out.0
}

fn source(spec: &AppSpec, plan: &AppPlan, out: &mut Script) {
    let Some(source) = &spec.source else { return };
    let change = match (&plan.source, &spec.releases) {
        (Some(change), _) => change.clone(),
        (None, Some(_)) => super::SourceChange::to(source, plan.target.clone()),
        (None, None) => return,
    };
    let (Some(url), Some(commit), Some(base)) = (source.git.known(), change.to.as_deref(), source.base()) else {
        return out.note("the checkout: its commit or repository is known after apply");
    };
    if spec.releases.is_none() {
        return commands::bring(source, &base, url, commit, &change).iter().for_each(|c| out.host(c));
    }
    let built = SourceSpec { link: Some(folders::folder(RELEASE)), ..source.clone() };
    out.host(&folders::make(&built, &base, RELEASE));
    let root = built.root().unwrap_or_default();
    let change = super::SourceChange { restores: vec![], ..change.clone() };
    commands::bring(&built, &root, url, commit, &change).iter().for_each(|c| out.host(c));
}

fn files(plan: &AppPlan, out: &mut Script) {
    for file in &plan.files {
        match file.action {
            FileAction::Create | FileAction::Update => out.note(&format!("writes {} (its content is above)", file.path)),
            FileAction::Delete => out.note(&format!("removes {}", file.path)),
            FileAction::NoOp | FileAction::Leave => {}
        }
    }
}

fn hooks(spec: &AppSpec, moment: Moment, out: &mut Script) {
    for hook in spec.hooks.iter().filter(|h| h.moment == moment) {
        let command = checks::hook(spec, hook, &[]);
        if hook.local { out.lines("here", hook.command.known().unwrap_or("")) } else { out.host(&command) }
    }
}

fn health(spec: &AppSpec, check: &HealthSpec, out: &mut Script) {
    match checks::health(spec, check).filter(|_| check.from_host) {
        Some(command) => out.host(&command),
        None => out.lines("here", &check.label()),
    }
}

struct Script(String);

impl Script {
    fn note(&mut self, text: &str) {
        let _ = writeln!(self.0, "  # {text}");
    }

    fn host(&mut self, command: &RemoteCommand) {
        match &command.stdin {
            Some(script) => self.lines("host", &String::from_utf8_lossy(script)),
            None => self.lines("host", &command.shell),
        }
    }

    fn lines(&mut self, place: &str, text: &str) {
        for (i, line) in text.lines().filter(|l| !l.trim().is_empty()).enumerate() {
            let mark = if i == 0 { format!("{place}$") } else { " ".repeat(place.len() + 1) };
            let _ = writeln!(self.0, "  {mark} {line}");
        }
    }
}
