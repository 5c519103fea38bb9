//! The env files of a working copy: samples against real files, what git has, what nothing reads.

use super::env_text::EnvText;
use super::finding::{Finding, Rule};
use crate::ops::looks::{placeholder, secret_name, secret_value};
use crate::ops::tokens::{known_secret, looks_random};
use std::collections::{BTreeMap, BTreeSet};

/// An env file of a working copy.
#[derive(Clone, Debug)]
pub struct CopyFile {
    /// Path in it.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// git has it.
    pub tracked: bool,
}

const MARKS: [&str; 5] = ["example", "sample", "template", "dist", "defaults"];

/// The file that a sample is a sample of: `.env.example` of `.env`, `stage.env.sample` of `stage.env`. `None`: it is none.
#[must_use]
pub fn sample_of(path: &str) -> Option<String> {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let (stem, last) = name.rsplit_once('.')?;
    let target = if MARKS.contains(&last) {
        stem.to_string()
    } else {
        // example.env, .env.example.docker
        let (first, rest) = name.split_once('.')?;
        let inner = MARKS.iter().find(|m| name.contains(&format!(".{m}.")));
        match inner {
            Some(mark) => name.replacen(&format!(".{mark}."), ".", 1),
            None if MARKS.contains(&first) && rest == "env" => ".env".to_string(),
            None => return None,
        }
    };
    if !is_env(&target) {
        return None;
    }
    Some(if folder.is_empty() { target } else { format!("{folder}/{target}") })
}

fn is_env(name: &str) -> bool {
    name == "env" || name == ".env" || name.starts_with(".env.") || name.ends_with(".env")
}

/// Whether a path is that of an env file or of a sample of one.
#[must_use]
pub fn is_env_file(path: &str) -> bool {
    sample_of(path).is_some() || is_env(path.rsplit('/').next().unwrap_or(path))
}

/// Everything about the env files of a tree. `words` are the names that its other files mention, in small letters; `None`:
/// nobody looked.
#[must_use]
pub fn check_copy(files: &[CopyFile], words: Option<&BTreeSet<String>>) -> Vec<Finding> {
    let read: BTreeMap<&str, (EnvText, &CopyFile)> =
        files.iter().map(|f| (f.path.as_str(), (EnvText::read(&f.path, &f.bytes), f))).collect();
    let mut found = Vec::new();
    let mut samples: BTreeMap<String, Vec<&EnvText>> = BTreeMap::new();
    for (path, (text, file)) in &read {
        found.extend(text.problems.clone());
        match sample_of(path) {
            Some(target) => samples.entry(target).or_default().push(text),
            None => found.extend(text.placeholders()),
        }
        found.extend(in_git(text, file, sample_of(path).is_some()));
    }
    for (target, samples) in &samples {
        if let Some((real, _)) = read.get(target.as_str()) {
            found.extend(against_samples(real, samples));
        }
    }
    if let Some(words) = words {
        found.extend(read.values().flat_map(|(text, _)| unused(text, words)));
    }
    found.sort_by(|a, b| (&a.file, a.line, a.rule).cmp(&(&b.file, b.line, b.rule)));
    found
}

/// A real file against the samples that speak of it.
#[must_use]
pub fn against_samples(real: &EnvText, samples: &[&EnvText]) -> Vec<Finding> {
    let names = samples.iter().map(|s| s.path.as_str()).collect::<Vec<_>>().join(", ");
    let optional = |key: &String| samples.iter().any(|s| s.optional.contains(key)) || real.optional.contains(key);
    let mut found = Vec::new();
    let declared: BTreeSet<&String> = samples.iter().flat_map(|s| s.keys.keys()).collect();
    for key in declared.iter().filter(|k| !optional(k)) {
        match real.keys.get(*key) {
            None => found.push(Finding::new(Rule::Missing, &real.path, None, Some(key), format!("{key} of {names} is not there"))),
            Some((value, line)) if value.is_empty() => {
                found.push(Finding::new(Rule::Empty, &real.path, Some(*line), Some(key), format!("{key} has no value")));
            }
            Some(_) => {}
        }
    }
    for (key, (_, line)) in real.keys.iter().filter(|(k, _)| !declared.contains(k)) {
        found.push(Finding::new(Rule::Undeclared, &real.path, Some(*line), Some(key), format!("{names} has no {key}")));
    }
    found
}

/// Secrets that git has. In samples only what is certainly one.
fn in_git(text: &EnvText, file: &CopyFile, sample: bool) -> Vec<Finding> {
    if !file.tracked {
        return Vec::new();
    }
    let secret = |key: &str, value: &str| {
        let real = !value.is_empty() && placeholder(value).is_none() && !value.contains("${");
        let sure = known_secret(value).is_some() || (secret_name(key) && looks_random(value));
        real && (sure || (!sample && (secret_name(key) || secret_value(value))))
    };
    let found = text.keys.iter().filter(|(key, (value, _))| secret(key, value));
    let message = |key: &str| format!("{key} looks like a secret, and git has this file");
    found.map(|(key, (_, line))| Finding::new(Rule::SecretInGit, &text.path, Some(*line), Some(key), message(key))).collect()
}

fn unused(text: &EnvText, words: &BTreeSet<String>) -> Vec<Finding> {
    let read = |key: &str| words.contains(&key.to_ascii_lowercase());
    // Where no key at all is mentioned, the program that reads them is elsewhere.
    if !text.keys.keys().any(|k| read(k)) {
        return Vec::new();
    }
    let found = text.keys.iter().filter(|(key, _)| !read(key) && !text.optional.contains(*key) && !is_for_tools(key));
    found
        .map(|(key, (_, line))| {
            Finding::new(Rule::Unused, &text.path, Some(*line), Some(key), format!("nothing in this tree mentions {key}"))
        })
        .collect()
}

/// Names that programs read by themselves.
fn is_for_tools(key: &str) -> bool {
    let starts = [
        "AWS_",
        "COMPOSE_",
        "DOCKER_",
        "TF_",
        "POSTGRES_",
        "MYSQL_",
        "PG",
        "NODE_",
        "PYTHON",
        "RUST_",
        "GIT_",
        "ENVCTL_",
        "DJANGO_",
        "FLASK_",
        "NPM_",
        "OTEL_",
    ];
    let exact = ["PATH", "HOME", "TZ", "LANG", "LC_ALL", "PORT", "HOST", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "DEBUG"];
    starts.iter().any(|s| key.starts_with(s)) || exact.contains(&key)
}

/// The words of a text that can be names of variables, in small letters.
pub fn words_of(text: &str, into: &mut BTreeSet<String>) {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|w| w.len() > 1 && w.len() < 200);
    for word in words.filter(|w| !w.starts_with(|c: char| c.is_ascii_digit())) {
        let small = word.to_ascii_lowercase();
        if !into.contains(&small) {
            into.insert(small);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str, tracked: bool) -> CopyFile {
        CopyFile { path: path.into(), bytes: text.into(), tracked }
    }

    fn ids(found: &[Finding]) -> Vec<String> {
        found.iter().map(|f| format!("{} {} {}", f.rule.id(), f.file, f.key.as_deref().unwrap_or("-"))).collect()
    }

    #[test]
    fn samples_name_their_files() {
        for (sample, target) in [
            (".env.example", ".env"),
            ("a/.env.sample", "a/.env"),
            ("stage.env.sample", "stage.env"),
            (".env.docker.template", ".env.docker"),
            (".env.example.docker", ".env.docker"),
            ("example.env", ".env"),
        ] {
            assert_eq!(sample_of(sample).as_deref(), Some(target), "{sample}");
        }
        for other in [".env", "stage.env", "conf.template", "readme.sample", "env"] {
            assert_eq!(sample_of(other), None, "{other}");
        }
    }

    #[test]
    fn samples_files_git_and_readers_are_held_together() {
        let sample = file(".env.example", "A=\nB=\nMODE=dryrun\nX= # optional\nGONE=1\n", true);
        let real = file(".env", "A=1\nB=\nMODE=live\nMORE=1\n", false);
        let words: BTreeSet<String> = ["a", "b", "mode", "more"].map(String::from).into();
        let found = check_copy(&[sample.clone(), real.clone()], Some(&words));
        assert_eq!(ids(&found), ["missing .env GONE", "empty .env B", "undeclared .env MORE", "unused .env.example GONE"]);
        let tracked = CopyFile { tracked: true, bytes: b"A=1\nB=2\nMODE=x\nGONE=1\nDB_PASSWORD=hunter2\n".to_vec(), ..real };
        let found = check_copy(&[sample, tracked], None);
        assert_eq!(ids(&found), ["secret-in-git .env DB_PASSWORD", "undeclared .env DB_PASSWORD"]);
        assert!(!format!("{found:?}").contains("hunter2"));
        let clean = [file(".env.example", "A=\nDB_PASSWORD=changeme\n", true), file(".env", "A=1\nDB_PASSWORD=x1\n", false)];
        assert!(check_copy(&clean, None).is_empty());
    }
}
