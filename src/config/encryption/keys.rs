//! Key providers: passphrases, and keys of AWS KMS.

use super::read::{Merged, Reading};
use super::{KeyHash, KeySource, KmsKey, Passphrase, SealKey};
use crate::config::report::not_yet;
use crate::diag::{Diagnostics, Span};
use crate::lang::evaluate;
use crate::syntax::Attribute;
use crate::value::{Name, Value};

/// Fewest characters of a passphrase and fewest rounds that OpenTofu takes.
const SHORTEST_PASSPHRASE: usize = 16;
const FEWEST_ITERATIONS: u32 = 200_000;

/// What any key provider may say: the name in the encrypted document.
const ALIAS: &str = "encrypted_metadata_alias";
const PBKDF2: [&str; 6] = ["passphrase", "key_length", "iterations", "hash_function", "salt_length", ALIAS];
/// Where a KMS key provider says how to reach AWS: the settings of the backend `s3` but for what is S3's own.
const AWS: [&str; 28] = [
    "access_key",
    "allowed_account_ids",
    "assume_role",
    "assume_role_with_web_identity",
    "custom_ca_bundle",
    "ec2_metadata_service_endpoint",
    "ec2_metadata_service_endpoint_mode",
    "endpoints",
    "forbidden_account_ids",
    "http_proxy",
    "https_proxy",
    "insecure",
    "max_retries",
    "no_proxy",
    "profile",
    "region",
    "retry_mode",
    "secret_key",
    "shared_config_files",
    "shared_credentials_files",
    "skip_credentials_validation",
    "skip_metadata_api_check",
    "skip_region_validation",
    "skip_requesting_account_id",
    "sts_region",
    "token",
    "use_dualstack_endpoint",
    "use_fips_endpoint",
];

impl<'a> Reading<'a> {
    /// The key provider that `keys` names.
    pub(super) fn keys(&mut self, attr: &Attribute) -> Option<SealKey> {
        let address = self.text(Some(attr))?;
        let found = self.providers.iter().find(|((kind, name), _)| format!("key_provider.{kind}.{name}") == address);
        let Some(((kind, _), merged)) = found else {
            self.wrong(attr.expr.span, "Keys are named like key_provider.pbkdf2.name.".to_string());
            return None;
        };
        let (kind, merged) = (kind.clone(), merged.clone());
        let span = merged.span.unwrap_or(attr.span);
        let alias = self.text(merged.attrs.get(ALIAS).copied());
        let source = match kind.as_ref() {
            "pbkdf2" => KeySource::Passphrase(self.passphrase(&merged, span)?),
            "aws_kms" => KeySource::AwsKms(self.kms(&merged, span)?),
            other => {
                self.diags.push(not_yet(&format!("The key provider \"{other}\""), span));
                return None;
            }
        };
        Some(SealKey { meta_key: alias.unwrap_or(address), source, aad: Vec::new() })
    }

    fn only_known(&mut self, kind: &str, merged: &Merged<'a>, known: &[&str], blocks: &[&str]) {
        for (name, attr) in merged.attrs.iter().filter(|(n, _)| !known.contains(&n.as_ref())) {
            self.diags.push(not_yet(&format!("The argument \"{name}\" of key provider \"{kind}\""), attr.name.span));
        }
        for (name, block) in merged.blocks.iter().filter(|(n, _)| !blocks.contains(&n.as_ref())) {
            self.wrong(block.header, format!("A block \"{name}\" is not expected in a key provider \"{kind}\"."));
        }
    }

    fn passphrase(&mut self, merged: &Merged<'a>, span: Span) -> Option<Passphrase> {
        self.only_known("pbkdf2", merged, &PBKDF2, &[]);
        let get = |name: &str| merged.attrs.get(name).copied();
        let Some(passphrase) = get("passphrase") else {
            self.wrong(span, "The key provider \"pbkdf2\" needs a passphrase.".to_string());
            return None;
        };
        let source = Passphrase {
            text: self.text(Some(passphrase))?,
            key_length: self.count(get("key_length"), 32)? as usize,
            iterations: self.count(get("iterations"), 600_000)?,
            hash: KeyHash::named(&self.text(get("hash_function")).unwrap_or_else(|| "sha512".into())).or_else(|| {
                self.wrong(span, "hash_function is sha256 or sha512.".to_string());
                None
            })?,
            salt_length: self.count(get("salt_length"), 32)? as usize,
        };
        if source.text.len() < SHORTEST_PASSPHRASE {
            self.wrong(passphrase.expr.span, format!("The passphrase has fewer than {SHORTEST_PASSPHRASE} characters."));
        }
        if source.iterations < FEWEST_ITERATIONS {
            self.wrong(span, format!("Fewer than {FEWEST_ITERATIONS} iterations make the passphrase easy to guess."));
        }
        if ![16, 24, 32].contains(&source.key_length) {
            self.wrong(span, "key_length is 16, 24 or 32 for AES-GCM.".to_string());
        }
        Some(source)
    }

    fn kms(&mut self, merged: &Merged<'a>, span: Span) -> Option<KmsKey> {
        let known: Vec<&str> = AWS.iter().copied().chain(["kms_key_id", "key_spec", ALIAS]).collect();
        self.only_known("aws_kms", merged, &known, &["endpoints", "assume_role", "assume_role_with_web_identity"]);
        let mut required = |name: &str| {
            let text = self.text(merged.attrs.get(name).copied()).filter(|t| !t.is_empty());
            if text.is_none() {
                self.wrong(span, format!("The key provider \"aws_kms\" needs {name}."));
            }
            text
        };
        let (id, spec) = (required("kms_key_id"), required("key_spec"));
        let spec = spec.filter(|s| {
            let known = ["AES_256", "AES_128"].contains(&s.as_str());
            if !known {
                self.wrong(span, "key_spec is AES_256 or AES_128.".to_string());
            }
            known
        });
        let mut key = KmsKey { id: id?, spec: spec?, settings: Default::default() };
        for (name, attr) in merged.attrs.iter().filter(|(n, _)| AWS.contains(&n.as_ref())) {
            key.settings.insert(name.clone(), self.anything(attr)?);
        }
        for (name, block) in &merged.blocks {
            let members: Option<Vec<(Name, Value)>> =
                block.body.attributes.iter().map(|a| Some((a.name.name.clone(), self.anything(a)?))).collect();
            key.settings.insert(name.clone(), Value::object(members?.into_iter().collect()));
        }
        Some(key)
    }

    /// A known value of any type, without marks.
    fn anything(&mut self, attr: &Attribute) -> Option<Value> {
        let mut own = Diagnostics::new();
        let value = evaluate(&attr.expr, self.scope, &mut own).unmark_deep().0;
        let failed = own.has_errors();
        self.diags.extend(own);
        if !failed && !value.is_wholly_known() {
            self.wrong(attr.expr.span, format!("The argument \"{}\" is not known yet.", attr.name.name));
        }
        (!failed && value.is_wholly_known()).then_some(value)
    }
}
