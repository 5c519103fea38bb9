//! Keys, attributes and indexes as requests want them.

use super::plan::is_on_demand;
use crate::aws::shape::{self, int, objects, string, strings, text};
use crate::provider::{ErrorKind, ProviderError};
use crate::value::Value;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, GlobalSecondaryIndex, KeySchemaElement, KeyType, LocalSecondaryIndex, Projection, ProjectionType,
    ProvisionedThroughput, ScalarAttributeType,
};

/// A part of a request that lacks something.
pub(super) fn lacks(error: &BuildError) -> ProviderError {
    ProviderError::new(ErrorKind::Invalid, "The table's description is incomplete", error.to_string())
}

pub(super) fn definitions(table: &Value) -> Result<Vec<AttributeDefinition>, ProviderError> {
    let one = |a: &Value| {
        let kind = text(a, "type").map(ScalarAttributeType::from);
        AttributeDefinition::builder().set_attribute_name(string(a, "name")).set_attribute_type(kind).build().map_err(|e| lacks(&e))
    };
    objects(table, "attribute").iter().map(one).collect()
}

pub(super) fn keys(hash: Option<&str>, range: Option<&str>) -> Result<Vec<KeySchemaElement>, ProviderError> {
    let one =
        |(name, kind): (&str, KeyType)| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().map_err(|e| lacks(&e));
    [(hash, KeyType::Hash), (range, KeyType::Range)].into_iter().filter_map(|(n, k)| Some((n?, k))).map(one).collect()
}

pub(super) fn throughput(object: &Value) -> Result<ProvisionedThroughput, ProviderError> {
    let number = |n: &str| i64::from(int(object, n).unwrap_or(0));
    ProvisionedThroughput::builder()
        .read_capacity_units(number("read_capacity"))
        .write_capacity_units(number("write_capacity"))
        .build()
        .map_err(|e| lacks(&e))
}

fn projection(index: &Value) -> Projection {
    let others = strings(index, "non_key_attributes");
    Projection::builder()
        .set_projection_type(text(index, "projection_type").map(ProjectionType::from))
        .set_non_key_attributes(Some(others).filter(|o| !o.is_empty()))
        .build()
}

pub(super) fn local(table: &Value) -> Result<Vec<LocalSecondaryIndex>, ProviderError> {
    let hash = text(table, "hash_key");
    let one = |index: &Value| {
        let keys = keys(hash, text(index, "range_key"))?;
        LocalSecondaryIndex::builder()
            .set_index_name(string(index, "name"))
            .set_key_schema(Some(keys))
            .projection(projection(index))
            .build()
            .map_err(|e| lacks(&e))
    };
    objects(table, "local_secondary_index").iter().map(one).collect()
}

pub(super) fn global(table: &Value, on_demand: bool) -> Result<Vec<GlobalSecondaryIndex>, ProviderError> {
    objects(table, "global_secondary_index").iter().map(|index| global_one(index, on_demand)).collect()
}

pub(super) fn global_one(index: &Value, on_demand: bool) -> Result<GlobalSecondaryIndex, ProviderError> {
    let keys = keys(text(index, "hash_key"), text(index, "range_key"))?;
    GlobalSecondaryIndex::builder()
        .set_index_name(string(index, "name"))
        .set_key_schema(Some(keys))
        .projection(projection(index))
        .set_provisioned_throughput(if on_demand { None } else { Some(throughput(index)?) })
        .build()
        .map_err(|e| lacks(&e))
}

/// How the indexes change: removed and made ones, and those with another capacity.
#[derive(Debug, Default, PartialEq)]
pub(super) struct IndexChange {
    pub(super) remove: Vec<String>,
    pub(super) make: Vec<Value>,
    pub(super) resize: Vec<Value>,
}

impl IndexChange {
    pub(super) fn between(prior: &Value, planned: &Value) -> Self {
        let mut change = IndexChange::default();
        let (old, new) = (objects(prior, "global_secondary_index"), objects(planned, "global_secondary_index"));
        let named = |all: &[Value], name: Option<&str>| all.iter().find(|i| text(i, "name") == name).cloned();
        for index in old.iter().filter(|i| named(new, text(i, "name")).is_none()) {
            change.remove.extend(string(index, "name"));
        }
        for index in new {
            let differs = |before: &Value, names: &[&str]| names.iter().any(|n| shape::changed(before, index, n));
            match named(old, text(index, "name")) {
                None => change.make.push(index.clone()),
                Some(before) if differs(&before, &["hash_key", "range_key", "projection_type", "non_key_attributes"]) => {
                    change.remove.extend(string(index, "name"));
                    change.make.push(index.clone());
                }
                Some(before) if !is_on_demand(planned) && differs(&before, &["read_capacity", "write_capacity"]) => {
                    change.resize.push(index.clone())
                }
                Some(_) => {}
            }
        }
        change
    }
}
