//! `policy`: the IAM policy that an environment needs. Nothing is called but the store of the state, where it answers;
//! `-check` is `policy_check`.

use super::args::EnvArgs;
use super::args_govern::PolicyArgs;
use super::project::{Need as Level, Project, open};
use super::session::Session;
use super::snapshot_rules;
use super::state::read;
use crate::addr::{Mode, ProviderSource};
use crate::config::Config;
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::{ResolveInput, Resolver};
use crate::ops::objects::{Described, described};
use crate::ops::policy::{Document, Need, Place, Purpose, document, home};
use crate::ops::snapshot::{Before, permissions};
use crate::plan::eval::Evaluator;
use crate::provider::Provider;
use crate::state::State;
use crate::value::Value;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Runs the command. The document goes to standard output, remarks to standard error.
///
/// # Errors
/// When the environment does not load, or this build has no AWS.
pub async fn run(session: &Session, args: &PolicyArgs) -> Result<u8, Diagnostics> {
    let project = open(session, args.env.env.as_deref(), &quiet(&args.env).input, Level::Variables)?;
    let registry = project.edges.registry();
    let aws = registry.provider(&ProviderSource::default_for("aws")).cloned();
    let Some(aws) = aws else {
        return Err(Diagnostic::error(
            "No AWS in this build",
            "Which permissions a type needs, the AWS types know, and this build has none.",
        )
        .into());
    };
    let purpose = Purpose::named(&args.purpose).unwrap_or(Purpose::Apply);
    if args.check {
        return super::policy_check::run(session, args, &project, aws.as_ref(), purpose).await;
    }
    let eval = at_rest(session, &project, &State::default())?;
    let place = place(&project, &eval);
    let state = stored(&project).await;
    let document = needed(&project, aws.as_ref(), purpose, &eval, &Known { place, state, group_reads: !args.without_group_reads });
    let (policy, notes) = (document.json(), document.notes());
    let shown = if args.json {
        json!({"format": 1, "environment": project.config.name, "for": args.purpose, "policy": policy, "notes": notes})
    } else {
        policy
    };
    session.out(&format!("{}\n", serde_json::to_string_pretty(&shown).unwrap_or_default()));
    if !args.json {
        notes.iter().for_each(|n| session.err(&format!("{n}\n")));
    }
    Ok(0)
}

/// What a document is made from beside the configuration.
pub(super) struct Known {
    /// Account and region.
    pub place: Place,
    /// The state, where it could be read.
    pub state: Option<State>,
    /// Whether reads of many objects at once are wanted.
    pub group_reads: bool,
}

/// Everything that a purpose needs.
pub(super) fn needed(project: &Project, aws: &dyn Provider, purpose: Purpose, eval: &Evaluator, known: &Known) -> Document {
    let place = &known.place;
    let kept = known.state.as_ref().map(kept).unwrap_or_default();
    let objects: Vec<(Mode, Described)> = [Mode::Managed, Mode::Data, Mode::Ephemeral]
        .into_iter()
        .flat_map(|mode| described(eval, mode).into_iter().map(move |d| (mode, d)))
        .collect();
    let mut needs: Vec<Need<'_>> = Vec::new();
    if purpose != Purpose::Bootstrap {
        needs.extend(objects.iter().filter_map(|(mode, d)| need(aws, purpose, *mode, &d.addr.resource.kind, Some(&d.value))));
        // What is in the state and written nowhere any more is read, and removed.
        needs.extend(kept.iter().filter_map(|(kind, value)| need(aws, purpose, Mode::Managed, kind, Some(value))));
    }
    let mut document = document(&needs, place, known.group_reads);
    if let Some(home) = home(&project.backend) {
        home.allow(purpose, place, &mut document);
        for key in seal_keys(&project.config).iter().filter(|_| purpose != Purpose::Bootstrap) {
            ["kms:Decrypt", "kms:GenerateDataKey"].iter().for_each(|a| document.allow(kms(key, place), a));
        }
    }
    keep_safe(project, eval, purpose, place, &mut document);
    if !needs.is_empty() {
        document.allow("*", "sts:GetCallerIdentity");
    }
    document
}

/// The environment without questions on the terminal.
pub(super) fn quiet(env: &EnvArgs) -> EnvArgs {
    let mut env = env.clone();
    env.input.input = Some(false);
    env
}

/// The configuration, evaluated on a state.
pub(super) fn at_rest(session: &Session, project: &Project, state: &State) -> Result<Evaluator, Diagnostics> {
    let input = ResolveInput {
        config: project.config.clone(),
        schemas: Arc::new(project.edges.registry()),
        variables: project.variables.values.clone(),
        env: project.call_env(session),
        workspace: project.workspace.clone(),
    };
    Ok(Resolver::at_rest(input, state, &BTreeSet::new())?.into_evaluator())
}

/// Account and region, as far as the environment says them.
pub(super) fn place(project: &Project, eval: &Evaluator) -> Place {
    let environment = project.config.environment.as_ref();
    Place { account: environment.and_then(|e| e.account_id.clone()), region: region(project, eval) }
}

/// The region of the environment: its own, that of the AWS provider, that of the process.
pub(super) fn region(project: &Project, eval: &Evaluator) -> Option<String> {
    let environment = project.config.environment.as_ref().and_then(|e| e.region.clone());
    environment.or_else(|| provider_region(&project.config, eval)).or_else(|| {
        let set = |name: &str| project.edges.env.get(name).filter(|v| !v.is_empty()).cloned();
        set("AWS_REGION").or_else(|| set("AWS_DEFAULT_REGION"))
    })
}

fn provider_region(config: &Config, eval: &Evaluator) -> Option<String> {
    let block = config.root()?.providers.get(&("aws".into(), None))?;
    let expr = &block.body.attribute("region")?.expr;
    let value = crate::lang::evaluate(expr, &eval.root_scope(), &mut Diagnostics::new());
    value.unmark_deep().0.as_str().map(str::to_string)
}

/// The state, where it can be read.
async fn stored(project: &Project) -> Option<State> {
    read(project).await.ok().flatten().map(|(state, _)| state)
}

/// Types and attributes of the objects in a state.
fn kept(state: &State) -> Vec<(String, Value)> {
    let all = state.instances().filter(|(addr, ..)| addr.resource.mode == Mode::Managed);
    let object = |addr: &crate::addr::InstanceAddr| {
        let attributes = serde_json::to_value(&state.current(addr)?.attributes).ok()?;
        Some(crate::value::implied_from_json(&attributes))
    };
    all.map(|(addr, ..)| (addr.resource.kind.to_string(), object(&addr).unwrap_or_else(Value::dynamic))).collect()
}

fn need<'a>(aws: &dyn Provider, purpose: Purpose, mode: Mode, kind: &'a str, value: Option<&'a Value>) -> Option<Need<'a>> {
    let actions = match mode {
        Mode::Data => aws.data_source(kind)?.iam().to_vec(),
        Mode::Ephemeral => aws.ephemeral(kind)?.iam().to_vec(),
        Mode::Managed if purpose == Purpose::Deploy => return None,
        Mode::Managed => {
            let iam = aws.resource(kind)?.iam();
            let changing = [iam.create, iam.update, iam.delete];
            let changing = changing.iter().filter(|_| purpose == Purpose::Apply).flat_map(|a| a.iter());
            iam.read.iter().chain(changing).copied().collect()
        }
    };
    Some(Need { kind, actions, value })
}

/// What the environment's snapshot rules need.
fn keep_safe(project: &Project, eval: &Evaluator, purpose: Purpose, place: &Place, document: &mut Document) {
    let deploys = match purpose {
        Purpose::Apply => false,
        Purpose::Deploy => true,
        Purpose::Plan | Purpose::Bootstrap => return,
    };
    let rules = snapshot_rules::in_scope(project, &eval.root_scope(), &mut Diagnostics::new());
    let environment = snapshot_rules::environment(project);
    for rule in rules.iter().filter(|r| !deploys || r.before.contains(&Before::Deploy)) {
        for (action, resource) in permissions(rule, &environment) {
            document.allow(place.arn("rds", &resource), action);
        }
    }
}

/// Keys in AWS that encrypt state and plans.
fn seal_keys(config: &Config) -> Vec<String> {
    let blocks = config.root().and_then(|m| m.encryption.as_ref()).into_iter().flat_map(|b| b.body.blocks_of("key_provider"));
    let ours = blocks.filter(|b| b.labels.first().is_some_and(|l| l.name.as_ref() == "aws_kms"));
    ours.map(|b| b.body.attribute("kms_key_id").and_then(|a| a.expr.literal_str()).unwrap_or_else(|| "*".into())).collect()
}

fn kms(key: &str, place: &Place) -> String {
    let name = if key.starts_with("alias/") { "*" } else { key };
    if key.starts_with("arn:") { key.to_string() } else { place.arn("kms", &format!("key/{name}")) }
}
