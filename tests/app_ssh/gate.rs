//! Health checks that gate a deploy, the way back, hooks, and the lease on the host.

use super::world::World;
use envctl::app::{self, ReleaseResult, Step};
use envctl::deploy::Done;
use envctl::value::Value;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

const INSTALL: &str = "echo run >> runs\n. ./.env\necho \"installed $COLOUR with $PASSWORD\"\n";

const BODY: &str = r#"
  source {
    git  = "$URL"
    ref  = "main"
    path = "~/apps/web"
  }
  file ".env" {
    base = ".env.sample"
    set  = { COLOUR = var.colour, PASSWORD = var.password }
  }
  file "~/outside.conf" { content = "colour ${var.colour}\n" }
  install { command = "sh install.sh" }
"#;

/// An app with more in its block.
pub fn world(more: &str) -> World {
    let body = format!("{BODY}{more}");
    let mut world = World::new(&[(".env.sample", "COLOUR=\nPASSWORD=\n"), ("install.sh", INSTALL), ("version", "1\n")], &body);
    world.var("colour", Value::string("blue"));
    world.var("password", Value::string("hunter2-'tis secret").sensitive());
    world
}

/// A service whose answers are statuses; how often it was asked is counted.
fn service(status: impl Fn(usize) -> u16 + Send + 'static) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, asked) = (listener.local_addr().unwrap().to_string(), Arc::new(AtomicUsize::new(0)));
    let count = asked.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0u8; 2048]);
            let status = status(count.fetch_add(1, Ordering::Relaxed) + 1);
            let _ = write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: 3\r\nconnection: close\r\n\r\nok\n");
        }
    });
    (address, asked)
}

fn http(address: &str) -> String {
    format!("  health {{\n http = \"http://{address}/health\"\n body = \"ok\"\n interval = \"100ms\"\n deadline = \"2s\"\n }}\n")
}

/// A world whose service is healthy while the first version is on its host.
fn of_the_first_version() -> World {
    let version = Arc::new(std::sync::Mutex::new(std::path::PathBuf::new()));
    let seen = version.clone();
    let works = move || std::fs::read_to_string(&*seen.lock().unwrap()).is_ok_and(|v| v == "1\n");
    let (address, _) = service(move |_| if works() { 200 } else { 500 });
    let world = world(&http(&address));
    *version.lock().unwrap() = world.at("version");
    world
}

fn runs(world: &World) -> usize {
    world.on_host("runs").lines().count()
}

/// Nothing that was shown or kept holds the secret.
fn assert_no_secret(world: &World) {
    for text in [world.events.text(), world.records.text()] {
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_comes_up_late_is_waited_for() {
    let (address, asked) = service(|n| if n <= 5 { 503 } else { 200 });
    let world = world(&http(&address));
    world.deploy().await;
    assert_eq!(asked.load(Ordering::Relaxed), 7, "twice in a row");
    assert!(world.events.text().contains("status 503, not 200 to 299"));
    let record = world.records.last().unwrap();
    assert_eq!(record.releases.last().unwrap().result, ReleaseResult::Healthy);
    assert_eq!(record.good_commit(), Some(world.repo.head().as_str()));
    assert_eq!(world.events.steps(), [Step::Source, Step::Files, Step::Install, Step::Health]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_never_comes_up_gives_way_to_the_release_before() {
    let mut world = of_the_first_version();
    world.deploy().await;
    let good = world.repo.head();
    let before = world.on_host(".env");
    world.repo.commit("two", &[("version", "2\n"), ("new file", "x")]);
    world.var("colour", Value::string("green"));
    let error = world.fails("The release is not healthy").await;
    assert!(error.detail.contains("status 500") && error.detail.contains("installed green with (sensitive value)"), "{}", error.detail);
    assert!(error.help.unwrap().contains("is back"));
    assert_eq!((world.on_host("version").as_str(), world.on_host(".env")), ("1\n", before));
    let outside = world.sshd.home().join("outside.conf");
    assert_eq!(std::fs::read_to_string(&outside).unwrap(), "colour blue\n");
    assert_eq!(runs(&world), 3, "install runs again for what came back");
    let record = world.records.last().unwrap();
    assert_eq!(record.releases.iter().map(|r| r.result).collect::<Vec<_>>(), [ReleaseResult::Healthy, ReleaseResult::RolledBack]);
    assert_eq!(record.good_commit(), Some(good.as_str()));
    assert_no_secret(&world);
    let text = app::describe(&world.plan().await);
    assert!(text.contains("COLOUR = \"blue\" -> \"green\"") && text.contains("was taken back"), "{text}");
    world.repo.commit("three", &[("version", "1\n")]);
    world.deploy().await;
    assert_eq!(std::fs::read_to_string(&outside).unwrap(), "colour green\n");
    let kept = std::fs::read_dir(world.sshd.home().join(".envctl")).unwrap().map(|e| e.unwrap());
    for entry in kept {
        let mode = std::os::unix::fs::PermissionsExt::mode(&entry.metadata().unwrap().permissions());
        assert_eq!(mode & 0o077, 0, "{entry:?} is for the login alone");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_flaps_is_not_healthy() {
    let (address, _) = service(|n| if n % 2 == 0 { 200 } else { 503 });
    let world = world(&http(&address));
    let error = world.fails("The release is not healthy").await;
    assert!(error.detail.contains("http://"), "{}", error.detail);
    let record = world.records.last().unwrap();
    assert_eq!((record.unfinished().unwrap().result, record.good_commit()), (ReleaseResult::Unhealthy, None));
    let plan = world.plan().await;
    assert!(app::describe(&plan).contains("is done again"), "{}", app::describe(&plan));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_on_the_host_shows_what_it_printed_there() {
    let check = "  health {\n command = \"echo checking; . ./.env; echo $PASSWORD; [ -e ok ]\"\n interval = \"100ms\"\n deadline = \"500ms\"\n }\n  rollback = false\n";
    let world = world(check);
    let error = world.fails("The release is not healthy").await;
    assert!(error.detail.contains("code 1") && error.detail.contains("\n  checking\n  (sensitive value)"), "{}", error.detail);
    std::fs::write(world.at("ok"), "").unwrap();
    world.deploy().await;
    let (port, closed) = (world.sshd.port(), "127.0.0.1:1");
    let mut world = world;
    for (address, from, fine) in [
        (format!("127.0.0.1:{port}"), "here", true),
        (format!("127.0.0.1:{port}"), "host", true),
        (closed.into(), "host", false),
        (closed.into(), "here", false),
    ] {
        world.var("colour", Value::string(format!("{address}{from}").as_str()));
        world.body = format!(
            "{BODY}  rollback = false\n  health {{\n tcp = \"{address}\"\n from = \"{from}\"\n deadline = \"300ms\"\n interval = \"100ms\"\n }}\n"
        );
        let (_, outcome) = world.apply().await;
        assert_eq!(outcome.result.is_ok(), fine, "{address} from {from}: {:?}", outcome.result);
    }
    let (address, _) = service(|_| 200);
    world.body =
        format!("{BODY}  health {{\n http = \"http://{address}/\"\n body = \"ok\"\n from = \"host\"\n interval = \"100ms\"\n }}\n");
    if world.sshd.ssh("command -v curl").is_ok() {
        world.deploy().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_install_is_taken_back_where_the_block_wants_it() {
    let world = world("  rollback = true\n");
    world.deploy().await;
    world.repo.commit("broken", &[("version", "2\n"), ("install.sh", "echo half > runs; exit 4\n")]);
    let error = world.fails("Install command failed").await;
    assert!(error.help.unwrap().contains("is back"));
    assert_eq!(world.on_host("version"), "1\n");
    assert_eq!(world.records.last().unwrap().releases.last().unwrap().result, ReleaseResult::RolledBack);
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_run_here_and_there_and_know_the_deploy() {
    let hook = |moment: &str, place: &str, command: &str| {
        format!("  hook \"{moment}\" {{\n where = \"{place}\"\n command = \"{command}\"\n env = {{ EXTRA = var.password }}\n }}\n")
    };
    let told = "env | grep ^ENVCTL_ | grep -v ^ENVCTL_TEST | sort";
    let more = [
        hook("before_deploy", "local", &format!("{told} > before; echo $EXTRA")),
        hook("before_deploy", "host", "[ ! -e ~/stop ]"),
        hook("after_deploy", "host", &format!("{told} > ~/after; cat version > ~/seen")),
        hook("on_failure", "local", &format!("{told} > failed")),
    ];
    let world = world(&more.concat());
    world.deploy().await;
    let first = world.repo.head();
    let read = |path: std::path::PathBuf| std::fs::read_to_string(path).unwrap();
    let before = read(world.project.path().join("before"));
    let want = format!(
        "ENVCTL_APP=web\nENVCTL_COMMIT={first}\nENVCTL_ENVIRONMENT=stage\nENVCTL_HOST=target\nENVCTL_PREVIOUS_COMMIT=\nENVCTL_REF=main\nENVCTL_RELEASE=19700101T000000Z-{}\nENVCTL_STATUS=\n",
        app::short(&first)
    );
    assert_eq!(before, want);
    let after = read(world.sshd.home().join("after"));
    assert!(after.contains("ENVCTL_STATUS=deployed\n"), "{after}");
    assert_eq!(read(world.sshd.home().join("seen")), "1\n");
    assert_no_secret(&world);

    std::fs::write(world.sshd.home().join("stop"), "").unwrap();
    world.repo.commit("two", &[("version", "2\n")]);
    let error = world.fails("Hook failed").await;
    assert!(error.detail.contains("before_deploy (host)"), "{}", error.detail);
    assert_eq!((world.on_host("version").as_str(), runs(&world)), ("1\n", 1), "nothing may change");
    let failed = read(world.project.path().join("failed"));
    assert!(failed.contains(&format!("ENVCTL_PREVIOUS_COMMIT={first}\n")) && failed.contains("ENVCTL_STATUS=failed\n"), "{failed}");
    std::fs::remove_file(world.sshd.home().join("stop")).unwrap();
    world.deploy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deploy_from_elsewhere_is_named_and_a_dead_one_blocks_nobody() {
    let world = world("");
    world.deploy().await;
    world.repo.commit("two", &[("version", "2\n")]);
    let lease = world.sshd.home().join(".envctl").join(world.request().spec.lease_file());
    assert!(!lease.exists(), "a finished deploy leaves no lease");
    std::fs::write(&lease, "token\nsomebody\nann@laptop since noon\n").unwrap();
    let error = world.fails("Another deploy is at work").await;
    assert!(error.detail.contains("ann@laptop since noon"), "{}", error.detail);
    assert_eq!(world.on_host("version"), "1\n");
    std::fs::File::open(&lease).unwrap().set_modified(SystemTime::now() - Duration::from_secs(61)).unwrap();
    world.deploy().await;
    assert!(!lease.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_lost_its_lease_stops() {
    let world = world("  hook \"before_deploy\" {\n command = \"for f in ~/.envctl/*.lease; do echo other > $f; done; sleep 11\"\n }\n");
    let start = Instant::now();
    let error = world.fails("The lease of the deploy is lost").await;
    assert!(start.elapsed() > Duration::from_secs(10) && error.help.is_some());
    assert!(!world.at("version").exists(), "nothing is done without the lease");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_to_do_takes_no_lease_and_no_check() {
    let (address, asked) = service(|_| 200);
    let world = world(&http(&address));
    world.deploy().await;
    let before = asked.load(Ordering::Relaxed);
    let (plan, outcome) = world.apply().await;
    assert!(plan.is_empty() && matches!(outcome.result, Ok(Done::Unchanged)));
    assert_eq!(asked.load(Ordering::Relaxed), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_before_is_masked_too_when_its_release_comes_back() {
    let mut world = of_the_first_version();
    world.deploy().await;
    world.repo.commit("two", &[("version", "2\n")]);
    world.var("password", Value::string("another-secret-9").sensitive());
    let error = world.fails("The release is not healthy").await;
    assert_eq!(runs(&world), 3, "the old one was installed again");
    assert!(world.on_host(".env").contains("hunter2"));
    for text in [world.events.text(), format!("{error:?}")] {
        assert!(!text.contains("hunter2") && !text.contains("another-secret"), "{text}");
    }
    assert!(world.events.output().contains("installed blue with (sensitive value)"));
}
