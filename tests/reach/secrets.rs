//! Secrets of applications: fetched once, sent over the connection, shown nowhere.

use super::world::World;
use crate::harness::assert_next_plan_empty;
use std::fs;

/// Every command line of this machine, the host's included, as somebody else sees them.
const SPY: &str = "cat /proc/[0-9]*/cmdline | tr '\\\\0' ' ' > seen; echo \\\"installed with $TOKEN\\\"";

const SECRETS: [&str; 4] = ["env-s3cret", "file-s3cret", "command-s3cret", "line-of-a-k3y"];

fn world() -> World {
    let world = World { envctl: crate::harness::Envctl::new().with_env("DB_PASSWORD", "env-s3cret"), ..World::new() };
    world.envctl.file("secrets.env", "# not in git\nTOKEN=file-s3cret\n");
    world.envctl.file("tell.sh", "echo x >> asked\necho command-s3cret\necho 'user: app'\n");
    world.envctl.file("key.pem", "-----BEGIN\nline-of-a-k3y\n");
    let body = format!(
        r#"
  secret "db" {{
    env = "DB_PASSWORD"
  }}
  secret "token" {{
    file = "secrets.env"
    key  = "TOKEN"
  }}
  secret "told" {{
    command = ["sh", "tell.sh"]
  }}
  secret "key" {{
    command = ["cat", "key.pem"]
    whole   = true
  }}
  file "{home}/app.env" {{
    content = "DB=${{secret.db}}\nTOLD=${{secret.told}}\n"
  }}
  file "{home}/key" {{
    content = secret.key
  }}
  install {{
    command = "{SPY}"
    env     = {{ TOKEN = secret.token }}
  }}
"#,
        home = world.sshd.home().display()
    );
    world.declare(&world.app("web", &body));
    world
}

fn asked(world: &World) -> usize {
    fs::read_to_string(world.envctl.path("asked")).map_or(0, |t| t.lines().count())
}

#[test]
fn every_source_reaches_the_host_and_nothing_else() {
    let world = world();
    world.run(&["validate", "stage"]).ok();
    assert_eq!(asked(&world), 0, "validate runs nothing");
    let mut texts = Vec::new();
    let plan = world.run(&["plan", "stage", "-no-color"]).ok().says("(sensitive value)");
    texts.push(plan.text());
    assert_eq!(asked(&world), 1);
    texts.push(world.run(&["plan", "stage", "-json"]).ok().text());
    texts.push(world.run(&["plan", "stage", "-out", "stage.plan"]).ok().text());
    let run = world.run(&["apply", "stage", "-auto-approve", "-no-color"]).ok().says("installed with (sensitive value)");
    texts.push(run.text());
    assert_eq!(asked(&world), 4, "once a run, though apply evaluates the blocks twice");

    assert_eq!(fs::read_to_string(world.home("app.env")).unwrap(), "DB=env-s3cret\nTOLD=command-s3cret\n");
    assert_eq!(fs::read_to_string(world.home("key")).unwrap(), "-----BEGIN\nline-of-a-k3y");
    let seen = fs::read_to_string(world.home("seen")).unwrap();
    assert!(seen.contains("ssh"), "{seen}");
    texts.push(seen);
    texts.push(world.run(&["doctor", "stage"]).text());
    let kept =
        walkdir::WalkDir::new(world.envctl.path("environments")).into_iter().chain(walkdir::WalkDir::new(world.envctl.path(".test")));
    let files = kept.filter_map(Result::ok).filter(|e| e.file_type().is_file());
    texts.extend(files.map(|e| String::from_utf8_lossy(&fs::read(e.path()).unwrap()).into_owned()));
    texts.push(String::from_utf8_lossy(&fs::read(world.envctl.path("stage.plan")).unwrap()).into_owned());
    for secret in SECRETS {
        let found: Vec<&String> = texts.iter().filter(|t| t.contains(secret)).collect();
        assert!(found.is_empty(), "{secret} in {found:?}");
    }
    assert_next_plan_empty(&world.envctl, "stage");
}

#[test]
fn a_changed_secret_is_deployed() {
    let world = world();
    world.deploy().ok();
    world.envctl.file("tell.sh", "echo another-s3cret\n");
    let run = world.deploy().ok().says("TOLD").never_says("another-s3cret");
    assert!(!run.stdout.contains("~ DB"), "{}", run.text());
    assert!(fs::read_to_string(world.home("app.env")).unwrap().contains("TOLD=another-s3cret"));
}

#[test]
fn what_cannot_be_fetched_stops_the_plan_and_no_session() {
    let world = world();
    world.envctl.file("tell.sh", "echo 'the vault is locked, env-s3cret' >&2\nexit 3\n");
    world.envctl.file("secrets.env", "TOKE=\n");
    let plan = world.run(&["plan", "stage", "-no-color"]).expect(1).never_says("env-s3cret");
    let plan = plan.says("The program sh ended with code 3; it said: the vault is locked, (sensitive value)");
    plan.says("secret.token comes from TOKEN in the file secrets.env").says("Did you mean TOKE?");
    fs::write(world.home("app.env"), "DB=env-s3cret\n").unwrap();
    let run = world.run(&["exec", "stage", "--", "cat", "app.env"]).ok().says("A secret is not masked").never_says("env-s3cret");
    assert_eq!(run.stdout, "DB=(sensitive value)\n");
    // A session shows nothing of ours, so nothing is asked for.
    let session = world.run(&["ssh", "stage", "--", "true"]).ok();
    assert!(!session.stderr.contains("secret"), "{}", session.text());
}

#[test]
fn mistakes_in_blocks_are_found_without_asking() {
    let world = World::new();
    let body = |secret: &str, content: &str| world.app("web", &format!("{secret}\nfile \"/tmp/x\" {{\n content = {content}\n}}\n"));
    let good = "secret \"token\" {\n env = \"TOKEN\"\n}";
    for (secret, content, text) in [
        (good, "secret.tokem", "Did you mean secret.token?"),
        ("secret \"a\" {}", "secret.a", "The block names no source"),
        ("secret \"a\" {\n env = \"A\"\n ssm = \"/a\"\n}", "secret.a", "env and ssm exclude each other"),
        ("secret \"a\" {\n env = \"A\"\n key = \"x\"\n}", "secret.a", "key belongs to file, not to env"),
        ("secret \"a\" {\n env = \"A B\"\n}", "secret.a", "not the name of an environment variable"),
        ("secret \"a\" {\n command = []\n}", "secret.a", "command is an empty list"),
        ("secret \"a b\" {\n env = \"A\"\n}", "\"x\"", "cannot be written as secret.NAME"),
        ("secret \"a\" {\n env = \"A\"\n}\nsecret \"a\" {\n env = \"B\"\n}", "secret.a", "There is a secret \"a\""),
        ("secret \"a\" {\n env = \"A\"\n}\nsecret \"b\" {\n file = secret.a\n}", "secret.b", "secrets are fetched all at once"),
        ("secret \"a\" {\n command = [\"x\", sensitive(\"y\")]\n}", "secret.a", "An argument of the command is sensitive"),
    ] {
        world.declare(&body(secret, content));
        world.run(&["validate", "stage"]).expect(1).says(text);
    }
    // Elsewhere the name means a resource, as it always did.
    world.declare(&format!("{}\noutput \"x\" {{\n value = secret.token\n}}\n", body(good, "secret.token")));
    world.run(&["validate", "stage"]).expect(1).says("undeclared resource");
    world.declare(&body("secret \"a\" {\n ssm = \"/app/a\"\n}", "secret.a"));
    world.run(&["validate", "stage"]).ok();
    if cfg!(not(feature = "aws")) {
        world.run(&["plan", "stage"]).expect(1).says("the parameter /app/a of Systems Manager").says("feature \"aws\"");
    }
}
