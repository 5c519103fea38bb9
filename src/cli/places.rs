//! Where the state of an environment was seen last: `.envctl/places.json` in the root module's folder.
//!
//! OpenTofu refuses to work once the backend block differs from what `init` recorded. Here nothing is initialised; but
//! a bucket or key that was changed in the text must not make a plan that creates everything once more.

use super::project::Project;
use crate::config::{Backend, backend_of, findable, identity, same_place};
use crate::diag::Diagnostic;
use crate::state::State;
use serde_json::{Map, Value as Json, json};
use std::io::Write;
use std::path::{Path, PathBuf};

const FILE: &str = ".envctl/places.json";

fn file(project: &Project) -> PathBuf {
    project.config.root_dir.join(FILE)
}

/// One folder may serve several environments, and each has workspaces.
fn key(project: &Project) -> String {
    format!("{} {}", project.config.name, project.workspace)
}

fn all(project: &Project) -> Map<String, Json> {
    let text = std::fs::read_to_string(file(project)).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// The backend that held objects last; `None` when nobody knows, or when arguments choose the backend.
#[must_use]
pub fn last(project: &Project) -> Option<Backend> {
    if project.backend_is_chosen {
        return None;
    }
    let place = all(project).remove(&key(project))?;
    backend_of(place.get("kind")?.as_str()?, place.get("settings")?.as_object()?).ok()
}

/// Remembers where a state with objects lies, and forgets one whose objects are gone.
pub fn seen(project: &Project, state: &State) {
    if project.backend_is_chosen {
        return;
    }
    let mut places = all(project);
    let (key, backend) = (key(project), &project.backend);
    let now = json!({"kind": backend.kind.as_ref(), "settings": findable(backend)});
    let before = places.get(&key);
    let is_empty = state.instances().next().is_none();
    if is_empty && before.is_none_or(|b| *b != now) || !is_empty && before == Some(&now) {
        return;
    }
    if is_empty {
        places.remove(&key);
    } else {
        places.insert(key, now);
    }
    // What cannot be remembered is not worth a message: it guards against a slip.
    let _ = keep(&file(project), &Json::Object(places).to_string());
}

/// Writes the file as a whole: another run may read it.
fn keep(path: &Path, text: &str) -> std::io::Result<()> {
    let dir = path.parent().unwrap_or(path);
    std::fs::create_dir_all(dir)?;
    std::fs::write(dir.join(".gitignore"), "*\n")?;
    let mut new = tempfile::NamedTempFile::new_in(dir)?;
    new.write_all(text.as_bytes())?;
    new.persist(path)?;
    Ok(())
}

/// Refuses to begin from nothing where the state of the environment was somewhere else when it was seen last.
///
/// # Errors
/// Then; it names both places and both ways on.
pub fn not_elsewhere(project: &Project) -> Result<(), Diagnostic> {
    let Some(then) = last(project).filter(|then| !same_place(then, &project.backend)) else { return Ok(()) };
    let (name, now) = (&project.config.name, identity(&project.backend));
    let (then, other) = match identity(&then) {
        same if same == now => (format!("{same} with other settings"), "the settings"),
        other => (other, "the backend"),
    };
    let detail = format!("{now} holds no objects. When {name} was planned last, its state was in {then}: {other} changed, it seems.");
    let help = format!(
        "If the state is to move, envctl migrate {name} brings it over. If this is to begin from nothing, and what the old state has stays there, remove the entry {:?} from {}.",
        key(project),
        file(project).display()
    );
    Err(Diagnostic::error("The state is elsewhere", detail).help(help))
}
