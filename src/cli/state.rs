//! `state list`, `state show`, `state pull`.

use super::args::{EnvArgs, InputArgs, StateCommand};
use super::project::{Need, Project, open};
use super::session::Session;
use crate::addr::{InstanceAddr, Target, parse_instance, parse_target};
use crate::diag::{Diagnostic, Diagnostics};
use crate::report::plan::object_text;
use crate::schema::SchemaSource;
use crate::state::State;

/// The state of an environment, and its bytes; `None` when there is none yet.
///
/// # Errors
/// When it cannot be read.
pub async fn read(project: &Project) -> Result<Option<(State, Vec<u8>)>, Diagnostics> {
    let store = project.store().await?;
    let Some(stored) = store.read().await.map_err(|e| Diagnostics::from(e.diagnostic()))? else { return Ok(None) };
    let state = crate::state::read(&stored.bytes).map_err(|e| Diagnostics::from(e.diagnostic()))?;
    Ok(Some((state, stored.bytes)))
}

/// Runs the command.
///
/// # Errors
/// When the environment does not load or an address is not in the state.
pub async fn run(session: &Session, command: &StateCommand) -> Result<(), Diagnostics> {
    match command {
        StateCommand::List { env, addrs, input } => list(session, env.as_deref(), addrs, input).await,
        StateCommand::Show { env, addr, show_sensitive, input } => show(session, env, addr.as_deref(), *show_sensitive, input).await,
        StateCommand::Pull { env } => pull(session, env).await,
    }
}

fn bad_address(e: &crate::addr::ParseError) -> Diagnostics {
    let help = "Write it like aws_instance.web, module.net.aws_subnet.public[0] or aws_eip.ip[\"stage\"].";
    Diagnostic::error("Invalid address", format!("{:?}: {}.", e.text, e.message)).help(help).into()
}

fn covers(target: &Target, addr: &InstanceAddr) -> bool {
    match target {
        Target::Module(m) => addr.resource.module.0.starts_with(&m.0),
        Target::Resource(r) => addr.resource == *r,
        Target::Instance(i) => addr == i,
    }
}

async fn list(session: &Session, env: Option<&str>, addrs: &[String], input: &InputArgs) -> Result<(), Diagnostics> {
    let project = open(session, env, input, Need::Backend)?;
    let targets: Vec<Target> = addrs.iter().map(|a| parse_target(a)).collect::<Result<_, _>>().map_err(|e| bad_address(&e))?;
    let Some((state, _)) = read(&project).await? else { return Ok(()) };
    for (addr, _, _) in state.instances() {
        if targets.is_empty() || targets.iter().any(|t| covers(t, &addr)) {
            session.out(&format!("{addr}\n"));
        }
    }
    Ok(())
}

async fn show(session: &Session, env: &str, addr: Option<&str>, show_sensitive: bool, input: &InputArgs) -> Result<(), Diagnostics> {
    let (env, addr) = match addr {
        Some(addr) => (Some(env), addr),
        None => (None, env),
    };
    let addr = parse_instance(addr).map_err(|e| bad_address(&e))?;
    let project = open(session, env, input, Need::Backend)?;
    let state = read(&project).await?.map(|(s, _)| s).unwrap_or_default();
    let (Some(object), Some(resource)) = (state.current(&addr), state.resources.get(&addr.resource)) else {
        let help = "`envctl state list` shows what is there.";
        return Err(Diagnostic::error("Not in the state", format!("The state holds no object at {addr}.")).help(help).into());
    };
    let registry = project.edges.registry();
    let schema = registry.schema(&resource.provider.source, addr.resource.mode, &addr.resource.kind);
    let Some(schema) = schema else {
        let json = serde_json::to_string_pretty(&object.attributes).unwrap_or_default();
        session.out(&format!("# {addr}: envctl does not know this type yet; its attributes as stored\n{json}\n"));
        return Ok(());
    };
    let value = crate::state::object::decode(object, &schema)
        .map_err(|e| Diagnostic::error("The stored object is not readable", format!("{addr}: {}: {}.", e.path, e.message)))?;
    let mut style = session.style;
    style.show_sensitive = show_sensitive;
    session.raw(&object_text(&addr, object.status == crate::state::Status::Tainted, &value, &schema.block, &style));
    Ok(())
}

async fn pull(session: &Session, env: &EnvArgs) -> Result<(), Diagnostics> {
    let project = open(session, env.env.as_deref(), &env.input, Need::Backend)?;
    if let Some((_, bytes)) = read(&project).await? {
        session.raw(&String::from_utf8_lossy(&bytes));
    }
    Ok(())
}
