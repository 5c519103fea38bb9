//! `modules/monitoring`: the alarms of a web application with a database, applied and left alone.

use crate::harness::{Envctl, Moto, Proxy};
use serde_json::Value as Json;

const REGION: &str = "eu-central-1";

const MAIN: &str = r#"provider "aws" {
  region = "eu-central-1"
}

module "monitoring" {
  source = "../../modules/monitoring"

  name   = "app-prod"
  emails = ["ops@example.com", "dev@example.com"]

  database = {
    identifier      = "app-prod"
    storage_gb      = 50
    max_connections = 225
  }

  instances    = { web = "i-0123456789abcdef0" }
  health_check = { namespace = "App", metric_name = "Healthy" }

  error_rate = {
    namespace  = "AWS/ApplicationELB"
    errors     = "HTTPCode_Target_5XX_Count"
    requests   = "RequestCount"
    dimensions = { LoadBalancer = "app/prod/1" }
  }

  log_group_name     = "/app/prod"
  log_retention_days = 90
  tags               = { environment = "prod" }
}

output "topic" {
  value = module.monitoring.topic_arn
}
"#;

#[test]
fn the_alarms_of_a_web_application_are_made_once() {
    let moto = Moto::start();
    let proxy = Proxy::start(&moto).without_delays();
    let envctl = Envctl::new().with_aws(&proxy, REGION).with_env("ENVCTL_WAIT_SCALE", "0.02");
    envctl.copy("modules");
    envctl.file("environments/prod/main.tf", MAIN);
    for command in [&["fmt", "-check", "-recursive"][..], &["validate", "prod"]] {
        let clean = envctl.run(command);
        assert_eq!(clean.code, Some(0), "{}", clean.text());
    }
    let applied = envctl.run(&["apply", "prod", "-auto-approve"]);
    assert_eq!(applied.code, Some(0), "{}", applied.text());
    assert!(applied.text().contains("confirmed from the e-mail"), "{}", applied.text());
    let again = envctl.run(&["plan", "prod", "-detailed-exitcode"]);
    assert_eq!(again.code, Some(0), "{}", again.text());

    let alarms = proxy.aws(REGION).json_call("monitoring", "GraniteServiceVersion20100801.DescribeAlarms", &serde_json::json!({}));
    let threshold = |name: &str| {
        let all = alarms["MetricAlarms"].as_array().expect("alarms");
        let alarm = all.iter().find(|a| a["AlarmName"] == name).unwrap_or_else(|| panic!("{name}: {alarms}"));
        assert_eq!(alarm["AlarmActions"].as_array().map(Vec::len), Some(1), "{name}");
        alarm["Threshold"].as_f64()
    };
    assert_eq!(threshold("app-prod-database-cpu"), Some(80.0));
    assert_eq!(threshold("app-prod-database-connections"), Some(180.0));
    assert_eq!(threshold("app-prod-database-storage"), Some(10.0 * 1024.0 * 1024.0 * 1024.0));
    assert_eq!(
        (threshold("app-prod-web-status"), threshold("app-prod-health"), threshold("app-prod-errors")),
        (Some(0.0), Some(1.0), Some(5.0))
    );
    let groups = proxy.aws(REGION).json_call("logs", "Logs_20140328.DescribeLogGroups", &serde_json::json!({}));
    assert_eq!(groups["logGroups"][0]["retentionInDays"], Json::from(90));

    let destroyed = envctl.run(&["destroy", "prod", "-auto-approve"]);
    assert_eq!(destroyed.code, Some(0), "{}", destroyed.text());
}
