//! Tests of leases, in a real shell and a real home.

use super::*;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

fn lease(token: &str, owner: &str) -> Lease {
    Lease { file: "web-0.lease".into(), token: token.into(), owner: owner.into(), holder: format!("{owner}'s laptop") }
}

fn run(home: &Path, command: &RemoteCommand) -> (i32, String) {
    let mut shell = Command::new("sh");
    shell.args(["-c", &command.shell]).env("HOME", home).current_dir(home);
    let mut child = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(command.stdin.as_ref().unwrap()).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

fn older(home: &Path, seconds: u64) {
    let file = std::fs::File::open(home.join(".envctl/web-0.lease")).unwrap();
    file.set_modified(std::time::SystemTime::now() - Duration::from_secs(seconds)).unwrap();
}

#[test]
fn one_at_a_time_and_nobody_for_longer_than_the_lease() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let (one, two) = (lease("t1", "ann"), lease("t2", "bob"));
    assert_eq!(run(home, &take(&one)).0, 0);
    older(home, 40);
    let (code, answer) = run(home, &take(&two));
    assert_eq!(code, HELD);
    let (holder, age) = parse_holder(&answer);
    assert!(holder == "ann's laptop" && (40..50).contains(&age), "{answer}");
    assert_eq!(run(home, &renew(&one)).0, 0);
    let (_, answer) = run(home, &take(&two));
    assert!(parse_holder(&answer).1 < 10, "{answer}");
    older(home, 61);
    assert_eq!(run(home, &take(&two)).0, 0);
    assert_eq!((run(home, &renew(&one)).0, run(home, &give_back(&one)).0), (HELD, HELD));
    assert_eq!(run(home, &give_back(&two)).0, 0);
    let left: Vec<_> = std::fs::read_dir(home.join(".envctl")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn what_a_dead_run_of_the_same_owner_left_is_taken_over_at_once() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(run(home.path(), &take(&lease("t1", "ann"))).0, 0);
    assert_eq!(run(home.path(), &take(&lease("t2", "ann"))).0, 0);
    assert_eq!(run(home.path(), &renew(&lease("t1", "ann"))).0, HELD);
    // Somebody died while he took it over.
    std::fs::create_dir(home.path().join(".envctl/web-0.lease.break")).unwrap();
    assert_eq!(run(home.path(), &take(&lease("t3", "ann"))).0, HELD);
}

#[test]
fn of_many_that_find_a_stale_lease_one_gets_it() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(run(home.path(), &take(&lease("t0", "dead"))).0, 0);
    older(home.path(), 100);
    let threads: Vec<_> = (1..=8)
        .map(|i| {
            let home = home.path().to_path_buf();
            std::thread::spawn(move || run(&home, &take(&lease(&format!("t{i}"), &format!("o{i}")))).0)
        })
        .collect();
    let codes: Vec<i32> = threads.into_iter().map(|t| t.join().unwrap()).collect();
    assert_eq!(codes.iter().filter(|c| **c == 0).count(), 1, "{codes:?}");
}
