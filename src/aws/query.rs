//! What data sources share: filters as they are written, and each question asked once.

use super::tags::{TagRules, to_value};
use super::{ec2, shape};
use crate::provider::{Ctx, ErrorKind, ProviderError};
use crate::schema::{BlockSchema, NestedBlock, set_of, string};
use crate::value::{Type, Value};
use aws_sdk_ec2::types::{Filter, Tag};
use futures::StreamExt;
use std::future::Future;

/// Questions under way at once.
const AT_ONCE: usize = 8;

/// The `filter` block. Values may hold the API's wildcards: they are sent as they are.
#[must_use]
pub fn filter_block() -> NestedBlock {
    BlockSchema::new().attr("name", string().required()).attr("values", set_of(Type::String).required()).set(0, 0)
}

/// The filters that a configuration writes.
#[must_use]
pub fn filters(config: &Value) -> Vec<Filter> {
    shape::objects(config, "filter")
        .iter()
        .map(|f| Filter::builder().set_name(shape::string(f, "name")).set_values(Some(shape::strings(f, "values"))).build())
        .collect()
}

/// Filters from text arguments: pairs of argument and filter name.
#[must_use]
pub fn text_filters(config: &Value, pairs: &[(&str, &str)]) -> Vec<Filter> {
    let written = |(attr, name): &(&str, &str)| Some(Filter::builder().name(*name).values(shape::string(config, attr)?).build());
    pairs.iter().filter_map(written).collect()
}

/// The tags of an answer without those that are somebody else's.
#[must_use]
pub fn tags(ctx: &Ctx<'_>, remote: &[Tag]) -> Value {
    let rules = TagRules::from_facts(ctx.facts);
    to_value(&ec2::tags_of(remote).into_iter().filter(|(k, _)| !rules.is_foreign(k)).collect())
}

/// Filters on tags, one for each tag.
#[must_use]
pub fn tag_filters(config: &Value) -> Vec<Filter> {
    let tags = config.get("tags").map(shape::string_map).unwrap_or_default();
    tags.into_iter().map(|(k, v)| Filter::builder().name(format!("tag:{k}")).values(v).build()).collect()
}

/// The filters in words, for messages.
#[must_use]
pub fn in_words(filters: &[Filter]) -> String {
    let one = |f: &Filter| format!("{} = {}", f.name().unwrap_or_default(), f.values().join(" or "));
    if filters.is_empty() { "no filter".into() } else { filters.iter().map(one).collect::<Vec<_>>().join(", ") }
}

/// The only element; none and several are errors that name the search.
///
/// # Errors
/// None or several.
pub fn exactly_one<T>(mut found: Vec<T>, kind: &str, search: &str, name: impl Fn(&T) -> String) -> Result<T, ProviderError> {
    match (found.len(), found.pop()) {
        (1, Some(one)) => Ok(one),
        (0, _) | (_, None) => Err(none(kind, search)),
        (n, Some(last)) => {
            found.push(last);
            let some: Vec<String> = found.iter().take(5).map(name).collect();
            let more = if n > 5 { ", ..." } else { "" };
            let detail = format!("{n} match ({search}): {}{more}.", some.join(", "));
            Err(ProviderError::new(ErrorKind::Invalid, format!("Several {kind}s match"), detail).help("Add filters until one is left."))
        }
    }
}

/// The error of a search that found nothing.
#[must_use]
pub fn none(kind: &str, search: &str) -> ProviderError {
    ProviderError::new(ErrorKind::NotFound, format!("No {kind} matches"), format!("Nothing was found for: {search}."))
        .help("Check the filters, the region and the account.")
}

/// Answers every configuration, equal ones with one question, a few at once.
pub async fn distinct<F, Fut>(configs: &[Value], read: F) -> Vec<Result<Value, ProviderError>>
where
    F: Fn(Value) -> Fut + Sync,
    Fut: Future<Output = Result<Value, ProviderError>> + Send,
{
    let mut unique: Vec<Value> = Vec::new();
    let mut places = Vec::with_capacity(configs.len());
    for config in configs {
        let config = config.unmark_deep().0;
        let place = unique.iter().position(|u| *u == config).unwrap_or(unique.len());
        if place == unique.len() {
            unique.push(config);
        }
        places.push(place);
    }
    let mut calls = Vec::with_capacity(unique.len());
    for config in unique {
        calls.push(read(config));
    }
    let answers: Vec<Result<Value, ProviderError>> = futures::stream::iter(calls).buffered(AT_ONCE).collect().await;
    let missing = || ProviderError::new(ErrorKind::Other, "Reading gave no answer", "A question got lost.");
    places.into_iter().map(|i| answers.get(i).cloned().unwrap_or_else(|| Err(missing()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn equal_questions_are_asked_once() {
        let asked = AtomicUsize::new(0);
        let configs = ["a", "b", "a"].map(Value::string);
        let answers = distinct(&configs, |c| {
            asked.fetch_add(1, Ordering::SeqCst);
            async move { Ok(c) }
        })
        .await;
        assert_eq!(asked.load(Ordering::SeqCst), 2);
        assert_eq!(answers.into_iter().map(Result::unwrap).collect::<Vec<_>>(), configs);
    }

    #[test]
    fn none_and_several_name_the_search() {
        let filters = [Filter::builder().name("name").values("x*").values("y").build()];
        assert_eq!(in_words(&filters), "name = x* or y");
        let none = exactly_one(Vec::<String>::new(), "image", &in_words(&filters), String::clone).unwrap_err();
        assert!(none.detail.contains("name = x* or y"));
        let several = exactly_one(vec!["a".to_string(), "b".to_string()], "image", "no filter", String::clone).unwrap_err();
        assert_eq!(several.detail, "2 match (no filter): a, b.");
        assert_eq!(exactly_one(vec![1], "image", "", i32::to_string).unwrap(), 1);
    }
}
