//! Applications of an environment as items: files as they would be rendered, refs, deployed commits.

use super::compose::{is_compose, services};
use super::files::{file_text, is_env_name};
use super::folder::{add_checkout, add_file};
use super::side::{Datum, EnvKey, FileText, Section, Side};
use crate::app::{AppSpec, Checkout, Rendered, Shape, Text};
use crate::deploy::{AppRequest, HostSight, Preview};
use crate::ops::looks::{secret_line, secret_name, secret_value};
use std::collections::{BTreeMap, BTreeSet};

/// Name of a file in reports: its path in the source, else on the host.
#[must_use]
pub fn file_name(file: &Rendered) -> String {
    file.in_source.clone().unwrap_or_else(|| file.path.clone())
}

/// Adds applications with what rendering gave. A path that two of them write is told apart by `APP/`.
pub fn add_apps(side: &mut Side, apps: &[(&AppRequest, Preview)]) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    apps.iter().flat_map(|(_, p)| &p.rendered).for_each(|f| *seen.entry(file_name(f)).or_default() += 1);
    side.files.get_or_insert_default();
    side.managed_files_only = true;
    side.section(Section::Ref);
    side.section(Section::Commit);
    for (request, preview) in apps {
        add_source(side, request);
        for file in &preview.rendered {
            let name = file_name(file);
            let name = if seen.get(&name).is_some_and(|n| *n > 1) { format!("{}/{name}", request.spec.name) } else { name };
            add_rendered(side, name, file);
        }
        for problem in preview.diagnostics.iter() {
            side.notes.push(format!("app {}: {}", request.spec.name, problem.detail));
        }
    }
}

fn add_source(side: &mut Side, request: &AppRequest) {
    let name = request.spec.name.to_string();
    if let Some(source) = &request.spec.source {
        let datum = match source.reference.as_ref().map(Text::known) {
            None => Datum::text("default branch"),
            Some(Some(reference)) => Datum::text(reference),
            Some(None) => Datum { unknown: vec![Vec::new()], ..Datum::default() },
        };
        side.section(Section::Ref).insert(name.clone(), datum);
    }
    for (fact, recorded) in request.record.iter().flat_map(|r| &r.facts) {
        // A value with a secret in it was not kept.
        let known = recorded.value.as_ref().map(|v| Datum::text(v.clone()));
        let datum = known.unwrap_or_else(|| Datum { unknown: vec![Vec::new()], ..Datum::default() });
        side.section(Section::Fact).insert(format!("{name}:{fact}"), datum);
    }
    match request.record.as_ref().and_then(|r| r.source.as_ref()) {
        Some(source) => {
            side.section(Section::Commit).insert(name, Datum::text(source.commit.clone()));
        }
        None if request.spec.source.is_some() => {
            side.notes.push(format!("app {name} has no record of a deploy: its commit is not known"));
            side.section(Section::Commit).insert(name, Datum { unknown: vec![Vec::new()], ..Datum::default() });
        }
        None => {}
    }
}

fn add_rendered(side: &mut Side, name: String, file: &Rendered) {
    let found = file.bytes.as_ref().filter(|_| is_compose(&name)).and_then(|b| services(&name, std::str::from_utf8(b).ok()?));
    if let Some(found) = found {
        side.section(Section::Service).extend(found);
        return;
    }
    side.files.get_or_insert_default().insert(name, rendered_text(file));
}

fn rendered_text(file: &Rendered) -> FileText {
    let unknown = || FileText::Unknown(file.waits_for.clone().unwrap_or_else(|| "it is not known yet".into()));
    match &file.shape {
        Shape::Env { entries, complete } => {
            let key = |e: &crate::app::EnvEntry| {
                let value = e.value.known().map(str::to_string);
                let secret = e.value.is_sensitive() || secret_name(&e.key) || value.as_deref().is_some_and(secret_value);
                (e.key.clone(), EnvKey { value, secret })
            };
            FileText::Env { keys: entries.iter().map(key).collect(), complete: *complete }
        }
        Shape::Lines(cuts) => match file.bytes.as_deref().map(std::str::from_utf8) {
            Some(Ok(text)) => {
                let cuts = cuts.iter().copied().chain(std::iter::repeat(None));
                FileText::Lines(text.lines().zip(cuts).map(|(line, cut)| (line.to_string(), cut.or_else(|| secret_line(line)))).collect())
            }
            Some(Err(_)) => file_text(&file.path, file.bytes.as_deref().unwrap_or_default()),
            None => unknown(),
        },
        Shape::Unknown => unknown(),
    }
}

/// Adds what lies on a host: managed files by the names that environments give them, the checkout, and other files.
pub fn add_host(side: &mut Side, spec: &AppSpec, sight: &HostSight) {
    let names: BTreeMap<&str, String> = sight.rendered.iter().map(|f| (f.path.as_str(), file_name(f))).collect();
    let root = spec.source.as_ref().and_then(crate::app::SourceSpec::root);
    super::folder::begin(side);
    let mut known = BTreeSet::new();
    for (path, file) in &sight.facts.files {
        let inside = root.as_ref().and_then(|r| path.strip_prefix(&format!("{r}/")));
        let name = names.get(path.as_str()).cloned().unwrap_or_else(|| inside.unwrap_or(path).to_string());
        add_file(side, &name, &file.content);
        known.insert(name.clone());
        if let Some(declared) = sight.rendered.iter().find(|f| f.path == *path) {
            mask_declared(side, &name, declared);
        }
    }
    for (path, content) in sight.others.iter().filter(|(p, _)| !known.contains(*p)) {
        add_file(side, path, content);
    }
    match &sight.facts.checkout {
        Checkout::Clone { commit: Some(commit), .. } => add_checkout(side, &spec.name, commit, None, !sight.facts.edited.is_empty()),
        _ if spec.source.is_some() => side.notes.push("nothing is checked out".to_string()),
        _ => {}
    }
    for (fact, value) in sight.observed.iter().filter(|(_, f)| f.lasting) {
        let datum = match &value.value {
            Ok(text) => Datum::text(text.clone()),
            Err(_) => Datum { unknown: vec![Vec::new()], ..Datum::default() },
        };
        side.section(Section::Fact).insert(format!("{}:{fact}", spec.name), datum);
    }
    if !sight.facts.edited.is_empty() {
        side.notes.push(format!("edited on the host: {}", sight.facts.edited.join(", ")));
    }
}

/// What the configuration calls secret is secret on the host too.
fn mask_declared(side: &mut Side, name: &str, declared: &Rendered) {
    let Some(text) = side.files.as_mut().and_then(|f| f.get_mut(name)) else { return };
    match (text, &declared.shape) {
        (FileText::Env { keys, .. }, Shape::Env { entries, .. }) => {
            for entry in entries.iter().filter(|e| e.value.is_sensitive()) {
                if let Some(key) = keys.get_mut(&entry.key) {
                    key.secret = true;
                }
            }
        }
        (FileText::Lines(lines), Shape::Lines(cuts)) if cuts.iter().any(Option::is_some) && !is_env_name(name) => {
            let cut = |line: &str| line.find(['=', ':']).map_or(0, |at| at + 1);
            for (line, own) in lines.iter_mut() {
                *own = own.or(Some(cut(line)));
            }
        }
        _ => {}
    }
}
