//! Archives over HTTP, and pages that name them.

use super::server::Server;
use super::{calling, checkout, saying, tar_gz, which, zip};
use crate::harness::GitRepo;
use sha2::{Digest, Sha256};
use std::process::Command;

#[test]
fn archives_are_unpacked_and_a_folder_of_them_chosen() {
    let server = Server::start();
    let (here, deep) = (saying("here"), saying("deep"));
    server.bytes("/m.zip", zip(&[("main.tf", here.as_bytes()), ("modules/a/main.tf", deep.as_bytes())]));
    server.bytes("/m.tar.gz", tar_gz(&[("main.tf", &here), ("modules/a/main.tf", &deep)]));
    server.bytes("/tarball/v1", tar_gz(&[("org-repo-1a2b3c/main.tf", &here), ("org-repo-1a2b3c/modules/a/main.tf", &deep)]));
    server.moved("/latest.zip", "/m.zip");
    for (source, want) in [
        ("/m.zip", "here"),
        ("/m.zip//modules/a", "deep"),
        ("/m.tar.gz//modules/a", "deep"),
        ("/tarball/v1//*?archive=tar.gz", "here"),
        ("/tarball/v1//*/modules/a?archive=tgz", "deep"),
        ("/latest.zip", "here"),
    ] {
        assert_eq!(which(&calling(&server.url(source), None)), want, "{source}");
    }
}

#[test]
fn what_git_packs_is_unpacked() {
    let repo = GitRepo::new(&[("main.tf", &saying("packed")), ("sub/x.sh", "#!/bin/sh\n")]);
    let bare = repo.url().replace("file://", "");
    let server = Server::start();
    for form in ["tar.gz", "zip", "tar"] {
        let file = format!("{bare}/out.{form}");
        let made = Command::new("git").args(["-C", &bare, "archive", &format!("--output={file}"), "--prefix=repo-v1/", "HEAD"]).status();
        assert!(made.unwrap().success());
        server.bytes(&format!("/v1.{form}"), std::fs::read(file).unwrap());
        assert_eq!(which(&calling(&server.url(&format!("/v1.{form}//repo-v1")), None)), "packed", "{form}");
    }
}

#[test]
fn a_checksum_is_kept() {
    let server = Server::start();
    let bytes = tar_gz(&[("main.tf", &saying("sum"))]);
    let sum: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
    server.bytes("/m.tgz", bytes);
    assert_eq!(which(&calling(&server.url(&format!("/m.tgz?checksum=sha256:{sum}")), None)), "sum");
    let wrong = server.url(&format!("/m.tgz?checksum=sha256:{}", "0".repeat(64)));
    calling(&wrong, None).run(&["plan", "dev"]).expect(1).says("Checksum mismatch").says(&sum);
}

#[test]
fn pages_and_headers_say_where_the_package_is() {
    let server = Server::start();
    let repo = GitRepo::new(&[("modules/a/main.tf", &saying("by git"))]);
    server.bytes("/m.tgz", tar_gz(&[("x/main.tf", &saying("by page")), ("x/y/main.tf", &saying("deeper"))]));
    server.redirecting("/by-header", "./m.tgz//x");
    server.text("/by-page", "<html><head><meta name=\"terraform-get\" content=\"/m.tgz\"></head></html>");
    server.redirecting("/by-git", &format!("git::{}", repo.url()));
    server.text("/silent", "<html></html>");
    server.redirecting("/circle", "/circle");
    server.redirecting("/local", "file:///etc");
    for (source, want) in
        [("/by-header", "by page"), ("/by-header//y", "deeper"), ("/by-page//x", "by page"), ("/by-git//modules/a", "by git")]
    {
        assert_eq!(which(&calling(&server.url(source), None)), want, "{source}");
    }
    let plan = |path: &str| calling(&server.url(path), None).run(&["plan", "dev"]).expect(1);
    plan("/silent").says("Nothing to fetch at this address");
    plan("/none").says("404");
    plan("/circle").says("sends on more than");
    plan("/local").says("Module source not allowed");
}

#[test]
fn an_archive_that_changed_is_not_taken_for_the_locked_one() {
    let server = Server::start();
    server.bytes("/m.tgz", tar_gz(&[("main.tf", &saying("old"))]));
    let project = calling(&server.url("/m.tgz"), None);
    assert_eq!(which(&project), "old");
    server.bytes("/m.tgz", tar_gz(&[("main.tf", &saying("new"))]));
    assert_eq!(which(&project), "old");
    let other = checkout(&project);
    other.run(&["plan", "dev"]).expect(1).says("Module differs from the lock file");
    other.run(&["get", "dev", "-upgrade"]).ok();
    assert_eq!(which(&other), "new");
}

#[test]
fn passwords_come_from_the_address_or_from_netrc() {
    let server = Server::start();
    server.bytes("/m.tgz", tar_gz(&[("main.tf", &saying("mine"))]));
    server.with_login("/m.tgz", "me", "pass-w0rd");
    let source = server.url("/m.tgz");
    calling(&source, None).run(&["plan", "dev"]).expect(1).says("401").says(".netrc");
    let named = calling(&source.replace("http://", "http://me:pass-w0rd@"), None);
    named.run(&["plan", "dev"]).ok().never_says("pass-w0rd");
    assert!(!named.read("environments/dev/.envctl.lock.json").contains("pass-w0rd"));
    let project = calling(&source, None);
    project.file(".test/home/.netrc", "machine 127.0.0.1\nlogin me\npassword pass-w0rd\n");
    assert_eq!(which(&project), "mine");
}

#[test]
fn folders_and_archives_of_this_machine() {
    let server = Server::start();
    let project = calling(&server.url("/none"), None);
    project.file("elsewhere/m/main.tf", &saying("where it lies"));
    std::fs::write(project.path("elsewhere/m.tgz"), tar_gz(&[("main.tf", &saying("unpacked"))])).unwrap();
    let elsewhere = project.path("elsewhere").display().to_string();
    for (source, want) in [
        (format!("{elsewhere}/m"), "where it lies"),
        (format!("{elsewhere}//m"), "where it lies"),
        (format!("file::{elsewhere}/m"), "where it lies"),
        (format!("{elsewhere}/m.tgz"), "unpacked"),
    ] {
        super::call(&project, &source, None);
        assert_eq!(which(&project), want, "{source}");
        assert!(!project.path("environments/dev/.envctl.lock.json").exists(), "paths of one machine are not locked");
    }
    assert_eq!(server.asked(), Vec::<String>::new());
}
