//! Rules about CloudWatch.

use super::World;
use crate::harness::http;
use crate::proxy::cbor;
use serde_json::json;

#[test]
fn cloudwatch_is_spoken_to_in_cbor() {
    let world = World::new();
    let scope =
        format!("AWS4-HMAC-SHA256 Credential=test/20260101/{}/monitoring/aws4_request, SignedHeaders=host, Signature=0", world.region);
    let headers = [("content-type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor"), ("authorization", scope.as_str())];
    let call = |operation: &str, body: serde_json::Value| {
        let path = format!("/service/GraniteServiceVersion20100801/operation/{operation}");
        http::request(world.proxy.url(), "POST", &path, &headers, &cbor::encode(&body)).expect("an answer")
    };
    let alarm = json!({
        "AlarmName": "busy", "Namespace": "A", "MetricName": "B", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1,
        "Threshold": 1.5, "ComparisonOperator": "GreaterThanThreshold",
    });
    assert_eq!(call("PutMetricAlarm", alarm).status, 200);
    let found = cbor::decode(&call("DescribeAlarms", json!({"AlarmNames": ["busy"]})).body).expect("CBOR");
    assert_eq!((&found["MetricAlarms"][0]["AlarmName"], &found["MetricAlarms"][0]["Threshold"]), (&json!("busy"), &json!(1.5)));
    assert_eq!(world.proxy.calls("monitoring/PutMetricAlarm"), 1);
    world.disable("cloudwatch-protocol");
    let plain = call("DescribeAlarms", json!({}));
    assert!(plain.status != 200 || cbor::decode(&plain.body).is_none_or(|b| b.get("MetricAlarms").is_none()));
}
