//! Modules from elsewhere: a registry on loopback, local git repositories, archives over HTTP.

mod archives;
#[cfg(feature = "aws")]
mod buckets;
mod commands;
mod git;
mod hostile;
mod registry;
pub mod server;

use crate::harness::Envctl;
use server::Server;
use std::io::{Cursor, Write};

/// A project whose environment `dev` calls one module and shows its output `which`.
fn calling(source: &str, version: Option<&str>) -> Envctl {
    let project = Envctl::new();
    call(&project, source, version);
    project
}

/// Writes the call of `dev` anew.
fn call(project: &Envctl, source: &str, version: Option<&str>) {
    let version = version.map(|v| format!("  version = \"{v}\"\n")).unwrap_or_default();
    let text = format!("module \"m\" {{\n  source = \"{source}\"\n{version}}}\n\noutput \"which\" {{\n  value = module.m.which\n}}\n");
    project.file("environments/dev/main.tf", &text);
}

/// A module that says which it is.
fn saying(which: &str) -> String {
    format!("output \"which\" {{\n  value = \"{which}\"\n}}\n")
}

/// Plans `dev` and gives the planned output `which`.
#[track_caller]
fn which(project: &Envctl) -> String {
    let planned = project.run(&["plan", "dev", "-input=false", "-no-color"]).ok();
    let line = planned.stdout.lines().find(|l| l.contains("which")).unwrap_or_else(|| panic!("{}", planned.text()));
    line.rsplit('"').nth(1).unwrap_or_else(|| panic!("{line}")).to_string()
}

/// Another machine's checkout of the same project: what is git-ignored is not there.
fn checkout(project: &Envctl) -> Envctl {
    let other = Envctl::new();
    for name in ["main.tf", ".envctl.lock.json"] {
        other.file(&format!("environments/dev/{name}"), &project.read(&format!("environments/dev/{name}")));
    }
    other
}

fn tar_gz(files: &[(&str, &str)]) -> Vec<u8> {
    let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let mut builder = tar::Builder::new(encoder);
    for (path, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, path, text.as_bytes()).expect("an entry");
    }
    builder.into_inner().expect("a tar").finish().expect("gzip")
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        writer.start_file(*path, zip::write::SimpleFileOptions::default()).expect("an entry");
        writer.write_all(bytes).expect("its bytes");
    }
    writer.finish().expect("a zip").into_inner()
}

/// A registry with `acme/net/null` in these versions, each an archive of a module that says its version.
fn registry(versions: &[&str]) -> Server {
    let server = Server::start();
    server.text("/.well-known/terraform.json", r#"{"modules.v1": "/v1/modules/"}"#);
    publish(&server, versions);
    server
}

fn publish(server: &Server, versions: &[&str]) {
    let list: Vec<String> = versions.iter().map(|v| format!("{{\"version\":\"{v}\"}}")).collect();
    let list = format!("{{\"modules\":[{{\"versions\":[{}]}}]}}", list.join(","));
    server.text("/v1/modules/acme/net/null/versions", &list);
    for version in versions {
        let archive = format!("/archives/{version}.tar.gz");
        server.redirecting(&format!("/v1/modules/acme/net/null/{version}/download"), &format!("{archive}//net-{version}"));
        let main = saying(version);
        server.bytes(
            &archive,
            tar_gz(&[(&format!("net-{version}/main.tf"), &main), (&format!("net-{version}/sub/main.tf"), &saying("sub"))]),
        );
    }
}
