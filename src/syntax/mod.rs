//! Source text to syntax tree: lexer, error-recovering parser, template parser.
//!
//! The front end is envctl's own: it recovers after an error and reports several, keeps exact
//! numbers, and treats heredocs and `~` as the HCL specification does.

mod ast;
mod format;
mod json;
mod lexer;
mod origin;
mod parser;
mod token;
mod walk;

pub use ast::*;
pub use format::format_source;
pub use json::{Layout, as_blocks, parse_json_file, parse_json_values};
pub use parser::{parse_expression, parse_file, parse_template};
pub use walk::{walk, walk_body, walk_template};
