//! What is audited: the text files of a tree, each of a kind that says which rules make sense for it.

/// Kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Prose.
    Docs,
    /// Programs.
    Code,
    /// `.env` files.
    Env,
    /// Configuration of the language.
    Hcl,
    /// Compose files.
    Compose,
    /// Dockerfiles.
    Docker,
    /// Made by tools: lock files, maps, drawings.
    Made,
    /// YAML, TOML, INI, JSON and the like.
    Config,
}

/// A file.
#[derive(Clone, Debug)]
pub struct Source {
    /// Path below the audited folder.
    pub path: String,
    /// git has it.
    pub tracked: bool,
    /// git leaves it out: only the mode of local runs is looked at.
    pub ignored: bool,
    /// Its text; `None`: it is none, or too large.
    pub text: Option<String>,
}

impl Source {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        kind(&self.path)
    }

    /// Lines with their numbers, from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.as_deref().unwrap_or("").lines().enumerate().map(|(at, line)| (at + 1, line))
    }

    /// Lines that are no comments; of Rust files only what stands before their own tests.
    pub fn live_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let comment = |line: &str| {
            let text = line.trim_start();
            ["#", "//", "* ", "/*", "--", ";", "<!--", "\"\"\""].iter().any(|c| text.starts_with(c))
        };
        let rust = self.path.ends_with(".rs");
        self.lines().take_while(move |(_, line)| !(rust && line.trim() == "#[cfg(test)]")).filter(move |(_, line)| !comment(line))
    }

    /// Whether it is a test or a fixture.
    #[must_use]
    pub fn is_test(&self) -> bool {
        let folder = |part: &str| matches!(part, "test" | "tests" | "testdata" | "fixtures" | "__tests__" | "spec" | "e2e");
        let name = self.path.rsplit('/').next().unwrap_or("");
        self.path.split('/').any(folder)
            || name.starts_with("test_")
            || name.contains(".test.")
            || name.contains(".spec.")
            || name.contains("_test.")
    }
}

fn kind(path: &str) -> Kind {
    let name = path.rsplit('/').next().unwrap_or(path);
    let small = name.to_ascii_lowercase();
    let extension = small.rsplit_once('.').map_or("", |(_, e)| e);
    if crate::ops::env_check::is_env_file(path) {
        return Kind::Env;
    }
    if crate::ops::compare::compose::is_compose(path) {
        return Kind::Compose;
    }
    if small.starts_with("dockerfile") || small.starts_with("containerfile") || extension == "dockerfile" {
        return Kind::Docker;
    }
    let made = ["lock", "sum", "svg", "map", "ipynb", "csv", "tsv", "log", "patch", "diff", "po", "snap"];
    if made.contains(&extension)
        || small.ends_with(".min.js")
        || small.ends_with(".min.css")
        || small.ends_with("-lock.json")
        || small == "pnpm-lock.yaml"
        || small == ".terraform.lock.hcl"
    {
        return Kind::Made;
    }
    match extension {
        "md" | "rst" | "txt" | "adoc" | "html" | "htm" | "tex" => Kind::Docs,
        "tf" | "hcl" | "tofu" | "tfvars" => Kind::Hcl,
        "py" | "js" | "ts" | "tsx" | "jsx" | "mjs" | "cjs" | "rs" | "go" | "rb" | "php" | "java" | "kt" | "cs" | "c" | "cpp" | "h"
        | "swift" | "sh" | "bash" | "zsh" | "ps1" | "pl" | "lua" | "sql" | "vue" | "svelte" => Kind::Code,
        _ if matches!(small.as_str(), "license" | "licence" | "notice" | "authors" | "changelog" | "readme" | "copying") => Kind::Docs,
        _ => Kind::Config,
    }
}
