//! Tags: `tags`, `tags_all`, the provider's `default_tags` and `ignore_tags`, and the intent tag.
//!
//! `tags_all` is what the object shall carry (defaults, overridden by its own); `tags` is its own.
//! Tags that AWS sets (`aws:`), ignored ones and the intent tag are in neither. A default that the
//! object repeats stays in `tags` when it was there before, otherwise it counts as the default's.
//! Source: <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/resource-tagging>.

use super::errors::ApiError;
use super::shape;
use crate::provider::{Ctx, ProviderError};
use crate::schema::{Attribute, DiffDraft, ProviderFacts, map_of};
use crate::value::{Members, Type, Value};
use std::collections::BTreeMap;
use std::future::Future;

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

/// The tag that marks an object whose state is not saved yet; its value is the intent's token.
pub const INTENT: &str = "envctl:intent";
/// AWS allows this many tags on an object.
pub const MOST: usize = 50;

/// The `tags` attribute.
#[must_use]
pub fn attribute() -> Attribute {
    map_of(Type::String).optional()
}
/// The `tags_all` attribute.
#[must_use]
pub fn all_attribute() -> Attribute {
    map_of(Type::String).optional().computed()
}

/// What the provider configuration says about tags.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TagRules {
    /// Tags of every object; `None`: not known yet.
    pub defaults: Option<Tags>,
    /// Keys that are somebody else's.
    pub ignored: Vec<String>,
    /// Prefixes of keys that are somebody else's.
    pub ignored_prefixes: Vec<String>,
}

impl TagRules {
    /// From the facts `default_tags` (map) and `ignore_tags` (object of `keys`, `key_prefixes`).
    #[must_use]
    pub fn from_facts(facts: &ProviderFacts) -> Self {
        let defaults = match facts.get("default_tags") {
            None => Some(Tags::new()),
            Some(v) if v.is_wholly_known() => Some(shape::string_map(v)),
            Some(_) => None,
        };
        let ignore = facts.get("ignore_tags").cloned().unwrap_or_else(Value::dynamic);
        TagRules { defaults, ignored: shape::strings(&ignore, "keys"), ignored_prefixes: shape::strings(&ignore, "key_prefixes") }
    }

    /// Whether a tag is none of the configuration's business.
    #[must_use]
    pub fn is_foreign(&self, key: &str) -> bool {
        key.starts_with("aws:")
            || key == INTENT
            || self.ignored.iter().any(|k| k == key)
            || self.ignored_prefixes.iter().any(|p| key.starts_with(p.as_str()))
    }

    /// Defaults overridden by `own`, without foreign ones.
    #[must_use]
    pub fn merged(&self, own: &Tags) -> Tags {
        let mut all = self.defaults.clone().unwrap_or_default();
        all.extend(own.clone());
        all.retain(|k, _| !self.is_foreign(k));
        all
    }

    /// `tags` and `tags_all` of an object that carries `remote`, given what it was.
    #[must_use]
    pub fn observed(&self, remote: &Tags, base: &Value) -> (Value, Value) {
        let all: Tags = remote.iter().filter(|(k, _)| !self.is_foreign(k)).map(|(k, v)| (k.clone(), v.clone())).collect();
        let before = base.get("tags").map(shape::string_map).unwrap_or_default();
        let empty = Tags::new();
        let defaults = self.defaults.as_ref().unwrap_or(&empty);
        let own = all.iter().filter(|(k, v)| before.contains_key(*k) || defaults.get(*k) != Some(*v));
        let own: Tags = own.map(|(k, v)| (k.clone(), v.clone())).collect();
        let was_null = base.get("tags").is_none_or(Value::is_null);
        let tags = if own.is_empty() && was_null { Value::null(Type::map(Type::String)) } else { to_value(&own) };
        (tags, to_value(&all))
    }
}

/// Tags as a value.
#[must_use]
pub fn to_value(tags: &Tags) -> Value {
    let members: Members = tags.iter().map(|(k, v)| (k.as_str().into(), Value::string(v))).collect();
    Value::map(Type::String, members)
}

/// A rule of every type with tags: plans `tags_all`.
pub fn plan(draft: &mut DiffDraft<'_>) {
    if draft.planned("tags_all").is_none() {
        return;
    }
    let rules = TagRules::from_facts(draft.provider);
    let own = draft.planned("tags").cloned().unwrap_or_else(|| Value::null(Type::map(Type::String)));
    if rules.defaults.is_none() || !own.is_wholly_known() {
        draft.set("tags_all", Value::unknown(Type::map(Type::String)));
        return;
    }
    let marks = own.deep_marks();
    let all = to_value(&rules.merged(&shape::string_map(&own))).mark(&marks);
    draft.set("tags_all", all);
}

/// The tags that a planned object shall carry.
#[must_use]
pub fn wanted(planned: &Value, facts: &ProviderFacts) -> Tags {
    match planned.get("tags_all") {
        Some(all) if !all.is_null() && all.is_wholly_known() => shape::string_map(all),
        _ => TagRules::from_facts(facts).merged(&planned.get("tags").map(shape::string_map).unwrap_or_default()),
    }
}

/// Whether the intent tag has room beside the planned ones.
#[must_use]
pub fn has_room(planned: &Value, facts: &ProviderFacts) -> bool {
    wanted(planned, facts).len() < MOST
}

/// The tags for a create: [`wanted`] and the intent tag with `token`.
#[must_use]
pub fn for_create(planned: &Value, facts: &ProviderFacts, token: Option<&str>) -> Tags {
    let mut tags = wanted(planned, facts);
    if let Some(token) = token {
        tags.insert(INTENT.into(), token.into());
    }
    tags
}

/// What an update does to tags.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TagChange {
    /// To create or overwrite.
    pub set: Tags,
    /// Keys to delete.
    pub remove: Vec<String>,
}

impl TagChange {
    /// From what the state says the object carries to what it shall carry.
    #[must_use]
    pub fn between(prior: &Value, planned: &Value, facts: &ProviderFacts) -> Self {
        let old = prior.get("tags_all").map(shape::string_map).unwrap_or_default();
        let new = wanted(planned, facts);
        let set = new.iter().filter(|(k, v)| old.get(*k) != Some(*v)).map(|(k, v)| (k.clone(), v.clone())).collect();
        let remove = old.keys().filter(|k| !new.contains_key(*k)).cloned().collect();
        TagChange { set, remove }
    }
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.remove.is_empty()
    }
}

/// Brings tags from the prior to the planned ones: `untag` gets the keys to remove, `tag` what to set.
///
/// # Errors
/// The failing call.
pub async fn update<U, UF, T, TF, A, B>(ctx: &Ctx<'_>, prior: &Value, planned: &Value, untag: U, tag: T) -> Result<(), ProviderError>
where
    U: FnOnce(Vec<String>) -> UF + Send,
    UF: Future<Output = Result<A, ApiError>> + Send,
    T: FnOnce(Tags) -> TF + Send,
    TF: Future<Output = Result<B, ApiError>> + Send,
{
    let change = TagChange::between(prior, planned, ctx.facts);
    if !change.remove.is_empty() {
        untag(change.remove).await.map_err(|e| e.while_doing("Removing tags").at("tags"))?;
    }
    if !change.set.is_empty() {
        tag(change.set).await.map_err(|e| e.while_doing("Setting tags").at("tags"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Tags {
        pairs.iter().map(|(k, v)| ((*k).to_string(), (*v).to_string())).collect()
    }
    fn object(own: Option<&Tags>, all: &Tags) -> Value {
        let own = own.map_or_else(|| Value::null(Type::map(Type::String)), to_value);
        Value::object([("tags".into(), own), ("tags_all".into(), to_value(all))].into())
    }
    fn facts() -> ProviderFacts {
        let set = |v: &[&str]| Value::set(Type::String, v.iter().map(Value::string).collect());
        let ignore = Value::object([("keys".into(), set(&["owner"])), ("key_prefixes".into(), set(&["k8s/"]))].into());
        ProviderFacts([("default_tags".into(), to_value(&tags(&[("env", "stage")]))), ("ignore_tags".into(), ignore)].into())
    }

    #[test]
    fn own_tags_override_defaults_and_foreign_ones_vanish() {
        let rules = TagRules::from_facts(&facts());
        assert_eq!(rules.merged(&tags(&[("Name", "a"), ("owner", "x")])), tags(&[("Name", "a"), ("env", "stage")]));
        let remote = tags(&[("Name", "a"), ("env", "stage"), ("aws:x", "1"), ("k8s/y", "2"), (INTENT, "t")]);
        let (own, all) = rules.observed(&remote, &object(None, &Tags::new()));
        assert_eq!(shape::string_map(&own), tags(&[("Name", "a")]));
        assert_eq!(shape::string_map(&all), tags(&[("Name", "a"), ("env", "stage")]));
    }

    #[test]
    fn a_repeated_default_stays_where_it_was_written() {
        let rules = TagRules::from_facts(&facts());
        let remote = tags(&[("env", "stage")]);
        let (own, _) = rules.observed(&remote, &object(Some(&remote), &remote));
        assert_eq!(shape::string_map(&own), remote);
        let (own, _) = rules.observed(&remote, &object(None, &remote));
        assert!(own.is_null());
    }

    #[test]
    fn plans_tags_all_and_waits_for_unknown_tags() {
        let facts = facts();
        let config = object(Some(&tags(&[("Name", "b")])), &Tags::new());
        let mut draft =
            DiffDraft { config: &config, prior: None, planned: config.clone(), provider: &facts, replace: vec![], notes: vec![] };
        plan(&mut draft);
        assert_eq!(draft.planned("tags_all").map(shape::string_map), Some(tags(&[("Name", "b"), ("env", "stage")])));
        draft.set("tags", Value::unknown(Type::map(Type::String)));
        plan(&mut draft);
        assert!(draft.planned("tags_all").is_some_and(Value::is_unknown));
    }

    #[test]
    fn an_update_sends_the_difference() {
        let prior = object(None, &tags(&[("a", "1"), ("b", "2")]));
        let planned = object(None, &tags(&[("b", "3"), ("c", "4")]));
        let change = TagChange::between(&prior, &planned, &facts());
        assert_eq!(change, TagChange { set: tags(&[("b", "3"), ("c", "4")]), remove: vec!["a".into()] });
    }
}
