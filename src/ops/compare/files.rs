//! Compares files: `.env` files key by key, others line by line.

use super::nature::Nature;
use super::pairs::{Both, Detail, LineSeen, Pair, Seen, Standing};
use super::side::{EnvKey, FileText, Section};
use crate::app::env_file::EnvFile;
use crate::ops::looks::{secret_line, secret_name, secret_value};
use sha2::{Digest, Sha256};
use similar::{ChangeTag, TextDiff};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Files with more lines than this are compared as a whole.
const MAX_LINES: usize = 20_000;
/// Files larger than this are compared by their hashes.
const MAX_BYTES: usize = 4 << 20;
/// How long looking for the shortest list of changes may take; then a longer list is taken.
const PATIENCE: Duration = Duration::from_millis(200);

/// A file of a working copy or host: nobody says what is secret in it, so names and forms decide.
#[must_use]
pub fn file_text(path: &str, bytes: &[u8]) -> FileText {
    let hash = || Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect::<String>();
    let Some(text) = std::str::from_utf8(bytes).ok().filter(|t| t.len() <= MAX_BYTES && !t.contains('\0')) else {
        return FileText::Opaque(hash());
    };
    let env = EnvFile::parse(text);
    if is_env_name(path) && (env.is_env() || !env.entries().is_empty()) {
        let key = |(key, value): (String, String)| {
            let secret = secret_name(&key) || secret_value(&value);
            (key, EnvKey { value: Some(value), secret })
        };
        return FileText::Env { keys: env.entries().into_iter().map(key).collect(), complete: true };
    }
    if text.lines().count() > MAX_LINES { FileText::Opaque(hash()) } else { FileText::Lines(lines(text)) }
}

fn lines(text: &str) -> Vec<(String, Option<usize>)> {
    let mut in_key = false;
    let mut line = |l: &str| {
        in_key |= l.contains("-----BEGIN") && l.contains("PRIVATE KEY");
        let cut = if in_key { Some(0) } else { secret_line(l) };
        in_key &= !l.contains("-----END");
        (l.to_string(), cut)
    };
    text.lines().map(&mut line).collect()
}

/// Whether a path is that of an env file: `.env`, `.env.docker`, `stage.env`.
#[must_use]
pub fn is_env_name(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == "env" || name == ".env" || name.starts_with(".env.") || name.ends_with(".env")
}

/// Pairs all files of both sides.
pub(super) fn pair(both: &Both<'_>, out: &mut Vec<Pair>) {
    let none = BTreeMap::new();
    let (ours, theirs) = (both.a.files.as_ref().unwrap_or(&none), both.b.files.as_ref().unwrap_or(&none));
    let paths: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    for path in paths {
        let name = format!("file:{path}");
        match (ours.get(path), theirs.get(path)) {
            (Some(a), Some(b)) => pair_file(both, &name, a, b, out),
            // What a configuration does not manage may be there all the same.
            (None, Some(_)) if both.a.managed_files_only && !both.b.managed_files_only => {}
            (Some(_), None) if both.b.managed_files_only && !both.a.managed_files_only => {}
            (a, b) => {
                let seen = |f: Option<&FileText>| if f.is_some() { Seen::Present } else { Seen::Absent };
                push(out, name, seen(a), seen(b), Detail::None, Standing::Differs);
            }
        }
    }
}

fn push(out: &mut Vec<Pair>, name: String, a: Seen, b: Seen, detail: Detail, standing: Standing) {
    out.push(Pair { section: Section::File, name, a, b, detail, standing });
}

fn pair_file(both: &Both<'_>, name: &str, a: &FileText, b: &FileText, out: &mut Vec<Pair>) {
    match (a, b) {
        (FileText::Env { keys: x, complete: all_x }, FileText::Env { keys: y, complete: all_y }) => {
            let keys: BTreeSet<&String> = x.keys().chain(y.keys()).collect();
            for key in keys {
                pair_key(both, format!("{name}:{key}"), (x.get(key), *all_x), (y.get(key), *all_y), out);
            }
        }
        (FileText::Unknown(_), _) | (_, FileText::Unknown(_)) => {
            let seen = |f: &FileText| if matches!(f, FileText::Unknown(_)) { Seen::Unknown } else { Seen::Present };
            push(out, name.to_string(), seen(a), seen(b), Detail::None, Standing::Untold);
        }
        (FileText::Lines(x), FileText::Lines(y)) => pair_lines(both, name, x, y, out),
        (x, y) => {
            let standing = if x == y { Standing::Equal } else { Standing::Differs };
            push(out, name.to_string(), Seen::Present, Seen::Present, Detail::None, standing);
        }
    }
}

fn pair_key(both: &Both<'_>, name: String, a: (Option<&EnvKey>, bool), b: (Option<&EnvKey>, bool), out: &mut Vec<Pair>) {
    let secret = a.0.is_some_and(|k| k.secret) || b.0.is_some_and(|k| k.secret);
    let seen = |(key, complete): (Option<&EnvKey>, bool)| match key {
        None if complete => Seen::Absent,
        None | Some(EnvKey { value: None, .. }) => Seen::Unknown,
        Some(_) if secret => Seen::Masked,
        Some(EnvKey { value: Some(value), .. }) => Seen::Text(value.clone()),
    };
    let standing = match (a.0.map(|k| &k.value), b.0.map(|k| &k.value)) {
        (Some(Some(x)), Some(Some(y))) if x == y => Standing::Equal,
        (Some(Some(_)), Some(Some(_))) if secret => Standing::Differs,
        (Some(Some(x)), Some(Some(y))) => both.judge(x, y),
        (Some(None), _) | (_, Some(None)) => Standing::Untold,
        (None, _) if !a.1 => Standing::Untold,
        (_, None) if !b.1 => Standing::Untold,
        _ => Standing::Differs,
    };
    push(out, name, seen(a), seen(b), Detail::None, standing);
}

type Line = (String, Option<usize>);

fn pair_lines(both: &Both<'_>, name: &str, a: &[Line], b: &[Line], out: &mut Vec<Pair>) {
    let plain = |all: &[Line]| all.iter().map(|(l, _)| l.clone()).collect::<Vec<String>>();
    let (x, y) = (plain(a), plain(b));
    if x == y {
        return push(out, name.to_string(), Seen::Present, Seen::Present, Detail::None, Standing::Equal);
    }
    let ids =
        (x.iter().map(|l| both.first.identities(l)).collect::<Vec<_>>(), y.iter().map(|l| both.second.identities(l)).collect::<Vec<_>>());
    let named =
        (ids.0.iter().map(|l| both.first.named(l)).collect::<Vec<_>>(), ids.1.iter().map(|l| both.second.named(l)).collect::<Vec<_>>());
    let standing = match () {
        () if ids.0 == ids.1 => Standing::Natural(Nature::Identity),
        () if named.0 == named.1 => Standing::Natural(Nature::Named),
        () => Standing::Differs,
    };
    let (left, right) = if standing == Standing::Differs { (named.0, named.1) } else { (x, y) };
    let (left, right): (Vec<&str>, Vec<&str>) = (left.iter().map(String::as_str).collect(), right.iter().map(String::as_str).collect());
    let diff = TextDiff::configure().timeout(PATIENCE).diff_slices(&left, &right);
    let mut changed = Vec::new();
    for change in diff.iter_all_changes().filter(|c| c.tag() != ChangeTag::Equal) {
        let (second, at) = match (change.old_index(), change.new_index()) {
            (_, Some(at)) => (true, at),
            (at, None) => (false, at.unwrap_or(0)),
        };
        let Some((text, cut)) = (if second { b } else { a }).get(at) else { continue };
        let shown = cut.map_or(text.as_str(), |c| text.get(..c).unwrap_or(""));
        changed.push(LineSeen { second, number: at + 1, text: shown.to_string(), masked: cut.is_some() });
    }
    push(out, name.to_string(), Seen::Present, Seen::Present, Detail::Lines(changed), standing);
}
