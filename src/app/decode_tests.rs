//! Tests of decoding `app` blocks.

use super::*;
use crate::app::HealthSpec;
use crate::app::reader::parse_duration;
use crate::diag::{FileId, SourceMap, Span};
use crate::files::MemFiles;
use crate::lang::{CallEnv, FunctionTable, Subject};
use crate::syntax::parse_file;
use crate::value::Type;
use std::sync::Arc;

struct Vars(CallEnv);

impl Scope for Vars {
    fn resolve(&self, subject: &Subject, span: Span) -> Result<Value, Diagnostic> {
        match subject.to_string().as_str() {
            "var.password" => Ok(Value::string("hunter22").sensitive()),
            "var.ip" => Ok(Value::unknown(Type::String)),
            "var.port" => Ok(Value::int(7000)),
            "var.url" => Ok(Value::string("https://example.com/x.git").sensitive()),
            _ => Err(Diagnostic::error("Undeclared", "No such thing.").at(span)),
        }
    }
    fn functions(&self) -> &FunctionTable {
        FunctionTable::standard()
    }
    fn call_env(&self) -> &CallEnv {
        &self.0
    }
}

fn read(body: &str) -> (AppSpec, Vec<String>) {
    let text = format!("app \"web\" {{\n{body}\n}}\n");
    let mut diags = Diagnostics::new();
    let file = parse_file(FileId(0), &text, &mut diags);
    assert!(diags.is_empty(), "{text}: {diags:?}");
    let scope = Vars(CallEnv::new("/", Arc::new(MemFiles::new()), SourceMap::new()));
    let spec = decode(&file.blocks[0], &scope, &mut diags);
    let show = |d: Diagnostic| {
        let span = d.subject.unwrap();
        format!("{} [{}]", d.summary, &text[span.start as usize..span.end as usize])
    };
    (spec, diags.into_iter().map(show).collect())
}

fn errors(body: &str) -> Vec<String> {
    read(&format!("host = \"h\"\n{body}")).1
}

const SOURCE: &str = "source {\n git = \"https://example.com/x.git\"\n path = \"/srv/x\"\n}\n";

#[test]
fn the_example_of_the_design_reads() {
    let (spec, errors) = read(
        r#"
        host = var.ip
        ssh { user = "ubuntu" }
        ready { file = "/home/ubuntu/.setup_complete" }
        source {
          git  = "https://github.com/example/dashboard.git"
          ref  = "main"
          path = "/home/ubuntu/dashboard"
          git_config = { "http.proxy" = "p" }
        }
        file "backend/.env.docker" {
          base = "backend/.env.sample"
          set  = { PASSWORD = var.password, IP = var.ip, PORT = var.port, NONE = null }
        }
        file "frp/frps.toml" {
          template = "templates/frps.toml.tera"
          vars     = { token = var.password, port = var.port }
          mode     = "0640"
        }
        install { command = "sudo bash install.sh" }
        "#,
    );
    assert_eq!(errors, Vec::<String>::new());
    assert_eq!(spec.host.known(), None);
    assert_eq!(spec.ready.as_ref().unwrap().timeout, Duration::from_secs(600));
    assert!(spec.source.as_ref().unwrap().submodules && !spec.source.as_ref().unwrap().discard_changes);
    let FileContent::Base { set, .. } = &spec.files[0].content else { panic!("{:?}", spec.files[0]) };
    let set: Vec<String> = set.iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(set, ["IP=(known after apply)", "PASSWORD=(sensitive value)", "PORT=7000"]);
    assert_eq!((spec.files[0].mode, spec.files[1].mode), (0o600, 0o640));
    let install = spec.install.as_ref().unwrap();
    assert_eq!((install.command.known(), install.always, install.sudo), (Some("sudo bash install.sh"), false, false));
    assert_eq!(spec.secrets(), ["hunter22", "hunter22"]);
    assert_eq!(spec.base_files(), ["backend/.env.sample"]);
    assert_eq!(spec.on_host("backend/.env").as_deref(), Some("/home/ubuntu/dashboard/backend/.env"));
}

#[test]
fn unknown_arguments_are_errors_at_their_place() {
    assert_eq!(errors("ssh {\n usr = \"x\"\n}"), ["Unsupported argument [usr]"]);
    assert_eq!(errors("nonsense {}").len(), 1);
    assert!(errors("count = 2")[0].starts_with("Not supported yet"), "{:?}", errors("count = 2"));
    assert_eq!(read("ssh {}").1, ["An app needs its host [app \"web\"]"]);
}

#[test]
fn a_file_needs_one_label_and_one_content() {
    assert_eq!(errors("file {\n content = \"x\"\n}"), ["Wrong number of labels [file]"]);
    assert_eq!(errors("file \"/x\" {}"), ["A file needs exactly one content [file \"/x\"]"]);
    assert_eq!(errors("file \"/x\" {\n content = \"x\"\n template = \"y\"\n}"), ["A file needs exactly one content [file \"/x\"]"]);
    assert_eq!(errors("file \"/x\" {\n content = \"x\"\n vars = {}\n}"), ["Argument without effect [{}]"]);
    assert_eq!(errors("file \"/x\" {\n content = \"x\"\n}\nfile \"/x\" {\n content = \"y\"\n}"), ["Duplicate file [file \"/x\"]"]);
    assert_eq!(errors("file \"x\" {\n content = \"x\"\n}"), ["Invalid file path [\"x\"]"]);
    assert_eq!(errors("file \"/a/../b\" {\n content = \"x\"\n}"), ["Invalid file path [\"/a/../b\"]"]);
    assert_eq!(errors("file \"/x\" {\n base = \".env\"\n}"), ["Base without source [\".env\"]"]);
    assert_eq!(errors("file \"/x\" {\n content = \"x\"\n mode = \"0888\"\n}"), ["Invalid file mode [\"0888\"]"]);
    assert_eq!(errors("file \"/x\" {\n content = \"x\"\n owner = \"root\"\n}"), ["Owner needs sudo [\"root\"]"]);
    let set = format!("{SOURCE}file \"x\" {{\n base = \".env\"\n set = {{ \"A-B\" = 1 }}\n}}");
    assert_eq!(errors(&set), ["Invalid variable name [{ \"A-B\" = 1 }]"]);
}

#[test]
fn urls_with_credentials_are_refused_before_they_reach_a_process_list() {
    let url = |url: &str| errors(&format!("source {{\n git = {url}\n path = \"/srv/x\"\n}}")).len();
    for bad in ["\"https://token@example.com/x.git\"", "\"https://u:p@example.com/x.git\"", "\"--upload-pack=x\"", "var.url"] {
        assert_eq!(url(bad), 1, "{bad}");
    }
    for good in ["\"https://example.com/x.git\"", "\"git@github.com:a/b.git\"", "\"ssh://git@github.com/a/b.git\"", "\"/srv/git/x.git\""] {
        assert_eq!(url(good), 0, "{good}");
    }
}

#[test]
fn values_out_of_range_say_so() {
    assert_eq!(errors("ssh {\n port = 70000\n}"), ["Number out of range [70000]"]);
    assert_eq!(errors("ssh {\n timeout = \"5x\"\n}"), ["Invalid duration [\"5x\"]"]);
    assert_eq!(errors("ssh {\n host_key = \"SHA256:abc\"\n}"), ["Invalid host key [\"SHA256:abc\"]"]);
    assert!(errors("ssh {\n host_key = \"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkV\"\n}").is_empty());
    assert_eq!(read("host = \"-x\"").1, ["Invalid host [\"-x\"]"]);
    assert_eq!(errors("install {\n command = \"x\"\n run = \"often\"\n}"), ["Invalid argument value [\"often\"]"]);
    assert_eq!(errors("install {\n command = \"x\"\n env = { \"A B\" = 1 }\n}"), ["Invalid environment variable [{ \"A B\" = 1 }]"]);
    assert_eq!(errors("source {\n git = \"x\"\n path = \"/\"\n}"), ["Invalid source path [\"/\"]"]);
    assert_eq!(errors("source {\n git = \"x\"\n path = \"/x\"\n ref = \"-x\"\n}"), ["Invalid ref [\"-x\"]"]);
}

#[test]
fn durations_read_as_people_write_them() {
    for (text, seconds) in [("90", 90), ("90s", 90), ("5m", 300), ("1h30m", 5400)] {
        assert_eq!(parse_duration(text), Some(Duration::from_secs(seconds)), "{text}");
    }
    assert_eq!(parse_duration("1m500ms"), Some(Duration::from_millis(60_500)));
    for bad in ["", "m", "5x", "5m3", "-1s", "99999999999999999999s"] {
        assert_eq!(parse_duration(bad), None, "{bad}");
    }
}

#[test]
fn every_host_is_an_app_of_its_own() {
    let labels = |body: &str| read(body).0.on_each_host().iter().map(|s| format!("{} {}", s.label(), s.host)).collect::<Vec<_>>();
    assert_eq!(labels("host = \"a\""), ["web a"]);
    assert_eq!(labels("hosts = [\"a\", \"b\"]"), ["web@a a", "web@b b"]);
    assert_eq!(labels("hosts = { one = \"a\", two = \"a\" }"), ["web@one a", "web@two a"]);
    assert_eq!(labels("hosts = [\"a\", var.ip]"), ["web@a a", "web@host-2 (known after apply)"]);
    assert_eq!(labels("hosts = var.ip"), ["web@(known after apply) (known after apply)"]);
    let health = "health {\n http = \"http://{host}:8080/\"\n}";
    let (spec, errors) = read(&format!("hosts = [\"a\", \"b\"]\n{health}"));
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(spec.on_each_host()[1].health[0].label(), "http http://b:8080/");
    assert!(spec.on_each_host()[0].is_canary() && !spec.on_each_host()[1].is_canary());
    assert_eq!(read("hosts = [\"a\", \"a\"]").1, ["Duplicate host [[\"a\", \"a\"]]"]);
    assert_eq!(read("hosts = []").1, ["Invalid hosts [[]]"]);
    assert_eq!(read("host = \"a\"\nhosts = [\"a\"]").1, ["An app needs its host [app \"web\"]"]);
    assert_eq!(read("hosts = [\"-x\"]").1, ["Invalid host [[\"-x\"]]"]);
}

#[test]
fn health_blocks_say_exactly_what_is_asked() {
    let (spec, problems) = read(
        "host = \"h\"\nhealth {\n http = \"https://x/\"\n status = 204\n tls_days = 14\n}\nhealth {\n tcp = \"db:5432\"\n from = \"host\"\n deadline = \"1m\"\n stable = 3\n}\nhealth {\n command = \"true\"\n}",
    );
    assert!(problems.is_empty(), "{problems:?}");
    let labels: Vec<String> = spec.health.iter().map(HealthSpec::label).collect();
    assert_eq!(labels, ["http https://x/", "tcp db:5432 from the host", "command true"]);
    assert_eq!((spec.health[1].deadline, spec.health[1].stable, spec.health[0].stable), (Duration::from_secs(60), 3, 2));
    assert!(spec.rolls_back() && spec.health[2].from_host);
    assert!(!read("host = \"h\"").0.rolls_back());
    assert_eq!(errors("health {}"), ["A health block needs exactly one check [health]"]);
    assert_eq!(errors("health {\n tcp = \"a:1\"\n command = \"x\"\n}"), ["A health block needs exactly one check [health]"]);
    assert_eq!(errors("health {\n tcp = \"a\"\n}"), ["Invalid address [\"a\"]"]);
    assert_eq!(errors("health {\n http = \"ftp://a\"\n}"), ["Invalid URL [\"ftp://a\"]"]);
    assert_eq!(errors("health {\n tcp = \"a:1\"\n status = 200\n}"), ["Argument without effect [200]"]);
    assert_eq!(errors("health {\n http = \"http://a\"\n tls_days = 3\n}"), ["Argument without effect [3]"]);
    assert_eq!(errors("health {\n command = \"x\"\n from = \"here\"\n}"), ["Invalid argument value [\"here\"]"]);
}

#[test]
fn hooks_and_releases_read() {
    let (spec, problems) = read(&format!(
        "host = \"h\"\n{SOURCE}hook \"before_deploy\" {{\n command = \"make $P\"\n where = \"local\"\n env = {{ P = var.password }}\n}}\nreleases {{\n keep = 3\n shared = [\"data/\", \".venv\"]\n}}"
    ));
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(spec.hooks[0].label(), "before_deploy (local): make $P");
    assert_eq!(spec.secrets(), ["hunter22"]);
    let releases = spec.releases.unwrap();
    assert_eq!((releases.keep, releases.shared), (3, vec!["data".to_string(), ".venv".to_string()]));
    assert_eq!(errors("hook \"sometimes\" {\n command = \"x\"\n}"), ["Unknown hook [\"sometimes\"]"]);
    assert_eq!(errors("hook \"on_failure\" {\n command = \"x\"\n where = \"there\"\n}"), ["Invalid argument value [\"there\"]"]);
    assert_eq!(errors("releases {}"), ["Releases without source [app \"web\"]"]);
    assert_eq!(errors(&format!("{SOURCE}releases {{\n shared = [\"../x\"]\n}}")), ["Invalid shared path [[\"../x\"]]"]);
}
