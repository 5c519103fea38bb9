//! `fmt`: configuration files in canonical layout.

use super::args::FmtArgs;
use super::session::Session;
use crate::diag::{Diagnostic, Diagnostics};
use crate::syntax::format_source;
use similar::TextDiff;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Exit code when a file cannot be parsed, read or written.
const FAILED: u8 = 2;
/// Exit code of `-check` when a file is not in canonical layout.
const DIFFERENT: u8 = 3;
/// Endings of the files that are formatted; `.hcl` files of other programs are left alone.
const ENDINGS: [&str; 4] = [".tf", ".tofu", ".tfvars", ".hcl"];

/// Runs the command.
///
/// # Errors
/// None: what went wrong is printed, and the exit code says so.
pub fn run(session: &Session, args: &FmtArgs) -> Result<u8, Diagnostics> {
    let mut run = Run { session, args, diags: Diagnostics::new(), changed: false };
    if args.paths.iter().any(|p| p.as_os_str() == "-") {
        run.standard_input();
    } else {
        let paths = if args.paths.is_empty() { vec![PathBuf::from(".")] } else { args.paths.clone() };
        paths.iter().for_each(|path| run.path(path));
    }
    session.report(&run.diags);
    Ok(match (run.diags.has_errors(), args.check && run.changed) {
        (true, _) => FAILED,
        (_, true) => DIFFERENT,
        _ => 0,
    })
}

struct Run<'a> {
    session: &'a Session,
    args: &'a FmtArgs,
    diags: Diagnostics,
    changed: bool,
}

impl Run<'_> {
    fn standard_input(&mut self) {
        let mut text = String::new();
        if let Err(e) = std::io::stdin().read_to_string(&mut text) {
            return self.failed("File not readable", format!("Standard input cannot be read as text: {e}."));
        }
        let Some(formatted) = self.formatted("<stdin>", &text) else { return };
        self.changed = formatted != text;
        if self.args.diff {
            self.diff("<stdin>", &text, &formatted);
        } else if !self.args.check {
            self.session.raw(&formatted);
        }
    }

    fn path(&mut self, path: &Path) {
        if path.is_dir() {
            return self.folder(path);
        }
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
        if !path.exists() {
            self.failed("Path not found", format!("There is no file or folder {}.", path.display()));
        } else if ENDINGS.iter().any(|e| name.ends_with(e)) {
            self.file(path);
        } else {
            let detail = format!("{} is none of the files that can be formatted: *.tf, *.tofu, *.tfvars and *.hcl.", path.display());
            self.failed("Unsupported file", detail);
        }
    }

    fn folder(&mut self, path: &Path) {
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(e) => return self.failed("Folder not readable", format!("The folder {} cannot be read: {e}.", path.display())),
        };
        let mut all: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
        all.sort();
        for path in all {
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
            if ignored(name) {
                continue;
            }
            // Paths are shown as they were asked for: `main.tf`, not `./main.tf`.
            let path = path.strip_prefix(".").map(Path::to_path_buf).unwrap_or(path.clone());
            if path.is_dir() {
                if self.args.recursive {
                    self.folder(&path);
                }
            } else if ENDINGS.iter().any(|e| name.ends_with(e)) && !foreign(name) {
                self.file(&path);
            }
        }
    }

    fn file(&mut self, path: &Path) {
        let shown = path.display().to_string();
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) => return self.failed("File not readable", format!("{shown} cannot be read as text: {e}.")),
        };
        let Some(formatted) = self.formatted(&shown, &text) else { return };
        let write = self.args.write && !self.args.check;
        if formatted != text {
            self.changed = true;
            if write && let Err(e) = fs::write(path, &formatted) {
                return self.failed("File not writable", format!("{shown} cannot be written: {e}."));
            }
            if self.args.list {
                self.session.out(&format!("{shown}\n"));
            }
            if self.args.diff {
                self.diff(&shown, &text, &formatted);
            }
        }
        if !write && !self.args.check && !self.args.list && !self.args.diff {
            self.session.raw(&formatted);
        }
    }

    fn formatted(&mut self, name: &str, text: &str) -> Option<String> {
        let file = self.session.sources.add(name, text);
        format_source(file, text, &mut self.diags)
    }

    fn diff(&self, name: &str, old: &str, new: &str) {
        let diff = TextDiff::from_lines(old, new);
        self.session.raw(&diff.unified_diff().header(&format!("old/{name}"), &format!("new/{name}")).to_string());
    }

    fn failed(&mut self, summary: &str, detail: String) {
        self.diags.push(Diagnostic::error(summary, detail));
    }
}

/// Hidden files and what editors leave behind.
fn ignored(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'))
}

/// `.hcl` files that belong to other programs.
fn foreign(name: &str) -> bool {
    name.ends_with(".hcl") && (name.starts_with("terragrunt") || name.ends_with(".pkr.hcl"))
}
