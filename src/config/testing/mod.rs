//! Test files (`*.tftest.hcl`, `*.tofutest.hcl` and their JSON forms): what they say, and what they
//! make of the configuration that is tested.
//!
//! Nothing is run here. [`find_tests`] lists files, [`read_test`] decodes one, [`stage`] gives the
//! configuration of one run: its provider blocks, with stand-ins for what is mocked or overridden.

mod decode;
mod doubles;
mod find;
mod keyed;
mod layout;
mod literal;
mod model;
mod order;
mod run;
mod stage;
#[cfg(test)]
mod tests;

pub use find::{TestPath, find_tests};
pub use model::{Expected, MockProvider, OverrideModule, OverrideResource, Overrides, Stubs, TestCommand, TestFile, TestModule, TestRun};
pub use stage::{Double, Staged, stage};

use super::read::Reader;
use crate::diag::{Diagnostics, SourceMap};
use crate::files::Files;
use std::path::Path;

/// Reads and decodes a test file; everything wrong with it is reported. `cwd` is where the shell is.
pub fn read_test(test: &TestPath, files: &dyn Files, sources: &SourceMap, cwd: &Path, diags: &mut Diagnostics) -> Option<TestFile> {
    let mut reader = Reader::new(files, sources, cwd);
    let body = if test.json {
        let text = reader.text(&test.path, diags)?;
        let file = reader.add(&test.path, &text);
        crate::syntax::parse_json_file(file, &text, &layout::FILE, diags)
    } else {
        reader.body(&test.path, diags)?
    };
    let mut file = decode::decode(&test.name, &body, sources, diags);
    doubles::read_sources(&mut file, &test.root, &mut reader, diags);
    order::check(&file, sources, diags);
    Some(file)
}
