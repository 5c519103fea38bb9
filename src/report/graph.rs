//! Drawings of what needs what: Graphviz's DOT and Mermaid.

use std::fmt::Write;

/// Names, and pairs of positions: the first needs the second.
pub struct Drawing {
    /// What is drawn.
    pub names: Vec<String>,
    /// Who needs whom.
    pub edges: Vec<(usize, usize)>,
}

impl Drawing {
    fn named(&self) -> impl Iterator<Item = (&str, &str)> {
        self.edges.iter().filter_map(|(from, to)| Some((self.names.get(*from)?.as_str(), self.names.get(*to)?.as_str())))
    }

    /// For Graphviz.
    #[must_use]
    pub fn dot(&self) -> String {
        let quoted = |name: &str| format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
        let mut out = String::from("digraph G {\n  rankdir = \"RL\";\n  node [shape = rect, fontname = \"sans-serif\"];\n");
        for name in &self.names {
            let _ = writeln!(out, "  {0} [label={0}];", quoted(name));
        }
        for (from, to) in self.named() {
            let _ = writeln!(out, "  {} -> {};", quoted(from), quoted(to));
        }
        out + "}\n"
    }

    /// For Mermaid.
    #[must_use]
    pub fn mermaid(&self) -> String {
        let mut out = String::from("flowchart RL\n");
        for (i, name) in self.names.iter().enumerate() {
            let _ = writeln!(out, "  n{i}[\"{}\"]", name.replace('"', "#quot;"));
        }
        for (from, to) in &self.edges {
            let _ = writeln!(out, "  n{from} --> n{to}");
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::Drawing;

    #[test]
    fn both_languages() {
        let drawing = Drawing { names: vec!["a.b".into(), "module.m.c[\"x\"]".into()], edges: vec![(1, 0), (5, 0)] };
        let dot = drawing.dot();
        assert!(dot.contains("  \"module.m.c[\\\"x\\\"]\" -> \"a.b\";\n") && dot.starts_with("digraph G {\n"), "{dot}");
        assert_eq!(dot.matches("->").count(), 1);
        let mermaid = Drawing { edges: vec![(1, 0)], ..drawing }.mermaid();
        assert_eq!(mermaid, "flowchart RL\n  n0[\"a.b\"]\n  n1[\"module.m.c[#quot;x#quot;]\"]\n  n1 --> n0\n");
    }
}
