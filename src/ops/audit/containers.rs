//! Family: containers. Images without a version, and containers that are the host's root.

use super::rules::Finding;
use super::source::{Kind, Source};
use crate::ops::compare::compose::services;
use std::collections::BTreeSet;

/// Everything of this family in a file.
pub fn check(source: &Source, out: &mut Vec<Finding>) {
    match source.kind() {
        _ if source.ignored => {}
        Kind::Compose => compose(source, out),
        Kind::Docker => dockerfile(source, out),
        _ => {}
    }
}

fn compose(source: &Source, out: &mut Vec<Finding>) {
    let all = services(&source.path, source.text.as_deref().unwrap_or("")).unwrap_or_default();
    // An image that is built here has the version of this tree.
    let built: BTreeSet<String> =
        all.values().filter(|s| s.json.get("build").is_some()).filter_map(|s| s.json.get("image")?.as_str().map(str::to_string)).collect();
    for (number, line) in source.live_lines() {
        let text = line.trim().trim_start_matches("- ");
        let value = |name: &str| text.strip_prefix(name).map(|v| v.split(" #").next().unwrap_or("").trim().trim_matches(['"', '\'']));
        if let Some(image) = value("image:").filter(|i| !built.contains(*i) && unversioned(i)) {
            out.push(Finding::new("image-latest", &source.path, number, format!("the image {image} has no version")));
        }
        if value("privileged:").is_some_and(|v| matches!(v, "true" | "yes" | "on")) {
            out.push(Finding::new("container-privileged", &source.path, number, "the container is privileged"));
        }
        if text.contains("docker.sock") && !text.starts_with("image:") {
            out.push(Finding::new("docker-socket", &source.path, number, "the container gets docker's socket"));
        }
    }
}

fn dockerfile(source: &Source, out: &mut Vec<Finding>) {
    let mut stages: BTreeSet<String> = BTreeSet::new();
    for (number, line) in source.live_lines() {
        let mut words = line.split_whitespace();
        if !words.next().is_some_and(|w| w.eq_ignore_ascii_case("from")) {
            continue;
        }
        let rest: Vec<&str> = words.filter(|w| !w.starts_with("--")).collect();
        let Some(image) = rest.first() else { continue };
        if *image != "scratch" && !stages.contains(&image.to_ascii_lowercase()) && unversioned(image) {
            out.push(Finding::new("image-latest", &source.path, number, format!("the image {image} has no version")));
        }
        if rest.get(1).is_some_and(|w| w.eq_ignore_ascii_case("as")) {
            stages.extend(rest.get(2).map(|name| name.to_ascii_lowercase()));
        }
    }
}

/// No tag, or `latest`; what a variable decides is not known.
fn unversioned(image: &str) -> bool {
    if image.is_empty() || image.contains('$') || image.contains('@') || image.contains("{{") {
        return false;
    }
    let name = image.rsplit('/').next().unwrap_or(image);
    name.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_images_are_read() {
        for image in ["nginx", "nginx:latest", "registry:5000/team/web"] {
            assert!(unversioned(image), "{image}");
        }
        for image in ["nginx:1.27", "web@sha256:abc", "web:${TAG}", "registry:5000/web:2", ""] {
            assert!(!unversioned(image), "{image}");
        }
    }
}
