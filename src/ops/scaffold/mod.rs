//! `new`: an environment's files, from templates of this program or from another environment.
//!
//! Nothing here touches the disk: what is read comes in as text, what is to be written goes out as text.

mod copy;
mod declared;
mod made;
mod templates;
#[cfg(test)]
mod tests;
mod words;

pub use copy::{Left, Source, copy};
pub use declared::{Declared, declared};
pub use made::{Request, made};
pub use templates::{MODULES, TEMPLATES, Template, template};
pub use words::{rename, rename_hcl};

use crate::diag::{Diagnostics, SourceMap};
use std::path::PathBuf;

/// A file to be written, relative to the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// Where.
    pub path: PathBuf,
    /// What.
    pub text: String,
}

/// Text as `fmt` lays it out; as it is where it does not parse.
fn tidy(text: String) -> String {
    let file = SourceMap::new().add("new", text.as_str());
    crate::syntax::format_source(file, &text, &mut Diagnostics::new()).unwrap_or(text)
}
