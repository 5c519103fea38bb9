//! PEM (RFC 7468), and words for what is wrong with one: never a part of it, which may be secret.

use ::pem::{EncodeConfig, LineEnding, Pem, PemError};

/// A block: lines of 64 letters, and a line end after the last one.
pub(super) fn encode(label: &str, der: &[u8]) -> String {
    ::pem::encode_config(&Pem::new(label, der), EncodeConfig::new().set_line_ending(LineEnding::LF))
}

/// The label and the content of the first block.
///
/// # Errors
/// What is wrong with the text.
pub(super) fn decode(text: &str) -> Result<(String, Vec<u8>), String> {
    let block = ::pem::parse(text).map_err(|e| match e {
        PemError::MismatchedTags(begin, _) => format!("its last line (END {begin}) is missing"),
        PemError::InvalidData(_) | PemError::InvalidHeader(_) => "what is between its first and its last line is not base64".into(),
        _ => String::from("it is not in PEM form (from -----BEGIN ...----- to -----END ...-----)"),
    })?;
    if block.tag().starts_with("ENCRYPTED") || block.headers().iter().any(|(_, value)| value.contains("ENCRYPTED")) {
        return Err("it is protected by a passphrase and must be given without one".into());
    }
    Ok((block.tag().to_string(), block.into_contents()))
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
        let around = format!("before\n{}{text}", text.replace('\n', "\r\n   "));
        assert_eq!(decode(&around).unwrap(), ("X Y".into(), vec![7; 100]));
        assert!(labelled(&text, "Z").unwrap_err().contains("it is a X Y"));
        assert!(decode("-----BEGIN X-----\nAAAA\n").unwrap_err().contains("-----END"));
        assert!(decode("-----BEGIN X-----\nAAAA\n-----END Y-----").unwrap_err().contains("(END X) is missing"));
        let secret = decode("-----BEGIN X-----\ns3cret!\n\n-----END X-----").unwrap_err();
        assert!(secret.contains("not base64") && !secret.contains("s3cret"), "{secret}");
    }
}
