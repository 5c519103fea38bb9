//! The format of the recorded cases; `scripts/agreement/records.py` writes it and says how it is made.

use std::fs;
use std::path::PathBuf;

/// A text and the lines of its answer.
pub struct Case {
    pub text: String,
    pub answer: String,
}

/// A file or folder of this test's data.
pub fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/language").join(name)
}

/// The cases of one file.
pub fn read(name: &str) -> Vec<Case> {
    let all = fs::read_to_string(data(name)).unwrap();
    let mut found = Vec::new();
    let (mut text, mut answer): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for line in all.split('\n').chain([""]) {
        if line.starts_with('>') {
            text.push(line);
        } else if !line.is_empty() && !text.is_empty() {
            answer.push(line);
        } else if !text.is_empty() {
            assert!(!answer.is_empty(), "no answer is recorded for {text:?} in {name}");
            found.push(Case { text: decode(&text), answer: answer.join("\n") });
            text.clear();
            answer.clear();
        }
    }
    found
}

/// A text out of its marked lines.
pub fn decode(lines: &[&str]) -> String {
    if let [line] = lines
        && line.get(1..).is_some_and(|rest| rest.starts_with('"'))
    {
        return serde_json::from_str(&line[1..]).unwrap();
    }
    let plain: Vec<_> = lines.iter().map(|line| line.get(2..).unwrap_or("")).collect();
    plain.join("\n")
}

/// The cases of all files of a folder.
pub fn folder(name: &str) -> Vec<Case> {
    let mut files: Vec<_> = fs::read_dir(data(name)).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    files.iter().filter(|f| f.ends_with(".txt")).flat_map(|f| read(&format!("{name}/{f}"))).collect()
}
