//! From what was typed on the command line to a folder.

use super::fields::suggest;
use super::folder::is_module;
use super::read::Reader;
use crate::diag::Diagnostic;
use crate::files::clean;
use std::path::{Path, PathBuf};

/// The folder an environment argument names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// As people call it: the folder's name under `environments/`, else the path as typed.
    pub name: String,
    /// The folder.
    pub env_dir: PathBuf,
    /// The folder that holds `environments/`, found upwards, else `env_dir`.
    pub project_dir: PathBuf,
    /// Whether it lies directly under the project's `environments/`.
    pub in_environments: bool,
}

/// Finds the folder: under `environments/` of the project around `cwd`, else as a path from `cwd`,
/// else (nothing was given) `cwd` itself.
pub(super) fn locate(argument: Option<&str>, reader: &Reader<'_>) -> Result<Located, Diagnostic> {
    let cwd = clean(reader.cwd);
    let project = project_above(&cwd, reader);
    let Some(argument) = argument else { return here(cwd, project, reader) };
    if argument.trim().is_empty() {
        let known = environments(project.as_deref(), reader);
        let error =
            Diagnostic::error("No environment named", "The name of the environment is an empty text: a variable that is not set, perhaps.");
        return Err(match known.as_slice() {
            [] => error.help("Name the path of a root module; the one here is \".\"."),
            names => error.help(format!("The environments are: {}.", names.join(", "))),
        });
    }
    if is_name(argument)
        && let Some(project) = &project
        && reader.files.is_dir(&project.join("environments").join(argument))
    {
        let env_dir = project.join("environments").join(argument);
        return Ok(Located { name: argument.into(), env_dir, project_dir: project.clone(), in_environments: true });
    }
    let path = clean(&cwd.join(argument));
    if reader.files.is_dir(&path) {
        return Ok(located(argument, path, reader));
    }
    Err(not_found(argument, project.as_deref(), reader))
}

fn is_name(argument: &str) -> bool {
    !argument.is_empty() && !argument.contains(['/', '\\']) && argument != "." && argument != ".."
}

fn located(typed: &str, path: PathBuf, reader: &Reader<'_>) -> Located {
    let project = project_above(&path, reader);
    let in_environments = project.as_ref().is_some_and(|p| path.parent() == Some(p.join("environments").as_path()));
    let folder = path.file_name().and_then(|n| n.to_str()).filter(|_| in_environments);
    let name = folder.unwrap_or(typed).to_string();
    Located { name, project_dir: project.unwrap_or_else(|| path.clone()), env_dir: path, in_environments }
}

fn here(cwd: PathBuf, project: Option<PathBuf>, reader: &Reader<'_>) -> Result<Located, Diagnostic> {
    if is_module(&cwd, reader) {
        return Ok(located(".", cwd, reader));
    }
    let known = environments(project.as_deref(), reader);
    let error = Diagnostic::error("No configuration files", "This folder holds no configuration, and no environment was named.");
    Err(match known.as_slice() {
        [] => error.help("Change into the folder of a root module, or name its path."),
        names => error.help(format!("Name an environment: {}.", names.join(", "))),
    })
}

fn not_found(argument: &str, project: Option<&Path>, reader: &Reader<'_>) -> Diagnostic {
    let known = environments(project, reader);
    let error =
        Diagnostic::error("Environment not found", format!("There is no folder environments/{argument}, and no folder {argument} here."));
    let error = match known.as_slice() {
        [] => error.help("Name a folder under environments/, or the path of a root module."),
        names => error.help(format!("The environments are: {}.", names.join(", "))),
    };
    suggest(error, argument, known.iter().map(String::as_str))
}

/// The nearest folder at or above `dir` that holds `environments/`.
fn project_above(dir: &Path, reader: &Reader<'_>) -> Option<PathBuf> {
    dir.ancestors().find(|d| reader.files.is_dir(&d.join("environments"))).map(Path::to_path_buf)
}

/// Names of the folders under `environments/`; hidden ones are not environments.
fn environments(project: Option<&Path>, reader: &Reader<'_>) -> Vec<String> {
    let Some(project) = project else { return Vec::new() };
    let all = reader.files.list(&project.join("environments")).unwrap_or_default();
    let folders = all.into_iter().filter(|p| reader.files.is_dir(p));
    folders.filter_map(|p| p.file_name()?.to_str().map(str::to_string)).filter(|n| !n.starts_with('.')).collect()
}

/// The folder that an argument of the command line names, seen from `cwd`.
///
/// # Errors
/// When there is none.
pub fn locate_environment(argument: &str, cwd: &Path, files: &dyn crate::files::Files) -> Result<Located, Diagnostic> {
    let sources = crate::diag::SourceMap::default();
    locate(Some(argument), &Reader::new(files, &sources, cwd))
}

/// The environments of the project around `cwd`, in name order.
#[must_use]
pub fn list_environments(cwd: &Path, files: &dyn crate::files::Files) -> Vec<String> {
    let sources = crate::diag::SourceMap::default();
    let reader = Reader::new(files, &sources, cwd);
    environments(project_above(&clean(cwd), &reader).as_deref(), &reader)
}
