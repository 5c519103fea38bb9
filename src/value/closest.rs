//! "Did you mean": the nearest of some names.

/// The candidate nearest to `name` by edit distance, if it is near enough to be a slip.
#[must_use]
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let length = name.chars().count();
    let limit = (length / 3).clamp(1, 4);
    // Each edit changes the length by one at most: names of other lengths need no look, and a name may be long.
    let near = candidates.into_iter().filter(|c| c.chars().count().abs_diff(length) <= limit);
    let scored = near.map(|c| (distance(name, c), c));
    scored.filter(|(d, _)| *d <= limit).min().map(|(_, c)| c.to_string())
}

/// Edit distance in characters: a letter put in, left out or changed, or two neighbours swapped.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let get = |row: &[usize], k: usize| row.get(k).copied().unwrap_or(usize::MAX - 1);
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.iter().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        next.push(i + 1);
        for (j, cb) in b.iter().enumerate() {
            let substitute = get(&row, j) + usize::from(ca != cb);
            let mut best = substitute.min(get(&row, j + 1) + 1).min(get(&next, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(cb) && b.get(j - 1) == Some(ca);
            if swapped {
                best = best.min(get(&before, j - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn suggests_slips_only() {
        assert_eq!(closest("cidr_blok", ["cidr_block", "tags"]), Some("cidr_block".into()));
        assert_eq!(closest("nmae", ["name", "note"]), Some("name".into()));
        assert_eq!(closest("elephant", ["cidr_block", "tags"]), None);
    }
}
