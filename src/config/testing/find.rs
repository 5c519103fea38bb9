//! Which files are test files.

use crate::config::read::relative;
use crate::diag::{Diagnostic, Diagnostics};
use crate::files::{Files, clean};
use std::path::{Path, PathBuf};

/// A test file that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestPath {
    /// Its full path.
    pub path: PathBuf,
    /// Its path seen from the root module's folder.
    pub name: String,
    /// The root module's folder: what paths in the file start from.
    pub root: PathBuf,
    /// Written in JSON.
    pub json: bool,
}

/// Endings; the first of a kind shadows the second of the same name.
const ENDINGS: [(&str, &str, bool); 2] = [(".tofutest.hcl", ".tftest.hcl", false), (".tofutest.json", ".tftest.json", true)];

/// Test files directly in the root module's folder and in the test folder (seen from it), in name
/// order. A test folder that is not there has none.
pub fn find_tests(root: &Path, folder: &str, files: &dyn Files, diags: &mut Diagnostics) -> Vec<TestPath> {
    let second = clean(&root.join(folder));
    let mut found = in_folder(root, root, files, diags);
    if second != clean(root) && files.is_dir(&second) {
        found.extend(in_folder(&second, root, files, diags));
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn in_folder(dir: &Path, root: &Path, files: &dyn Files, diags: &mut Diagnostics) -> Vec<TestPath> {
    let all = match files.list(dir) {
        Ok(all) => all,
        Err(e) => {
            diags.push(Diagnostic::error("Folder not readable", format!("The folder {} cannot be read: {e}.", dir.display())));
            return Vec::new();
        }
    };
    let names: Vec<String> = all.iter().filter_map(|p| p.file_name()?.to_str().map(str::to_string)).collect();
    let chosen = all.iter().filter_map(|path| {
        let name = path.file_name()?.to_str()?;
        let json = kind(name, &names)?;
        let shown = relative(path, root).display().to_string();
        files.exists(path).then(|| TestPath { path: path.clone(), name: shown, root: root.to_path_buf(), json })
    });
    chosen.collect()
}

/// Whether a name is a test file's, and whether that is JSON; one that is shadowed is none.
fn kind(name: &str, beside: &[String]) -> Option<bool> {
    if name.starts_with('.') {
        return None;
    }
    ENDINGS.iter().find_map(|(own, plain, json)| {
        if name.ends_with(own) {
            return Some(*json);
        }
        let stem = name.strip_suffix(plain)?;
        let shadow = format!("{stem}{own}");
        (!beside.contains(&shadow)).then_some(*json)
    })
}
