//! What the documentation lists is what is there.

use envctl::addr::Mode;
use envctl::cli::wire::Edges;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Names in backticks of the lines below a heading, up to the next one.
fn listed(text: &str, heading: &str) -> BTreeSet<String> {
    let below = text.split(&format!("## {heading}\n")).nth(1).unwrap_or_default();
    let section = below.split("\n## ").next().unwrap_or_default();
    section.split('`').skip(1).step_by(2).map(str::to_string).collect()
}

#[test]
fn the_page_of_types_names_every_type_and_no_other() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/types.md")).unwrap();
    let registry = Edges::new(PathBuf::from("."), BTreeMap::new()).registry();
    for (mode, heading) in [(Mode::Managed, "Resources"), (Mode::Data, "Data sources"), (Mode::Ephemeral, "Ephemeral resources")] {
        let mut here: BTreeSet<String> = registry.providers().flat_map(|p| p.supported(mode)).map(str::to_string).collect();
        let mut named = listed(&page, heading);
        if cfg!(not(feature = "aws")) {
            named.retain(|n| !n.starts_with("aws_"));
            here.retain(|n| !n.starts_with("aws_"));
        }
        assert_eq!(named, here, "docs/types.md, {heading}");
    }
}
