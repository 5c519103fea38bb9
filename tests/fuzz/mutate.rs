//! Mutations, and the dice that choose them.

/// Longest input.
const MAX: usize = 1 << 16;

/// SplitMix64: the same numbers from the same seed, everywhere.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`, 0 for 0.
    pub fn below(&mut self, limit: usize) -> usize {
        if limit == 0 { 0 } else { (self.next() % limit as u64) as usize }
    }
}

/// Pieces that mean something to one of the readers.
const WORDS: &[&str] = &[
    "\"",
    "${",
    "%{",
    "}",
    "{",
    "(",
    ")",
    "[",
    "]",
    "=",
    "=>",
    ",",
    ".",
    "*",
    "...",
    "?",
    ":",
    "::",
    "~",
    "-",
    "!",
    "&&",
    "||",
    "==",
    "<<E\n",
    "<<-E\n",
    "\nE\n",
    "\n",
    "\r\n",
    "#",
    "//",
    "/*",
    "*/",
    "\\",
    "\\u",
    "'",
    "for ",
    " in ",
    " if ",
    "%{ if a }",
    "%{ else }",
    "%{ endif }",
    "%{ for x in y }",
    "%{ endfor }",
    "${~",
    "~}",
    "null",
    "true",
    "local.",
    "a[*]",
    ".*",
    "[0]",
    "1e9999",
    "0.1",
    "-1",
    "99999999999999999999",
    "\u{feff}",
    "é",
    "e\u{301}",
    "🇨🇭",
    "\u{0}",
    "\u{2028}",
    "format(\"%",
    "regex(\"",
    "range(",
    "1000000",
    "yamldecode(\"",
    "jsondecode(\"",
    "setproduct(",
    "cidrsubnet(",
    "templatestring(",
    "\":",
    "[[",
    "{}",
    "[]",
    "export ",
    "$(",
    "`",
    "\"version\": 4",
    "\"lineage\":",
    "null,",
];

/// An input made of one or two of the corpus.
pub fn mutated(corpus: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let pick = |dice: &mut Dice| corpus.get(dice.below(corpus.len())).cloned().unwrap_or_default();
    let mut input = pick(dice);
    for _ in 0..=dice.below(6) {
        let (from, to) = range(&input, dice);
        match dice.below(9) {
            0 => drop(input.drain(from..to)),
            1 => insert(&mut input, from, WORDS[dice.below(WORDS.len())].as_bytes()),
            2 => {
                let word = WORDS[dice.below(WORDS.len())];
                let times = 1 << dice.below(14);
                insert(&mut input, from, word.repeat(times.min(MAX / word.len())).as_bytes());
            }
            3 => {
                let part = input[from..to].to_vec();
                let at = dice.below(input.len() + 1);
                insert(&mut input, at, &part);
            }
            4 => {
                let part = input[from..to].to_vec();
                let times = 1 << dice.below(10);
                insert(&mut input, from, &part.repeat(times.min(MAX / part.len().max(1))));
            }
            5 => {
                let other = pick(dice);
                let (a, b) = range(&other, dice);
                insert(&mut input, from, &other[a..b]);
            }
            6 if from < input.len() => input[from] = dice.next() as u8,
            7 if from < input.len() => input[from] ^= 1 << dice.below(8),
            _ => input.truncate(to),
        }
    }
    input.truncate(MAX);
    input
}

fn range(input: &[u8], dice: &mut Dice) -> (usize, usize) {
    let from = dice.below(input.len() + 1);
    let len = if dice.below(2) == 0 { dice.below(12) } else { dice.below(input.len() + 1) };
    (from, (from + len).min(input.len()))
}

fn insert(input: &mut Vec<u8>, at: usize, part: &[u8]) {
    input.splice(at..at, part.iter().copied());
}
