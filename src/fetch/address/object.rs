//! S3 addresses: path style, virtual-host style, and services other than AWS's.

use crate::diag::Diagnostic;
use crate::objects::ObjectAddress;
use reqwest::Url;
use std::collections::BTreeMap;

/// Reads the URL after `s3::`.
pub(super) fn parse(url: &Url, query: &BTreeMap<String, String>) -> Result<ObjectAddress, Diagnostic> {
    if query.contains_key("aws_access_key_id") || query.contains_key("aws_access_key_secret") {
        return Err(Diagnostic::error("Credentials in a module source", "Keys in a source would be shown and locked with it.")
            .help("Give them as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile: ?aws_profile=NAME"));
    }
    let host = url.host_str().unwrap_or("");
    let path = url.path().trim_matches('/');
    let mut address = ObjectAddress {
        endpoint: None,
        region: query.get("region").cloned(),
        bucket: String::new(),
        key: String::new(),
        version: query.get("version").cloned(),
        profile: query.get("aws_profile").cloned(),
    };
    match aws_host(host) {
        Some((Some(bucket), region)) => {
            address.region = address.region.or(region);
            (address.bucket, address.key) = (bucket, path.to_string());
        }
        Some((None, region)) => {
            address.region = address.region.or(region);
            (address.bucket, address.key) = bucket_and_key(path);
        }
        None => {
            let port = url.port().map(|p| format!(":{p}")).unwrap_or_default();
            address.endpoint = Some(format!("{}://{host}{port}", url.scheme()));
            (address.bucket, address.key) = bucket_and_key(path);
        }
    }
    if address.bucket.is_empty() || address.key.is_empty() {
        let detail = format!("\"s3::{url}\" names no bucket and key.");
        return Err(
            Diagnostic::error("Invalid module source", detail).help("Write: s3::https://s3.eu-central-1.amazonaws.com/bucket/key.zip")
        );
    }
    Ok(address)
}

fn bucket_and_key(path: &str) -> (String, String) {
    path.split_once('/').map_or((path.to_string(), String::new()), |(b, k)| (b.to_string(), k.to_string()))
}

/// Bucket and region of `s3.REGION`, `s3-REGION` or `BUCKET.s3.REGION` at amazonaws.com.
fn aws_host(host: &str) -> Option<(Option<String>, Option<String>)> {
    let name = host.strip_suffix(".amazonaws.com").or_else(|| host.strip_suffix(".amazonaws.com.cn"))?;
    let labels: Vec<&str> = name.split('.').collect();
    let at = labels.iter().position(|l| *l == "s3" || l.starts_with("s3-"))?;
    let (before, from) = labels.split_at(at);
    let bucket = (!before.is_empty()).then(|| before.join("."));
    let (first, after) = from.split_first()?;
    let region = first.strip_prefix("s3-").map(str::to_string).or_else(|| after.last().map(ToString::to_string));
    Some((bucket, region.filter(|r| r != "dualstack")))
}
