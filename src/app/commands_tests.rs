//! Tests of commands: what they say, and that a shell runs them as meant.

use super::*;
use crate::app::SourceSpec;
use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

fn source() -> SourceSpec {
    SourceSpec {
        git: Text::plain("https://example.com/app.git"),
        reference: None,
        path: Text::plain("/srv/app"),
        submodules: true,
        git_config: BTreeMap::new(),
        discard_changes: false,
        depth: None,
        link: None,
    }
}

fn script(command: &RemoteCommand) -> String {
    String::from_utf8(command.stdin.clone().unwrap_or_default()).unwrap()
}

const ENV: &str = "export GIT_TERMINAL_PROMPT=0 LC_ALL=C\nexport GIT_SSH_COMMAND=\"${GIT_SSH_COMMAND:-ssh -o BatchMode=yes -o StrictHostKeyChecking=accept-new}\"\n";
const COMMIT: &str = "0123456789012345678901234567890123456789";

/// Runs a command as sshd does, in a folder.
fn run(command: &RemoteCommand, folder: &std::path::Path) -> (Option<i32>, String) {
    let mut child = Command::new("sh")
        .arg("-c")
        .arg(&command.shell)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(command.stdin.as_deref().unwrap_or_default());
    let out = child.wait_with_output().unwrap();
    (out.status.code(), String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr))
}

#[test]
fn git_commands_read_as_people_would_type_them() {
    let s = source();
    let want =
        format!("set -eu\n{ENV}cd '/srv/my app'\ngit checkout --quiet --detach {COMMIT} --\ntest \"$(git rev-parse HEAD)\" = {COMMIT}\n");
    assert_eq!(script(&checkout(&s, "/srv/my app", COMMIT, false)), want);
    assert!(script(&checkout(&s, "/srv/app", COMMIT, true)).contains("git checkout --quiet --force --detach "));
    assert!(script(&submodules(&s, "/srv/app", false)).ends_with("git submodule --quiet update --init --recursive; fi\n"));
    let init = script(&init(&s, "/srv/app", "https://example.com/app.git"));
    assert!(init.contains("git remote add origin https://example.com/app.git"), "{init}");
    let fetch_one = script(&fetch(&SourceSpec { depth: Some(1), ..source() }, "/srv/app", COMMIT));
    assert!(fetch_one.ends_with(&format!("git fetch --quiet --depth 1 --no-recurse-submodules origin {COMMIT}\n")), "{fetch_one}");
}

#[test]
fn git_settings_travel_in_the_environment_beside_those_of_the_host() {
    let mut s = source();
    s.git_config.insert("http.extraHeader".into(), Text::secret("Authorization: Bearer t0p"));
    s.git_config.insert("user.name".into(), Text::plain("Deploy"));
    let command = in_checkout(&s, "/", "git config --get http.extraHeader; git config --get user.name; git config --get core.marker\n");
    assert!(!command.shell.contains("t0p"));
    let folder = tempfile::tempdir().unwrap();
    let mut command_with_env = command.clone();
    command_with_env.shell = format!("GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.marker GIT_CONFIG_VALUE_0=here {}", command.shell);
    assert_eq!(run(&command_with_env, folder.path()), (Some(0), "Authorization: Bearer t0p\nDeploy\nhere\n".into()));
    let kept = script(&keep_config(&s, "/srv/app").unwrap());
    assert!(kept.contains("git config --local user.name Deploy\n") && !kept.contains("git config --local http"), "{kept}");
}

#[test]
fn install_sends_everything_on_standard_input() {
    let env = BTreeMap::from([("TOKEN".to_string(), Text::secret("it's s3cret"))]);
    let spec = InstallSpec {
        command: Text::plain("printf '%s %s ' \"$TOKEN\" \"$PWD\"; cat; echo done"),
        dir: None,
        sudo: false,
        env,
        always: false,
    };
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("a 'b'");
    std::fs::create_dir(&dir).unwrap();
    let command = install(&spec, Some(dir.to_str().unwrap()));
    assert!(!command.shell.contains("s3cret") && !command.shell.contains("printf"));
    assert_eq!(run(&command, folder.path()), (Some(0), format!("it's s3cret {} done\n", dir.display())));
    let root = install(&InstallSpec { sudo: true, ..spec }, None);
    assert!(root.shell.starts_with("sh -c ") && root.shell.contains("sudo -n -- ") && !root.shell.contains("printf"));
}

#[test]
fn a_missing_folder_fails_the_install() {
    let spec = InstallSpec { command: Text::plain("echo ran"), dir: None, sudo: false, env: BTreeMap::new(), always: false };
    let (code, text) = run(&install(&spec, Some("/nonexistent/x")), std::path::Path::new("/"));
    assert!(code != Some(0) && !text.contains("ran"), "{code:?} {text}");
}

#[test]
fn probing_tells_absent_occupied_and_clone() {
    let s = source();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    assert_eq!(run(&probe(&s, &at("none")), folder.path()).1, "absent");
    std::fs::create_dir_all(folder.path().join("empty")).unwrap();
    assert_eq!(run(&probe(&s, &at("empty")), folder.path()).1, "absent");
    std::fs::create_dir_all(folder.path().join("full/x")).unwrap();
    assert_eq!(run(&probe(&s, &at("full")), folder.path()).1, "occupied");
    let (code, text) = run(&init(&s, &at("it's new"), "file:///x y"), folder.path());
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(run(&probe(&s, &at("it's new")), folder.path()).1, "clone\u{1}\u{1}file:///x y");
}

#[test]
fn modes_and_folders_of_odd_paths() {
    let folder = tempfile::tempdir().unwrap();
    let path = "-a b/c'd";
    assert_eq!(run(&make_folder(path, false).unwrap(), folder.path()).0, Some(0));
    std::fs::write(folder.path().join(path), "x").unwrap();
    assert_eq!(run(&set_mode(path, 0o640, false), folder.path()).0, Some(0));
    assert_eq!(run(&modes(&[(path.into(), false), ("none".into(), false)]), folder.path()).1, "640\n-\n");
    assert_eq!(run(&exists(path), folder.path()).0, Some(0));
    assert_eq!(make_folder("/x", false), None);
}

#[test]
fn writing_as_root_never_shows_content() {
    let command = write_as_root("/etc/my app.env", b"PASSWORD=x", 0o600, Some("app:app"));
    assert!(!command.shell.contains("PASSWORD"));
    let folder = tempfile::tempdir().unwrap();
    let local = write_as_root(folder.path().join("it's.env").to_str().unwrap(), b"A=1\n", 0o640, None);
    let as_user = RemoteCommand { shell: local.shell.replace("sudo -n -- ", "").replace("id -u", "echo 0"), ..local };
    assert_eq!(run(&as_user, folder.path()), (Some(0), String::new()));
    assert_eq!(std::fs::read_to_string(folder.path().join("it's.env")).unwrap(), "A=1\n");
    assert_eq!(run(&modes(&[(folder.path().join("it's.env").to_string_lossy().into_owned(), false)]), folder.path()).1, "640\n");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
