//! Failures of the SDK in our words: code, message, request id and the permission concerned.
//!
//! Only code and message of an answer are kept, never its body: bodies of some errors repeat
//! tokens. The classes follow the error codes documented per service and the common errors of
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>.

use super::clock::REFUSED;
use super::fencing::Fenced;
use crate::provider::{ErrorKind, ProviderError};
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use std::error::Error;
use std::future::Future;

/// A failed API call.
#[derive(Clone, Debug)]
pub struct ApiError {
    /// The permission of the call: `ec2:CreateVpc`.
    pub action: &'static str,
    /// The API's code: `InvalidVpcID.NotFound`; empty when there was no answer.
    pub code: String,
    /// The API's message, or what happened instead of an answer.
    pub message: String,
    /// Its request id.
    pub request_id: Option<String>,
    /// Its class.
    pub kind: ErrorKind,
}

/// Runs an SDK call and explains its failure. `action` is the IAM name of the call.
///
/// # Errors
/// The call's failure.
pub async fn call<T, E, F>(action: &'static str, send: F) -> Result<T, ApiError>
where
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    send.await.map_err(|e| ApiError::new(action, &e))
}

impl ApiError {
    /// Explains an SDK error of the call that needs the permission `action`.
    pub fn new<E>(action: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let request_id = error.request_id().map(str::to_string);
        let (code, message, kind) = match error {
            SdkError::ServiceError(service) => {
                let status = service.raw().status().as_u16();
                let code = service.err().code().map_or_else(|| format!("HTTP {status}"), str::to_string);
                let message = service.err().message().unwrap_or("the answer has no message").to_string();
                let kind = classify(&code, status);
                (code, message, kind)
            }
            SdkError::TimeoutError(_) => (String::new(), "no answer in time".to_string(), ErrorKind::Unsettled),
            SdkError::ResponseError(r) => {
                let message = format!("the answer (HTTP {}) could not be understood", r.raw().status().as_u16());
                (String::new(), message, ErrorKind::Unsettled)
            }
            SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) => not_sent(error),
            _ => (String::new(), "the call failed".to_string(), ErrorKind::Unsettled),
        };
        ApiError { action, code, message, request_id, kind }
    }

    /// Whether the API answered with one of these codes.
    #[must_use]
    pub fn is(&self, codes: &[&str]) -> bool {
        codes.contains(&self.code.as_str())
    }

    /// Whether permissions or credentials are the cause.
    #[must_use]
    pub fn denied(&self) -> bool {
        self.kind == ErrorKind::Denied
    }

    /// The error for people: `doing` is what failed ("Creating the VPC").
    #[must_use]
    pub fn while_doing(self, doing: &str) -> ProviderError {
        let help = help(&self);
        let code = if self.code.is_empty() { String::new() } else { format!(" {}:", self.code) };
        let id = self.request_id.map(|id| format!(" (request id {id})")).unwrap_or_default();
        let detail = match self.code.as_str() {
            FENCED => format!("{} was not called. {}", self.action, self.message),
            _ => format!("{} answered{code} {}{id}", self.action, self.message),
        };
        let error = ProviderError::new(self.kind, format!("{doing} failed"), detail);
        match help {
            Some(help) => error.help(help),
            None => error,
        }
    }
}

impl From<ApiError> for ProviderError {
    fn from(error: ApiError) -> Self {
        let doing = format!("Calling {}", error.action);
        error.while_doing(&doing)
    }
}

/// Turns an answer "does not exist" (one of `codes`) into `None`.
///
/// # Errors
/// Every other failure.
pub fn absent<T>(result: Result<T, ApiError>, codes: &[&str]) -> Result<Option<T>, ApiError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(e) if e.is(codes) => Ok(None),
        Err(e) => Err(e),
    }
}

/// Stands for a code where the lock of the run was lost before the call was sent.
const FENCED: &str = "LockLost";

/// What kept a request from being sent: credentials, or the network.
fn not_sent<E: Error + 'static>(error: &E) -> (String, String, ErrorKind) {
    let mut source: Option<&(dyn Error + 'static)> = error.source();
    let mut deepest = String::from("the request could not be sent");
    while let Some(e) = source {
        if let Some(c) = e.downcast_ref::<CredentialsError>() {
            return ("NoCredentials".into(), credentials_text(c), ErrorKind::Denied);
        }
        if let Some(f) = e.downcast_ref::<Fenced>() {
            let kind = if f.sent { ErrorKind::Unsettled } else { f.why.kind };
            return (FENCED.into(), f.to_string(), kind);
        }
        let text = e.to_string();
        if !text.is_empty() {
            deepest = text;
        }
        source = e.source();
    }
    (String::new(), format!("nothing: {deepest}"), ErrorKind::Unsettled)
}

/// The texts of a credentials failure, outermost first.
fn credentials_text(error: &CredentialsError) -> String {
    let mut parts = vec![error.to_string()];
    let mut source = error.source();
    while let Some(e) = source {
        let text = e.to_string();
        if !text.is_empty() && !parts.contains(&text) {
            parts.push(text);
        }
        source = e.source();
    }
    parts.join(": ")
}

const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "AuthFailure",
    "AuthorizationError",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidToken",
    "MissingAuthenticationToken",
    "NotAuthorized",
    "OptInRequired",
    "RequestExpired",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "UnauthorizedOperation",
    "UnrecognizedClientException",
];
const THROTTLED: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "TooManyRequestsException",
];

/// The class of an answer by its code and HTTP status.
fn classify(code: &str, status: u16) -> ErrorKind {
    if THROTTLED.contains(&code) || code.contains("Throttl") || status == 429 {
        ErrorKind::Throttled
    } else if DENIED.contains(&code) || (status == 403 && code.starts_with("HTTP ")) {
        ErrorKind::Denied
    } else if status >= 500 {
        ErrorKind::Unsettled
    } else if code.contains("NotFound") || code.starts_with("NoSuch") {
        ErrorKind::NotFound
    } else if ["AlreadyExists", "Duplicate", "AlreadyOwned", "AlreadyAssociated", "ResourceExists"].iter().any(|p| code.contains(p)) {
        ErrorKind::AlreadyExists
    } else if code.contains("InUse") || ["DependencyViolation", "DeleteConflict", "BucketNotEmpty"].contains(&code) {
        ErrorKind::InUse
    } else if ["Invalid", "Malformed", "Validation", "Missing", "Unsupported"].iter().any(|p| code.starts_with(p)) {
        ErrorKind::Invalid
    } else {
        ErrorKind::Other
    }
}

/// What to do about the usual failures.
fn help(error: &ApiError) -> Option<String> {
    let text = match error.code.as_str() {
        "NoCredentials" => "Give credentials: `AWS_PROFILE`, `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, `aws sso login`, or `profile` in the provider block.".into(),
        code if REFUSED.contains(&code) => "AWS's time is another one than this machine's: set the clock (`timedatectl`), and run the command again.".into(),
        "ExpiredToken" | "ExpiredTokenException" => "The credentials have expired: log in again (`aws sso login`) or renew the session token; also check the clock of this machine.".into(),
        "InvalidClientTokenId" | "InvalidAccessKeyId" | "UnrecognizedClientException" => "The access key does not exist, is inactive, or belongs to another partition: check the profile and the `AWS_*` variables.".into(),
        "SignatureDoesNotMatch" | "IncompleteSignature" => "The secret key does not belong to the access key, or a session token is missing.".into(),
        "AuthFailure" => "Check the credentials, the clock of this machine, and whether the region is enabled for the account.".into(),
        FENCED => "Run the command again: it finds what this one did.".into(),
        "OptInRequired" => "Enable the region or the service for this account.".into(),
        "PermanentRedirect" | "IllegalLocationConstraintException" | "AuthorizationHeaderMalformed" => "The object lives in another region: set `region`.".into(),
        "DependencyViolation" => "Something outside this configuration still uses the object: remove that first.".into(),
        _ if error.kind == ErrorKind::Throttled => "AWS limits the calls of the account: run the command again in some minutes, with a lower `-parallelism`.".into(),
        _ if error.kind == ErrorKind::Denied => format!("The credentials need the permission `{}`.", error.action),
        _ if error.kind == ErrorKind::Unsettled && error.code.is_empty() => "Check the network, the region's name and `AWS_ENDPOINT_URL`, and run the command again.".into(),
        _ if error.kind == ErrorKind::Unsettled => "AWS failed, not this request: run the command again in a minute. Whether the service is disturbed: https://health.aws.amazon.com/health/status".into(),
        _ => return None,
    };
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: &str) -> ApiError {
        ApiError {
            action: "ec2:CreateVpc",
            code: code.into(),
            message: "no".into(),
            request_id: Some("r-1".into()),
            kind: classify(code, 400),
        }
    }

    #[test]
    fn codes_have_classes() {
        for (code, status, kind) in [
            ("InvalidVpcID.NotFound", 400, ErrorKind::NotFound),
            ("NoSuchEntity", 404, ErrorKind::NotFound),
            ("DependencyViolation", 400, ErrorKind::InUse),
            ("RequestLimitExceeded", 503, ErrorKind::Throttled),
            ("InternalError", 500, ErrorKind::Unsettled),
            ("UnauthorizedOperation", 403, ErrorKind::Denied),
            ("RouteAlreadyExists", 400, ErrorKind::AlreadyExists),
            ("Resource.AlreadyAssociated", 400, ErrorKind::AlreadyExists),
            ("ResourceExistsException", 400, ErrorKind::AlreadyExists),
            ("InvalidParameterValue", 400, ErrorKind::Invalid),
            ("HTTP 403", 403, ErrorKind::Denied),
            ("VpcLimitExceeded", 400, ErrorKind::Other),
        ] {
            assert_eq!(classify(code, status), kind, "{code}");
        }
    }

    #[test]
    fn a_denied_call_names_the_permission() {
        let e = error("UnauthorizedOperation").while_doing("Creating the VPC");
        assert_eq!(e.summary, "Creating the VPC failed");
        assert_eq!(e.detail, "ec2:CreateVpc answered UnauthorizedOperation: no (request id r-1)");
        assert!(e.help.unwrap().contains("`ec2:CreateVpc`"));
    }

    #[test]
    fn only_the_named_codes_mean_absent() {
        assert!(absent::<()>(Err(error("InvalidVpcID.NotFound")), &["InvalidVpcID.NotFound"]).unwrap().is_none());
        assert!(absent::<()>(Err(error("UnauthorizedOperation")), &["InvalidVpcID.NotFound"]).is_err());
    }
}
