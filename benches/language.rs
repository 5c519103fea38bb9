//! Speed of the language: reading configuration, planning large trees. Prints times and ratios, judges nothing.
//!
//! `scripts/bench language` builds it without the `aws` feature, in the release profile, and runs it.

use envctl::diag::{Diagnostics, FileId};
use envctl::syntax::parse_file;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

fn main() -> ExitCode {
    match parsing().and_then(|()| planning()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("bench: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Configuration as teams write it, of at least so many bytes.
fn configuration(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 1000);
    for i in 0.. {
        if text.len() >= bytes {
            break;
        }
        let _ = write!(
            text,
            r#"# Subnet {i} of the environment
resource "aws_subnet" "s{i}" {{
  count             = var.enabled ? length(var.zones) : 0
  vpc_id            = aws_vpc.main[0].id
  cidr_block        = cidrsubnet(var.cidr, 8, count.index + {i})
  availability_zone = element(var.zones, count.index)
  tags = merge(local.tags, {{
    Name  = "${{var.name}}-${{count.index}}-{i}"
    Zones = [for z in var.zones : upper(z) if z != ""]
  }})

  user_data = <<-EOT
    #!/bin/sh
    echo "${{var.name}}" %{{ if var.debug }}-x%{{ endif }}
  EOT

  lifecycle {{
    ignore_changes = [tags["Name"]]
  }}
}}

"#
        );
    }
    text
}

/// The fastest of some readings: until the tree is there, and until it is gone again.
fn fastest<T>(runs: usize, mut read: impl FnMut() -> Result<T, String>) -> Result<[Duration; 2], String> {
    let mut best = [Duration::MAX; 2];
    for _ in 0..runs {
        let start = Instant::now();
        let tree = std::hint::black_box(read()?);
        best[0] = best[0].min(start.elapsed());
        drop(tree);
        best[1] = best[1].min(start.elapsed());
    }
    Ok(best)
}

fn envctl_parses(text: &str) -> Result<[Duration; 2], String> {
    fastest(7, || {
        let mut diags = Diagnostics::new();
        let body = parse_file(FileId(0), text, &mut diags);
        if diags.has_errors() || body.blocks.is_empty() { Err("the configuration is not read".into()) } else { Ok(body) }
    })
}

fn parsing() -> Result<(), String> {
    let text = configuration(5_000_000);
    let ours = envctl_parses(&text)?;
    let theirs = fastest(7, || hcl_edit::parser::parse_body(&text).map_err(|e| e.to_string()))?;
    for (what, ours, theirs) in [("parse", ours[0], theirs[0]), ("parse and free", ours[1], theirs[1])] {
        // Large files are read by several threads: what is free counts.
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        println!(
            "{what} {} bytes on {cores} cores: envctl {}, hcl-edit {}: {:.1} times as fast",
            text.len(),
            ms(ours),
            ms(theirs),
            ratio(theirs, ours)
        );
    }
    report("parse, MB", &[1, 2, 4], |megabytes| envctl_parses(&configuration(megabytes * 1_000_000)).map(|[parsed, _]| parsed))
}

fn planning() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let envctl = program()?;
    report("plan, modules of 10 resources", &[250, 500, 1000], |count| {
        let mut root = String::new();
        for i in 0..count {
            let _ = writeln!(root, "module \"m{i}\" {{\n  source = \"./m\"\n  name   = \"m{i}\"\n}}\n");
        }
        let mut module = String::from("variable \"name\" {\n  type = string\n}\n");
        for i in 0..10 {
            let input = if i == 0 { "var.name".to_string() } else { format!("\"${{terraform_data.r{}.input}}-{i}\"", i - 1) };
            let _ = writeln!(module, "resource \"terraform_data\" \"r{i}\" {{\n  input = {input}\n}}");
        }
        plan(&envctl, folder.path(), &[("main.tf", &root), ("m/main.tf", &module)])
    })?;
    report("plan, keys referenced by key", &[1250, 2500, 5000], |count| {
        // Not by range(), which gives 1,024 values at most.
        let keys: Vec<String> = (0..count).map(|i| format!("key-{i}")).collect();
        let text = format!(
            "locals {{\n  keys = toset(split(\",\", \"{}\"))\n}}\n\
             resource \"terraform_data\" \"a\" {{\n  for_each = local.keys\n  input    = each.key\n}}\n\
             resource \"terraform_data\" \"b\" {{\n  for_each = local.keys\n  input    = terraform_data.a[each.key].input\n}}\n",
            keys.join(",")
        );
        plan(&envctl, folder.path(), &[("main.tf", &text)])
    })
}

/// Time of `envctl plan` on these files, start and output included.
fn plan(envctl: &Path, folder: &Path, files: &[(&str, &str)]) -> Result<Duration, String> {
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(folder)).map_err(|e| e.to_string())?;
        std::fs::write(path, text).map_err(|e| e.to_string())?;
    }
    fastest(2, || {
        let mut command = Command::new(envctl);
        command.args(["plan", ".", "-input=false"]).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null());
        let done = command.stderr(Stdio::piped()).output().map_err(|e| e.to_string())?;
        if done.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&done.stderr).into_owned()) }
    })
    .map(|[took, _]| took)
}

/// The program of the same build: beside the folder of this one.
fn program() -> Result<PathBuf, String> {
    let own = std::env::current_exe().map_err(|e| e.to_string())?;
    own.parent().and_then(Path::parent).map(|dir| dir.join("envctl")).ok_or_else(|| "where the program lies is not known".to_string())
}

/// One line: each size with its time, and how much longer twice as much takes.
fn report(what: &str, sizes: &[usize], mut measure: impl FnMut(usize) -> Result<Duration, String>) -> Result<(), String> {
    let mut line = format!("{what}:");
    let mut before = None;
    for size in sizes {
        let took = measure(*size)?;
        let _ = write!(line, " {size} {}", ms(took));
        if let Some(before) = before.replace(took) {
            let _ = write!(line, " (x{:.2})", ratio(took, before));
        }
    }
    println!("{line}");
    Ok(())
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64()
}
