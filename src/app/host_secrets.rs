//! Secrets that lie on a host still: those of an earlier deploy. Commands there may print them, in a rollback above all,
//! so they are masked like the ones that are declared now.

use super::env_file::EnvFile;
use super::record::AppRecord;
use super::render::{Rendered, Shape};
use std::collections::BTreeSet;

/// The secret texts of a file as it is on the host: values of keys that were secret when it was deployed, or are now,
/// and lines that were.
#[must_use]
pub fn secrets_on_host(record: Option<&AppRecord>, new: Option<&Rendered>, path: &str, content: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(content);
    let kept = record.and_then(|r| Some((r, r.files.get(path)?)));
    let mut keys: BTreeSet<&str> = kept.iter().flat_map(|(_, file)| &file.sensitive_keys).map(String::as_str).collect();
    if let Some(Shape::Env { entries, .. }) = new.map(|r| &r.shape) {
        keys.extend(entries.iter().filter(|e| e.value.is_sensitive()).map(|e| e.key.as_str()));
    }
    let mut found = Vec::new();
    if !keys.is_empty() {
        found.extend(EnvFile::parse(&text).entries().into_iter().filter(|(key, _)| keys.contains(key.as_str())).map(|(_, value)| value));
    }
    if let Some((record, file)) = kept.filter(|(_, file)| !file.sensitive_lines.is_empty()) {
        let secret = |line: &&str| file.sensitive_lines.contains(&record.hash(line.as_bytes()));
        found.extend(text.lines().filter(secret).flat_map(|line| [line.trim(), after_name(line)]).map(str::to_string));
    }
    found.retain(|text| !text.is_empty());
    found
}

/// What follows the first `=` or `:` of a line, without quotes: the secret itself, where a line names it.
fn after_name(line: &str) -> &str {
    let value = line.split_once(['=', ':']).map_or("", |(_, value)| value.trim());
    value.trim_end_matches([',', ';']).trim_matches(['"', '\''])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::FileRecord;

    #[test]
    fn values_and_lines_of_the_last_deploy_are_found() {
        let mut record = AppRecord::new("web", [7; 16]);
        let env = FileRecord { sensitive_keys: vec!["PW".into()], ..FileRecord::default() };
        let line = record.hash(b"  token = \"Old-Secret-1\",");
        let toml = FileRecord { sensitive_lines: vec![line], ..FileRecord::default() };
        record.files = [("a/.env".to_string(), env), ("a.toml".to_string(), toml)].into_iter().collect();
        let secrets = |path, text: &str| secrets_on_host(Some(&record), None, path, text.as_bytes());
        assert_eq!(secrets("a/.env", "OPEN=1\nPW='Old Secret'\n"), ["Old Secret"]);
        assert_eq!(secrets("a.toml", "port = 1\n  token = \"Old-Secret-1\",\n"), ["token = \"Old-Secret-1\",", "Old-Secret-1"]);
        assert_eq!(secrets("other", "PW=1\n"), Vec::<String>::new());
    }
}
