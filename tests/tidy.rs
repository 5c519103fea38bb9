//! The house rules that a compiler does not check: layers, edges, module docs, file sizes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Modules by layer, lowest first; `src/ARCHITECTURE.md` draws the same map.
const LAYERS: &[&[&str]] = &[
    &["diag", "value", "graph", "clock", "files"],
    &["addr", "syntax", "schema"],
    &["lang", "config"],
    &["state", "plan", "app"],
    &["provider", "store", "remote", "secret", "provisioner", "objects"],
    &["aws", "builtin", "ssh", "disk", "fetch", "process"],
    &["engine", "deploy", "ops"],
    &["report", "cli"],
];

/// The only imports allowed inside a layer; they form no cycle.
const EDGES: &[(&str, &str)] = &[
    ("value", "diag"),
    ("syntax", "addr"),
    ("schema", "addr"),
    ("config", "lang"),
    ("plan", "state"),
    ("plan", "app"),
    ("store", "provider"),
    ("ops", "engine"),
    ("ops", "deploy"),
    ("cli", "report"),
];

const MAX_LINES: usize = 600;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            all.push(path);
        }
    }
    all.sort();
    all
}

fn layers() -> BTreeMap<&'static str, usize> {
    LAYERS.iter().enumerate().flat_map(|(i, names)| names.iter().map(move |n| (*n, i))).collect()
}

/// Text before the first `#[cfg(test)]`: tests may import what they like.
fn production(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

/// Top-level modules that a text names after `crate::`.
fn imports(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or("");
        for part in code.split("crate::").skip(1) {
            if let Some(list) = part.strip_prefix('{') {
                let names = list.split('}').next().unwrap_or("").split(',');
                found.extend(names.map(|n| (number + 1, first_word(n.trim()))));
            } else {
                found.push((number + 1, first_word(part)));
            }
        }
    }
    found
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[test]
fn modules_import_lower_layers_or_listed_edges() {
    let layers = layers();
    let src = root().join("src");
    let mut wrong = Vec::new();
    for file in rust_files(&src) {
        let relative = file.strip_prefix(&src).unwrap();
        let module = first_word(&relative.components().next().unwrap().as_os_str().to_string_lossy());
        let Some(own) = layers.get(module.as_str()) else { continue };
        for (line, import) in imports(production(&fs::read_to_string(&file).unwrap())) {
            let Some(other) = layers.get(import.as_str()) else { continue };
            let allowed = import == module || other < own || EDGES.contains(&(module.as_str(), import.as_str()));
            if !allowed {
                wrong.push(format!("src/{}:{line}: {module} (L{own}) imports {import} (L{other})", relative.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "imports against the layers:\n{}", wrong.join("\n"));
}

#[test]
fn every_top_level_module_has_a_layer() {
    let layers = layers();
    let text = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let modules = text.lines().filter_map(|l| l.trim().strip_prefix("pub mod ")).map(|m| m.trim_end_matches(';'));
    let missing: Vec<_> = modules.filter(|m| !layers.contains_key(m)).collect();
    assert!(missing.is_empty(), "modules without a layer: {missing:?}");
}

#[test]
fn every_file_starts_with_its_reason() {
    let files = rust_files(&root().join("src")).into_iter().chain(rust_files(&root().join("tests")));
    // Unit tests beside a module need no reason of their own: the module is the reason.
    let is_test = |f: &PathBuf| f.starts_with(root().join("src")) && f.to_string_lossy().contains("/tests");
    let files = files.filter(|f| !is_test(f));
    let bare: Vec<_> = files.filter(|f| !fs::read_to_string(f).unwrap().starts_with("//!")).collect();
    assert!(bare.is_empty(), "files without a module doc: {bare:#?}");
}

#[test]
fn no_file_is_a_room_too_large_to_know() {
    let files = rust_files(&root().join("src")).into_iter().chain(rust_files(&root().join("tests")));
    let lines = |f: &PathBuf| fs::read_to_string(f).unwrap().lines().count();
    let long: Vec<_> = files.filter(|f| lines(f) > MAX_LINES).map(|f| (f.clone(), lines(&f))).collect();
    assert!(long.is_empty(), "files over {MAX_LINES} lines: {long:#?}");
}

#[test]
fn no_module_is_called_utils() {
    let vague = ["utils", "util", "helpers", "common", "misc"];
    let files = rust_files(&root().join("src"));
    let named = |f: &PathBuf| f.components().any(|c| vague.contains(&c.as_os_str().to_string_lossy().trim_end_matches(".rs")));
    let found: Vec<_> = files.into_iter().filter(named).collect();
    assert!(found.is_empty(), "modules without a concept: {found:#?}");
}
