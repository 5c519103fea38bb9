//! What packages are packed with, and checksums of them.

use crate::diag::Diagnostic;

/// A form of archive that can be unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Archive {
    /// `.zip`
    Zip,
    /// `.tar.gz`, `.tgz`
    TarGz,
    /// `.tar`
    Tar,
}

/// Endings and values of `archive=`; `None`: known, and not supported.
const FORMS: &[(&str, Option<Archive>)] = &[
    ("tar.gz", Some(Archive::TarGz)),
    ("tgz", Some(Archive::TarGz)),
    ("tar.bz2", None),
    ("tbz2", None),
    ("tar.xz", None),
    ("txz", None),
    ("tar.zst", None),
    ("tzst", None),
    ("zip", Some(Archive::Zip)),
    ("tar", Some(Archive::Tar)),
    ("gz", None),
    ("bz2", None),
    ("xz", None),
    ("zst", None),
];

impl Archive {
    /// Its usual ending.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Archive::Zip => "zip",
            Archive::TarGz => "tar.gz",
            Archive::Tar => "tar",
        }
    }
}

/// The form that `archive=` or else the ending of a path says.
///
/// # Errors
/// For a form that cannot be unpacked here.
pub(super) fn form(asked: Option<&str>, path: &str) -> Result<Option<Archive>, Diagnostic> {
    let name = match asked {
        Some("false" | "0") => return Ok(None),
        Some(name) => FORMS.iter().find(|(n, _)| *n == name).ok_or_else(|| unsupported(name))?,
        None => match FORMS.iter().find(|(n, _)| path.strip_suffix(n).is_some_and(|p| p.ends_with('.'))) {
            Some(found) => found,
            None => return Ok(None),
        },
    };
    name.1.map(Some).ok_or_else(|| unsupported(name.0))
}

fn unsupported(name: &str) -> Diagnostic {
    Diagnostic::error("Unsupported archive", format!("A module packed as {name} cannot be unpacked by envctl."))
        .help("Pack it as .zip, .tar.gz (.tgz) or .tar.")
}

/// A digest's algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChecksumKind {
    /// MD5
    Md5,
    /// SHA-1
    Sha1,
    /// SHA-256
    Sha256,
    /// SHA-512
    Sha512,
}

/// `checksum=sha256:…`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    /// Algorithm.
    pub kind: ChecksumKind,
    /// In lower-case hexadecimal.
    pub hex: String,
}

impl Checksum {
    /// Reads `sha256:…`, or digits alone, whose number tells the algorithm.
    ///
    /// # Errors
    /// For another form.
    pub(super) fn parse(text: &str) -> Result<Checksum, Diagnostic> {
        const KINDS: [(&str, ChecksumKind, usize); 4] = [
            ("md5", ChecksumKind::Md5, 32),
            ("sha1", ChecksumKind::Sha1, 40),
            ("sha256", ChecksumKind::Sha256, 64),
            ("sha512", ChecksumKind::Sha512, 128),
        ];
        let (name, digits) = text.split_once(':').map_or((None, text), |(n, d)| (Some(n), d));
        let hex = digits.to_ascii_lowercase();
        let fits = hex.chars().all(|c| c.is_ascii_hexdigit());
        KINDS
            .iter()
            .find(|(n, _, length)| fits && hex.len() == *length && name.is_none_or(|name| name == *n))
            .map(|(_, kind, _)| Checksum { kind: *kind, hex })
            .ok_or_else(|| {
                Diagnostic::error("Invalid checksum", format!("\"checksum={text}\" is no checksum that can be compared."))
                    .help("Write the digest itself: checksum=sha256:<64 hexadecimal digits>; also md5, sha1, sha512.")
            })
    }
}
