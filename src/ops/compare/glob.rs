//! Patterns over names of items: `*` stands for any text, `?` for one character. Brackets mean themselves, since
//! addresses are full of them.

/// Whether a pattern fits a name, or everything below a name: `variable:tags` also speaks of `variable:tags.Owner`.
#[must_use]
pub fn covers(pattern: &str, name: &str) -> bool {
    if fits(pattern, name) {
        return true;
    }
    let cuts = name.char_indices().filter(|(_, c)| matches!(c, '.' | '[' | ':'));
    cuts.map(|(at, _)| name.get(..at).unwrap_or("")).any(|prefix| fits(pattern, prefix) && prefix.contains(':'))
}

/// Whether a pattern fits all of a text, in time proportional to both.
#[must_use]
pub fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || text.get(t) == Some(c) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((sp, st)) => {
                    p = sp + 1;
                    t = st + 1;
                    star = Some((sp, st + 1));
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_cross_everything_and_brackets_are_text() {
        assert!(fits("file:*:RUNTIME_MODE", "file:a/b.env:RUNTIME_MODE"));
        assert!(fits("resource:aws_eip.ip[\"a\"]:*", "resource:aws_eip.ip[\"a\"]:tags.Name"));
        assert!(fits("a?c*", "abc") && !fits("a?c", "ac") && fits("**", "") && !fits("", "a"));
        assert!(!fits("*a*a*a*a*b", &"a".repeat(3000)));
    }

    #[test]
    fn a_pattern_covers_what_lies_below() {
        assert!(covers("variable:tags", "variable:tags.Owner"));
        assert!(covers("resource:aws_db_instance.main", "resource:aws_db_instance.main:multi_az"));
        assert!(!covers("variable:tag", "variable:tags") && !covers("variable", "variable:x"));
    }
}
