//! Everything that runs on a host, as values.
//!
//! Each function gives one command and changes nothing by itself. Commands can be repeated: what
//! is done already stays as it is, so that an interrupted deploy simply runs again. Git settings
//! travel in the environment of a script on standard input; no secret is ever an argument.

use super::plan::SourceChange;
use super::shell::{AS_ROOT, RemoteCommand, exports, quote};
use super::spec::{InstallSpec, SourceSpec};
use super::text::Text;

/// Between the parts of a probe's answer.
pub const SEPARATOR: &str = "\u{1}";

/// Settings of every git call on the host: never ask, and the block's `git_config`.
pub(super) fn git_env(source: &SourceSpec) -> String {
    let mut script = String::from("export GIT_TERMINAL_PROMPT=0 LC_ALL=C\n");
    let config = source.config();
    if !config.contains_key("core.sshCommand") {
        script += "export GIT_SSH_COMMAND=\"${GIT_SSH_COMMAND:-ssh -o BatchMode=yes -o StrictHostKeyChecking=accept-new}\"\n";
    }
    if !config.is_empty() {
        script += "n=${GIT_CONFIG_COUNT:-0}\n";
    }
    for (key, value) in &config {
        script += &format!("export \"GIT_CONFIG_KEY_$n\"={} \"GIT_CONFIG_VALUE_$n\"={}\nn=$((n+1))\n", quote(key), quote(value));
    }
    if !config.is_empty() {
        script += "export GIT_CONFIG_COUNT=$n\n";
    }
    script
}

/// A script that stops at its first failing command, in the checkout.
fn in_checkout(source: &SourceSpec, root: &str, body: &str) -> RemoteCommand {
    RemoteCommand::script(format!("set -eu\n{}cd {}\n{body}", git_env(source), quote_path(root)))
}

/// A path as a shell word; one that starts with a dash is no option.
#[must_use]
pub fn quote_path(path: &str) -> String {
    if path.starts_with('-') { quote(&format!("./{path}")) } else { quote(path) }
}

/// Tells what the checkout is: `absent`, `occupied` (a folder with something else in it), or
/// `clone` with its commit and its remote URL, separated by [`SEPARATOR`].
#[must_use]
pub fn probe(source: &SourceSpec, root: &str) -> RemoteCommand {
    let path = quote_path(root);
    // A checkout of the layout without releases is not built over.
    let base = source.base().filter(|_| source.link.is_some()).map(|b| quote_path(&b));
    let other = base.map(|b| format!("if [ -e {b}/.git ]; then printf occupied; exit 0; fi\n")).unwrap_or_default();
    RemoteCommand::script(format!(
        "set -eu\n{env}{other}if [ ! -e {path} ]; then printf absent; exit 0; fi\n\
         if [ ! -d {path} ]; then printf occupied; exit 0; fi\ncd {path}\n\
         if [ ! -e .git ]; then if [ -n \"$(ls -A)\" ]; then printf occupied; else printf absent; fi; exit 0; fi\n\
         git rev-parse --git-dir >/dev/null\n\
         commit=$(git rev-parse --quiet --verify 'HEAD^{{commit}}') || commit=\n\
         url=$(git config --local --get remote.origin.url) || url=\n\
         printf 'clone\\001%s\\001%s' \"$commit\" \"$url\"\n",
        env = git_env(source)
    ))
}

/// Lists tracked files that differ from the commit, NUL-separated; a record that starts with
/// [`SEPARATOR`] says in which submodule the following ones lie.
#[must_use]
pub fn edited(source: &SourceSpec, root: &str) -> RemoteCommand {
    let diff = "git diff --name-only -z --ignore-submodules=all HEAD --";
    let mut body = format!("{diff}\n");
    if source.submodules {
        body += &format!(
            "if [ -f .gitmodules ]; then git submodule --quiet foreach --recursive 'printf \"\\001%s\\000\" \"$displaypath\"; {diff}'; fi\n"
        );
    }
    in_checkout(source, root, &body)
}

/// Succeeds when every submodule is at the commit that the checkout names.
#[must_use]
pub fn submodules_in_place(source: &SourceSpec, root: &str) -> RemoteCommand {
    in_checkout(source, root, "if [ -f .gitmodules ]; then ! git submodule status --recursive | grep -q '^[-+U]'; fi\n")
}

/// Makes an empty clone, or takes an existing one, and sets its remote.
#[must_use]
pub fn init(source: &SourceSpec, root: &str, url: &str) -> RemoteCommand {
    let (path, url) = (quote_path(root), quote(url));
    RemoteCommand::script(format!(
        "set -eu\n{env}mkdir -p {path}\ncd {path}\n[ -e .git ] || git init --quiet\n\
         if git config --local --get remote.origin.url >/dev/null; then git remote set-url origin {url}; else git remote add origin {url}; fi\n",
        env = git_env(source)
    ))
}

/// Keeps the settings that are not secret in the clone, for people who work in it by hand.
#[must_use]
pub fn keep_config(source: &SourceSpec, root: &str) -> Option<RemoteCommand> {
    let open = source.git_config.iter().filter(|(_, value)| !value.is_sensitive());
    let lines: String =
        open.filter_map(|(key, value)| Some(format!("git config --local {} {}\n", quote(key), quote(value.known()?)))).collect();
    (!lines.is_empty()).then(|| in_checkout(source, root, &lines))
}

/// Fetches a commit unless it is there. Servers that do not hand out commits by name serve it
/// through their branches and tags.
#[must_use]
pub fn fetch(source: &SourceSpec, root: &str, commit: &str) -> RemoteCommand {
    let there = format!("git cat-file -e {} 2>/dev/null", quote(&format!("{commit}^{{commit}}")));
    let all = "git fetch --quiet --force --tags --no-recurse-submodules origin '+refs/heads/*:refs/remotes/origin/*'";
    let body = match source.depth {
        Some(depth) => format!("{there} || git fetch --quiet --depth {depth} --no-recurse-submodules origin {commit}\n"),
        None => format!("{there} || {all}\n{there} || git fetch --quiet --no-recurse-submodules origin {commit}\n"),
    };
    in_checkout(source, root, &body)
}

/// Gives tracked files back the content of their commit (files of ours that stand in the way of a
/// checkout; they are written again afterwards).
#[must_use]
pub fn restore(source: &SourceSpec, root: &str, files: &[String]) -> RemoteCommand {
    let files: Vec<String> = files.iter().map(|f| quote(f)).collect();
    in_checkout(source, root, &format!("git checkout --quiet --force HEAD -- {}\n", files.join(" ")))
}

/// Moves the checkout to a commit, detached, and checks that it arrived.
#[must_use]
pub fn checkout(source: &SourceSpec, root: &str, commit: &str, discard: bool) -> RemoteCommand {
    let force = if discard { " --force" } else { "" };
    in_checkout(source, root, &format!("git checkout --quiet{force} --detach {commit} --\ntest \"$(git rev-parse HEAD)\" = {commit}\n"))
}

/// Brings submodules to the commits that the checkout names.
#[must_use]
pub fn submodules(source: &SourceSpec, root: &str, discard: bool) -> RemoteCommand {
    let force = if discard { " --force" } else { "" };
    let depth = source.depth.map(|d| format!(" --depth {d}")).unwrap_or_default();
    let body = format!(
        "if [ -f .gitmodules ]; then git submodule --quiet sync --recursive; git submodule --quiet update --init --recursive{force}{depth}; fi\n"
    );
    in_checkout(source, root, &body)
}

/// Everything that brings a checkout to a commit, in order.
#[must_use]
pub fn bring(source: &SourceSpec, root: &str, url: &str, commit: &str, change: &SourceChange) -> Vec<RemoteCommand> {
    let discard = !change.discards.is_empty();
    let mut list = vec![init(source, root, url)];
    list.extend(keep_config(source, root));
    list.push(fetch(source, root, commit));
    if !change.restores.is_empty() {
        list.push(restore(source, root, &change.restores));
    }
    list.push(checkout(source, root, commit, discard));
    if source.submodules {
        list.push(submodules(source, root, discard));
    }
    list
}

/// The content of a file of a commit; exit code 66 when the commit has no such file.
#[must_use]
pub fn show(source: &SourceSpec, root: &str, commit: &str, path: &str) -> RemoteCommand {
    let object = quote(&format!("{commit}:{path}"));
    in_checkout(
        source,
        root,
        &format!(
            "git cat-file -e {} || exit 65\ngit cat-file -e {object} 2>/dev/null || exit 66\ngit cat-file blob {object}\n",
            quote(&format!("{commit}^{{commit}}"))
        ),
    )
}

/// What the remote repository has under a name; for hosts that can reach it when we cannot.
#[must_use]
pub fn ls_remote(source: &SourceSpec, url: &str, patterns: &[String]) -> RemoteCommand {
    let patterns: Vec<String> = patterns.iter().map(|p| quote(p)).collect();
    RemoteCommand::script(format!("{}git ls-remote --quiet {} {}\n", git_env(source), quote(url), patterns.join(" ")))
}

/// Succeeds when a file is there.
#[must_use]
pub fn exists(path: &str) -> RemoteCommand {
    RemoteCommand::new(format!("test -e {}", quote_path(path)))
}

/// Permission bits of files in octal, one line each, `-` where there is none.
#[must_use]
pub fn modes(paths: &[(String, bool)]) -> RemoteCommand {
    let one = |(path, sudo): &(String, bool)| {
        let (path, r) = (quote_path(path), root(*sudo));
        format!("{r}stat -L -c %a {path} 2>/dev/null || {r}stat -L -f %Lp {path} 2>/dev/null || echo -\n")
    };
    RemoteCommand::script(format!("{AS_ROOT}\n{}", paths.iter().map(one).collect::<String>()))
}

/// The prefix of a command that root has to run.
fn root(sudo: bool) -> &'static str {
    if sudo { "r " } else { "" }
}

/// A shell line in which `r` runs a command as root.
fn with_root(line: &str) -> RemoteCommand {
    RemoteCommand::script(format!("{AS_ROOT}\n{line}\n"))
}

/// Fails unless root's rights can be had without a question.
#[must_use]
pub fn root_check() -> RemoteCommand {
    with_root("r true")
}

/// Fails unless `sudo` works without a question (for commands that call it themselves).
#[must_use]
pub fn sudo_check() -> RemoteCommand {
    RemoteCommand::new("sudo -n true")
}

/// Makes the folder of a file.
#[must_use]
pub fn make_folder(path: &str, sudo: bool) -> Option<RemoteCommand> {
    let folder = path.rsplit_once('/').map(|(folder, _)| folder).filter(|f| !f.is_empty())?;
    Some(with_root(&format!("{}mkdir -p {}", root(sudo), quote_path(folder))))
}

/// The content of a file that only root may read; exit code 66 when it is not there.
#[must_use]
pub fn read_as_root(path: &str) -> RemoteCommand {
    let path = quote_path(path);
    with_root(&format!("r test -e {path} || exit 66; r cat {path}"))
}

/// Writes a file as root, atomically; its mode and owner are set before it has its name.
#[must_use]
pub fn write_as_root(path: &str, content: &[u8], mode: u32, owner: Option<&str>) -> RemoteCommand {
    let path = quote_path(path);
    let chown = owner.map(|o| format!("chown {} \"$t\" && ", quote(o))).unwrap_or_default();
    let script = format!(
        "umask 077; t=$(mktemp {path}.XXXXXX) && trap \"rm -f \\\"$t\\\"\" EXIT && cat > \"$t\" && {chown}chmod {mode:04o} \"$t\" && {{ sync \"$t\" 2>/dev/null || sync; }} && mv -f \"$t\" {path}"
    );
    let shell = format!("sh -c {} sh {}", quote(&format!("{AS_ROOT}r sh -c \"$1\"")), quote(&script));
    RemoteCommand { shell, stdin: Some(content.to_vec()) }
}

/// Sets the permission bits of a file.
#[must_use]
pub fn set_mode(path: &str, mode: u32, sudo: bool) -> RemoteCommand {
    with_root(&format!("{}chmod {mode:04o} {}", root(sudo), quote_path(path)))
}

/// Removes a file that we wrote; one that the source has comes back as it is there.
#[must_use]
pub fn remove(path: &str, sudo: bool, source: Option<(&SourceSpec, &str, &str)>) -> RemoteCommand {
    let rm = format!("{}rm -f {}", root(sudo), quote_path(path));
    let Some((source, root, inside)) = source else { return with_root(&rm) };
    let inside = quote(inside);
    let script = format!(
        "if [ -e .git ] && git ls-files --error-unmatch -- {inside} >/dev/null 2>&1; then git checkout --quiet --force HEAD -- {inside}; fi\n"
    );
    RemoteCommand::script(format!("set -eu\n{AS_ROOT}\n{}{rm}\ncd {}\n{script}", git_env(source), quote_path(root)))
}

/// The install command with its folder and environment. Everything is on standard input.
#[must_use]
pub fn install(spec: &InstallSpec, dir: Option<&str>) -> RemoteCommand {
    let cd = dir.map(|d| format!("cd {} || exit 1\n", quote_path(d))).unwrap_or_default();
    let env = exports(spec.env.iter().filter_map(|(name, value)| Some((name.as_str(), value.known()?))));
    let script = format!("{cd}{env}{}\n", spec.command.known().unwrap_or(""));
    if spec.sudo { RemoteCommand::root_script(script) } else { RemoteCommand::script(script) }
}

/// The install command as people read it.
#[must_use]
pub fn install_label(command: &Text, sudo: bool) -> String {
    if sudo { format!("sudo {command}") } else { command.to_string() }
}

#[cfg(test)]
#[path = "commands_tests.rs"]
mod tests;
