//! The env files of an environment's applications: what their blocks make of the samples, and what a host has.

use super::copy::{CopyFile, against_samples, check_copy, is_env_file};
use super::env_text::EnvText;
use super::finding::{Finding, Rule};
use crate::app::{AppSpec, BaseFile, FileContent, Rendered, Shape};
use crate::deploy::{HostSight, Preview};
use crate::ops::looks::placeholder;
use std::collections::BTreeMap;

/// Checks what an application's blocks make of its samples.
#[must_use]
pub fn check_app(spec: &AppSpec, preview: &Preview) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in &spec.files {
        let place = format!("app {}: {}", spec.name, file.path);
        if let FileContent::Base { base, set, .. } = &file.content
            && let Some(name) = base.known()
            && let Some(BaseFile::Content(bytes)) = preview.bases.get(name)
        {
            let sample = EnvText::read(&format!("{name} of the source"), bytes);
            found.extend(sample.problems.clone());
            let undeclared = set.keys().filter(|k| !sample.keys.contains_key(*k));
            found.extend(undeclared.map(|k| Finding::new(Rule::Undeclared, &place, None, Some(k), format!("{} has no {k}", sample.path))));
            for (key, (value, line)) in sample.keys.iter().filter(|(k, _)| !set.contains_key(*k)) {
                if value.is_empty() && !sample.optional.contains(key) {
                    let message = format!("{key} has no value in {} (line {line}), and the file block does not set it", sample.path);
                    found.push(Finding::new(Rule::Empty, &place, None, Some(key), message));
                }
            }
        }
    }
    for file in &preview.rendered {
        found.extend(rendered_values(spec, file));
    }
    found.sort();
    found
}

fn rendered_values(spec: &AppSpec, file: &Rendered) -> Vec<Finding> {
    let place = format!("app {}: {}", spec.name, file.in_source.as_deref().unwrap_or(&file.path));
    let Shape::Env { entries, .. } = &file.shape else { return Vec::new() };
    let found = entries.iter().filter_map(|e| Some((&e.key, placeholder(e.value.known()?)?)));
    found
        .map(|(key, why)| Finding::new(Rule::Placeholder, &place, None, Some(key), format!("the value of {key} is not real: {why}")))
        .collect()
}

/// Checks what lies on an application's host.
#[must_use]
pub fn check_host(spec: &AppSpec, sight: &HostSight) -> Vec<Finding> {
    let mut found = Vec::new();
    let place = |path: &str| format!("host {}: {path}", spec.name);
    for file in &sight.rendered {
        let Shape::Env { entries, complete } = &file.shape else { continue };
        let name = file.in_source.as_deref().unwrap_or(&file.path);
        let Some(there) = sight.facts.files.get(&file.path) else {
            found.push(Finding::new(
                Rule::Missing,
                &place(name),
                None,
                None,
                "the file is not there; it was never deployed, or somebody removed it",
            ));
            continue;
        };
        let mut real = EnvText::read(&place(name), &there.content);
        found.append(&mut real.problems);
        found.extend(real.placeholders());
        let declared = EnvText {
            path: "the file block".into(),
            keys: entries.iter().map(|e| (e.key.clone(), (String::new(), 0))).collect(),
            optional: entries.iter().filter(|e| e.value.known() == Some("")).map(|e| e.key.clone()).collect(),
            problems: Vec::new(),
        };
        let held = against_samples(&real, &[&declared]);
        found.extend(held.into_iter().filter(|f| *complete || f.rule != Rule::Undeclared));
    }
    let managed: BTreeMap<&str, ()> = sight.rendered.iter().filter_map(|f| Some((f.in_source.as_deref()?, ()))).collect();
    let others = sight.others.iter().filter(|(path, _)| is_env_file(path) && !managed.contains_key(path.as_str()));
    let files: Vec<CopyFile> = others.map(|(path, bytes)| CopyFile { path: place(path), bytes: bytes.clone(), tracked: false }).collect();
    found.extend(check_copy(&files, None));
    found
}
