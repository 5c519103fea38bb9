//! `plan -generate-config-out=FILE`: configuration for imports that have none.

use super::planning::Prepared;
use super::project::Project;
use super::saved;
use super::session::Session;
use crate::diag::{Diagnostic, Diagnostics};
use crate::plan::generate::{add_placeholders, text};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The file to write, which must not be there yet.
///
/// # Errors
/// When it is.
pub(super) fn target(path: &Path) -> Result<PathBuf, Diagnostics> {
    let path = saved::absolute(path)?;
    if path.exists() {
        let detail = format!("{} is there already, and nothing that you wrote is overwritten.", path.display());
        return Err(Diagnostic::error("Target for generated configuration exists", detail)
            .help("Name another file, or remove this one.")
            .into());
    }
    Ok(path)
}

/// Lets imports stand for themselves.
///
/// # Errors
/// Imports for which no configuration can be generated.
pub(super) fn prepare(project: &mut Project) -> Result<(), Diagnostics> {
    let mut diags = Diagnostics::new();
    if let Some(config) = Arc::get_mut(&mut project.config) {
        add_placeholders(config, &mut diags);
    }
    if diags.has_errors() { Err(diags) } else { Ok(()) }
}

/// Writes what was generated, and says so.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn write(session: &Session, project: &Project, prepared: &Prepared, path: &Path) -> Result<(), Diagnostics> {
    let Some(text) = text(&prepared.plan, &project.config, &prepared.registry, &session.sources) else {
        session.out("Every import has its configuration: nothing was generated.\n");
        return Ok(());
    };
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut f| f.write_all(text.as_bytes()))
        .map_err(|e| Diagnostic::error("Generated configuration could not be written", format!("{}: {e}.", path.display())))?;
    session.out(&format!("Configuration was generated into {}: review it, then apply.\n", path.display()));
    Ok(())
}
