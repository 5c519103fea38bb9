//! Services of compose files as items: image, ports, environment, limits and the rest, part by part.

use super::objects::datum;
use super::side::{Datum, Steps};
use crate::ops::looks::{secret_name, secret_value};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// Whether a path is that of a compose file.
#[must_use]
pub fn is_compose(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let yaml = name.ends_with(".yml") || name.ends_with(".yaml");
    yaml && (name.starts_with("docker-compose") || name.starts_with("compose.") || name.starts_with("compose-"))
}

/// The services of a compose file by name: `web`, `backend/web` from a folder, `docker-compose.dev.yml/web` from one that
/// is not the folder's main file. `None`: it is none.
#[must_use]
pub fn services(path: &str, text: &str) -> Option<BTreeMap<String, Datum>> {
    let document = datum(&crate::lang::yaml(text).ok()?).json;
    let found = document.get("services")?.as_object()?;
    let (folder, file) = path.rsplit_once('/').map_or(("", path), |(folder, file)| (folder, file));
    let main = matches!(file, "docker-compose.yml" | "docker-compose.yaml" | "compose.yml" | "compose.yaml");
    let prefix = match (folder.is_empty(), main) {
        (true, true) => String::new(),
        (false, true) => format!("{folder}/"),
        (_, false) => format!("{path}/"),
    };
    Some(found.iter().map(|(name, service)| (format!("{prefix}{name}"), service_datum(service))).collect())
}

fn service_datum(service: &Json) -> Datum {
    let mut members: Map<String, Json> = service.as_object().cloned().unwrap_or_default();
    for name in ["environment", "labels"] {
        if let Some(value) = members.get_mut(name) {
            *value = Json::Object(pairs_of(value));
        }
    }
    let environment = members.get("environment").and_then(Json::as_object);
    let is_secret = |(k, v): &(&String, &Json)| secret_name(k) || v.as_str().is_some_and(secret_value);
    let secret: Vec<Steps> =
        environment.into_iter().flatten().filter(is_secret).map(|(k, _)| vec!["environment".to_string(), k.clone()]).collect();
    Datum { json: Json::Object(members), secret, ..Datum::default() }
}

/// `["A=b"]` and `{A: b}` say the same.
fn pairs_of(value: &Json) -> Map<String, Json> {
    match value {
        Json::Object(members) => members.iter().map(|(k, v)| (k.clone(), Json::String(plain(v)))).collect(),
        Json::Array(items) => items
            .iter()
            .filter_map(Json::as_str)
            .map(|item| item.split_once('=').map_or((item.to_string(), Json::Null), |(k, v)| (k.to_string(), Json::String(v.to_string()))))
            .collect(),
        _ => Map::new(),
    }
}

fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_have_one_form_and_their_secrets_are_known() {
        let text =
            "services:\n  web:\n    image: nginx:1.27\n    environment:\n      - MODE=live\n      - DB_PASSWORD=x\n    ports: ['80:80']\n";
        let found = services("docker-compose.yml", text).unwrap();
        let web = found.get("web").unwrap();
        assert_eq!(web.json.pointer("/environment/MODE"), Some(&Json::String("live".into())));
        assert_eq!(web.secret, [vec!["environment".to_string(), "DB_PASSWORD".into()]]);
        assert!(services("a/compose.yaml", text).unwrap().contains_key("a/web"));
        assert!(services("docker-compose.dev.yml", text).unwrap().contains_key("docker-compose.dev.yml/web"));
        assert!(services("compose.yml", "a: [").is_none() && services("compose.yml", "x").is_none());
        assert!(is_compose("x/docker-compose.prod.yml") && is_compose("compose.yaml") && !is_compose("composer.json"));
    }
}
