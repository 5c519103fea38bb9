//! Tests of app plans, as golden text.

use super::*;
use crate::app::describe::describe;
use crate::app::{EnvEntry, HostRecord, InstallSpec, RemoteFile, Shape, SourceRecord, Text};
use crate::diag::{FileId, Span};
use std::collections::BTreeMap;

const OLD: &str = "1111111111111111111111111111111111111111";
const NEW: &str = "2222222222222222222222222222222222222222";

fn spec() -> AppSpec {
    AppSpec {
        source: Some(SourceSpec {
            git: Text::plain("https://example.com/web.git"),
            reference: Some(Text::plain("main")),
            path: Text::plain("/srv/web"),
            submodules: true,
            git_config: BTreeMap::new(),
            discard_changes: false,
            depth: None,
            link: None,
        }),
        install: Some(InstallSpec { command: Text::plain("bash install.sh"), dir: None, sudo: true, env: BTreeMap::new(), always: false }),
        ..AppSpec::new("web".into(), Span::new(FileId(0), 0, 1), Text::plain("10.0.0.1"))
    }
}

fn file(colour: &str) -> Rendered {
    let entry = |key: &str, value: Text| EnvEntry { key: key.into(), value };
    Rendered {
        path: "/srv/web/.env".into(),
        in_source: Some(".env".into()),
        bytes: Some(format!("COLOUR={colour}\nPASSWORD=hunter22\n").into_bytes()),
        waits_for: None,
        shape: Shape::Env {
            entries: vec![entry("COLOUR", Text::plain(colour)), entry("PASSWORD", Text::secret("hunter22"))],
            complete: true,
        },
        mode: 0o600,
        sudo: false,
        owner: None,
    }
}

fn commit(commit: &str, ahead: Option<usize>) -> Option<Target> {
    Some(Target::Commit { commit: commit.into(), ahead })
}

/// The record and the facts after a finished deploy.
fn deployed(colour: &str) -> (AppRecord, RemoteFacts) {
    let mut record = AppRecord::new("web", [3; 16]);
    let rendered = file(colour);
    record.host = Some(HostRecord { address: "10.0.0.1".into(), identity: "i-1".into(), key: None });
    record.source = Some(SourceRecord { path: "/srv/web".into(), url: "https://example.com/web.git".into(), commit: OLD.into() });
    record.files.insert(rendered.path.clone(), rendered.record(&record).unwrap());
    record.installed = record.install_hash(spec().install.as_ref().unwrap());
    let facts = RemoteFacts {
        checkout: Checkout::Clone { commit: Some(OLD.into()), url: Some("https://example.com/web.git".into()) },
        edited: vec![],
        submodules_off: false,
        files: [(rendered.path, RemoteFile { content: rendered.bytes.unwrap(), mode: Some(0o600) })].into(),
    };
    (record, facts)
}

fn run(spec: &AppSpec, record: Option<&AppRecord>, facts: Option<&RemoteFacts>, target: Option<Target>, rendered: &[Rendered]) -> AppPlan {
    plan(&PlanInput { spec, contact: Contact::Read, facts, record, identity: "i-1", target, rendered })
}

#[test]
fn a_first_deploy_is_all_new() {
    let plan = run(&spec(), None, Some(&RemoteFacts::default()), commit(NEW, None), &[file("blue")]);
    let want = "app.web on 10.0.0.1\n  + source /srv/web from https://example.com/web.git at 22222222 (main)\n  + file /srv/web/.env (0600)\n      + COLOUR = \"blue\"\n      + PASSWORD = (sensitive value)\n  > run sudo bash install.sh (in /srv/web)\n      because first deploy\n";
    assert_eq!(describe(&plan), want);
}

#[test]
fn a_finished_deploy_needs_nothing() {
    let (record, facts) = deployed("blue");
    let plan = run(&spec(), Some(&record), Some(&facts), commit(OLD, None), &[file("blue")]);
    assert!(plan.is_empty() && plan.diagnostics.is_empty(), "{plan:?}");
    assert_eq!(describe(&plan), "");
}

#[test]
fn one_variable_changes_one_key_and_installs() {
    let (record, facts) = deployed("blue");
    let plan = run(&spec(), Some(&record), Some(&facts), commit(OLD, None), &[file("green")]);
    let want = "app.web on 10.0.0.1\n  ~ file /srv/web/.env\n      ~ COLOUR = \"blue\" -> \"green\"\n  > run sudo bash install.sh (in /srv/web)\n      because a file changes: /srv/web/.env\n";
    assert_eq!(describe(&plan), want);
}

#[test]
fn a_moved_ref_shows_both_commits_and_how_far() {
    let (record, facts) = deployed("blue");
    let plan = run(&spec(), Some(&record), Some(&facts), commit(NEW, Some(3)), &[file("blue")]);
    let want = "app.web on 10.0.0.1\n  ~ source /srv/web: 11111111 -> 22222222 (main, 3 commits)\n  > run sudo bash install.sh (in /srv/web)\n      because the commit moves\n";
    assert_eq!(describe(&plan), want);
    assert_eq!(plan.commit(), Some(NEW));
}

#[test]
fn edited_tracked_files_stop_unless_they_are_to_be_discarded() {
    let (record, mut facts) = deployed("blue");
    facts.edited = vec!["src/app.py".into(), ".env".into()];
    let plan = run(&spec(), Some(&record), Some(&facts), commit(OLD, None), &[file("blue")]);
    let error = plan.diagnostics.iter().next().unwrap();
    assert_eq!(error.summary, "Tracked files were edited on the host");
    assert!(error.detail.contains("\n  src/app.py") && !error.detail.contains(".env"), "{}", error.detail);
    let mut discarding = spec();
    discarding.source.as_mut().unwrap().discard_changes = true;
    let plan = run(&discarding, Some(&record), Some(&facts), commit(OLD, None), &[file("blue")]);
    assert!(plan.diagnostics.is_empty());
    let source = plan.source.unwrap();
    assert_eq!((source.discards, source.restores), (vec!["src/app.py".to_string()], vec![".env".to_string()]));
}

#[test]
fn files_of_ours_in_the_checkout_are_no_edits() {
    let (record, mut facts) = deployed("blue");
    facts.edited = vec![".env".into()];
    let plan = run(&spec(), Some(&record), Some(&facts), commit(OLD, None), &[file("blue")]);
    assert!(plan.is_empty() && plan.diagnostics.is_empty());
}

#[test]
fn an_unfinished_deploy_goes_on() {
    let (mut record, facts) = deployed("blue");
    record.pending = Some("the commit moves".into());
    record.running = Some(Step::Install);
    let plan = run(&spec(), Some(&record), Some(&facts), commit(OLD, None), &[file("blue")]);
    assert_eq!(plan.install.unwrap().reason, "the last deploy did not finish (the commit moves)");
    assert_eq!(plan.resumes, Some(Step::Install));
    record.running = Some(Step::Source);
    let mut half = facts.clone();
    half.edited = vec!["half/checked/out".into()];
    let plan = run(&spec(), Some(&record), Some(&half), commit(OLD, None), &[file("blue")]);
    assert!(plan.diagnostics.is_empty(), "an interrupted checkout is not an edit");
    assert_eq!(plan.source.unwrap().reasons, ["the last checkout did not finish"]);
}

#[test]
fn another_machine_is_installed_again() {
    let (record, _) = deployed("blue");
    let spec = spec();
    let input = PlanInput {
        spec: &spec,
        contact: Contact::NotYet("the instance is replaced".into()),
        facts: None,
        record: Some(&record),
        identity: "i-2",
        target: commit(OLD, None),
        rendered: &[file("blue")],
    };
    let plan = plan(&input);
    assert_eq!(plan.files[0].action, FileAction::Create);
    assert!(plan.source.is_some() && plan.is_deferred());
    assert_eq!(plan.install.unwrap().reason, "the host is another machine");
}

#[test]
fn an_unreachable_host_is_compared_with_the_record_and_warned_about() {
    let (record, _) = deployed("blue");
    let spec = spec();
    let contact = || Contact::Unreachable("ssh: connection timed out.".into());
    let same = plan(&PlanInput {
        spec: &spec,
        contact: contact(),
        facts: None,
        record: Some(&record),
        identity: "i-1",
        target: commit(OLD, None),
        rendered: &[file("blue")],
    });
    assert!(same.is_empty());
    assert_eq!(same.diagnostics.iter().next().unwrap().summary, "Host not reachable");
    let moved = plan(&PlanInput {
        spec: &spec,
        contact: contact(),
        facts: None,
        record: Some(&record),
        identity: "i-1",
        target: commit(NEW, Some(1)),
        rendered: &[file("green")],
    });
    assert!(describe(&moved).starts_with("app.web on 10.0.0.1 (not reachable: compared with the last deploy)\n  ~ source /srv/web: 11111111 -> 22222222 (main, 1 commit)\n  ~ file /srv/web/.env\n      differs from what was written last"), "{}", describe(&moved));
}

#[test]
fn a_file_without_a_block_goes_unless_somebody_changed_it() {
    let (record, facts) = deployed("blue");
    let plan = run(&spec(), Some(&record), Some(&facts), commit(OLD, None), &[]);
    assert_eq!(plan.files[0].action, FileAction::Delete);
    let mut edited = facts.clone();
    edited.files.get_mut("/srv/web/.env").unwrap().content = b"COLOUR=mine\n".to_vec();
    let plan = run(&spec(), Some(&record), Some(&edited), commit(OLD, None), &[]);
    assert_eq!(plan.files[0].action, FileAction::Leave);
    assert!(plan.install.is_none() && !plan.diagnostics.has_errors());
}

#[test]
fn an_occupied_path_is_an_error() {
    let facts = RemoteFacts { checkout: Checkout::Occupied, ..RemoteFacts::default() };
    let plan = run(&spec(), None, Some(&facts), commit(NEW, None), &[]);
    assert_eq!(plan.diagnostics.iter().next().unwrap().summary, "Source path is occupied");
}

#[test]
fn run_always_is_a_reason_of_its_own() {
    let (record, facts) = deployed("blue");
    let mut always = spec();
    always.install.as_mut().unwrap().always = true;
    let plan = run(&always, Some(&record), Some(&facts), commit(OLD, None), &[file("blue")]);
    assert_eq!(plan.install.unwrap().reason, "run = \"always\"");
}

#[test]
fn no_secret_is_in_a_plan() {
    let (record, mut facts) = deployed("blue");
    facts.files.get_mut("/srv/web/.env").unwrap().content = b"COLOUR=blue\nPASSWORD=old-hunter11\n".to_vec();
    let plan = run(&spec(), Some(&record), Some(&facts), commit(OLD, None), &[file("blue")]);
    let text = format!("{plan:?}{}", describe(&plan));
    assert!(!text.contains("hunter"), "{text}");
}
