//! Random configurations, and what a change makes of them.

use std::fmt::Write;

/// A random number generator that is the same everywhere.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % n.max(1)
    }
}

#[derive(Clone)]
struct Node {
    kind: &'static str,
    label: String,
    name: String,
    size: usize,
    refs: Vec<String>,
    secret: bool,
    create_first: bool,
}

#[derive(Clone)]
pub struct Graph {
    nodes: Vec<Node>,
    next: usize,
}

const KINDS: [&str; 4] = ["fake_tagged", "fake_named", "fake_tagged", "fake_random"];

impl Graph {
    pub fn random(dice: &mut Dice) -> Self {
        let mut graph = Graph { nodes: Vec::new(), next: 0 };
        for _ in 0..2 + dice.below(4) {
            graph.grow(dice);
        }
        graph
    }

    fn grow(&mut self, dice: &mut Dice) {
        let n = self.next;
        self.next += 1;
        let kind = KINDS[dice.below(KINDS.len())];
        let earlier: Vec<String> = self.nodes.iter().map(|o| format!("{}.{}.id", o.kind, o.label)).collect();
        let refs: Vec<String> = earlier.iter().filter(|_| dice.below(3) == 0).cloned().collect();
        let random: Vec<&String> = earlier.iter().filter(|e| e.starts_with("fake_random")).collect();
        let name = match random.first() {
            Some(random) if kind != "fake_random" && dice.below(2) == 0 => format!("n{n}-${{{random}}}"),
            _ => format!("n{n}"),
        };
        let (secret, create_first) = (dice.below(3) == 0, dice.below(2) == 0);
        self.nodes.push(Node { kind, label: format!("r{n}"), name, size: dice.below(5), refs, secret, create_first });
    }

    /// Some objects change in place, some are replaced, some go, some come.
    pub fn changed(&self, dice: &mut Dice) -> Self {
        let mut graph = self.clone();
        for node in &mut graph.nodes {
            match dice.below(4) {
                0 => node.size += 7,
                1 => node.name.push_str("-x"),
                _ => {}
            }
        }
        let gone = dice.below(graph.nodes.len() * 2);
        if gone < graph.nodes.len() {
            let node = graph.nodes.remove(gone);
            let id = format!("{}.{}.id", node.kind, node.label);
            for other in &mut graph.nodes {
                other.refs.retain(|r| *r != id);
                other.name = other.name.replace(&format!("${{{id}}}"), "gone");
            }
        }
        graph.grow(dice);
        graph
    }

    pub fn text(&self) -> String {
        let mut text = String::new();
        for n in &self.nodes {
            let secret = if n.secret { "\n  secret = \"s3cret\"" } else { "" };
            let _ = write!(
                text,
                "resource \"{}\" \"{}\" {{\n  name = \"{}\"\n  size = {}\n  refs = [{}]{secret}\n  lifecycle {{\n    create_before_destroy = {}\n  }}\n}}\n",
                n.kind,
                n.label,
                n.name,
                n.size,
                n.refs.join(", "),
                n.create_first
            );
        }
        text
    }
}
