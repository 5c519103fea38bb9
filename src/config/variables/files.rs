//! `.tfvars` files, native and JSON.

use super::{Collector, Raw};
use crate::config::constant::constant;
use crate::diag::{Diagnostic, Diagnostics};
use crate::syntax::{Attribute, parse_file, parse_json_values};
use std::path::{Path, PathBuf};

impl Collector<'_> {
    /// `terraform.tfvars`, `terraform.tfvars.json`, then `*.auto.tfvars` and `*.auto.tfvars.json`
    /// in lexical order.
    pub(super) fn automatic_files(&mut self, dir: &Path) {
        for name in ["terraform.tfvars", "terraform.tfvars.json"] {
            let path = dir.join(name);
            if self.reader.files.exists(&path) {
                self.var_file(&path);
            }
        }
        let mut automatic: Vec<PathBuf> = self.reader.files.list(dir).unwrap_or_default();
        automatic.retain(|p| is_automatic(p) && self.reader.files.exists(p));
        automatic.sort();
        for path in automatic {
            self.var_file(&path);
        }
    }

    /// One file. Names that are not declared warn.
    pub(super) fn var_file(&mut self, path: &Path) {
        let Some(text) = self.reader.text(path, self.diags) else { return };
        let file = self.reader.shown(path);
        let unknown = self.values_in(path, &file, &text);
        self.undeclared_in(&file, &unknown);
    }

    fn values_in(&mut self, path: &Path, file: &str, text: &str) -> Vec<String> {
        let mut mistakes = Diagnostics::new();
        let source = self.reader.add(path, text);
        let body = match path.extension().and_then(|e| e.to_str()) {
            Some("json") => parse_json_values(source, text, &mut mistakes),
            _ => parse_file(source, text, &mut mistakes),
        };
        self.syntax_mistakes(mistakes);
        for block in &body.blocks {
            self.diags.push(
                Diagnostic::error(
                    "Block in a variable file",
                    format!("{file} may hold name = value lines only, no \"{}\" block.", block.kind.name),
                )
                .at(block.header)
                .help("Declarations belong into a .tf file."),
            );
        }
        let mut unknown = Vec::new();
        for attr in &body.attributes {
            if self.variable(&attr.name.name).is_none() {
                unknown.push(attr.name.name.to_string());
                continue;
            }
            let origin = format!("{file}:{}", self.reader.sources.line_col(attr.span).0);
            let raw = self.native_value(attr, &origin);
            self.set(&attr.name.name, raw, origin);
        }
        unknown
    }

    fn native_value(&mut self, attr: &Attribute, origin: &str) -> Raw {
        let name = &attr.name.name;
        let mut own = Diagnostics::new();
        let value = constant(&attr.expr, &mut own);
        if self.is_sensitive(name) {
            if own.has_errors() {
                self.unreadable(name, origin);
            }
            return value.map_or(Raw::Unreadable, |v| Raw::Value(v, None));
        }
        self.diags.extend(own);
        value.map_or(Raw::Unreadable, |v| Raw::Value(v, Some(attr.expr.span)))
    }

    /// A line with a mistake may hold a secret: then only its number is shown.
    fn syntax_mistakes(&mut self, mistakes: Diagnostics) {
        let hide = self.any_sensitive();
        for mistake in mistakes {
            match mistake.subject.filter(|_| hide) {
                None => self.diags.push(mistake),
                Some(span) => {
                    let place = super::super::report::place(self.reader.sources, span);
                    let detail = format!(
                        "{place}: the line cannot be read. It is not shown, since the file may hold values of sensitive variables."
                    );
                    self.diags.push(Diagnostic::error(mistake.summary, detail));
                }
            }
        }
    }

    /// Says that a value is wrong without saying what it is.
    pub(super) fn unreadable(&mut self, name: &str, origin: &str) {
        self.diags.push(
            Diagnostic::error(
                "Invalid value for variable",
                format!("The value given for var.{name} by {origin} cannot be read. It is not shown, because the variable is sensitive."),
            )
            .help("Text needs quotes there, and references to other values are not possible."),
        );
    }
}

fn is_automatic(path: &Path) -> bool {
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
    !name.starts_with('.') && (name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json"))
}
