//! A stream of a child, whole and line by line.

use crate::remote::LineSink;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

/// Reads a stream to its end; lines go to the sink as they come.
pub async fn collect<R: AsyncRead + Unpin>(stream: Option<R>, lines: LineSink<'_>) -> Vec<u8> {
    let Some(stream) = stream else { return Vec::new() };
    let (mut reader, mut all) = (BufReader::new(stream), Vec::new());
    loop {
        let start = all.len();
        match reader.read_until(b'\n', &mut all).await {
            Ok(0) | Err(_) => return all,
            Ok(_) => lines(String::from_utf8_lossy(all.get(start..).unwrap_or(&[])).trim_end_matches(['\n', '\r'])),
        }
    }
}
