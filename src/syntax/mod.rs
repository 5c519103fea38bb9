//! Source text to syntax tree: lexer, error-recovering parser, template parser.
//!
//! The front end is envctl's own: it recovers after an error and reports several, keeps exact
//! numbers, and treats heredocs and `~` as the HCL specification does.

mod ast;

pub use ast::*;
