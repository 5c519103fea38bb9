//! The AWS provider: configuration, facts, and which types exist.

use super::clients::Aws;
use super::config::sdk_config;
use super::region;
use super::settings::{Env, Settings};
use super::stats::Stats;
use super::{names, provider_schema, registry, shape, tags};
use crate::addr::{Mode, ProviderSource};
use crate::provider::{Configured, DataSource, EphemeralType, ErrorKind, Fence, Provider, ProviderError, ResourceType};
use crate::schema::{BlockSchema, ProviderFacts};
use crate::value::{Members, Type, Value};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use tokio::sync::Mutex;

/// `registry.opentofu.org/hashicorp/aws`, native.
pub struct AwsProvider {
    env: Env,
    stats: Stats,
    fence: Fence,
    /// Clients by settings: provider blocks that differ in tags only share them, and their one
    /// question for the account.
    made: Mutex<Vec<(Settings, Arc<Aws>, Identity)>>,
}

/// Whose credentials they are.
#[derive(Clone, Debug, Default, PartialEq)]
struct Identity {
    account: Option<String>,
    partition: Option<String>,
}

impl AwsProvider {
    /// `env`: the process's `AWS_*` and `ENVCTL_*` variables with those of env files over them.
    #[must_use]
    pub fn new(env: Env) -> Self {
        Self::counting(env, Stats::default())
    }

    /// As [`AwsProvider::new`], with counters that others (the state's store) share.
    #[must_use]
    pub fn counting(env: Env, stats: Stats) -> Self {
        AwsProvider { env, stats, fence: Fence::new(), made: Mutex::new(Vec::new()) }
    }

    /// Changes nothing once this fence is closed.
    #[must_use]
    pub fn fenced(mut self, fence: Fence) -> Self {
        self.fence = fence;
        self
    }

    /// The call counters of all configurations, for `-stats`.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.stats.clone()
    }

    /// Clients and identity for settings, made once.
    async fn clients(&self, settings: Settings) -> Result<(Arc<Aws>, Identity), ProviderError> {
        let mut made = self.made.lock().await;
        if let Some((_, aws, identity)) = made.iter().find(|(s, ..)| *s == settings) {
            return Ok((aws.clone(), identity.clone()));
        }
        let sdk = sdk_config(&settings).await?;
        let aws = Arc::new(Aws::new(sdk, settings.clone(), self.stats.clone()).fenced(self.fence.clone()));
        let identity = if settings.skip_account_id { Identity::default() } else { who(&aws).await? };
        made.push((settings, aws.clone(), identity.clone()));
        Ok((aws, identity))
    }
}

/// Asks STS whose credentials these are; this also checks them.
async fn who(aws: &Aws) -> Result<Identity, ProviderError> {
    let caller = aws.caller().await.map_err(|e| e.while_doing("Checking the AWS credentials"))?;
    let some = |text: &str| Some(text.to_string()).filter(|t| !t.is_empty());
    Ok(Identity { account: some(&caller.account), partition: caller.arn.split(':').nth(1).and_then(some) })
}

/// Refuses accounts that the configuration does not want.
fn check_account(config: &Value, account: Option<&str>) -> Result<(), ProviderError> {
    let allowed = shape::strings(config, "allowed_account_ids");
    let forbidden = shape::strings(config, "forbidden_account_ids");
    if allowed.is_empty() && forbidden.is_empty() {
        return Ok(());
    }
    let wrong = |at: &str, detail: String| {
        let error = ProviderError::new(ErrorKind::Denied, "The credentials belong to another AWS account", detail);
        Err(error.help("Use the credentials (profile, role) of the account that this configuration describes.").at(at))
    };
    match account {
        Some(a) if !allowed.is_empty() && !allowed.iter().any(|x| x == a) => {
            wrong("allowed_account_ids", format!("The account is {a}; allowed are {}.", allowed.join(", ")))
        }
        Some(a) if forbidden.iter().any(|x| x == a) => wrong("forbidden_account_ids", format!("The account {a} is forbidden.")),
        Some(_) => Ok(()),
        None => wrong("skip_requesting_account_id", "The account is not known, so it cannot be checked.".into()),
    }
}

/// Tags and region as the configuration says them; region unknown where only a profile says it.
fn facts_of(config: &Value, region: Option<&str>, identity: &Identity) -> ProviderFacts {
    let mut facts: BTreeMap<crate::value::Name, Value> = BTreeMap::new();
    let text = |t: Option<&str>| t.map_or_else(|| Value::unknown(Type::String), Value::string);
    facts.insert("region".into(), text(region));
    let partition = identity.partition.as_deref().or_else(|| region.map(region::partition));
    facts.insert("partition".into(), text(partition));
    facts.insert("account_id".into(), text(identity.account.as_deref()));
    let first = |block: &str| config.get(block).and_then(Value::items).and_then(<[Value]>::first);
    let unknown_block = |block: &str| config.get(block).is_some_and(Value::is_unknown);
    let tags = match first("default_tags").and_then(|b| b.get("tags")) {
        _ if unknown_block("default_tags") => Value::unknown(Type::map(Type::String)),
        Some(tags) if !tags.is_null() => tags.clone(),
        _ => tags::to_value(&tags::Tags::new()),
    };
    facts.insert("default_tags".into(), tags);
    let set = |name: &str| match first("ignore_tags").and_then(|b| b.get(name)) {
        Some(v) if !v.is_null() => v.clone(),
        _ => Value::set(Type::String, Vec::new()),
    };
    let ignore: Members = [("keys".into(), set("keys")), ("key_prefixes".into(), set("key_prefixes"))].into();
    facts.insert("ignore_tags".into(), Value::object(ignore));
    ProviderFacts(facts)
}

#[async_trait]
impl Provider for AwsProvider {
    fn source(&self) -> ProviderSource {
        ProviderSource::default_for("aws")
    }

    fn config_schema(&self) -> Arc<BlockSchema> {
        static SCHEMA: OnceLock<Arc<BlockSchema>> = OnceLock::new();
        SCHEMA.get_or_init(|| Arc::new(provider_schema::schema())).clone()
    }

    fn resource(&self, kind: &str) -> Option<Arc<dyn ResourceType>> {
        registry::resources().get(kind).cloned()
    }

    fn data_source(&self, kind: &str) -> Option<Arc<dyn DataSource>> {
        registry::data_sources().get(kind).cloned()
    }

    fn ephemeral(&self, kind: &str) -> Option<Arc<dyn EphemeralType>> {
        registry::ephemerals().get(kind).cloned()
    }

    fn supported(&self, mode: Mode) -> Vec<&'static str> {
        match mode {
            Mode::Managed => registry::resources().keys().copied().collect(),
            Mode::Data => registry::data_sources().keys().copied().collect(),
            Mode::Ephemeral => registry::ephemerals().keys().copied().collect(),
        }
    }

    fn known(&self, mode: Mode) -> &'static [&'static str] {
        names::known(mode)
    }

    fn facts(&self, config: &Value) -> ProviderFacts {
        let written = config.get("region");
        let region = match written {
            Some(v) if v.is_unknown() => None,
            _ => shape::string(config, "region").or_else(|| Settings::default().with_env(&self.env).region),
        };
        facts_of(config, region.as_deref(), &Identity::default())
    }

    async fn configure(&self, config: &Value) -> Result<Configured, ProviderError> {
        let config = config.unmark_deep().0;
        let settings = Settings::from_config(&config, &self.env)?;
        let (aws, identity) = self.clients(settings).await?;
        check_account(&config, identity.account.as_deref())?;
        let mut facts = facts_of(&config, Some(aws.region()), &identity);
        if identity.account.is_none() {
            facts.0.insert("account_id".into(), Value::string(""));
        }
        Ok(Configured { data: aws, facts })
    }

    async fn settle(&self, configured: &Configured, objects: &[(String, Option<String>, String)]) -> Result<(), ProviderError> {
        let Some(aws) = configured.data.downcast_ref::<Aws>() else { return Ok(()) };
        let tagged = |kind: &str| registry::resources().get(kind).is_some_and(|t| t.uses_intent_tag());
        let mut by_region: BTreeMap<Option<&str>, Vec<String>> = BTreeMap::new();
        for (_, region, id) in objects.iter().filter(|(kind, ..)| tagged(kind)) {
            by_region.entry(region.as_deref()).or_default().push(id.clone());
        }
        for (region, ids) in by_region {
            super::ec2::remove_intent_tags(&aws.ec2(region), &ids).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(pairs: &[(&str, Value)]) -> Value {
        Value::object(pairs.iter().map(|(k, v)| ((*k).into(), v.clone())).collect())
    }
    fn ids(items: &[&str]) -> Value {
        Value::set(Type::String, items.iter().map(Value::string).collect())
    }

    #[test]
    fn accounts_are_checked() {
        let allowed = config(&[("allowed_account_ids", ids(&["111111111111"]))]);
        assert!(check_account(&allowed, Some("111111111111")).is_ok());
        let wrong = check_account(&allowed, Some("222222222222")).unwrap_err();
        assert_eq!(wrong.detail, "The account is 222222222222; allowed are 111111111111.");
        assert!(check_account(&allowed, None).is_err());
        assert!(check_account(&config(&[("forbidden_account_ids", ids(&["1"]))]), Some("1")).is_err());
        assert!(check_account(&config(&[]), None).is_ok());
    }

    #[test]
    fn facts_without_calls_leave_open_what_only_aws_knows() {
        let provider = AwsProvider::new([("AWS_REGION".to_string(), "cn-north-1".to_string())].into());
        let facts = provider.facts(&config(&[]));
        assert_eq!(facts.str("region"), Some("cn-north-1"));
        assert_eq!(facts.str("partition"), Some("aws-cn"));
        assert!(facts.get("account_id").is_some_and(Value::is_unknown));
        let open = AwsProvider::new(Env::new()).facts(&config(&[("region", Value::unknown(Type::String))]));
        assert!(open.get("region").is_some_and(Value::is_unknown));
    }

    #[test]
    fn the_schema_has_the_usual_arguments() {
        let schema = provider_schema::schema();
        assert!(schema.attrs.get("insecure").is_some_and(|a| a.unsupported));
        assert!(["assume_role", "default_tags", "endpoints", "ignore_tags"].iter().all(|b| schema.blocks.contains_key(*b)));
    }
}
