//! The JSON syntax of the language: <https://github.com/hashicorp/hcl/blob/main/json/spec.md>.
//!
//! JSON does not say whether a property is an argument or a block. Where the language itself
//! decides ([`Layout`]) the tree is built right away; where the schema of a type decides, properties
//! become arguments first and [`as_blocks`] turns them into blocks once the schema is at hand.

mod blocks;
mod body;
mod expr;
mod read;
#[cfg(test)]
mod tests;

pub use blocks::as_blocks;
pub use body::Layout;

use super::ast::Body;
use crate::diag::{Diagnostics, FileId};

/// Reads a file whose top level is laid out as `layout` says. Mistakes are reported with their
/// places; after one in the JSON itself the body is empty.
pub fn parse_json_file(file: FileId, text: &str, layout: &Layout, diags: &mut Diagnostics) -> Body {
    match read::read(file, text) {
        Ok(node) => body::Builder { file, diags }.body(&node, layout),
        Err(problem) => {
            diags.push(*problem);
            Body { json: true, ..Body::default() }
        }
    }
}

/// Reads a file of values (`.tfvars.json`): every property is an argument, and text means itself.
pub fn parse_json_values(file: FileId, text: &str, diags: &mut Diagnostics) -> Body {
    parse_json_file(file, text, &Layout::VALUES, diags)
}
