//! Which host key a connection saw, so that it can be pinned.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use sha2::{Digest, Sha256};

/// `SHA256:...` of a key written as `type base64`.
pub fn fingerprint(key: &str) -> Option<String> {
    let blob = STANDARD.decode(key.split_whitespace().nth(1)?).ok()?;
    Some(format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&blob))))
}

/// The key in a known_hosts line, as `type base64`; `None` for comments, revoked keys and
/// certificate authorities.
pub fn key_of_line(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    let hosts = words.next().filter(|w| !w.starts_with(['#', '@']))?;
    let (kind, blob) = (words.next()?, words.next()?);
    (!hosts.is_empty()).then(|| format!("{kind} {blob}"))
}

/// The fingerprint that ssh's log names as the server's.
pub fn fingerprint_in_log(log: &str) -> Option<&str> {
    let line = log.lines().find_map(|l| l.split_once("Server host key: ").map(|(_, rest)| rest))?;
    line.split_whitespace().find(|w| w.starts_with("SHA256:"))
}

/// The key with a fingerprint, in the text of known_hosts files. ssh has matched the host already;
/// the fingerprint alone says which of its keys it was, hashed host names included.
pub fn find(known_hosts: &str, fingerprint_wanted: &str) -> Option<String> {
    let mut keys = known_hosts.lines().filter_map(key_of_line);
    keys.find(|key| fingerprint(key).as_deref() == Some(fingerprint_wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    // The public key of github.com and its fingerprint, as GitHub documents both.
    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
    const PRINT: &str = "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU";

    #[test]
    fn fingerprints_are_those_of_openssh() {
        assert_eq!(fingerprint(KEY).as_deref(), Some(PRINT));
        assert_eq!(fingerprint("ssh-ed25519 !!"), None);
    }

    #[test]
    fn the_accepted_key_is_found_whatever_its_line_calls_the_host() {
        let file = format!("# comment\n@revoked * ssh-rsa AAAA\n|1|hash=|hash= {KEY} note\nother ssh-ed25519 AAAA\n");
        let log = format!("debug1: x\ndebug1: Server host key: ssh-ed25519 {PRINT}\n");
        assert_eq!(find(&file, fingerprint_in_log(&log).unwrap()).as_deref(), Some(KEY));
        assert_eq!(find("", PRINT), None);
    }
}
