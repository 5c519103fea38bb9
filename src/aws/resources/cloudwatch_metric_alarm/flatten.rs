//! From the API's answer to the attributes of an alarm.

use super::{Full, rules};
use crate::aws::region;
use crate::aws::shape::{self, Attrs};
use crate::aws::tags::{TagRules, to_value};
use crate::provider::Ctx;
use crate::schema::ResourceSchema;
use crate::value::{Members, Number, Type, Value};
use aws_sdk_cloudwatch::types::{ComparisonOperator, Dimension, EvaluationCriteria, MetricAlarm, MetricDataQuery, StandardUnit, Statistic};

pub(super) fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, full: &Full) -> Value {
    let a = &full.alarm;
    let (tags, tags_all) = TagRules::from_facts(ctx.facts).observed(&full.tags, base);
    let queries = a.metrics().iter().map(query).collect();
    let threshold = a.threshold().filter(|_| a.threshold_metric_id().is_none()).and_then(Number::from_f64);
    Attrs::over(schema, base)
        .text("id", a.alarm_name())
        .text("region", Some(region::of(ctx)))
        .text("arn", a.alarm_arn())
        .flag("actions_enabled", a.actions_enabled())
        .set("alarm_actions", a.alarm_actions())
        .text("alarm_description", a.alarm_description())
        .text("alarm_name", a.alarm_name())
        .text("comparison_operator", a.comparison_operator().map(ComparisonOperator::as_str))
        .int("datapoints_to_alarm", a.datapoints_to_alarm())
        .put("dimensions", dimensions(a.dimensions()))
        .text("evaluate_low_sample_count_percentiles", a.evaluate_low_sample_count_percentile())
        .put("evaluation_criteria", Value::list(rules::criteria().ty(), criteria(a).into_iter().collect()))
        .int("evaluation_interval", a.evaluation_interval())
        .int("evaluation_periods", a.evaluation_periods())
        .text("extended_statistic", a.extended_statistic())
        .set("insufficient_data_actions", a.insufficient_data_actions())
        .text("metric_name", a.metric_name())
        .put("metric_query", Value::set(rules::query().ty(), queries))
        .text("namespace", a.namespace())
        .set("ok_actions", a.ok_actions())
        .int("period", a.period())
        .text("statistic", a.statistic().map(Statistic::as_str))
        .put("threshold", threshold.map_or_else(|| Value::null(Type::Number), Value::number))
        .text("threshold_metric_id", a.threshold_metric_id())
        .text("treat_missing_data", Some(a.treat_missing_data().unwrap_or("missing")))
        .text("unit", a.unit().map(StandardUnit::as_str))
        .put("tags", tags)
        .put("tags_all", tags_all)
        .finish()
}

fn dimensions(all: &[Dimension]) -> Value {
    to_value(&all.iter().filter_map(|d| Some((d.name()?.to_string(), d.value().unwrap_or_default().to_string()))).collect())
}

fn text(t: Option<&str>) -> Value {
    Value::string(t.unwrap_or_default())
}

fn whole(n: Option<i32>) -> Value {
    Value::int(i64::from(n.unwrap_or(0)))
}

fn query(q: &MetricDataQuery) -> Value {
    let metric = q.metric_stat().map(|s| {
        let metric = s.metric();
        let members: Members = [
            ("dimensions".into(), dimensions(metric.map(aws_sdk_cloudwatch::types::Metric::dimensions).unwrap_or_default())),
            ("metric_name".into(), text(metric.and_then(|m| m.metric_name()))),
            ("namespace".into(), text(metric.and_then(|m| m.namespace()))),
            ("period".into(), whole(s.period())),
            ("stat".into(), text(s.stat())),
            ("unit".into(), text(s.unit().map(StandardUnit::as_str))),
        ]
        .into();
        shape::filled(&rules::metric(), members)
    });
    let members: Members = [
        ("account_id".into(), text(q.account_id())),
        ("expression".into(), text(q.expression())),
        ("id".into(), text(q.id())),
        ("label".into(), text(q.label())),
        ("metric".into(), Value::list(rules::metric().ty(), metric.into_iter().collect())),
        ("period".into(), whole(q.period())),
        ("return_data".into(), Value::bool(q.return_data().unwrap_or(false))),
    ]
    .into();
    shape::filled(&rules::query(), members)
}

fn criteria(a: &MetricAlarm) -> Option<Value> {
    let Some(EvaluationCriteria::PromQlCriteria(promql)) = a.evaluation_criteria() else { return None };
    let members: Members = [
        ("pending_period".into(), whole(promql.pending_period())),
        ("query".into(), text(promql.query())),
        ("recovery_period".into(), whole(promql.recovery_period())),
    ]
    .into();
    let inner = shape::filled(&rules::promql(), members);
    Some(shape::filled(&rules::criteria(), [("promql_criteria".into(), Value::list(rules::promql().ty(), vec![inner]))].into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::tags::Tags;
    use crate::schema::ProviderFacts;
    use aws_sdk_cloudwatch::types::{AlarmPromQlCriteria, Metric, MetricStat};

    fn read(alarm: MetricAlarm) -> Value {
        let facts = ProviderFacts([("region".into(), Value::string("eu-west-1"))].into());
        let ctx = Ctx { configured: &(), facts: &facts, region: None };
        let read = flatten(&ctx, &rules::build(), &Value::object(Members::new()), &Full { alarm, tags: Tags::new() });
        assert_eq!(read.ty(), rules::build().block.ty());
        read
    }

    #[test]
    fn thresholds_are_exact_and_absent_ones_null() {
        let alarm = MetricAlarm::builder().alarm_name("a").threshold(0.1).build();
        assert_eq!(read(alarm).get("threshold"), Number::parse("0.1").map(Value::number).as_ref());
        assert!(
            read(MetricAlarm::builder().alarm_name("a").threshold(0.0).threshold_metric_id("ad1").build())
                .get("threshold")
                .is_some_and(Value::is_null)
        );
    }

    #[test]
    fn queries_and_criteria_are_blocks() {
        let stat = MetricStat::builder().metric(Metric::builder().metric_name("Errors").build()).period(60).stat("Sum").build();
        let alarm = MetricAlarm::builder().alarm_name("a").metrics(MetricDataQuery::builder().id("m1").metric_stat(stat).build()).build();
        let found = read(alarm);
        let metric = shape::first(&found, "metric_query").and_then(|q| shape::first(q, "metric")).cloned();
        assert_eq!(metric.as_ref().and_then(|m| shape::text(m, "stat")), Some("Sum"));
        let promql = AlarmPromQlCriteria::builder().query("up == 0").pending_period(60).build();
        let alarm = MetricAlarm::builder().alarm_name("a").evaluation_criteria(EvaluationCriteria::PromQlCriteria(promql)).build();
        let found = read(alarm);
        let criteria = shape::first(&found, "evaluation_criteria").and_then(|c| shape::first(c, "promql_criteria")).cloned();
        assert_eq!(criteria.as_ref().and_then(|c| shape::text(c, "query")), Some("up == 0"));
    }
}
