//! File name patterns, as `fileset` and [`super::Files::glob`] read them.

use globset::{GlobBuilder, GlobMatcher};
use std::io;
use std::path::{Path, PathBuf};

/// A compiled pattern: where to begin, how deep to go, and what matches.
pub struct Pattern {
    /// Leading directories without wildcards, `..` included.
    pub root: PathBuf,
    /// How many levels below `root` can match; `None` for any.
    pub depth: Option<usize>,
    matcher: GlobMatcher,
}

impl Pattern {
    /// Compiles `*`, `**`, `?`, `[a-z]`, `{a,b}` and `\` escapes.
    ///
    /// # Errors
    /// When the pattern is malformed; the message says how.
    pub fn new(pattern: &str) -> io::Result<Pattern> {
        let parts: Vec<&str> = pattern.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
        let wild = |p: &&str| p.contains(['*', '?', '[', '{', '\\']);
        let fixed = parts.iter().position(wild).unwrap_or(parts.len().saturating_sub(1));
        let (fixed, rest) = parts.split_at_checked(fixed).unwrap_or((&[], &parts));
        let braces_cross = rest.iter().any(|p| p.contains('{') != p.contains('}'));
        let depth = if rest.iter().any(|p| p.contains("**")) || braces_cross { None } else { Some(rest.len()) };
        let glob = GlobBuilder::new(&rest.join("/"))
            .literal_separator(true)
            .backslash_escape(true)
            .empty_alternates(true)
            .build()
            .map_err(|e| io::Error::new(io::ErrorKind::InvalidInput, e.to_string()))?;
        Ok(Pattern { root: fixed.iter().collect(), depth, matcher: glob.compile_matcher() })
    }

    /// Whether a path relative to [`Pattern::root`] matches.
    #[must_use]
    pub fn matches(&self, relative: &Path) -> bool {
        self.matcher.is_match(relative)
    }
}
