//! Schema and rules of an alarm.

use crate::aws::{shape, support};
use crate::schema::{BlockSchema, ResourceSchema, RuleError, boolean, map_of, number, set_of, string};
use crate::value::{Path, Type, Value};

const COMPARISONS: &[&str] = &[
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold",
];
const STATISTICS: &[&str] = &["SampleCount", "Average", "Sum", "Minimum", "Maximum"];
const MISSING: &[&str] = &["breaching", "notBreaching", "ignore", "missing"];

/// `metric` of a `metric_query`.
pub(super) fn metric() -> BlockSchema {
    BlockSchema::new()
        .attr("dimensions", map_of(Type::String).optional())
        .attr("metric_name", string().required())
        .attr("namespace", string().optional())
        .attr("period", number().required())
        .attr("stat", string().required())
        .attr("unit", string().optional())
}

/// `metric_query`
pub(super) fn query() -> BlockSchema {
    BlockSchema::new()
        .attr("account_id", string().optional())
        .attr("expression", string().optional())
        .attr("id", string().required())
        .attr("label", string().optional())
        .attr("period", number().optional())
        .attr("return_data", boolean().optional().default(Value::bool(false)))
        .block("metric", metric().list(0, 1))
}

/// `promql_criteria` of `evaluation_criteria`.
pub(super) fn promql() -> BlockSchema {
    BlockSchema::new()
        .attr("pending_period", number().optional())
        .attr("query", string().required())
        .attr("recovery_period", number().optional())
}

/// `evaluation_criteria`
pub(super) fn criteria() -> BlockSchema {
    BlockSchema::new().block("promql_criteria", promql().list(1, 1))
}

pub(super) fn build() -> ResourceSchema {
    let actions = || set_of(Type::String).optional();
    let block = support::tagged()
        .attr("actions_enabled", boolean().optional().default(Value::bool(true)))
        .attr("alarm_actions", actions())
        .attr("alarm_description", string().optional())
        .attr("alarm_name", string().required().force_new())
        .attr("comparison_operator", string().optional())
        .attr("datapoints_to_alarm", number().optional())
        .attr("dimensions", map_of(Type::String).optional())
        .attr("evaluate_low_sample_count_percentiles", string().optional().computed())
        .attr("evaluation_interval", number().optional())
        .attr("evaluation_periods", number().optional())
        .attr("extended_statistic", string().optional())
        .attr("insufficient_data_actions", actions())
        .attr("metric_name", string().optional())
        .attr("namespace", string().optional())
        .attr("ok_actions", actions())
        .attr("period", number().optional())
        .attr("statistic", string().optional())
        .attr("threshold", number().optional())
        .attr("threshold_metric_id", string().optional())
        .attr("treat_missing_data", string().optional().default(Value::string("missing")))
        .attr("unit", string().optional())
        .block("evaluation_criteria", criteria().list(0, 1))
        .block("metric_query", query().set(0, 0));
    let mut schema = ResourceSchema::new(1, block);
    schema.rules = support::rules();
    schema.rules.validate.push(validate);
    // The attributes of version 0 are the same.
    schema.rules.upgrade = Some(|_, attributes| Ok(attributes));
    schema
}

fn validate(config: &Value) -> Vec<RuleError> {
    let mut errors = support::conflicts(config, &[("statistic", "extended_statistic"), ("threshold", "threshold_metric_id")]);
    let written = |n: &str| config.get(n).is_some_and(|v| !v.is_null() && !shape::is_zero(v));
    let mut wrong = |path: &str, message: String| errors.push(RuleError { path: Path::attr(path), message });
    let ways: Vec<&str> = ["metric_name", "metric_query", "evaluation_criteria"].into_iter().filter(|n| written(n)).collect();
    match ways.as_slice() {
        [_] => {}
        [] => wrong("metric_name", "One of `metric_name`, `metric_query` and `evaluation_criteria` says what is watched.".into()),
        [first, ..] => wrong(first, "Only one of `metric_name`, `metric_query` and `evaluation_criteria` can be set.".into()),
    }
    if !written("evaluation_criteria") {
        for name in ["comparison_operator", "evaluation_periods"] {
            if config.get(name).is_none_or(Value::is_null) {
                wrong(name, format!("`{name}` is needed."));
            }
        }
    }
    for name in ["evaluation_periods", "datapoints_to_alarm"] {
        if shape::int(config, name).is_some_and(|n| n < 1) {
            wrong(name, format!("`{name}` is at least 1."));
        }
    }
    for (name, allowed) in [("comparison_operator", COMPARISONS), ("statistic", STATISTICS), ("treat_missing_data", MISSING)] {
        if shape::text(config, name).is_some_and(|t| !allowed.contains(&t)) {
            wrong(name, format!("`{name}` is one of {}.", allowed.join(", ")));
        }
    }
    if shape::text(config, "evaluate_low_sample_count_percentiles").is_some_and(|t| !["evaluate", "ignore"].contains(&t)) {
        wrong("evaluate_low_sample_count_percentiles", "It is `evaluate` or `ignore`.".into());
    }
    if shape::int(config, "period").is_some_and(|p| p != 10 && p != 20 && p != 30 && (p < 1 || p % 60 != 0)) {
        wrong("period", "The period is 10, 20, 30 or a multiple of 60 seconds.".into());
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(pairs: &[(&str, Value)]) -> usize {
        let block = build().block;
        validate(&shape::filled(&block, pairs.iter().map(|(n, v)| ((*n).into(), v.clone())).collect())).len()
    }

    #[test]
    fn an_alarm_watches_one_thing() {
        let text = |t: &str| Value::string(t);
        let whole = [
            ("metric_name", text("CPUUtilization")),
            ("comparison_operator", text("GreaterThanThreshold")),
            ("evaluation_periods", Value::int(2)),
            ("statistic", text("Average")),
        ];
        assert_eq!(errors(&whole), 0);
        assert_eq!(errors(&[]), 3);
        let mut wrong = whole.to_vec();
        wrong.extend([("extended_statistic", text("p99")), ("period", Value::int(45)), ("treat_missing_data", text("maybe"))]);
        assert_eq!(errors(&wrong), 3);
    }
}
