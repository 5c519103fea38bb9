//! From a planned alarm to the call that makes it.

use crate::aws::shape;
use crate::value::{Number, Value};
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::operation::put_metric_alarm::builders::PutMetricAlarmFluentBuilder;
use aws_sdk_cloudwatch::types::{
    AlarmPromQlCriteria, ComparisonOperator, Dimension, EvaluationCriteria, Metric, MetricDataQuery, MetricStat, StandardUnit, Statistic,
};

/// The whole alarm; what is not written is not sent.
pub(super) fn put(client: &Client, planned: &Value) -> PutMetricAlarmFluentBuilder {
    let list = |n: &str| Some(shape::strings(planned, n));
    let text = |n: &str| shape::string(planned, n);
    let positive = |n: &str| shape::int(planned, n).filter(|v| *v > 0);
    let queries: Vec<MetricDataQuery> = shape::objects(planned, "metric_query").iter().map(query).collect();
    let threshold = planned.get("threshold").and_then(Value::as_number).map(Number::to_f64);
    client
        .put_metric_alarm()
        .set_alarm_name(text("alarm_name"))
        .set_alarm_description(text("alarm_description"))
        .set_actions_enabled(shape::flag(planned, "actions_enabled"))
        .set_alarm_actions(list("alarm_actions"))
        .set_ok_actions(list("ok_actions"))
        .set_insufficient_data_actions(list("insufficient_data_actions"))
        .set_comparison_operator(shape::text(planned, "comparison_operator").map(ComparisonOperator::from))
        .set_datapoints_to_alarm(positive("datapoints_to_alarm"))
        .set_dimensions(dimensions(planned))
        .set_evaluate_low_sample_count_percentile(text("evaluate_low_sample_count_percentiles"))
        .set_evaluation_criteria(criteria(planned))
        .set_evaluation_interval(positive("evaluation_interval"))
        .set_evaluation_periods(positive("evaluation_periods"))
        .set_extended_statistic(text("extended_statistic"))
        .set_metric_name(text("metric_name"))
        .set_metrics(Some(queries).filter(|q| !q.is_empty()))
        .set_namespace(text("namespace"))
        .set_period(positive("period"))
        .set_statistic(shape::text(planned, "statistic").map(Statistic::from))
        .set_threshold(threshold.filter(|_| shape::text(planned, "threshold_metric_id").is_none()))
        .set_threshold_metric_id(text("threshold_metric_id"))
        .set_treat_missing_data(text("treat_missing_data"))
        .set_unit(shape::text(planned, "unit").map(StandardUnit::from))
}

fn dimensions(object: &Value) -> Option<Vec<Dimension>> {
    let pairs = object.get("dimensions").map(shape::string_map).unwrap_or_default();
    let all: Vec<Dimension> = pairs.iter().map(|(n, v)| Dimension::builder().name(n).value(v).build()).collect();
    Some(all).filter(|d| !d.is_empty())
}

fn query(block: &Value) -> MetricDataQuery {
    let stat = shape::first(block, "metric").map(|m| {
        let metric = Metric::builder()
            .set_namespace(shape::string(m, "namespace"))
            .set_metric_name(shape::string(m, "metric_name"))
            .set_dimensions(dimensions(m))
            .build();
        MetricStat::builder()
            .metric(metric)
            .set_period(shape::int(m, "period"))
            .set_stat(shape::string(m, "stat"))
            .set_unit(shape::text(m, "unit").map(StandardUnit::from))
            .build()
    });
    MetricDataQuery::builder()
        .set_id(shape::string(block, "id"))
        .set_account_id(shape::string(block, "account_id"))
        .set_expression(shape::string(block, "expression"))
        .set_label(shape::string(block, "label"))
        .set_period(shape::int(block, "period").filter(|p| *p > 0))
        .set_return_data(Some(shape::flag(block, "return_data").unwrap_or(false)))
        .set_metric_stat(stat)
        .build()
}

fn criteria(planned: &Value) -> Option<EvaluationCriteria> {
    let promql = shape::first(shape::first(planned, "evaluation_criteria")?, "promql_criteria")?;
    let built = AlarmPromQlCriteria::builder()
        .set_query(shape::string(promql, "query"))
        .set_pending_period(shape::int(promql, "pending_period"))
        .set_recovery_period(shape::int(promql, "recovery_period"));
    Some(EvaluationCriteria::PromQlCriteria(built.build()))
}
