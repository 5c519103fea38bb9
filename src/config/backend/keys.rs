//! The settings each backend takes, and their types.

use crate::config::fields::suggest;
use crate::diag::Diagnostic;
use crate::value::{Members, Name, Type, Value, convert};

/// What a setting holds.
#[derive(Clone, Copy)]
pub(in crate::config) enum Kind {
    Text,
    Flag,
    Number,
    Texts,
    Map,
    Object(&'static [(&'static str, Kind)]),
}

use Kind::{Flag, Map, Number, Object, Text, Texts};

const ENDPOINTS: Kind = Object(&[("s3", Text), ("iam", Text), ("sts", Text), ("dynamodb", Text), ("sso", Text)]);

const ASSUME_ROLE: Kind = Object(&[
    ("role_arn", Text),
    ("duration", Text),
    ("external_id", Text),
    ("policy", Text),
    ("policy_arns", Texts),
    ("session_name", Text),
    ("source_identity", Text),
    ("tags", Map),
    ("transitive_tag_keys", Texts),
]);

const WEB_IDENTITY: Kind = Object(&[
    ("role_arn", Text),
    ("duration", Text),
    ("policy", Text),
    ("policy_arns", Texts),
    ("session_name", Text),
    ("web_identity_token", Text),
    ("web_identity_token_file", Text),
]);

/// The keys of `backend "s3"`, deprecated ones included.
const S3: &[(&str, Kind)] = &[
    ("bucket", Text),
    ("key", Text),
    ("region", Text),
    ("endpoints", ENDPOINTS),
    ("encrypt", Flag),
    ("acl", Text),
    ("kms_key_id", Text),
    ("sse_customer_key", Text),
    ("dynamodb_table", Text),
    ("use_lockfile", Flag),
    ("workspace_key_prefix", Text),
    ("state_tags", Map),
    ("lock_tags", Map),
    ("profile", Text),
    ("shared_config_files", Texts),
    ("shared_credentials_files", Texts),
    ("shared_credentials_file", Text),
    ("access_key", Text),
    ("secret_key", Text),
    ("token", Text),
    ("assume_role", ASSUME_ROLE),
    ("assume_role_with_web_identity", WEB_IDENTITY),
    ("allowed_account_ids", Texts),
    ("forbidden_account_ids", Texts),
    ("use_path_style", Flag),
    ("skip_credentials_validation", Flag),
    ("skip_region_validation", Flag),
    ("skip_metadata_api_check", Flag),
    ("skip_requesting_account_id", Flag),
    ("skip_s3_checksum", Flag),
    ("max_retries", Number),
    ("retry_mode", Text),
    ("sts_region", Text),
    ("custom_ca_bundle", Text),
    ("ec2_metadata_service_endpoint", Text),
    ("ec2_metadata_service_endpoint_mode", Text),
    ("http_proxy", Text),
    ("https_proxy", Text),
    ("no_proxy", Text),
    ("insecure", Flag),
    ("use_dualstack_endpoint", Flag),
    ("use_fips_endpoint", Flag),
    ("role_arn", Text),
    ("session_name", Text),
    ("external_id", Text),
    ("assume_role_duration_seconds", Number),
    ("assume_role_policy", Text),
    ("assume_role_policy_arns", Texts),
    ("assume_role_tags", Map),
    ("assume_role_transitive_tag_keys", Texts),
    ("endpoint", Text),
    ("dynamodb_endpoint", Text),
    ("sts_endpoint", Text),
    ("iam_endpoint", Text),
    ("force_path_style", Flag),
];

const LOCAL: &[(&str, Kind)] = &[("path", Text), ("workspace_dir", Text)];

/// The keys of a backend type; `None` where envctl has no such backend.
pub(in crate::config) fn keys_of(backend: &str) -> Option<&'static [(&'static str, Kind)]> {
    match backend {
        "s3" => Some(S3),
        "local" => Some(LOCAL),
        _ => None,
    }
}

/// Looks a key up.
///
/// # Errors
/// A message with the nearest key, without a place.
pub(in crate::config) fn kind_of(backend: &str, key: &str) -> Result<Kind, Diagnostic> {
    find(keys_of(backend).unwrap_or(&[]), key).ok_or_else(|| {
        let error = Diagnostic::error("Unsupported backend setting", format!("The backend \"{backend}\" has no setting \"{key}\"."));
        suggest(error, key, keys_of(backend).unwrap_or(&[]).iter().map(|(k, _)| *k))
    })
}

fn find(keys: &'static [(&'static str, Kind)], key: &str) -> Option<Kind> {
    keys.iter().find(|(k, _)| *k == key).map(|(_, kind)| *kind)
}

impl Kind {
    fn ty(self) -> Type {
        match self {
            Text => Type::String,
            Flag => Type::Bool,
            Number => Type::Number,
            Texts => Type::list(Type::String),
            Map => Type::map(Type::String),
            Object(_) => Type::Dynamic,
        }
    }

    /// Whether text from the command line is taken as it is (and converted), not read as HCL.
    pub fn is_primitive(self) -> bool {
        matches!(self, Text | Flag | Number)
    }

    /// The value in the type of the setting. Null and unset are the same.
    ///
    /// # Errors
    /// What does not fit; never with the value.
    pub fn fit(self, key: &str, value: &Value) -> Result<Value, Diagnostic> {
        let wrong = |why: String| Diagnostic::error("Unsuitable backend setting", format!("The setting \"{key}\" does not fit: {why}."));
        let Object(members) = self else {
            return convert(value, &self.ty()).map_err(|e| wrong(e.message));
        };
        if value.is_null() {
            return Ok(value.clone());
        }
        let given = value.members().ok_or_else(|| wrong("an object is required".into()))?;
        let mut out = Members::new();
        for (name, value) in given {
            let kind = find(members, name).ok_or_else(|| {
                let error = Diagnostic::error("Unsupported backend setting", format!("\"{key}\" has no setting \"{name}\"."));
                suggest(error, name, members.iter().map(|(k, _)| *k))
            })?;
            out.insert(Name::clone(name), kind.fit(&format!("{key}.{name}"), value)?);
        }
        Ok(Value::object(out))
    }
}
