//! `console`: expressions, evaluated against an environment as its state is.

use super::args_language::ConsoleArgs;
use super::console_input::Input;
use super::project::{Need, Project, open};
use super::session::Session;
use super::state::read;
use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::{ResolveInput, Resolver};
use crate::lang::{Scope, evaluate};
use crate::plan::eval::Evaluator;
use crate::report::json::masked;
use crate::report::{pretty, pretty_type};
use crate::syntax::{ExprKind, parse_expression};
use std::collections::BTreeSet;
use std::sync::Arc;

const HELP: &str = "Type an expression to see its value: var.name, length(local.zones), aws_vpc.main.id, type(var.x).\n\
                    Values are those of the state; nothing is read or changed. Leave with exit or Ctrl-D.\n\
                    Open brackets go on in the next line; a line that begins with a space is not kept in the history.\n";

/// Runs the command: one expression a line, one result each. After a mistake it goes on; when
/// lines come from a pipe the exit code tells that there was one.
///
/// # Errors
/// When the environment does not load.
pub async fn run(session: &Session, args: &ConsoleArgs) -> Result<u8, Diagnostics> {
    let project = open(session, args.env.env.as_deref(), &args.env.input, Need::Variables)?;
    let state = read(&project).await?.map(|(state, _)| state).unwrap_or_default();
    let input = ResolveInput {
        config: project.config.clone(),
        schemas: Arc::new(project.edges.registry()),
        variables: project.variables.values.clone(),
        env: project.call_env(session),
        workspace: project.workspace.clone(),
    };
    let eval = Resolver::at_rest(input, &state, &BTreeSet::new())?.into_evaluator();
    let wrong = converse(session, &project, &eval, args.json);
    Ok(u8::from(wrong && !session.interactive))
}

/// Reads lines to the end; whether one of them was wrong.
fn converse(session: &Session, project: &Project, eval: &Evaluator, json: bool) -> bool {
    if session.interactive {
        session.out(&format!("{} {HELP}", session.style.bold(&project.config.name)));
    }
    let mut wrong = false;
    let mut input = Input::of(session);
    while let Some(line) = input.next() {
        match line.trim() {
            "" => {}
            "exit" | "quit" => break,
            "help" if session.interactive => session.out(HELP),
            text => match answer(session, eval, text, json) {
                Ok(answer) => session.out(&(answer + "\n")),
                Err(diags) => {
                    wrong = true;
                    session.report(&diags);
                }
            },
        }
    }
    input.close();
    wrong
}

/// The value of one expression as text.
fn answer(session: &Session, eval: &Evaluator, text: &str, json: bool) -> Result<String, Diagnostics> {
    let mut diags = Diagnostics::new();
    let file = session.sources.add("<console>", text);
    let expr = parse_expression(file, text, &mut diags);
    if diags.has_errors() {
        return Err(diags);
    }
    let scope = eval.root_scope();
    // `type` is no function of the language: it shows what the console alone shows.
    let typed = match &*expr.kind {
        ExprKind::Call { name, args, .. } if name.name.as_ref() == "type" && scope.functions().get("type").is_none() => {
            match args.as_slice() {
                [of] => Some(of.clone()),
                _ => return Err(Diagnostic::error("Wrong number of arguments", "type() takes one value.").at(expr.span).into()),
            }
        }
        _ => None,
    };
    let value = evaluate(typed.as_ref().unwrap_or(&expr), &scope, &mut diags);
    if diags.has_errors() {
        return Err(diags);
    }
    session.report(&diags);
    Ok(match (typed, json) {
        (Some(_), true) => serde_json::Value::from(pretty_type(&value.ty())).to_string(),
        (Some(_), false) => pretty_type(&value.ty()),
        (None, true) => masked(&value).to_string(),
        (None, false) => pretty(&value),
    })
}
