//! What `path.module`, `path.root` and `path.cwd` are.

use super::model::{Config, Module};
use super::read::relative;
use crate::addr::ModulePath;
use std::path::{Path, PathBuf};

impl Config {
    /// The root module.
    #[must_use]
    pub fn root(&self) -> Option<&Module> {
        self.modules.get(&ModulePath::root())
    }

    /// `path.module`: the module's folder seen from the root module's; `.` for the root.
    #[must_use]
    pub fn path_module(&self, module: &ModulePath) -> PathBuf {
        self.modules.get(module).map_or_else(|| PathBuf::from("."), |m| relative(&m.dir, &self.root_dir))
    }

    /// A path of one of our own blocks (relative to the project) made absolute.
    #[must_use]
    pub fn in_project(&self, path: &Path) -> PathBuf {
        crate::files::clean(&self.project_dir.join(path))
    }
}
