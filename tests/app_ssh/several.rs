//! Several apps in one run, values that come late, runs that are stopped.

use super::world::World;
use envctl::app::{self, Step};
use envctl::deploy::{self, AppRequest, Done, Identity};
use envctl::value::{Type, Value};
use tokio::sync::watch;

fn request(world: &World, name: &str, body: &str) -> AppRequest {
    AppRequest { spec: world.spec(name, body), record: None, identity: Identity::Host, commit: None, approved: None, restore: None }
}

fn on_host(world: &World, path: &str) -> Option<String> {
    std::fs::read_to_string(world.sshd.home().join(path)).ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_app_stops_no_other() {
    let world = World::new(&[], "");
    let file = |name: &str| format!("file \"~/{name}.txt\" {{\n content = \"{name}\"\n}}\n");
    let requests = [
        request(&world, "first", &format!("{}install {{\n command = \"exit 3\"\n}}\n", file("first"))),
        request(&world, "second", &file("second")),
        request(&world, "edge", &file("edge")),
    ];
    // The third one's host is somewhere else, and nobody is there.
    let mut requests = requests.to_vec();
    requests[2].spec.ssh.port = Some(1);
    requests[2].spec.ssh.timeout = Some(std::time::Duration::from_secs(1));
    let (_keep, cancel) = watch::channel(false);
    let outcomes = world.run_all(&requests, cancel).await;
    let names: Vec<&str> = outcomes.iter().map(|o| &*o.app).collect();
    assert_eq!(names, ["first", "second", "edge"]);
    assert!(outcomes[0].result.is_err() && matches!(outcomes[1].result, Ok(Done::Deployed(_))) && outcomes[2].result.is_err());
    assert_eq!(outcomes[0].record.as_ref().unwrap().running, Some(Step::Install));
    assert_eq!((on_host(&world, "first.txt"), on_host(&world, "second.txt")), (Some("first".into()), Some("second".into())));
    assert_eq!(on_host(&world, "edge.txt"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_apply_brings_are_shown_as_such_and_rendered_then() {
    let sample = "IP=\nNAME=x\n";
    let mut world = World::new(&[(".env.sample", sample)], "");
    let body = "source {\n git = \"$URL\"\n path = \"~/apps/web\"\n}\nfile \".env\" {\n base = \".env.sample\"\n set = { IP = var.ip, NAME = \"web\" }\n}\nfile \"/tmp/x\" {\n template = \"templates/t.tera\"\n vars = { ip = var.ip }\n}\n";
    std::fs::write(world.project.path().join("templates/t.tera"), "{{ ip }}").unwrap();
    world.var("ip", Value::unknown(Type::String));
    let mut early = request(&world, "web", body);
    early.identity = Identity::Pending("the instance is created".into());
    let plan = world.with(async |ctx| deploy::plan(ctx, std::slice::from_ref(&early)).await.remove(0)).await;
    assert!(plan.is_deferred() && plan.diagnostics.is_empty(), "{:?}", plan.diagnostics);
    let text = app::describe(&plan);
    let want = "  + file apps/web/.env (0600)\n      content (known after apply): set.IP\n      + IP = (known after apply)\n      + NAME = \"web\"\n  + file /tmp/x (0600)\n      content (known after apply): vars.ip\n";
    assert!(text.contains(want) && text.starts_with("app.web on target (the instance is created)\n"), "{text}");

    let unfinished = AppRequest { identity: Identity::Host, ..early.clone() };
    let (_keep, cancel) = watch::channel(false);
    let outcome = world.run_all(&[unfinished], cancel.clone()).await.remove(0);
    assert_eq!(outcome.result.unwrap_err().into_iter().next().unwrap().summary, "Value not known");

    world.var("ip", Value::string("10.1.2.3"));
    let file = world.project.path().join("out");
    let body = body.replace("/tmp/x", &file.to_string_lossy());
    let late = AppRequest {
        commit: plan.commit().map(String::from),
        approved: Some(plan),
        record: world.records.last(),
        ..request(&world, "web", &body)
    };
    let outcome = world.run_all(&[late], cancel).await.remove(0);
    assert!(matches!(outcome.result, Ok(Done::Deployed(_))), "{:?}", outcome.result);
    assert_eq!(on_host(&world, "apps/web/.env").as_deref(), Some("IP=10.1.2.3\nNAME=web\n"));
    assert_eq!(std::fs::read_to_string(file).unwrap(), "10.1.2.3");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_run_begins_no_further_step() {
    let world = World::new(&[], "");
    let app = request(&world, "web", "file \"~/a.txt\" {\n content = \"a\"\n}\ninstall {\n command = \"sleep 1; touch installed\"\n}\n");
    let (stop, cancel) = watch::channel(true);
    let outcome = world.run_all(std::slice::from_ref(&app), cancel).await.remove(0);
    assert_eq!(outcome.result.unwrap_err().into_iter().next().unwrap().summary, "Interrupted");
    assert_eq!(on_host(&world, "a.txt"), None);
    drop(stop);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_only_the_host_can_read_is_asked_there() {
    let mut world = World::new(&[(".env.sample", "A=1\nB=2\n")], "");
    // Only the host's own git configuration knows what this URL means.
    let config = format!("[url \"{}\"]\n insteadOf = hostonly::web\n", world.repo.url());
    std::fs::write(world.sshd.home().join(".gitconfig"), config).unwrap();
    world.body = "source {\n git = \"hostonly::web\"\n ref = \"main\"\n path = \"~/apps/web\"\n}\nfile \".env\" {\n base = \".env.sample\"\n set = { B = 3 }\n}\n".into();
    let plan = world.plan().await;
    assert!(plan.commit() == Some(world.repo.head().as_str()) && plan.diagnostics.is_empty(), "{:?}", plan.diagnostics);
    assert!(plan.files[0].waits_for.as_ref().unwrap().contains(".env.sample of the source"), "{:?}", plan.files);
    world.deploy().await;
    assert_eq!(on_host(&world, "apps/web/.env").as_deref(), Some("A=1\nB=3\n"));
    world.body = world.body.replace("hostonly::web", "nobody::web");
    let plan = world.plan().await;
    assert_eq!(plan.diagnostics.iter().next().unwrap().summary, "Repository not readable");
}
