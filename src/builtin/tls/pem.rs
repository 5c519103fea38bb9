//! PEM (RFC 7468): base64 between two lines that say what it is.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A block: lines of 64 letters, and a line end after the last one.
pub(super) fn encode(label: &str, der: &[u8]) -> String {
    let letters: Vec<char> = STANDARD.encode(der).chars().collect();
    let lines: String = letters.chunks(64).map(|line| line.iter().collect::<String>() + "\n").collect();
    format!("-----BEGIN {label}-----\n{lines}-----END {label}-----\n")
}

/// The label and the content of the first block.
///
/// # Errors
/// What is wrong with the text; never a part of it, which may be secret.
pub(super) fn decode(text: &str) -> Result<(&str, Vec<u8>), String> {
    let (_, after) = text.split_once("-----BEGIN ").ok_or("it is not in PEM form (-----BEGIN ...-----)")?;
    let (label, after) = after.split_once("-----").ok_or("its first line is not complete")?;
    let (body, _) = after.split_once(&format!("-----END {label}-----")).ok_or_else(|| format!("its last line (END {label}) is missing"))?;
    if label.starts_with("ENCRYPTED") || body.contains("ENCRYPTED") {
        return Err("it is protected by a passphrase and must be given without one".into());
    }
    let compact: String = body.split_whitespace().collect();
    let der = STANDARD.decode(compact).map_err(|_| "what is between its first and its last line is not base64")?;
    Ok((label, der))
}

/// The content of the first block, which must be of a kind.
///
/// # Errors
/// As [`decode`], or the label found instead.
pub(super) fn labelled(text: &str, wanted: &str) -> Result<Vec<u8>, String> {
    let (label, der) = decode(text)?;
    if label == wanted { Ok(der) } else { Err(format!("it is a {label}, where a {wanted} is needed")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_read_as_it_was_written() {
        let text = encode("X Y", &[7; 100]);
        assert!(text.lines().all(|l| l.len() <= 64) && text.ends_with("-----END X Y-----\n"), "{text}");
        assert_eq!(decode(&format!("before\n{}", text.replace('\n', "\r\n"))).unwrap(), ("X Y", vec![7; 100]));
        assert!(labelled(&text, "Z").unwrap_err().contains("it is a X Y"));
        assert!(decode("-----BEGIN X-----\nAAAA\n").unwrap_err().contains("last line"));
    }
}
