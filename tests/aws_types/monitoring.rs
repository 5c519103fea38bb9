//! Topics, subscriptions, alarms and log groups.

use super::world::World;
use envctl::aws::shape;
use envctl::value::Value;
use serde_json::{Value as Json, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_is_made_changed_found_and_removed() {
    let w = World::new("eu-south-2").await;
    let mut made = w.create("aws_sns_topic", json!({"name": "alarms", "display_name": "Alarms", "tags": {"team": "ops"}})).await;
    assert_eq!(made.id(), "arn:aws:sns:eu-south-2:123456789012:alarms");
    assert!(made.str("policy").contains("SNS:Publish"));
    w.locate(&made).await;
    w.import(&made, made.id()).await;
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"SNS:Publish","Resource":"*"}]}"#;
    w.update(&mut made, json!({"name": "alarms", "display_name": "Alerts", "policy": policy, "tags": {"env": "stage"}})).await;
    assert_eq!(made.str("display_name"), "Alerts");
    assert!(made.str("policy").contains("cloudwatch.amazonaws.com"));
    assert_eq!(w.replaces(&made, json!({"name": "others"})), ["name"]);
    w.delete(made).await;
    let fifo = w.create("aws_sns_topic", json!({"name_prefix": "jobs-", "fifo_topic": true, "content_based_deduplication": true})).await;
    assert!(fifo.str("name").starts_with("jobs-") && fifo.str("name").ends_with(".fifo"));
    assert_eq!(fifo.str("name_prefix"), "jobs-");
    w.locate(&fifo).await;
    w.delete(fifo).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_is_made_changed_found_and_removed() {
    let w = World::new("eu-central-2").await;
    let topic = w.create("aws_sns_topic", json!({"name": "alarms"})).await;
    let mail = |address: &str| json!({"topic_arn": topic.id(), "protocol": "email", "endpoint": address});
    let made = w.create("aws_sns_topic_subscription", mail("ops@example.com")).await;
    assert_eq!((made.str("endpoint"), made.str("topic_arn")), ("ops@example.com", topic.id()));
    w.locate(&made).await;
    w.import(&made, made.id()).await;
    assert_eq!(w.replaces(&made, mail("dev@example.com")), ["endpoint"]);
    let queue = |filter: Json, raw: bool| json!({"topic_arn": topic.id(), "protocol": "sqs", "endpoint": "arn:aws:sqs:eu-central-2:123456789012:jobs", "filter_policy": filter.to_string(), "raw_message_delivery": raw});
    let mut filtered = w.create("aws_sns_topic_subscription", queue(json!({"kind": ["a"]}), false)).await;
    w.update(&mut filtered, queue(json!({"kind": ["a", "b"]}), true)).await;
    assert_eq!(shape::flag(&filtered.object.attributes, "raw_message_delivery"), Some(true));
    assert!(w.unchanged(&filtered, {
        let mut spaced = queue(json!({}), true);
        spaced["filter_policy"] = json!("{ \"kind\" : [\"a\", \"b\"] }");
        spaced
    }));
    w.delete(filtered).await;
    w.delete(made).await;
    w.delete(topic).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_group_is_made_changed_found_and_removed() {
    let w = World::new("ap-east-1").await;
    let mut made =
        w.create("aws_cloudwatch_log_group", json!({"name": "/app/web", "retention_in_days": 14, "tags": {"team": "web"}})).await;
    assert!(made.str("arn").ends_with(":log-group:/app/web"), "{}", made.str("arn"));
    assert_eq!((made.str("log_group_class"), made.get("retention_in_days")), ("STANDARD", &Value::int(14)));
    w.locate(&made).await;
    w.import(&made, "/app/web").await;
    w.update(&mut made, json!({"name": "/app/web", "retention_in_days": 30, "tags": {"env": "stage"}})).await;
    w.update(&mut made, json!({"name": "/app/web"})).await;
    assert_eq!(made.get("retention_in_days"), &Value::int(0));
    let longer = w.create("aws_cloudwatch_log_group", json!({"name": "/app/web-2"})).await;
    let drawn = w.create("aws_cloudwatch_log_group", json!({"name_prefix": "jobs-", "skip_destroy": true})).await;
    w.forget(&drawn).await;
    assert!(w.read(&drawn).await.is_some(), "skip_destroy keeps the group");
    w.delete(made).await;
    assert!(w.read(&longer).await.is_some(), "a longer name is another group");
    assert_eq!(w.complaints("aws_cloudwatch_log_group", json!({"name": "a b", "retention_in_days": 8})).len(), 2);
}

fn alarm(change: Json) -> Json {
    let mut all = json!({
        "alarm_name": "cpu", "namespace": "AWS/RDS", "metric_name": "CPUUtilization", "statistic": "Average", "period": 300,
        "comparison_operator": "GreaterThanThreshold", "threshold": 80, "evaluation_periods": 2, "alarm_description": "Busy",
        "dimensions": {"DBInstanceIdentifier": "main"}, "alarm_actions": ["arn:aws:sns:ap-northeast-2:123456789012:alarms"], "tags": {"team": "ops"},
    });
    all.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_is_made_changed_found_and_removed() {
    let w = World::new("ap-northeast-2").await;
    let mut made = w.create("aws_cloudwatch_metric_alarm", alarm(json!({}))).await;
    assert!(made.str("arn").ends_with(":alarm:cpu"), "{}", made.str("arn"));
    assert_eq!(made.get("threshold"), &Value::int(80));
    w.locate(&made).await;
    w.import(&made, "cpu").await;
    w.proxy.reset_stats();
    w.update(
        &mut made,
        alarm(
            json!({"threshold": 90.5, "treat_missing_data": "breaching", "ok_actions": ["arn:aws:sns:ap-northeast-2:123456789012:alarms"]}),
        ),
    )
    .await;
    assert_eq!((made.str("treat_missing_data"), w.proxy.calls("monitoring/PutMetricAlarm")), ("breaching", 1));
    w.update(&mut made, alarm(json!({"threshold": 90.5, "tags": {"env": "stage"}, "treat_missing_data": "notBreaching"}))).await;
    assert_eq!(w.replaces(&made, alarm(json!({"alarm_name": "other"}))), ["alarm_name"]);
    w.delete(made).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_watches_an_expression() {
    let w = World::new("ap-northeast-3").await;
    let metric =
        |name: &str| json!([{"metric_name": name, "namespace": "App", "period": 60, "stat": "Sum", "dimensions": {"Service": "web"}}]);
    let config = json!({
        "alarm_name": "errors", "comparison_operator": "GreaterThanThreshold", "evaluation_periods": 1, "threshold": 5,
        "metric_query": [
            {"id": "rate", "expression": "100 * errors / requests", "label": "Errors in %", "return_data": true},
            {"id": "errors", "metric": metric("Errors")},
            {"id": "requests", "metric": metric("Requests")},
        ],
    });
    let made = w.create("aws_cloudwatch_metric_alarm", config).await;
    assert_eq!(made.get("metric_query").items().map(<[Value]>::len), Some(3));
    w.delete(made).await;
    assert_eq!(
        w.complaints("aws_cloudwatch_metric_alarm", json!({"alarm_name": "x", "metric_name": "A", "statistic": "Average"})).len(),
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_read_in_few_calls() {
    let w = World::new("me-south-1").await;
    let mut groups = Vec::new();
    for n in 0..3 {
        groups.push(w.create("aws_cloudwatch_log_group", json!({"name": format!("g{n}")})).await);
    }
    w.proxy.reset_stats();
    assert_eq!(w.read_all(&groups).await, 3);
    assert_eq!(w.proxy.calls("logs/DescribeLogGroups"), 1);
    let mut parameters = Vec::new();
    for n in 0..12 {
        parameters.push(w.create("aws_ssm_parameter", json!({"name": format!("p{n}"), "type": "String", "value": "x"})).await);
    }
    w.proxy.reset_stats();
    assert_eq!(w.read_all(&parameters).await, 12);
    assert_eq!(w.proxy.calls("ssm/GetParameters"), 2);
    assert_eq!(w.proxy.calls("ssm/GetParameter"), 0);
}
