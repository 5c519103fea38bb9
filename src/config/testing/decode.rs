//! A test file's blocks.

use super::doubles::{mock_provider, override_module, override_resource};
use super::model::{Overrides, TestFile};
use super::run::run;
use crate::addr::ModulePath;
use crate::config::decode::{Parsed, decode as decode_module};
use crate::config::fields::suggest;
use crate::config::report::{is_identifier, place};
use crate::diag::{Diagnostic, Diagnostics, SourceMap};
use crate::syntax::{Block, Body, Expr, Ident};
use crate::value::Name;
use std::collections::BTreeMap;
use std::path::PathBuf;

const BLOCK_TYPES: [&str; 7] = ["run", "variables", "provider", "mock_provider", "override_resource", "override_data", "override_module"];

/// Decodes a whole file.
pub(super) fn decode(name: &str, body: &Body, sources: &SourceMap, diags: &mut Diagnostics) -> TestFile {
    for attr in &body.attributes {
        let d = Diagnostic::error("Unsupported argument", format!("\"{}\" is written outside of a block.", attr.name.name));
        diags.push(d.at(attr.name.span).help("Values of variables belong into a variables block."));
    }
    let mut file = TestFile {
        name: name.to_string(),
        variables: BTreeMap::new(),
        providers: providers(body, sources, diags),
        mocks: Vec::new(),
        overrides: Overrides::default(),
        runs: Vec::new(),
    };
    let mut variables: Option<&Block> = None;
    for block in &body.blocks {
        match block.kind.name.as_ref() {
            "run" => file.runs.extend(run(block, sources, diags)),
            "variables" => match variables {
                Some(first) => diags.push(twice("variables", first, block, sources)),
                None => {
                    variables = Some(block);
                    file.variables = assignments(block, diags);
                }
            },
            "mock_provider" => file.mocks.extend(mock_provider(block, sources, diags)),
            "override_resource" | "override_data" => file.overrides.resources.extend(override_resource(block, sources, diags)),
            "override_module" => file.overrides.modules.extend(override_module(block, sources, diags)),
            "provider" => {}
            kind => {
                let d = Diagnostic::error("Unsupported block type", format!("There is no block type \"{kind}\" in test files."));
                diags.push(suggest(d.at(block.header), kind, BLOCK_TYPES));
            }
        }
    }
    file
}

/// `provider` blocks are those of the language.
fn providers(body: &Body, sources: &SourceMap, diags: &mut Diagnostics) -> Vec<crate::config::model::ProviderBlock> {
    let blocks = body.blocks_of("provider").cloned().collect();
    let only = Parsed { body: Body { attributes: Vec::new(), blocks, span: body.span, json: body.json }, hcl: false };
    let decoded = decode_module(ModulePath::root(), PathBuf::new(), &[only], sources, diags);
    decoded.module.providers.into_values().collect()
}

/// A second block of a type that may be written once.
pub(super) fn twice(kind: &str, first: &Block, again: &Block, sources: &SourceMap) -> Diagnostic {
    let detail = format!("Only one \"{kind}\" block is allowed here; the first is at {}.", place(sources, first.header));
    Diagnostic::error(format!("Duplicate {kind} block"), detail).at(again.header).help("Merge the two blocks into one.")
}

/// The arguments of a `variables` block.
pub(super) fn assignments(block: &Block, diags: &mut Diagnostics) -> BTreeMap<Name, Expr> {
    for inner in &block.body.blocks {
        let d = Diagnostic::error("Unsupported block type", "A variables block holds arguments only.").at(inner.header);
        diags.push(d.help(format!("Write: {} = {{ ... }}", inner.kind.name)));
    }
    block.body.attributes.iter().map(|a| (a.name.name.clone(), a.expr.clone())).collect()
}

/// The one label of a block; a wrong number, or a name that is none, is reported.
pub(super) fn label<'a>(block: &'a Block, meaning: &str, diags: &mut Diagnostics) -> Option<&'a Ident> {
    let kind = &block.kind.name;
    let [label] = block.labels.as_slice() else {
        let detail = format!("A {kind} block has one label, its {meaning}, and here are {}.", block.labels.len());
        let d = Diagnostic::error("Wrong number of labels", detail).at(block.header);
        diags.push(d.help(format!("Write: {kind} \"{meaning}\" {{ ... }}")));
        return None;
    };
    if is_identifier(&label.name) {
        return Some(label);
    }
    let d = Diagnostic::error("Invalid name", format!("\"{}\" is not a valid name.", label.name)).at(label.span);
    diags.push(d.help("A name starts with a letter or underscore; letters, digits, underscores and dashes may follow."));
    None
}
