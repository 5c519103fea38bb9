//! The control endpoints under `/_proxy/`.

use super::answer::Answer;
use super::context::lock;
use super::faults::Fault;
use super::kill::KillPoint;
use super::rules;
use super::server::Proxy;
use super::stats::Stats;
use hyper::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Answers a control request; `path` is what follows `/_proxy`.
pub fn answer(proxy: &Proxy, method: &str, path: &str, body: &[u8]) -> Answer {
    match respond(proxy, method, path, body) {
        Ok(value) => Answer::new(StatusCode::OK, "application/json", value.to_string()),
        Err(reason) => Answer::new(StatusCode::BAD_REQUEST, "text/plain", format!("{reason}\n")),
    }
}

fn respond(proxy: &Proxy, method: &str, path: &str, body: &[u8]) -> Result<Value, String> {
    match (method, path) {
        ("GET", "/stats") => Ok(lock(&proxy.stats).json()),
        ("POST", "/stats/reset") => {
            *lock(&proxy.stats) = Stats::default();
            if let Some(point) = lock(&proxy.kill).as_mut() {
                point.restart();
            }
            Ok(json!({}))
        }
        ("POST", "/faults") => {
            lock(&proxy.faults).push(read::<Fault>(body)?);
            Ok(json!({}))
        }
        ("DELETE", "/faults") => {
            lock(&proxy.faults).clear();
            Ok(json!({}))
        }
        ("POST", "/kill") => {
            *lock(&proxy.kill) = Some(read::<KillPoint>(body)?);
            Ok(json!({}))
        }
        ("GET", "/kill") => Ok(lock(&proxy.kill).as_ref().map_or(json!({"fired": false}), KillPoint::json)),
        ("POST", "/settings") => {
            let settings = proxy.context.settings().changed(body)?;
            proxy.context.set_settings(settings.clone());
            serde_json::to_value(settings).map_err(|error| error.to_string())
        }
        ("GET", "/rules") => Ok(rules::listing(&proxy.rules)),
        _ => Err(format!("{method} /_proxy{path} is no control endpoint; tests/proxy/README.md lists them")),
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| error.to_string())
}
