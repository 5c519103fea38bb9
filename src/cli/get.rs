//! `get`: fetches the modules that an environment calls, and says which they are.

use super::args::GetArgs;
use super::modules::{Fetching, load};
use super::session::Session;
use crate::config::LoadRequest;
use crate::diag::{Diagnostic, Diagnostics};

/// Runs the command.
///
/// # Errors
/// When the configuration does not load, or a module cannot be fetched.
pub fn run(session: &Session, args: &GetArgs) -> Result<(), Diagnostics> {
    session.compact(args.env.input.compact_warnings);
    let cwd = std::env::current_dir().map_err(|e| Diagnostic::error("No current folder", e.to_string()))?;
    let request = LoadRequest { environment: args.env.env.clone(), cwd };
    let mut diags = Diagnostics::new();
    let fetching = Fetching::Everything { upgrade: args.upgrade || args.update };
    let loaded = load(session, &request, &args.env.input, fetching, &mut diags);
    let Some(loaded) = loaded.filter(|_| !diags.has_errors()) else { return Err(diags) };
    session.report(&diags);
    if loaded.chosen.is_empty() {
        session.out("No modules from elsewhere are called.\n");
    }
    for (key, entry) in &loaded.chosen {
        let constraint = key.constraint.as_ref().map(|c| format!(" ({c})")).unwrap_or_default();
        let chosen = entry.version.as_ref().or(entry.commit.as_ref()).unwrap_or(&entry.digest);
        session.out(&format!("{}{constraint}: {chosen}\n", key.source));
    }
    Ok(())
}
