//! `show`: a saved plan, or the state of an environment, as text or JSON.

use super::args::ShowArgs;
use super::planning::learn_secrets;
use super::project::{Need, open};
use super::saved;
use super::session::Session;
use super::state::read;
use super::wire::Edges;
use crate::diag::Diagnostics;
use crate::plan::file::SavedPlan;
use crate::report::json::{self, PlanContext};
use crate::report::plan::{object_text, outputs_text, render};
use crate::schema::SchemaSource;
use crate::state::object::decode;
use crate::state::{State, Status};
use crate::value::from_json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Runs the command. As JSON sensitive values are shown: the document is for programs that need
/// them, and asked for by name.
///
/// # Errors
/// When the file is no plan, or the environment does not load.
pub async fn run(session: &Session, args: &ShowArgs) -> Result<(), Diagnostics> {
    let file = args.what.as_ref().map(PathBuf::from).filter(|p| p.is_file());
    match file {
        Some(file) => plan(session, args, &file).await,
        None => state(session, args).await,
    }
}

async fn plan(session: &Session, args: &ShowArgs, file: &Path) -> Result<(), Diagnostics> {
    let SavedPlan { plan, origin } = saved::read(session, file, &args.input).await?;
    let schemas = Edges::new(PathBuf::from("."), session.env.clone()).registry();
    if args.json {
        let version = format!("{}.0", crate::config::LANGUAGE_LEVEL);
        let context = PlanContext { version: &version, made: &origin.made, configuration: &origin.configuration, schemas: &schemas };
        session.raw(&format!("{}\n", json::plan(&plan, &context)));
        return Ok(());
    }
    let mut style = session.style;
    style.show_sensitive = args.show_sensitive;
    if !args.show_sensitive {
        learn_secrets(session, &plan);
    }
    session.out(&format!("Plan for {} · made {} · state {}\n\n", origin.environment, origin.made, origin.store));
    session.out(&render(&plan, &schemas, &style));
    for (app, commit) in &origin.apps {
        let at = commit.as_ref().map(|c| format!(" at commit {c}")).unwrap_or_default();
        session.out(&format!("app.{app} will be planned again on its host{at}.\n"));
    }
    Ok(())
}

async fn state(session: &Session, args: &ShowArgs) -> Result<(), Diagnostics> {
    let project = open(session, args.what.as_deref(), &args.input, Need::Backend)?;
    let state = read(&project).await?.map(|(s, _)| s).unwrap_or_default();
    let registry = project.edges.registry();
    if args.json {
        session.raw(&format!("{}\n", json::state(&state, &registry)));
        return Ok(());
    }
    if state.resources.is_empty() && state.outputs.is_empty() {
        session.out("The state is empty.\n");
        return Ok(());
    }
    let text = state_text(session, &state, &registry, args.show_sensitive);
    // Types copy values without their marks: by value they are masked all the same.
    if args.show_sensitive {
        session.raw(&text)
    } else {
        session.out(&text)
    }
    Ok(())
}

/// Objects and outputs; sensitive parts masked by their marks.
pub(super) fn state_text(session: &Session, state: &State, schemas: &dyn SchemaSource, show_sensitive: bool) -> String {
    let mut style = session.style;
    style.show_sensitive = show_sensitive;
    let mut blocks = Vec::new();
    for (addr, resource, instance) in state.instances() {
        let schema = schemas.schema(&resource.provider.source, addr.resource.mode, &addr.resource.kind);
        for stored in instance.current.iter().chain(instance.deposed.values()) {
            let value = schema.as_ref().and_then(|s| decode(stored, s).ok().map(|v| (v, s)));
            value.iter().filter(|_| !show_sensitive).for_each(|(v, _)| session.redactor.add_value(v));
            blocks.push(match value {
                Some((value, schema)) => object_text(&addr, stored.status == Status::Tainted, &value, &schema.block, &style),
                None => format!("# {addr}: envctl does not know this type yet\n"),
            });
        }
    }
    let mut outputs = BTreeMap::new();
    for (name, output) in &state.outputs {
        if let Ok(value) = from_json(&output.value, &output.ty) {
            outputs.insert(name.clone(), if output.sensitive { value.sensitive() } else { value });
        }
    }
    if !outputs.is_empty() {
        blocks.push(format!("Outputs:\n{}", outputs_text(&outputs, &style)));
    }
    blocks.join("\n")
}
