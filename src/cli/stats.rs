//! `-stats`: calls, retries and throttles per API operation.

use super::session::Session;
use super::wire::Edges;

/// Prints the table; nothing in a build without AWS.
pub fn print(session: &Session, edges: &Edges) {
    #[cfg(feature = "aws")]
    {
        let all = edges.stats.snapshot();
        let mut text = format!("\nAPI calls: {}\n", edges.stats.total());
        let width = all.keys().map(String::len).max().unwrap_or(0);
        for (operation, count) in &all {
            text.push_str(&format!(
                "  {operation:width$}  calls {:>4}  retries {:>3}  throttled {:>3}\n",
                count.calls, count.retries, count.throttles
            ));
        }
        session.out(&text);
    }
    #[cfg(not(feature = "aws"))]
    {
        let _ = edges;
        session.out("\nAPI calls: 0 (this build has no AWS)\n");
    }
}
