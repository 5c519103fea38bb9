//! Sources and archives that are damaged, too large, or mean harm.

use super::server::Server;
use super::{calling, saying, tar_gz, zip};

#[test]
fn damaged_and_shortened_downloads() {
    let server = Server::start();
    let main = saying("x");
    let whole = tar_gz(&[("main.tf", &main), ("more.tf", "# enough to cut\n")]);
    server.truncated("/short.tgz", whole.clone(), whole.len() / 2);
    server.bytes("/cut.tgz", whole[..whole.len() / 2].to_vec());
    server.text("/page.zip", "<html>Please log in</html>");
    let plan = |path: &str| calling(&server.url(path), None).run(&["plan", "dev"]).expect(1);
    plan("/short.tgz").says("Module not fetched");
    assert!(server.asked().len() > 1, "a connection that broke is tried again");
    plan("/cut.tgz").says("Archive not readable");
    plan("/page.zip").says("Archive not readable");
    plan("/m.tar.xz").says("Unsupported archive");
}

#[test]
fn bombs_and_paths_that_lead_out() {
    let server = Server::start();
    let zeros = vec![0; 4 << 20];
    server.bytes("/bomb.zip", zip(&[("main.tf", b""), ("zeros", &zeros)]));
    server.bytes("/slip.zip", zip(&[("main.tf", b""), ("../../../../slipped", b"x")]));
    let bomb = calling(&server.url("/bomb.zip"), None).with_env("ENVCTL_MODULE_LIMIT", "2");
    bomb.run(&["plan", "dev"]).expect(1).says("Module too large").says("ENVCTL_MODULE_LIMIT");
    let slip = calling(&server.url("/slip.zip"), None);
    slip.run(&["plan", "dev"]).expect(1).says("Archive refused").says("slipped");
    for project in [&bomb, &slip] {
        assert!(walkdir::WalkDir::new(project.path("")).into_iter().all(|e| e.unwrap().file_name() != "slipped"));
        // Nothing half-done is left in the cache.
        let left: Vec<_> = std::fs::read_dir(project.path(".envctl/modules")).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left.iter().filter(|n| *n != ".guard").count(), 0, "{left:?}");
    }
}

#[test]
fn sources_that_would_be_options_or_run_programs() {
    for source in
        ["-oProxyCommand=touch x", "git::ssh://-oProxyCommand=touch/x", "git::https://h/r?ref=--upload-pack=touch", "git::ext::sh -c touch"]
    {
        let project = calling(source, None);
        project.run(&["plan", "dev"]).expect(1).says("Invalid module source");
        assert!(!project.path(".envctl").exists(), "{source}");
    }
}

#[test]
fn s3_without_the_sdk_is_said() {
    let project = calling("s3::https://s3.eu-central-1.amazonaws.com/bucket/m.zip", None);
    project.run(&["plan", "dev"]).expect(1).says("s3://bucket/m.zip");
}

#[test]
fn a_lock_file_that_cannot_be_read_is_said_and_kept() {
    let server = Server::start();
    let project = calling(&server.url("/m.zip"), None);
    project.file("environments/dev/.envctl.lock.json", "<<<<<<< HEAD\n");
    project.run(&["plan", "dev"]).expect(1).says("Lock file not readable").says("version control");
    assert_eq!(project.read("environments/dev/.envctl.lock.json"), "<<<<<<< HEAD\n");
    assert_eq!(server.asked(), Vec::<String>::new());
    project.file("environments/dev/main.tf", "locals {\n  a = 1\n}\n");
    project.run(&["plan", "dev"]).ok();
    project.run(&["get", "dev"]).expect(1).says("Lock file not readable");
}
