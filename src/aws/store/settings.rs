//! `backend "s3"`: every key that OpenTofu accepts, read and checked.

use super::fields::{Fields, invalid};
use crate::aws::settings::{AssumeRole, Env, Settings, WebIdentity};
use crate::store::StoreError;
use crate::value::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Where an S3 state lies and how it is reached.
#[derive(Clone, Debug, Default)]
pub struct Backend {
    /// Bucket.
    pub bucket: String,
    /// Full key of the state object in this workspace.
    pub key: String,
    /// Where the states of other workspaces lie: `<this>/<workspace>/<key>`.
    pub workspace_prefix: String,
    /// Lock table.
    pub table: Option<String>,
    /// Lock by an object beside the state.
    pub use_lockfile: bool,
    /// Ask S3 to encrypt what we write.
    pub encrypt: bool,
    /// KMS key for it.
    pub kms_key_id: Option<String>,
    /// Key of the customer's own for it, decoded.
    pub sse_customer_key: Option<CustomerKey>,
    /// Canned ACL of what we write.
    pub acl: Option<String>,
    /// Tags of the state object.
    pub state_tags: BTreeMap<String, String>,
    /// Tags of the lock object.
    pub lock_tags: BTreeMap<String, String>,
    /// Leave out checksums that some S3 compatible services do not know.
    pub skip_checksum: bool,
    /// Refuse other accounts.
    pub allowed_accounts: Vec<String>,
    /// Refuse these accounts.
    pub forbidden_accounts: Vec<String>,
    /// How AWS is reached.
    pub aws: Settings,
}

/// A key of the customer's own (SSE-C); never shown.
#[derive(Clone)]
pub struct CustomerKey(pub Vec<u8>);

impl std::fmt::Debug for CustomerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CustomerKey")
    }
}

const KEYS: &[&str] = &[
    "access_key",
    "acl",
    "allowed_account_ids",
    "assume_role",
    "assume_role_duration_seconds",
    "assume_role_policy",
    "assume_role_policy_arns",
    "assume_role_tags",
    "assume_role_transitive_tag_keys",
    "assume_role_with_web_identity",
    "bucket",
    "custom_ca_bundle",
    "dynamodb_endpoint",
    "dynamodb_table",
    "ec2_metadata_service_endpoint",
    "ec2_metadata_service_endpoint_mode",
    "encrypt",
    "endpoint",
    "endpoints",
    "external_id",
    "forbidden_account_ids",
    "force_path_style",
    "http_proxy",
    "https_proxy",
    "iam_endpoint",
    "insecure",
    "key",
    "kms_key_id",
    "lock_tags",
    "max_retries",
    "no_proxy",
    "profile",
    "region",
    "retry_mode",
    "role_arn",
    "secret_key",
    "session_name",
    "shared_config_files",
    "shared_credentials_file",
    "shared_credentials_files",
    "skip_credentials_validation",
    "skip_metadata_api_check",
    "skip_region_validation",
    "skip_requesting_account_id",
    "skip_s3_checksum",
    "sse_customer_key",
    "state_tags",
    "sts_endpoint",
    "sts_region",
    "token",
    "use_dualstack_endpoint",
    "use_fips_endpoint",
    "use_lockfile",
    "use_path_style",
    "workspace_key_prefix",
    "workspaces",
    "workspace",
    "hostname",
    "organization",
];

/// Keys of other backends that people mix in; named to say so.
const FOREIGN: [&str; 4] = ["workspaces", "workspace", "hostname", "organization"];

/// Keys that cannot be honoured yet: using one is an error, not silence.
const NOT_YET: [&str; 7] = [
    "custom_ca_bundle",
    "ec2_metadata_service_endpoint",
    "ec2_metadata_service_endpoint_mode",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "insecure",
];

impl Backend {
    /// Reads the settings of a backend block (completed by `-backend-config`), for a workspace.
    /// `env` fills what is absent, as for the provider.
    ///
    /// # Errors
    /// A key that the backend does not have, a value that it does not take, a missing bucket or key.
    pub fn read(settings: &BTreeMap<Arc<str>, Value>, workspace: &str, env: &Env) -> Result<Self, StoreError> {
        let fields = Fields::new(settings);
        fields.only(KEYS)?;
        check_support(&fields)?;
        let required = |name: &str| -> Result<String, StoreError> {
            let help = "Write it in the backend block, or complete the block with -backend-config=FILE or -backend-config=KEY=VALUE.";
            fields.text(name)?.ok_or_else(|| invalid(name, "it is missing", help))
        };
        let key = required("key")?;
        if key.starts_with('/') || key.ends_with('/') {
            return Err(invalid("key", "it must neither start nor end with a slash", "Write a key such as stage/terraform.tfstate."));
        }
        let prefix = fields.text_or_empty("workspace_key_prefix")?;
        let customer = fields.text("sse_customer_key")?.or_else(|| env.get("AWS_SSE_CUSTOMER_KEY").filter(|v| !v.is_empty()).cloned());
        let backend = Backend {
            bucket: required("bucket")?,
            key: workspace_key(prefix.as_deref().unwrap_or("env:"), workspace, &key),
            workspace_prefix: prefix.clone().unwrap_or_else(|| "env:".into()),
            table: fields.text("dynamodb_table")?,
            use_lockfile: fields.flag("use_lockfile")?.unwrap_or(false),
            encrypt: fields.flag("encrypt")?.unwrap_or(false),
            kms_key_id: fields.text("kms_key_id")?,
            sse_customer_key: customer.map(|text| customer_key(&text)).transpose()?,
            acl: fields.text("acl")?,
            state_tags: fields.map("state_tags")?,
            lock_tags: fields.map("lock_tags")?,
            skip_checksum: fields.flag("skip_s3_checksum")?.unwrap_or(false),
            allowed_accounts: fields.list("allowed_account_ids")?,
            forbidden_accounts: fields.list("forbidden_account_ids")?,
            aws: aws_settings(&fields, env)?,
        };
        backend.check()
    }

    /// How AWS is reached and which accounts are allowed, for what is no backend but has these settings.
    ///
    /// # Errors
    /// A value that is none of its kind.
    pub fn reach(settings: &BTreeMap<Arc<str>, Value>, env: &Env) -> Result<Self, StoreError> {
        let fields = Fields::new(settings);
        check_support(&fields)?;
        let backend = Backend {
            allowed_accounts: fields.list("allowed_account_ids")?,
            forbidden_accounts: fields.list("forbidden_account_ids")?,
            aws: aws_settings(&fields, env)?,
            ..Backend::default()
        };
        backend.check()
    }

    fn check(self) -> Result<Self, StoreError> {
        if self.kms_key_id.is_some() && self.sse_customer_key.is_some() {
            return Err(invalid("kms_key_id", "only one of kms_key_id and sse_customer_key can be set", "Keep one of the two."));
        }
        if !self.allowed_accounts.is_empty() && !self.forbidden_accounts.is_empty() {
            return Err(invalid("allowed_account_ids", "it conflicts with forbidden_account_ids", "Keep one of the two."));
        }
        Ok(self)
    }
}

fn check_support(fields: &Fields<'_>) -> Result<(), StoreError> {
    if let Some(name) = FOREIGN.iter().find(|n| fields.has(n)) {
        return Err(invalid(
            name,
            "the backend \"s3\" has no such setting",
            "Workspaces of this backend lie below workspace_key_prefix; TF_WORKSPACE selects one.",
        ));
    }
    if let Some(name) = NOT_YET.iter().find(|n| fields.has(n) && fields.flag(n).ok().flatten() != Some(false)) {
        return Err(invalid(
            name,
            "envctl does not support it yet",
            "Remove it; set the matching AWS or proxy variable of the environment instead.",
        ));
    }
    Ok(())
}

/// `<prefix>/<workspace>/<key>`, or the key alone for the default workspace.
fn workspace_key(prefix: &str, workspace: &str, key: &str) -> String {
    match workspace {
        "" | "default" => key.to_string(),
        name => [prefix.trim_matches('/'), name, key].iter().filter(|p| !p.is_empty()).copied().collect::<Vec<_>>().join("/"),
    }
}

fn customer_key(text: &str) -> Result<CustomerKey, StoreError> {
    let bytes = STANDARD.decode(text).ok().filter(|b| b.len() == 32);
    let wrong = || invalid("sse_customer_key", "it is not the base64 form of a key of 32 bytes", "Make one with: openssl rand -base64 32");
    bytes.map(CustomerKey).ok_or_else(wrong)
}

fn aws_settings(fields: &Fields<'_>, env: &Env) -> Result<Settings, StoreError> {
    let flag = |name: &str| fields.flag(name).map(|f| f.unwrap_or(false));
    let profile = fields.text("profile")?;
    let mut files = fields.list("shared_credentials_files")?;
    files.extend(fields.text("shared_credentials_file")?);
    let max_retries = fields.int("max_retries")?.unwrap_or(5);
    let retry_mode = fields.text("retry_mode")?;
    if retry_mode.as_deref().is_some_and(|m| m != "standard" && m != "adaptive") {
        return Err(invalid("retry_mode", "it is neither standard nor adaptive", "Write standard or adaptive, or remove it."));
    }
    let settings = Settings {
        region: fields.text("region")?,
        profile_wins: profile.is_some(),
        profile,
        access_key: fields.text("access_key")?,
        secret_key: fields.text("secret_key")?,
        token: fields.text("token")?,
        assume_role: assume_role(fields)?.into_iter().collect(),
        web_identity: web_identity(fields, env)?,
        endpoint: None,
        endpoints: endpoints(fields)?,
        config_files: fields.list("shared_config_files")?,
        credentials_files: files,
        max_retries: u32::try_from(max_retries).ok(),
        adaptive_retries: retry_mode.as_deref() == Some("adaptive"),
        s3_path_style: flag("use_path_style")? || flag("force_path_style")?,
        use_fips: fields.flag("use_fips_endpoint")?,
        use_dualstack: fields.flag("use_dualstack_endpoint")?,
        sts_region: fields.text("sts_region")?,
        skip_metadata: flag("skip_metadata_api_check")?,
        skip_region_validation: flag("skip_region_validation")?,
        skip_account_id: flag("skip_requesting_account_id")?,
        wait_scale: None,
        call_timeout: None,
    };
    match (&settings.access_key, &settings.secret_key) {
        (Some(_), None) => Err(invalid("access_key", "it is given without secret_key", "Give both, or use a profile.")),
        (None, Some(_)) => Err(invalid("secret_key", "it is given without access_key", "Give both, or use a profile.")),
        _ => Ok(settings.with_env(env)),
    }
}

/// The nested form and the deprecated flat one; both at once is an error, as in OpenTofu.
fn assume_role(fields: &Fields<'_>) -> Result<Option<AssumeRole>, StoreError> {
    let flat = fields.text("role_arn")?;
    if let Some(nested) = fields.object("assume_role")? {
        let role = nested.fields();
        role.only(&["role_arn", "duration", "external_id", "policy", "policy_arns", "session_name", "tags", "transitive_tag_keys"])?;
        if flat.is_some() {
            return Err(invalid("role_arn", "it conflicts with assume_role", "Keep assume_role."));
        }
        let help = "Write the ARN of the role to assume.";
        return Ok(Some(AssumeRole {
            role_arn: role.text("role_arn")?.ok_or_else(|| invalid("assume_role.role_arn", "it is missing", help))?,
            session_name: role.text("session_name")?,
            external_id: role.text("external_id")?,
            duration: role.text("duration")?.map(|d| duration(&d)).transpose()?,
            policy: role.text("policy")?,
            policy_arns: role.list("policy_arns")?,
            tags: tags(&role, "tags", "transitive_tag_keys")?,
        }));
    }
    let Some(role_arn) = flat else { return Ok(None) };
    let seconds = fields.int("assume_role_duration_seconds")?.and_then(|n| u64::try_from(n).ok());
    Ok(Some(AssumeRole {
        role_arn,
        session_name: fields.text("session_name")?,
        external_id: fields.text("external_id")?,
        duration: seconds.filter(|s| *s > 0).map(Duration::from_secs),
        policy: fields.text("assume_role_policy")?,
        policy_arns: fields.list("assume_role_policy_arns")?,
        tags: tags(fields, "assume_role_tags", "assume_role_transitive_tag_keys")?,
    }))
}

fn tags(fields: &Fields<'_>, name: &str, transitive: &str) -> Result<BTreeMap<String, String>, StoreError> {
    if !fields.list(transitive)?.is_empty() {
        return Err(invalid(transitive, "envctl does not support it yet", "Remove it if the role chain does not need it."));
    }
    fields.map(name)
}

fn web_identity(fields: &Fields<'_>, env: &Env) -> Result<Option<WebIdentity>, StoreError> {
    let Some(nested) = fields.object("assume_role_with_web_identity")? else { return Ok(None) };
    let web = nested.fields();
    web.only(&["role_arn", "duration", "policy", "policy_arns", "session_name", "web_identity_token", "web_identity_token_file"])?;
    for name in ["web_identity_token", "duration"] {
        if web.has(name) {
            return Err(invalid(name, "envctl does not support it yet", "Use web_identity_token_file and the default duration."));
        }
    }
    let or_env = |name: &str, variable: &str| -> Result<Option<String>, StoreError> {
        Ok(web.text(name)?.or_else(|| env.get(variable).filter(|v| !v.is_empty()).cloned()))
    };
    let missing = |name: &str, variable: &str| invalid(name, "it is missing", &format!("Write it, or set {variable}."));
    Ok(Some(WebIdentity {
        role_arn: or_env("role_arn", "AWS_ROLE_ARN")?.ok_or_else(|| missing("role_arn", "AWS_ROLE_ARN"))?,
        session_name: or_env("session_name", "AWS_ROLE_SESSION_NAME")?,
        token_file: or_env("web_identity_token_file", "AWS_WEB_IDENTITY_TOKEN_FILE")?
            .ok_or_else(|| missing("web_identity_token_file", "AWS_WEB_IDENTITY_TOKEN_FILE"))?,
        policy: web.text("policy")?,
        policy_arns: web.list("policy_arns")?,
    }))
}

/// `endpoints { s3 = .. }` and the deprecated flat ones; without a scheme they mean https.
fn endpoints(fields: &Fields<'_>) -> Result<BTreeMap<String, String>, StoreError> {
    let mut all = BTreeMap::new();
    for (service, flat) in [("s3", "endpoint"), ("iam", "iam_endpoint"), ("sts", "sts_endpoint"), ("dynamodb", "dynamodb_endpoint")] {
        if let Some(url) = fields.text(flat)? {
            all.insert(service.to_string(), with_scheme(&url));
        }
    }
    if let Some(nested) = fields.object("endpoints")? {
        let nested = nested.fields();
        nested.only(&["s3", "iam", "sts", "dynamodb"])?;
        for service in ["s3", "iam", "sts", "dynamodb"] {
            if let Some(url) = nested.text(service)? {
                all.insert(service.to_string(), with_scheme(&url));
            }
        }
    }
    Ok(all)
}

fn with_scheme(url: &str) -> String {
    if url.contains("://") { url.to_string() } else { format!("https://{url}") }
}

/// A Go duration such as `1h30m` or `900s`.
fn duration(text: &str) -> Result<Duration, StoreError> {
    let wrong = || invalid("assume_role.duration", "it is not a duration", "Write one such as 1h or 900s.");
    crate::aws::timeouts::parse(text).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Members;

    fn read(pairs: Vec<(&str, Value)>, workspace: &str, env: &[(&str, &str)]) -> Result<Backend, StoreError> {
        let mut all = vec![("bucket", Value::string("b")), ("key", Value::string("stage/terraform.tfstate"))];
        all.extend(pairs);
        let settings = all.into_iter().map(|(k, v)| (k.into(), v)).collect();
        let env = env.iter().map(|(k, v)| ((*k).to_string(), (*v).to_string())).collect();
        Backend::read(&settings, workspace, &env)
    }

    fn object(pairs: &[(&str, &str)]) -> Value {
        Value::object(pairs.iter().map(|(k, v)| ((*k).into(), Value::string(v))).collect::<Members>())
    }

    #[test]
    fn workspaces_have_keys_of_their_own() {
        let key = |prefix: Option<&str>, workspace: &str| {
            let pairs = prefix.map(|p| ("workspace_key_prefix", Value::string(p))).into_iter().collect();
            read(pairs, workspace, &[]).unwrap().key
        };
        assert_eq!(key(None, "default"), "stage/terraform.tfstate");
        assert_eq!(key(None, "dev"), "env:/dev/stage/terraform.tfstate");
        assert_eq!(key(Some("ws"), "dev"), "ws/dev/stage/terraform.tfstate");
        assert_eq!(key(Some(""), "dev"), "dev/stage/terraform.tfstate");
    }

    #[test]
    fn old_and_new_forms_mean_the_same() {
        let new = read(
            vec![
                ("assume_role", object(&[("role_arn", "r"), ("external_id", "e"), ("duration", "15m")])),
                ("endpoints", object(&[("s3", "h:1")])),
            ],
            "",
            &[],
        )
        .unwrap();
        let old = read(
            vec![
                ("role_arn", Value::string("r")),
                ("external_id", Value::string("e")),
                ("assume_role_duration_seconds", Value::int(900)),
                ("endpoint", Value::string("h:1")),
            ],
            "",
            &[],
        )
        .unwrap();
        assert_eq!(new.aws.assume_role, old.aws.assume_role);
        assert_eq!(new.aws.endpoints, old.aws.endpoints);
        assert_eq!(new.aws.endpoints["s3"], "https://h:1");
        assert_eq!(new.aws.assume_role[0].duration, Some(Duration::from_secs(900)));
    }

    #[test]
    fn texts_of_the_command_line_are_taken() {
        let b = read(
            vec![("encrypt", Value::string("true")), ("max_retries", Value::string("2")), ("dynamodb_table", Value::string("t"))],
            "",
            &[],
        )
        .unwrap();
        assert!(b.encrypt);
        assert_eq!((b.aws.max_retries, b.table.as_deref()), (Some(2), Some("t")));
    }

    #[test]
    fn mistakes_are_named() {
        let message = |name: &str, value: Value| read(vec![(name, value)], "", &[]).unwrap_err().to_string();
        assert!(message("buckett", Value::string("x")).contains("\"bucket\""));
        assert!(message("encrypt", Value::string("yes")).contains("encrypt"));
        assert!(message("bucket", Value::null(crate::value::Type::String)).contains("missing"));
        assert!(message("insecure", Value::bool(true)).contains("not support it yet"));
        assert!(message("workspaces", object(&[])).contains("workspace_key_prefix"));
        assert!(message("key", Value::string("/x")).contains("slash"));
        assert!(message("region", Value::unknown(crate::value::Type::String)).contains("region"));
        let short = message("sse_customer_key", Value::string("c2VjcmV0"));
        assert!(short.contains("32 bytes") && !short.contains("c2VjcmV0"), "{short}");
        assert!(read(vec![("insecure", Value::bool(false))], "", &[]).is_ok());
    }
}
