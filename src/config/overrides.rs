//! Override files: `override.tf` and `*_override.tf` change blocks of the other files.
//!
//! Arguments replace arguments of the same name, nested blocks replace all nested blocks of the
//! same type, and `lifecycle` merges argument by argument; `locals` and `required_providers` merge
//! name by name (OpenTofu, "Override Files").

use super::decode::Parsed;
use crate::diag::{Diagnostic, Diagnostics};
use crate::syntax::{Block, Body};

/// Merges what override files say into the other files, in order.
pub(super) fn merge(files: &mut [Parsed], overrides: Vec<Parsed>, diags: &mut Diagnostics) {
    for file in overrides {
        for block in file.body.blocks {
            match block.kind.name.as_ref() {
                "locals" => block.body.attributes.iter().for_each(|a| local(files, a, &block, diags)),
                "terraform" => terraform(files, block),
                "moved" | "import" | "removed" | "check" => {
                    let detail = format!(
                        "\"{}\" blocks add something new each, so an override file has nothing to change in them.",
                        block.kind.name
                    );
                    diags.push(
                        Diagnostic::error("Block cannot be overridden", detail)
                            .at(block.header)
                            .help("Move it into a file that is no override file."),
                    );
                }
                _ => match original(files, &block) {
                    Some(base) => body(&mut base.body, block.body),
                    None => diags.push(nothing(&block)),
                },
            }
        }
    }
}

fn nothing(block: &Block) -> Diagnostic {
    let labels: String = block.labels.iter().map(|l| format!(" \"{}\"", l.name)).collect();
    let detail = format!("This is an override file, but no other file has a block {}{labels} that it could change.", block.kind.name);
    Diagnostic::error("Missing block to override", detail)
        .at(block.header)
        .help("An override file changes what other files declare. Rename the file if the block is meant to be new.")
}

/// The block of the same type, labels and (for providers) alias.
fn original<'f>(files: &'f mut [Parsed], block: &Block) -> Option<&'f mut Block> {
    let same = |other: &&mut Block| {
        other.kind.name == block.kind.name
            && other.labels.iter().map(|l| &l.name).eq(block.labels.iter().map(|l| &l.name))
            && (block.kind.name.as_ref() != "provider" || alias(other) == alias(block))
    };
    files.iter_mut().flat_map(|f| &mut f.body.blocks).find(same)
}

fn alias(block: &Block) -> Option<String> {
    block.body.attribute("alias")?.expr.literal_str()
}

fn local(files: &mut [Parsed], attribute: &crate::syntax::Attribute, block: &Block, diags: &mut Diagnostics) {
    let blocks = files.iter_mut().flat_map(|f| &mut f.body.blocks).filter(|b| b.kind.name.as_ref() == "locals");
    let found = blocks.flat_map(|b| &mut b.body.attributes).find(|a| a.name.name == attribute.name.name);
    match found {
        Some(base) => *base = attribute.clone(),
        None => {
            let detail = format!("This is an override file, but no other file declares local.{}.", attribute.name.name);
            diags.push(Diagnostic::error("Missing local value to override", detail).at(attribute.name.span).within(block.header));
        }
    }
}

/// Settings replace settings wherever they stand; what nobody has said yet is added.
fn terraform(files: &mut [Parsed], block: Block) {
    let mut settings = block.body;
    let mut first = true;
    let replaced: Vec<_> = settings.attributes.iter().map(|a| a.name.name.clone()).collect();
    let states = |b: &Block| matches!(b.kind.name.as_ref(), "backend" | "cloud");
    let state = settings.blocks.iter().any(states);
    let providers: Vec<_> =
        settings.blocks_of("required_providers").flat_map(|b| &b.body.attributes).map(|a| a.name.name.clone()).collect();
    for base in files.iter_mut().flat_map(|f| &mut f.body.blocks).filter(|b| b.kind.name.as_ref() == "terraform") {
        base.body.attributes.retain(|a| !replaced.contains(&a.name.name));
        base.body.blocks.retain(|b| !(state && states(b)));
        for inner in base.body.blocks.iter_mut().filter(|b| b.kind.name.as_ref() == "required_providers") {
            inner.body.attributes.retain(|a| !providers.contains(&a.name.name));
        }
        if std::mem::take(&mut first) {
            base.body.attributes.append(&mut settings.attributes);
            let (own, rest): (Vec<Block>, Vec<Block>) =
                settings.blocks.drain(..).partition(|b| b.kind.name.as_ref() == "required_providers");
            base.body.blocks.extend(rest);
            let inner = base.body.blocks.iter_mut().find(|b| b.kind.name.as_ref() == "required_providers");
            match inner {
                Some(inner) => inner.body.attributes.extend(own.into_iter().flat_map(|b| b.body.attributes)),
                None => base.body.blocks.extend(own),
            }
        }
    }
    if first && let Some(file) = files.first_mut() {
        file.body.blocks.push(Block { body: settings, ..block });
    }
}

/// Merges one body over another.
fn body(base: &mut Body, over: Body) {
    base.json |= over.json;
    for attribute in over.attributes {
        base.blocks.retain(|b| made(b) != attribute.name.name.as_ref());
        match base.attributes.iter_mut().find(|a| a.name.name == attribute.name.name) {
            Some(old) => *old = attribute,
            None => base.attributes.push(attribute),
        }
    }
    let (lifecycles, blocks): (Vec<Block>, Vec<Block>) = over.blocks.into_iter().partition(|b| b.kind.name.as_ref() == "lifecycle");
    for inner in lifecycles {
        match base.blocks.iter_mut().find(|b| b.kind.name.as_ref() == "lifecycle") {
            Some(old) => body(&mut old.body, inner.body),
            None => base.blocks.push(inner),
        }
    }
    base.blocks.retain(|old| !blocks.iter().any(|b| made(b) == made(old)));
    base.attributes.retain(|old| !blocks.iter().any(|b| made(b) == old.name.name.as_ref()));
    base.blocks.extend(blocks);
}

/// The type of the blocks that a block stands for.
fn made(block: &Block) -> &str {
    match block.labels.first() {
        Some(label) if block.kind.name.as_ref() == "dynamic" => &label.name,
        _ => &block.kind.name,
    }
}
