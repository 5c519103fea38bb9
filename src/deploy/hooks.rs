//! Runs hooks, here or on the host, with what they may know of the deploy.

use super::connect::failed;
use super::events::DeployEvent;
use super::gate::last_lines;
use super::request::{AppRequest, Context, RunOptions};
use crate::app::{HookSpec, Moment, RemoteCommand, checks};
use crate::diag::Diagnostic;
use crate::remote::{Remote, RemoteOutput};

/// What hooks are told.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// The release.
    pub release: String,
    /// Its commit.
    pub commit: Option<String>,
    /// The commit before.
    pub previous: Option<String>,
    /// How the deploy ended, after it.
    pub status: Option<&'static str>,
}

/// Runs the hooks of a moment, in source order; the first that fails is the last.
pub async fn run(
    ctx: &Context<'_>,
    request: &AppRequest,
    remote: &dyn Remote,
    options: &RunOptions<'_>,
    moment: Moment,
    told: &Told,
) -> Result<(), Diagnostic> {
    for hook in request.spec.hooks.iter().filter(|h| h.moment == moment) {
        let label = ctx.redactor.redact(&hook.label());
        let app = request.label();
        options.sink.event(DeployEvent::Notice { app: app.clone(), text: format!("hook {label}") });
        let print = |line: &str| options.sink.event(DeployEvent::Output { app: app.clone(), line: ctx.redactor.redact(line) });
        let output = one(ctx, request, remote, hook, &variables(request, options, told), &print).await?;
        if !output.ok() {
            let code = output.code.map_or("a signal".to_string(), |c| format!("code {c}"));
            let lines: String = last_lines(&output).iter().map(|l| format!("\n  {l}")).collect();
            let detail = format!("{label} of app.{} ended with {code}. Its last lines:{lines}", request.label());
            return Err(at(request, hook, Diagnostic::error("Hook failed", detail)));
        }
    }
    Ok(())
}

async fn one(
    ctx: &Context<'_>,
    request: &AppRequest,
    remote: &dyn Remote,
    hook: &HookSpec,
    variables: &[(String, String)],
    print: &(dyn Fn(&str) + Send + Sync),
) -> Result<RemoteOutput, Diagnostic> {
    if hook.command.known().is_none() || hook.env.values().any(|v| v.known().is_none()) {
        let detail = format!("The command or the environment of the hook {} is still unknown.", hook.moment.name());
        return Err(at(request, hook, Diagnostic::error("Value not known", detail)));
    }
    if !hook.local {
        return remote.run(&checks::hook(&request.spec, hook, variables), Some(print)).await.map_err(|e| failed(request, &e));
    }
    let env = checks::hook_environment(hook, variables);
    let env = crate::app::shell::exports(env.iter().map(|(k, v)| (k.as_str(), v.as_str())));
    let command = RemoteCommand::script(format!("{env}{}\n", hook.command.known().unwrap_or("")));
    ctx.local.run(&command, ctx.project, print).await.map_err(|e| at(request, hook, Diagnostic::error("Hook did not start", e)))
}

fn variables(request: &AppRequest, options: &RunOptions<'_>, told: &Told) -> Vec<(String, String)> {
    let reference = request.spec.source.as_ref().and_then(|s| s.reference.as_ref()).and_then(|r| r.known().map(String::from));
    let all = [
        ("ENVIRONMENT", Some(options.environment.to_string())),
        ("APP", Some(request.spec.name.to_string())),
        ("HOST", request.spec.host.known().map(String::from)),
        ("REF", reference),
        ("COMMIT", told.commit.clone()),
        ("RELEASE", Some(told.release.clone())),
        ("PREVIOUS_COMMIT", told.previous.clone()),
        ("STATUS", told.status.map(String::from)),
    ];
    all.into_iter().map(|(name, value)| (format!("ENVCTL_{name}"), value.unwrap_or_default())).collect()
}

fn at(request: &AppRequest, hook: &HookSpec, diagnostic: Diagnostic) -> Diagnostic {
    diagnostic.at(hook.span).address(format!("app.{}", request.label()))
}
