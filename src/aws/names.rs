//! Names of all types of provider version 6.47: what is not ours yet is told from a misspelling.

use crate::addr::Mode;
use std::sync::OnceLock;

/// All type names of a mode, sorted.
#[must_use]
pub fn known(mode: Mode) -> &'static [&'static str] {
    static RESOURCES: OnceLock<Vec<&'static str>> = OnceLock::new();
    static DATA: OnceLock<Vec<&'static str>> = OnceLock::new();
    static EPHEMERAL: OnceLock<Vec<&'static str>> = OnceLock::new();
    let (cell, text) = match mode {
        Mode::Managed => (&RESOURCES, include_str!("names/resource.txt")),
        Mode::Data => (&DATA, include_str!("names/data.txt")),
        Mode::Ephemeral => (&EPHEMERAL, include_str!("names/ephemeral.txt")),
    };
    cell.get_or_init(|| text.lines().filter(|l| !l.is_empty()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_and_hold_the_usual_types() {
        for mode in [Mode::Managed, Mode::Data, Mode::Ephemeral] {
            assert!(known(mode).is_sorted());
        }
        assert!(known(Mode::Managed).contains(&"aws_eks_cluster"));
        assert!(known(Mode::Data).contains(&"aws_ami"));
        assert!(!known(Mode::Managed).contains(&"aws_vpcs"));
    }
}
