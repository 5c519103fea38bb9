//! The install step.

use super::apply::Deployer;
use super::connect::failed;
use super::events::DeployEvent;
use super::facts::refused;
use super::gate::last_lines;
use super::inputs::run_all;
use crate::app::{InstallSpec, Step, commands};
use crate::diag::Diagnostic;
use crate::remote::RemoteOutput;

/// Why install did not finish.
pub(super) enum NotInstalled {
    /// The command itself failed.
    Failed(Diagnostic),
    /// It could not be run.
    Stopped(Diagnostic),
}

impl From<Diagnostic> for NotInstalled {
    fn from(diagnostic: Diagnostic) -> Self {
        NotInstalled::Stopped(diagnostic)
    }
}

impl Deployer<'_> {
    pub(super) async fn install(&mut self, install: &InstallSpec) -> Result<(), NotInstalled> {
        let request = self.site.request;
        let dir = match &install.dir {
            Some(dir) => dir.known().and_then(|d| request.spec.on_host(d)),
            None => request.spec.source.as_ref().and_then(crate::app::SourceSpec::root),
        };
        let label = commands::install_label(&install.command, install.sudo);
        let unknown = install.command.known().is_none() || install.env.values().any(|v| v.known().is_none());
        if unknown {
            let detail = "The install command or its environment is still unknown.";
            return Err(Diagnostic::error("Value not known", detail).at(request.spec.span).into());
        }
        let start = self.begin(Step::Install, label.clone()).await?;
        let calls_sudo = install.command.known().is_some_and(|c| c.trim_start().starts_with("sudo "));
        let mut checks = Vec::new();
        checks.extend(install.sudo.then(commands::root_check));
        checks.extend(calls_sudo.then(commands::sudo_check));
        run_all(self.site.remote, &checks, "Root's rights are needed").await.map_err(|e| self.error(e))?;
        let (app, sink, redactor) = (request.label(), self.site.options.sink, self.site.ctx.redactor);
        let print = |line: &str| sink.event(DeployEvent::Output { app: app.clone(), line: redactor.redact(line) });
        let command = commands::install(install, dir.as_deref());
        let output = self.site.remote.run(&command, Some(&print)).await.map_err(|e| failed(request, &e))?;
        self.said = last_lines(&output);
        if !output.ok() {
            return Err(NotInstalled::Failed(self.install_failed(&label, &output)));
        }
        self.record.installed = self.record.install_hash(install);
        self.record.pending = None;
        self.end(Step::Install, start).await?;
        Ok(())
    }

    fn install_failed(&self, label: &str, output: &RemoteOutput) -> Diagnostic {
        let spec = &self.site.request.spec;
        let last: String = self.said.iter().map(|l| format!("\n  {l}")).collect();
        let mut diagnostic = refused("Install command failed", output).at(spec.span).address(format!("app.{}", self.site.request.label()));
        let code = output.code.map_or("a signal".to_string(), |c| format!("code {c}"));
        diagnostic.detail = format!("{label} on {} ended with {code}. Its last lines:{last}", spec.host);
        let next = "Source and files are in place; the next run repeats the command.";
        diagnostic.help = Some(diagnostic.help.map_or(next.to_string(), |help| format!("{help} {next}")));
        diagnostic
    }
}
