//! What a deploy did, kept beside the state (never in it).
//!
//! The record is saved before the first change and after every step, so that a run that dies is
//! finished by the next one. Contents are kept as keyed hashes only.

use super::release::ReleaseRecord;
use super::spec::InstallSpec;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::collections::BTreeMap;

/// The format this code writes and reads.
pub const RECORD_VERSION: u32 = 2;

/// The last known state of one app.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppRecord {
    /// `RECORD_VERSION`
    pub version: u32,
    /// The app.
    pub app: String,
    /// Key of the hashes, hex; random, drawn with the first record.
    pub salt: String,
    /// The host it was deployed to.
    pub host: Option<HostRecord>,
    /// What is checked out.
    pub source: Option<SourceRecord>,
    /// Files we wrote, by path on the host.
    #[serde(default)]
    pub files: BTreeMap<String, FileRecord>,
    /// Hash of the install command that last finished.
    pub installed: Option<String>,
    /// The step that began and is not known to have finished.
    pub running: Option<Step>,
    /// Why install has still to run; kept until it succeeded.
    pub pending: Option<String>,
    /// Which of several hosts it is about; `None` for an app with one.
    #[serde(default)]
    pub instance: Option<String>,
    /// Releases, oldest first; the last one may be under way.
    #[serde(default)]
    pub releases: Vec<ReleaseRecord>,
    /// The release that the host has.
    #[serde(default)]
    pub current: Option<String>,
    /// Facts of the host when the last deploy had ended.
    #[serde(default)]
    pub facts: BTreeMap<String, FactRecord>,
    /// When the record was written.
    pub updated_at: String,
    /// Who ran the deploy.
    pub by: String,
}

/// The steps of a deploy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Reaching the host.
    Connect,
    /// Waiting for the marker file.
    Ready,
    /// Bringing the checkout to its commit.
    Source,
    /// Writing files.
    Files,
    /// Running the install command.
    Install,
    /// Running a hook.
    Hook,
    /// Making the new release the current one.
    Switch,
    /// Waiting for the health checks.
    Health,
}

/// The host of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostRecord {
    /// Name or address.
    pub address: String,
    /// What the host key is pinned to: instance id, or name.
    pub identity: String,
    /// The pinned key, `type base64`; `None` where people's own known_hosts decide.
    pub key: Option<String>,
}

/// The checkout of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRecord {
    /// Folder on the host.
    pub path: String,
    /// Repository.
    pub url: String,
    /// Commit.
    pub commit: String,
}

/// A file of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Keyed hash of its content.
    pub hash: String,
    /// Whether any of it was secret.
    pub sensitive: bool,
    /// Secret keys of a `.env` file.
    #[serde(default)]
    pub sensitive_keys: Vec<String>,
    /// Keyed hashes of the secret lines of any other file.
    #[serde(default)]
    pub sensitive_lines: Vec<String>,
    /// Written by root.
    #[serde(default)]
    pub sudo: bool,
    /// Keys of an env-like file with keyed hashes of their values.
    #[serde(default)]
    pub keys: BTreeMap<String, String>,
    /// Permission bits it was written with; records of version 1 do not say.
    #[serde(default)]
    pub mode: Option<u32>,
    /// `user:group` it was given to.
    #[serde(default)]
    pub owner: Option<String>,
}

/// A fact of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactRecord {
    /// Keyed hash of its value.
    pub hash: String,
    /// Its value, unless a secret is in it.
    pub value: Option<String>,
}

impl AppRecord {
    /// An empty record with a new salt.
    #[must_use]
    pub fn new(app: &str, salt: [u8; 16]) -> Self {
        AppRecord { version: RECORD_VERSION, app: app.into(), salt: hex(&salt), ..AppRecord::default() }
    }

    /// The name of a record beside the state, by [`super::AppSpec::label`]: `apps/web.json`, or `apps/web@host.json` for one
    /// of several hosts.
    #[must_use]
    pub fn name(label: &str) -> String {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.@".contains(&b);
        let text: String = label.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect();
        format!("apps/{text}.json")
    }

    /// The label that a name beside the state stands for; `None` when it is no record of an app.
    #[must_use]
    pub fn label_of(name: &str) -> Option<String> {
        let mut parts = name.strip_prefix("apps/")?.strip_suffix(".json")?.split('%');
        let mut bytes = parts.next()?.as_bytes().to_vec();
        for part in parts {
            bytes.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
            bytes.extend_from_slice(part.get(2..)?.as_bytes());
        }
        String::from_utf8(bytes).ok()
    }

    /// The label of its app ([`super::AppSpec::label`]).
    #[must_use]
    pub fn label(&self) -> String {
        self.instance.as_ref().map_or_else(|| self.app.clone(), |host| format!("{}@{host}", self.app))
    }

    /// Its bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }

    /// From its bytes.
    ///
    /// # Errors
    /// When they are no record, or one of a newer envctl.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let mut record: AppRecord = serde_json::from_slice(bytes).map_err(|e| format!("it is not a record of an app ({e})"))?;
        if record.version > RECORD_VERSION {
            return Err(format!("it has version {}, this envctl knows {RECORD_VERSION}", record.version));
        }
        // Version 1 had no releases; everything else in it is as it was.
        record.version = RECORD_VERSION;
        Ok(record)
    }

    /// Keyed hash of some bytes, hex.
    #[must_use]
    pub fn hash(&self, bytes: &[u8]) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.salt.as_bytes()) else { return String::new() };
        mac.update(bytes);
        hex(&mac.finalize().into_bytes())
    }

    /// Keyed hash of an install command with all it depends on; `None` while it is unknown.
    #[must_use]
    pub fn install_hash(&self, install: &InstallSpec) -> Option<String> {
        let mut text = String::new();
        let mut add = |part: &str| text += &format!("{}:{part};", part.len());
        add(install.command.known()?);
        add(install.dir.as_ref().map_or(Some(""), |d| d.known())?);
        add(if install.sudo { "root" } else { "" });
        for (name, value) in &install.env {
            add(name);
            add(value.known()?);
        }
        Some(self.hash(text.as_bytes()))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Text;

    #[test]
    fn records_survive_and_newer_ones_are_refused() {
        let mut record = AppRecord::new("web", [7; 16]);
        record.running = Some(Step::Source);
        record.files.insert("/a".into(), FileRecord { hash: record.hash(b"x"), ..FileRecord::default() });
        assert_eq!(AppRecord::from_bytes(&record.to_bytes()).unwrap(), record);
        let old = String::from_utf8(record.to_bytes()).unwrap().replace("\"version\": 2", "\"version\": 1");
        let old = old.replace("  \"releases\": [],\n  \"current\": null,\n  \"instance\": null,\n", "");
        assert_eq!(AppRecord::from_bytes(old.as_bytes()).unwrap(), record);
        record.version = 99;
        assert!(AppRecord::from_bytes(&record.to_bytes()).unwrap_err().contains("99"));
        assert!(AppRecord::from_bytes(b"{}").is_err());
    }

    #[test]
    fn every_host_has_a_record_of_its_own() {
        let mut record = AppRecord::new("web", [7; 16]);
        assert_eq!(AppRecord::name(&record.label()), "apps/web.json");
        record.instance = Some("fd00::1 /x".into());
        let name = AppRecord::name(&record.label());
        assert_eq!(name, "apps/web@fd00%3A%3A1%20%2Fx.json");
        assert_eq!(AppRecord::label_of(&name), Some(record.label()));
        assert_eq!(AppRecord::label_of("history/1.json"), None);
    }

    #[test]
    fn hashes_depend_on_the_salt_and_on_every_part() {
        let (a, b) = (AppRecord::new("web", [1; 16]), AppRecord::new("web", [2; 16]));
        assert_ne!(a.hash(b"x"), b.hash(b"x"));
        let base = InstallSpec { command: Text::plain("run"), dir: None, sudo: false, env: BTreeMap::new(), always: false };
        let env = BTreeMap::from([("A".to_string(), Text::secret("1"))]);
        let variants = [
            base.clone(),
            InstallSpec { sudo: true, ..base.clone() },
            InstallSpec { env, ..base.clone() },
            InstallSpec { dir: Some(Text::plain("/x")), ..base.clone() },
        ];
        let hashes: std::collections::BTreeSet<_> = variants.iter().map(|v| a.install_hash(v).unwrap()).collect();
        assert_eq!(hashes.len(), variants.len());
        assert_eq!(a.install_hash(&InstallSpec { command: Text::unknown(), ..base }), None);
    }
}
