//! Where the state of an environment was seen last: `.envctl/places.json` in the root module's folder.
//!
//! OpenTofu refuses to work once the backend block differs from what `init` recorded. Here nothing is initialised; but
//! a bucket or key that was changed in the text must not make a plan that creates everything once more.

use super::project::Project;
use crate::config::{Backend, backend_of, identity, without_secrets};
use crate::state::State;
use serde_json::{Map, Value as Json, json};
use std::path::PathBuf;

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
    let now = json!({"kind": backend.kind.as_ref(), "settings": without_secrets(backend)});
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
    let path = file(project);
    let Some(dir) = path.parent() else { return };
    // What cannot be remembered is not worth a message: it guards against a slip.
    if std::fs::create_dir_all(dir).is_ok() {
        let _ = std::fs::write(dir.join(".gitignore"), "*\n");
        let _ = std::fs::write(path, Json::Object(places).to_string());
    }
}

/// What to say where the state was elsewhere: the place, and the file that knows it.
#[must_use]
pub fn elsewhere(project: &Project) -> Option<(String, PathBuf)> {
    let (then, now) = (identity(&last(project)?), identity(&project.backend));
    (then != now).then(|| (then, file(project)))
}
