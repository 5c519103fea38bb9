//! `state show`

use super::words::{env_and, instance};
use super::{read, secrets::learn};
use crate::addr::InstanceAddr;
use crate::cli::args_state::ShowArgs;
use crate::cli::project::{Need, open};
use crate::cli::session::Session;
use crate::diag::{Diagnostic, Diagnostics};
use crate::report::plan::object_text;
use crate::schema::SchemaSource;
use crate::state::edit::no_match;
use crate::state::object::{decode, hide_sensitive};
use crate::state::{ObjectState, Status};

/// Runs the command.
///
/// # Errors
/// When the environment does not load, or nothing is at the address.
pub async fn run(session: &Session, args: &ShowArgs) -> Result<u8, Diagnostics> {
    let (env, [addr]) = env_and(&args.words, "state show [ENV] ADDR")?;
    let addr = instance(addr)?;
    let project = open(session, env, &args.input, Need::Backend)?;
    let state = read(&project).await?.map(|(s, _)| s).unwrap_or_default();
    let (Some(object), Some(resource)) = (state.current(&addr), state.resources.get(&addr.resource)) else {
        return Err(no_match(&crate::addr::Target::Instance(addr)).into());
    };
    let registry = project.edges.registry();
    // Types copy values without their marks: by value they are masked all the same.
    if !args.show_sensitive {
        learn(session, &state, &registry);
    }
    let print = |text: &str| if args.show_sensitive { session.raw(text) } else { session.out(text) };
    let Some(schema) = registry.schema(&resource.provider.source, addr.resource.mode, &addr.resource.kind) else {
        print(&untyped(&addr, object, args.show_sensitive));
        return Ok(0);
    };
    let value = decode(object, &schema)
        .map_err(|e| Diagnostic::error("The stored object is not readable", format!("{addr}: {}: {}.", e.path, e.message)))?;
    let mut style = session.style;
    style.show_sensitive = args.show_sensitive;
    print(&object_text(&addr, object.status == Status::Tainted, &value, &schema.block, &style));
    Ok(0)
}

/// A type that has no schema here: its attributes as stored, masked where the state says so.
fn untyped(addr: &InstanceAddr, object: &ObjectState, show_sensitive: bool) -> String {
    let attributes = if show_sensitive { object.attributes.clone() } else { hide_sensitive(object) };
    let json = serde_json::to_string_pretty(&attributes).unwrap_or_default();
    format!("# {addr}: envctl does not know this type yet; its attributes as stored\n{json}\n")
}
