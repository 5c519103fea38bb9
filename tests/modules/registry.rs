//! The registry protocol against a registry on loopback.

use super::{call, calling, checkout, publish, registry, saying, tar_gz, which};
use crate::harness::Envctl;
use std::net::TcpListener;

#[test]
fn the_newest_version_is_locked_and_later_runs_ask_nobody() {
    let server = registry(&["1.0.0", "1.2.0", "1.10.0", "2.0.0", "1.11.0-rc1"]);
    let project = calling(&format!("{}/acme/net/null", server.host()), Some("~> 1.0"));
    assert_eq!(which(&project), "1.10.0");
    assert_eq!(server.asked().len(), 4, "discovery, versions, download, archive");
    let lock = project.read("environments/dev/.envctl.lock.json");
    assert!(lock.contains("\"version\": \"1.10.0\"") && lock.contains("\"constraint\": \"~> 1.0\""), "{lock}");
    assert!(!lock.contains(&project.path("").display().to_string()), "{lock}");
    assert_eq!(project.read(".envctl/.gitignore"), "*\n");

    assert_eq!(which(&project), "1.10.0");
    project.run(&["validate", "dev"]).ok().never_says("Fetch");
    assert_eq!(server.asked(), Vec::<String>::new());

    // A newer one appears: what is locked stays, on another machine too, until somebody upgrades.
    publish(&server, &["1.10.0", "1.12.0"]);
    let other = checkout(&project);
    assert_eq!(which(&other), "1.10.0");
    assert!(!server.asked().iter().any(|path| path.ends_with("/versions")));
    assert_eq!(other.read("environments/dev/.envctl.lock.json"), lock);
    project.run(&["get", "dev", "-upgrade"]).ok().says("(~> 1.0): 1.12.0");
    assert_eq!(which(&project), "1.12.0");

    // Another constraint: what was chosen stays if it fits, else the newest that does.
    call(&project, &format!("{}/acme/net/null", server.host()), Some(">= 1.5"));
    publish(&server, &["1.10.0", "1.12.0", "3.0.0"]);
    assert_eq!(which(&project), "1.12.0");
    drop(server);
    assert_eq!(which(&project), "1.12.0");
}

#[test]
fn get_drops_what_is_no_longer_called() {
    let server = registry(&["1.0.0"]);
    let project = calling(&format!("{}/acme/net/null", server.host()), Some("1.0.0"));
    project.run(&["get", "dev"]).ok().says("(= 1.0.0): 1.0.0");
    call(&project, &format!("{}/acme/net/null//sub", server.host()), None);
    assert_eq!(which(&project), "sub");
    assert_eq!(project.read("environments/dev/.envctl.lock.json").matches("digest").count(), 2);
    project.run(&["init", "dev"]).ok();
    assert_eq!(project.read("environments/dev/.envctl.lock.json").matches("digest").count(), 1);
    project.file("environments/dev/main.tf", "locals {\n  a = 1\n}\n");
    project.run(&["get", "dev"]).ok().says("No modules from elsewhere");
    assert!(!project.path("environments/dev/.envctl.lock.json").exists());
}

#[test]
fn get_repairs_what_somebody_changed_in_the_cache() {
    let server = registry(&["1.0.0"]);
    let project = calling(&format!("{}/acme/net/null", server.host()), None);
    project.run(&["get", "dev"]).ok();
    let files = walkdir::WalkDir::new(project.path(".envctl/modules")).into_iter().filter_map(Result::ok);
    let main = files.map(|e| e.into_path()).find(|p| p.ends_with("net-1.0.0/main.tf")).unwrap();
    std::fs::write(main, saying("changed by hand")).unwrap();
    assert_eq!(which(&project), "changed by hand");
    project.run(&["get", "dev"]).ok().says("Fetched ");
    assert_eq!(which(&project), "1.0.0");
    project.run(&["get", "dev"]).ok().never_says("Fetch");
}

#[test]
fn a_version_before_release_is_taken_only_by_name() {
    let server = registry(&["1.0.0", "1.1.0-rc1"]);
    let source = format!("{}/acme/net/null", server.host());
    assert_eq!(which(&calling(&source, None)), "1.0.0");
    assert_eq!(which(&calling(&source, Some("1.1.0-rc1"))), "1.1.0-rc1");
}

#[test]
fn what_a_registry_does_not_have_is_said_with_what_it_has() {
    let server = registry(&["1.0.0", "1.2.0", "2.0.0-rc1"]);
    let plan = |source: &str, version: Option<&str>| calling(source, version).run(&["plan", "dev"]).expect(1);
    let source = format!("{}/acme/net/null", server.host());
    plan(&source, Some(">= 3.0"))
        .says("No matching version")
        .says("meets the constraint \">= 3.0\"")
        .says("2.0.0-rc1, 1.2.0, 1.0.0")
        .says("main.tf:3");
    plan(&format!("{}/acme/nett/null", server.host()), None).says("Unknown module").says("has no module acme/nett/null");
    plan(&source, Some("one")).says("Invalid version constraint").says("main.tf:3");
    plan(&format!("{source}//suub"), None).says("Module not found").says("Did you mean \"//sub\"?");
    plan("github.com/acme/net", Some("1.0")).says("Invalid version argument").says("?ref=");

    // A port where nobody listens: said at once, not tried for minutes.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let started = std::time::Instant::now();
    plan(&format!("{closed}/acme/net/null"), None).says("Registry not reachable").says(&closed.to_string());
    assert!(started.elapsed().as_secs() < 30);
}

#[test]
fn every_mistake_is_reported_once_and_beside_the_others() {
    let server = registry(&["1.0.0"]);
    let project = Envctl::new();
    let host = server.host();
    project.file(
        "environments/dev/main.tf",
        &format!(
            "module \"a\" {{\n  source = \"{host}/acme/none/null\"\n}}\nmodule \"b\" {{\n  source = \"{host}/acme/net/null\"\n  version = \"9\"\n}}\n\
             module \"c\" {{\n  source = \"-x\"\n}}\nmodule \"d\" {{\n  source = \"{host}/acme/net/null\"\n  nothing = 1\n}}\n"
        ),
    );
    let found = project.run(&["validate", "dev"]).expect(1);
    for text in ["Unknown module", "No matching version", "Invalid module source", "no variable named \"nothing\""] {
        assert_eq!(found.stderr.matches(text).count(), 1, "{text}: {}", found.text());
    }
}

#[test]
fn tokens_are_sent_and_never_shown() {
    let server = registry(&["1.0.0"]);
    for path in ["versions", "1.0.0/download"] {
        server.guarded(&format!("/v1/modules/acme/net/null/{path}"), "s3cret-token");
    }
    let (host, port) = (server.host(), server.host().rsplit(':').next().unwrap().to_owned());
    let source = format!("{host}/acme/net/null");
    calling(&source, None).run(&["plan", "dev"]).expect(1).says("No access to the registry").says("TF_TOKEN_127_0_0_1");

    let with_block = calling(&source, None);
    with_block.file(".test/home/.tofurc", &format!("credentials \"{host}\" {{\n  token = \"s3cret-token\"\n}}\n"));
    with_block.run(&["plan", "dev"]).ok().never_says("s3cret-token");
    assert!(!with_block.read("environments/dev/.envctl.lock.json").contains("s3cret"));

    // A variable cannot name a port; a host block gives the registry a name.
    let named = calling("registry.acme.test/acme/net/null", None).with_env("TF_TOKEN_registry_acme_test", "s3cret-token");
    let services = format!(
        "host \"registry.acme.test\" {{\n  services = {{\n    \"modules.v1\" = \"http://127.0.0.1:{port}/v1/modules/\"\n  }}\n}}\n"
    );
    named.file(".test/home/.terraformrc", &services);
    assert_eq!(which(&named), "1.0.0");
    let wrong = calling(&source, None);
    wrong.file(".test/home/.tofurc", &format!("credentials \"{host}\" {{\n  token = \"other-token\"\n}}\n"));
    wrong.run(&["plan", "dev"]).expect(1).says("refused the token").never_says("other-token");
}

#[test]
fn the_default_registry_and_a_location_in_the_body() {
    let server = registry(&["4.5.6"]);
    server.text("/v1/modules/acme/net/null/4.5.6/download", r#"{"location": "/archives/4.5.6.tar.gz//net-4.5.6"}"#);
    let project = calling("acme/net/null", Some("~> 4.0"));
    let services = format!("{{ \"modules.v1\" = \"{}\" }}", server.url("/v1/modules"));
    project.file("rc", &format!("host \"registry.opentofu.org\" {{\n  services = {services}\n}}\n"));
    let rc = project.path("rc").display().to_string();
    let project = project.with_env("TF_CLI_CONFIG_FILE", &rc);
    assert_eq!(which(&project), "4.5.6");
    assert!(project.read("environments/dev/.envctl.lock.json").contains("registry.opentofu.org/acme/net/null"));
}

#[test]
fn modules_call_modules_and_each_package_is_fetched_once() {
    let server = registry(&["1.0.0"]);
    let inner = format!(
        "module \"in\" {{\n  source = \"{}/acme/net/null\"\n}}\noutput \"which\" {{\n  value = \"outer ${{module.in.which}}\"\n}}\n",
        server.host()
    );
    server.bytes(
        "/outer.tgz",
        tar_gz(&[
            ("main.tf", "module \"here\" {\n  source = \"./deep\"\n}\noutput \"which\" {\n  value = module.here.which\n}\n"),
            ("deep/main.tf", &inner),
        ]),
    );
    let project = calling(&server.url("/outer.tgz"), None);
    project.file("environments/dev/more.tf", &format!("module \"again\" {{\n  source = \"{}//deep\"\n}}\n", server.url("/outer.tgz")));
    assert_eq!(which(&project), "outer 1.0.0");
    let asked = server.asked();
    assert_eq!(asked.iter().filter(|p| p.ends_with("outer.tgz")).count(), 1, "{asked:?}");
    assert_eq!(asked.iter().filter(|p| p.ends_with("/versions")).count(), 1, "{asked:?}");
}

#[test]
fn a_busy_registry_is_asked_again() {
    let server = registry(&["1.0.0"]);
    server.busy("/v1/modules/acme/net/null/versions", 2);
    server.busy("/archives/1.0.0.tar.gz", 1);
    assert_eq!(which(&calling(&format!("{}/acme/net/null", server.host()), None)), "1.0.0");
}

#[test]
fn a_version_that_was_replaced_is_not_taken_for_the_locked_one() {
    let server = registry(&["1.0.0"]);
    let project = calling(&format!("{}/acme/net/null", server.host()), None);
    assert_eq!(which(&project), "1.0.0");
    server.bytes("/archives/1.0.0.tar.gz", tar_gz(&[("net-1.0.0/main.tf", &saying("evil"))]));
    let other = checkout(&project);
    other.run(&["plan", "dev"]).expect(1).says("Module differs from the lock file").says("envctl get -upgrade").never_says("evil");
    assert_eq!(which(&project), "1.0.0");
    other.run(&["get", "dev", "-upgrade"]).ok();
    assert_eq!(which(&other), "evil");
}
