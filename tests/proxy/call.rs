//! One call to AWS, understood: service, operation, region, parameters.

use super::form;
use super::s3;
use hyper::HeaderMap;
use hyper::body::Bytes;
use hyper::header::AUTHORIZATION;
use std::collections::BTreeMap;

/// A call as it arrived; rules may change the form before it is forwarded.
#[derive(Clone, Debug)]
pub struct Call {
    /// HTTP method.
    pub method: String,
    /// Path and query as they arrived.
    pub target: String,
    /// Headers as they arrived.
    pub headers: HeaderMap,
    /// Body; rewritten from `form` by [`Call::set_form`].
    pub body: Bytes,
    /// `ec2`, `rds`, `iam`, `sts`, `dynamodb`, `s3`, from the signature's scope.
    pub service: String,
    /// API name of the operation.
    pub operation: String,
    /// Region of the signature's scope.
    pub region: String,
    /// Parameters of a Query call.
    pub form: Vec<(String, String)>,
    /// Bucket of an S3 call.
    pub bucket: String,
    /// What a rule's `before` leaves for its `after`.
    pub notes: BTreeMap<&'static str, Vec<String>>,
}

impl Call {
    /// Understands a request.
    pub fn new(method: String, target: String, headers: HeaderMap, body: Bytes) -> Self {
        let (service, region) = scope(&headers);
        let mut call = Self {
            method,
            target,
            headers,
            body,
            service,
            operation: String::new(),
            region,
            form: Vec::new(),
            bucket: String::new(),
            notes: BTreeMap::new(),
        };
        call.name_operation();
        call
    }

    fn name_operation(&mut self) {
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        if let Some(target) = header(&self.headers, "x-amz-target") {
            self.operation = target.rsplit('.').next().unwrap_or_default().to_owned();
            return;
        }
        if let Some((_, name)) = path.split_once("/operation/").filter(|_| path.starts_with("/service/")) {
            self.operation = name.to_owned();
            return;
        }
        if self.service == "s3" {
            let (bucket, _, name) = s3::operation(&self.method, path, &form::decode(query));
            (self.bucket, self.operation) = (bucket, name);
            return;
        }
        let text = if self.method == "GET" { query } else { std::str::from_utf8(&self.body).unwrap_or("") };
        self.form = form::decode(text);
        self.operation = self.get("Action").unwrap_or("Unknown").to_owned();
    }

    /// `ec2/DescribeVpcs`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.service, self.operation)
    }

    /// Whether this is one of these operations of a service.
    pub fn is(&self, service: &str, operations: &[&str]) -> bool {
        self.service == service && operations.contains(&self.operation.as_str())
    }

    /// Whether the call changes something.
    pub fn mutating(&self) -> bool {
        const READING: &[&str] = &["Describe", "List", "Get", "Head", "Query", "Scan", "BatchGet", "Assume", "Simulate"];
        !READING.iter().any(|verb| self.operation.starts_with(verb))
    }

    /// A parameter of a Query call.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.form.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// A parameter, empty when it is missing.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or("")
    }

    /// The values of `Name.1`, `Name.2` ... (also `Name.member.1`, `Name.Item.1`), in order.
    pub fn list(&self, name: &str) -> Vec<String> {
        let numbered = |key: &str| {
            let rest = key.strip_prefix(name)?.strip_prefix('.')?;
            rest.rsplit('.').next()?.parse::<usize>().ok().filter(|_| rest.split('.').count() <= 2)
        };
        let mut found: Vec<(usize, String)> = self.form.iter().filter_map(|(key, value)| Some((numbered(key)?, value.clone()))).collect();
        found.sort();
        found.into_iter().map(|(_, value)| value).collect()
    }

    /// EC2's filters: names with their values.
    pub fn filters(&self) -> Vec<(String, Vec<String>)> {
        (1..)
            .map_while(|n| self.get(&format!("Filter.{n}.Name")).map(|name| (n, name.to_owned())))
            .map(|(n, name)| (name, self.list(&format!("Filter.{n}.Value"))))
            .collect()
    }

    /// Takes a filter out of the call and returns its values.
    pub fn take_filter(&mut self, name: &str) -> Option<Vec<String>> {
        let mut filters = self.filters();
        let at = filters.iter().position(|(found, _)| found == name)?;
        let (_, taken) = filters.remove(at);
        let mut form: Vec<_> = self.form.drain(..).filter(|(key, _)| !key.starts_with("Filter.")).collect();
        for (n, (name, values)) in filters.into_iter().enumerate() {
            form.push((format!("Filter.{}.Name", n + 1), name));
            for (m, value) in values.into_iter().enumerate() {
                form.push((format!("Filter.{}.Value.{}", n + 1, m + 1), value));
            }
        }
        self.set_form(form);
        Some(taken)
    }

    /// Replaces the parameters, and the body with them.
    pub fn set_form(&mut self, form: Vec<(String, String)>) {
        self.body = form::encode(&form).into();
        self.form = form;
    }

    /// Tags given at creation: `TagSpecification.N` of one resource type (`None`: of any).
    pub fn tag_specification(&self, resource: &str) -> Vec<(String, String)> {
        (1..)
            .map(|n| format!("TagSpecification.{n}"))
            .take_while(|prefix| self.get(&format!("{prefix}.ResourceType")).is_some())
            .filter(|prefix| self.text(&format!("{prefix}.ResourceType")) == resource)
            .flat_map(|prefix| self.tags(&format!("{prefix}.Tag")))
            .collect()
    }

    /// Pairs `prefix.N.Key`, `prefix.N.Value`.
    pub fn tags(&self, prefix: &str) -> Vec<(String, String)> {
        (1..)
            .map_while(|n| {
                let key = self.get(&format!("{prefix}.{n}.Key"))?;
                Some((key.to_owned(), self.text(&format!("{prefix}.{n}.Value")).to_owned()))
            })
            .collect()
    }
}

/// A header as text.
pub fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Service and region of the signature: `Credential=AKID/20260101/eu-central-1/ec2/aws4_request`.
fn scope(headers: &HeaderMap) -> (String, String) {
    let authorization = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or("");
    let credential = authorization.split("Credential=").nth(1).unwrap_or("");
    let mut parts = credential.split([',', ' ']).next().unwrap_or("").split('/').skip(2);
    let region = parts.next().unwrap_or("us-east-1").to_owned();
    let service = parts.next().unwrap_or("s3").to_owned();
    (service, region)
}
