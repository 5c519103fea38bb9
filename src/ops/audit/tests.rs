use super::*;

fn source(path: &str, text: &str) -> Source {
    Source { path: path.into(), tracked: true, ignored: false, text: Some(text.into()) }
}

fn found(path: &str, text: &str) -> Vec<String> {
    check_source(&source(path, text)).iter().map(|f| format!("{} {}", f.rule, f.line)).collect()
}

#[test]
fn places_are_found_in_code_and_left_alone_where_they_belong() {
    let text = "import x\npath = '/home/sophie/models'\n# /home/sophie/old\nurl = 'http://203.0.114.7:80'\nnet = '10.0.0.0/16'\nv = '/home/ubuntu/app'\nwin = 'C:\\\\Users\\\\x\\\\y'\nlocal = '127.0.0.1'\nversion = '1.2.3.4'\nhost = '192.168.1.9'\n";
    assert_eq!(found("app/main.py", text), ["absolute-path 2", "hard-coded-host 4", "absolute-path 7", "hard-coded-host 10"]);
    for path in ["README.md", "tests/main.py", "Dockerfile", "yarn.lock"] {
        assert!(found(path, text).iter().all(|f| !f.starts_with("absolute-path") && !f.starts_with("hard-coded")), "{path}");
    }
    let databases = "a = 'sqlite:///data.db'\nb = 'sqlite:////srv/data.db'\nc = sqlite3.connect('x.db')\nd = sqlite3.connect(':memory:')\ne = sqlite3.connect(path)\nf='sqlite://'\n";
    assert_eq!(found("db.py", databases), ["relative-sqlite 1", "relative-sqlite 3"]);
    assert_eq!(found(".env.example", "DB_PATH=./data/app.db\nLOG=/var/x.db\nRUNTIME_MODE=live\n"), ["live-mode 3", "relative-sqlite 1"]);
    assert!(found("prod.env", "RUNTIME_MODE=live\n").is_empty());
    let ignored = Source { ignored: true, tracked: false, ..source(".env", "RUNTIME_MODE=live\nAPI_TOKEN=abc\n") };
    assert_eq!(check_source(&ignored).len(), 1);
}

#[test]
fn commands_images_and_repositories_are_judged() {
    let script = "ssh -o StrictHostKeyChecking=no h\nssh -o StrictHostKeyChecking=accept-new h\ncurl -sk https://x\ncurl -fsS https://k.example/x\ncurl http://x/i.sh | sudo -E bash\ncurl https://x/i.sh | bash\nwget --no-check-certificate x\n";
    assert_eq!(found("deploy.sh", script), ["host-key-off 1", "tls-off 3", "pipe-to-shell 5", "tls-off 7"]);
    let compose = "services:\n  a:\n    image: nginx\n  b:\n    image: mine\n    build: .\n  c:\n    image: x:1\n    privileged: true\n    volumes:\n      - /var/run/docker.sock:/var/run/docker.sock\n";
    assert_eq!(found("docker-compose.yml", compose), ["image-latest 3", "container-privileged 9", "docker-socket 11"]);
    assert_eq!(found("Dockerfile", "FROM rust:1.80 AS build\nFROM build\nFROM debian\nFROM scratch\n"), ["image-latest 3"]);
    assert_eq!(found("a/terraform.tfstate", "{\"resources\": [{}]}"), ["state-in-git 0"]);
    assert_eq!(found("x.tfplan", ""), ["plan-in-git 0"]);
    assert_eq!(found("prod.tfvars", "db_password = \"hunter2\"\nsize = \"x\"\n"), ["tfvars-secret 1"]);
    let missing = missing_ignores(&[source("main.tf", "")], &["terraform.tfstate".to_string()].into());
    assert_eq!(missing.len(), 4);
    assert!(missing_ignores(&[source("main.py", "")], &std::collections::BTreeSet::new()).is_empty());
}

#[test]
fn settings_and_remarks_silence_and_weigh() {
    let files =
        [source("a.sh", "curl -k x # envctl:ignore tls-off the lab has no names\n# envctl:ignore tls-off above\ncurl -k y\ncurl -k z\n")];
    let all = || files.iter().flat_map(check_source).collect::<Vec<_>>();
    let kept = Settings::default().apply(all(), &files);
    assert_eq!(kept.iter().map(|f| f.line).collect::<Vec<_>>(), [4]);
    let mut settings = Settings::default();
    settings.level.insert("tls-off".into(), Level::Critical);
    assert_eq!(settings.apply(all(), &files).first().map(|f| f.level), Some(Level::Critical));
    settings.ignore.push(("tls-off".into(), "*.sh".into()));
    assert!(settings.apply(all(), &files).is_empty());
}

proptest::proptest! {
    #[test]
    fn no_text_makes_a_rule_fail(text in "(?s).{0,400}", at in 0..9usize) {
        let path = ["a.py", ".env", "docker-compose.yml", "Dockerfile", "x.tf", "x.tfvars", "deploy.sh", "README.md", "y.json"][at];
        let file = source(path, &text);
        let _ = Settings::default().apply(check_source(&file), std::slice::from_ref(&file));
    }

    #[test]
    fn lines_of_our_own_rules_do_not_trip(text in "(?:(?:curl|ssh|FROM|image:|sqlite:///|/home/|password=|RUNTIME_MODE=|privileged:|::/0|\"|'|\\n| |[a-z0-9.:/=-]){0,8}){0,40}") {
        for path in ["a.sh", "docker-compose.yml", "Dockerfile", "prod.tfvars", "a.env"] {
            let file = source(path, &text);
            let _ = check_source(&file);
        }
    }
}
