//! A folder for every release: `releases/<id>`, `shared/`, and `current`, which points to the one that runs.

use super::commands::quote_path;
use super::shell::{RemoteCommand, quote};
use super::spec::SourceSpec;

/// The folder of a release below the source's path.
#[must_use]
pub fn folder(id: &str) -> String {
    format!("releases/{id}")
}

/// Makes the folder of a release with the objects of the running one, so that only what is new is fetched. A folder that
/// is there stays.
#[must_use]
pub fn make(source: &SourceSpec, base: &str, id: &str) -> RemoteCommand {
    let (base, id) = (quote_path(base), quote(id));
    RemoteCommand::script(format!(
        "set -eu\n{env}mkdir -p {base}/releases\ncd {base}/releases\n[ ! -e {id}/.git ] || exit 0\nrm -rf {id} .{id}.new\n\
         if [ -e ../current/.git ]; then git clone --quiet --local --no-checkout \"$(cd ../current && pwd -P)\" .{id}.new; else git init --quiet .{id}.new; fi\n\
         mv .{id}.new {id}\n",
        env = super::commands::git_env(source),
    ))
}

/// Links the paths that all releases share into a release. One that the source tracks cannot be shared: exit code 65.
#[must_use]
pub fn share(base: &str, id: &str, shared: &[String]) -> Option<RemoteCommand> {
    let mut script = format!("set -eu\nb=$(cd {} && pwd -P)\ncd \"$b\"/releases/{}\n", quote_path(base), quote(id));
    for path in shared {
        let quoted = quote(path);
        let parent = path.rsplit_once('/').map(|(parent, _)| format!("mkdir -p {}\n", quote(parent))).unwrap_or_default();
        script += &format!(
            "if [ -n \"$(git ls-files -- {quoted} | head -n 1)\" ]; then printf '%s is tracked by git' {quoted} >&2; exit 65; fi\n\
             [ -e \"$b\"/shared/{quoted} ] || mkdir -p \"$b\"/shared/{quoted}\n{parent}\
             [ -L {quoted} ] || rm -rf {quoted}\nln -sfn \"$b\"/shared/{quoted} {quoted}\n"
        );
    }
    (!shared.is_empty()).then(|| RemoteCommand::script(script))
}

/// Makes a release the current one, at once; exit code 66 when it has no folder.
#[must_use]
pub fn switch(base: &str, id: &str) -> RemoteCommand {
    let (base, folder) = (quote_path(base), quote(&folder(id)));
    RemoteCommand::script(format!(
        "set -eu\ncd {base}\n[ -d {folder} ] || exit 66\nln -sfn {folder} .current.new\n\
         mv -fT .current.new current 2>/dev/null || mv -fh .current.new current\n"
    ))
}

/// Removes the folders of releases; the one that runs stays whatever is asked.
#[must_use]
pub fn remove(base: &str, ids: &[String]) -> RemoteCommand {
    let ids: Vec<String> = ids.iter().map(|id| quote(id)).collect();
    RemoteCommand::script(format!(
        "cd {}/releases || exit 0\nrunning=$(readlink ../current)\nfor id in {}; do [ \"releases/$id\" = \"$running\" ] || rm -rf \"$id\"; done\n",
        quote_path(base),
        ids.join(" ")
    ))
}
