//! `output`: the values an environment gives to others.

use super::args::OutputArgs;
use super::project::{Need, open};
use super::session::Session;
use super::state::{read, secrets::learn};
use crate::diag::{Diagnostic, Diagnostics};
use crate::report::{plan::outputs_text, pretty};
use crate::state::OutputState;
use crate::value::{Name, Value, from_json, type_to_json};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Runs the command. Asked for by name or as JSON, sensitive values are shown.
///
/// # Errors
/// When the environment does not load or has no such output.
pub async fn run(session: &Session, args: &OutputArgs) -> Result<(), Diagnostics> {
    // `output NAME` inside a root module: the only word is the output, unless a folder has that name.
    let named_only =
        args.name.is_none() && args.env.as_deref().is_some_and(|e| open(session, Some(e), &args.input, Need::Backend).is_err());
    let (env, name) = if named_only { (None, args.env.as_deref()) } else { (args.env.as_deref(), args.name.as_deref()) };
    let project = open(session, env, &args.input, Need::Backend)?;
    let state = read(&project).await?.map(|(s, _)| s).unwrap_or_default();
    let outputs = &state.outputs;
    match name {
        Some(name) => session.raw(&one(name, outputs, args)?),
        None if args.raw => return Err(which(outputs).into()),
        None if args.json => session.raw(&all_json(outputs)),
        None => {
            learn(session, &state, &project.edges.registry());
            session.out(&all(session, outputs)?);
        }
    }
    Ok(())
}

/// `-raw` writes one value; that of no output would be an empty text that looks like one.
fn which(outputs: &BTreeMap<Name, OutputState>) -> Diagnostic {
    let known: Vec<&str> = outputs.keys().map(AsRef::as_ref).collect();
    let list = if known.is_empty() { "The state has none; apply first.".into() } else { format!("There are: {}.", known.join(", ")) };
    Diagnostic::error("Which output?", "-raw writes the value of one output, and none is named.")
        .help(format!("Write: envctl output -raw ENV NAME. {list}"))
}

fn value(name: &str, output: &OutputState) -> Result<Value, Diagnostics> {
    from_json(&output.value, &output.ty)
        .map_err(|e| Diagnostic::error("The stored output is not readable", format!("{name}: {}.", e.message)).into())
}

fn one(name: &str, outputs: &BTreeMap<Name, OutputState>, args: &OutputArgs) -> Result<String, Diagnostics> {
    let Some(output) = outputs.get(name) else {
        let known: Vec<&str> = outputs.keys().map(AsRef::as_ref).collect();
        let help =
            if known.is_empty() { "The state has no outputs; apply first.".into() } else { format!("There are: {}.", known.join(", ")) };
        return Err(Diagnostic::error("No such output", format!("The state has no output {name:?}.")).help(help).into());
    };
    if args.json {
        return Ok(format!("{}\n", output.value));
    }
    let value = value(name, output)?;
    if !args.raw {
        return Ok(format!("{}\n", pretty(&value)));
    }
    let text = match crate::value::convert(&value, &crate::value::Type::String) {
        Ok(v) => v.as_str().map(str::to_string),
        Err(_) => None,
    };
    text.ok_or_else(|| {
        let detail = format!("Output {name:?} is {}, and -raw writes strings, numbers and bools only.", value.ty());
        Diagnostic::error("Not a plain value", detail).help("Use -json instead.").into()
    })
}

fn all_json(outputs: &BTreeMap<Name, OutputState>) -> String {
    let one =
        |(n, o): (&Name, &OutputState)| (n.to_string(), json!({"sensitive": o.sensitive, "type": type_to_json(&o.ty), "value": o.value}));
    let map: serde_json::Map<String, Json> = outputs.iter().map(one).collect();
    format!("{}\n", serde_json::to_string_pretty(&map).unwrap_or_default())
}

fn all(session: &Session, outputs: &BTreeMap<Name, OutputState>) -> Result<String, Diagnostics> {
    if outputs.is_empty() {
        session.err("The state has no outputs.\n");
    }
    let mut values = BTreeMap::new();
    for (name, output) in outputs {
        let v = value(name, output)?;
        values.insert(name.clone(), if output.sensitive { v.sensitive() } else { v });
    }
    Ok(outputs_text(&values, &session.style))
}
