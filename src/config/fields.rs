//! Taking a body apart: each argument and block is asked for by name, and what nobody asked for
//! is reported with the nearest name that was.

use super::report::place;
use crate::diag::{Diagnostic, Diagnostics, SourceMap, Span};
use crate::syntax::{Attribute, Block, Body};
use crate::value::closest;
use std::collections::BTreeSet;

const MISSING: &str = "Missing required argument";

/// A body and the names that were asked for so far.
pub(super) struct Fields<'a> {
    body: &'a Body,
    /// "a variable block"
    what: &'a str,
    sources: &'a SourceMap,
    attrs: BTreeSet<&'static str>,
    blocks: BTreeSet<&'static str>,
    /// Required arguments that are not written, with the place of their report.
    missing: Vec<(&'static str, Span)>,
}

impl<'a> Fields<'a> {
    /// Starts on a body; `what` names it in messages ("a variable block").
    pub fn new(body: &'a Body, what: &'a str, sources: &'a SourceMap) -> Self {
        Fields { body, what, sources, attrs: BTreeSet::new(), blocks: BTreeSet::new(), missing: Vec::new() }
    }

    /// An argument, if it is written.
    pub fn attr(&mut self, name: &'static str) -> Option<&'a Attribute> {
        self.attrs.insert(name);
        self.body.attribute(name)
    }

    /// Whether an argument is written.
    pub fn has(&self, name: &str) -> bool {
        self.body.attribute(name).is_some()
    }

    /// An argument that must be written; its absence is reported at `header`.
    pub fn required(&mut self, name: &'static str, header: Span, diags: &mut Diagnostics) -> Option<&'a Attribute> {
        let found = self.attr(name);
        if found.is_none() {
            self.missing.push((name, header));
            diags.push(
                Diagnostic::error(MISSING, format!("The argument \"{name}\" is required in {}, but it is not written.", self.what))
                    .at(header),
            );
        }
        found
    }

    /// All blocks of a type.
    pub fn blocks(&mut self, name: &'static str) -> Vec<&'a Block> {
        self.blocks.insert(name);
        self.body.blocks_of(name).collect()
    }

    /// The block of a type that may be written once; further ones are reported.
    pub fn block(&mut self, name: &'static str, diags: &mut Diagnostics) -> Option<&'a Block> {
        let all = self.blocks(name);
        let (first, rest) = all.split_first()?;
        for again in rest {
            diags.push(
                Diagnostic::error(
                    format!("Duplicate {name} block"),
                    format!(
                        "Only one \"{name}\" block is allowed in {}; the first is at {}.",
                        self.what,
                        place(self.sources, first.header)
                    ),
                )
                .at(again.header)
                .help("Merge the two blocks into one."),
            );
        }
        Some(first)
    }

    /// Reports everything that was not asked for.
    pub fn finish(self, diags: &mut Diagnostics) {
        for attr in &self.body.attributes {
            let name = attr.name.name.as_ref();
            if !self.attrs.contains(name) {
                self.not_missing_but_misspelt(name, diags);
                diags.push(self.unexpected_attr(name).at(attr.name.span));
            }
        }
        for block in &self.body.blocks {
            let name = block.kind.name.as_ref();
            if !self.blocks.contains(name) {
                diags.push(self.unexpected_block(name).at(block.header));
            }
        }
    }

    /// What was not asked for, for somebody else's schema.
    pub fn rest(self) -> Body {
        let keep_attr = |a: &&Attribute| !self.attrs.contains(a.name.name.as_ref());
        let keep_block = |b: &&Block| !self.blocks.contains(b.kind.name.as_ref());
        Body {
            attributes: self.body.attributes.iter().filter(keep_attr).cloned().collect(),
            blocks: self.body.blocks.iter().filter(keep_block).cloned().collect(),
            span: self.body.span,
            json: self.body.json,
        }
    }

    /// The same with what stands in a block `_`: names there never mean what they mean outside it.
    pub fn escaped_rest(mut self, diags: &mut Diagnostics) -> Body {
        let escaped = self.block("_", diags).map(|b| b.body.clone());
        let mut body = self.rest();
        if let Some(escaped) = escaped {
            body.attributes.extend(escaped.attributes);
            body.blocks.extend(escaped.blocks);
        }
        body
    }

    /// A misspelt argument is one mistake: the report that it is missing goes.
    fn not_missing_but_misspelt(&self, name: &str, diags: &mut Diagnostics) {
        let meant = closest(name, self.attrs.iter().copied());
        for (missing, header) in self.missing.iter().filter(|(missing, _)| Some(*missing) == meant.as_deref()) {
            let named = format!("\"{missing}\"");
            diags.retain(|d| !(d.summary == MISSING && d.subject == Some(*header) && d.detail.contains(&named)));
        }
    }

    fn unexpected_attr(&self, name: &str) -> Diagnostic {
        let error = Diagnostic::error("Unsupported argument", format!("An argument named \"{name}\" is not expected in {}.", self.what));
        if self.blocks.contains(name) {
            return error.help(format!("Write it as a block: {name} {{ ... }}"));
        }
        suggest(error, name, self.attrs.iter().copied())
    }

    fn unexpected_block(&self, name: &str) -> Diagnostic {
        let error = Diagnostic::error("Unsupported block type", format!("Blocks of type \"{name}\" are not expected in {}.", self.what));
        if self.attrs.contains(name) {
            return error.help(format!("Write it as an argument: {name} = ..."));
        }
        suggest(error, name, self.blocks.iter().copied())
    }
}

/// Adds "Did you mean ...?" where one of `candidates` is near.
pub(super) fn suggest<'c>(error: Diagnostic, name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Diagnostic {
    match closest(name, candidates) {
        Some(near) => error.help(format!("Did you mean \"{near}\"?")),
        None => error,
    }
}
