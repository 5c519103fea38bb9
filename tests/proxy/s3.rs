//! S3 names its operations by method, path and sub-resource; this gives them their API names.

/// Bucket, key and operation of a path-style request.
pub fn operation(method: &str, path: &str, query: &[(String, String)]) -> (String, String, String) {
    let path = path.trim_start_matches('/');
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let has = |name: &str| query.iter().any(|(found, _)| found == name);
    let name = match (bucket.is_empty(), key.is_empty()) {
        (true, _) => "ListBuckets".to_owned(),
        (false, true) => bucket_operation(method, &has),
        (false, false) => object_operation(method, &has),
    };
    (bucket.to_owned(), key.to_owned(), name)
}

const BUCKET_PARTS: &[(&str, &str)] = &[
    ("versioning", "BucketVersioning"),
    ("encryption", "BucketEncryption"),
    ("lifecycle", "BucketLifecycleConfiguration"),
    ("publicAccessBlock", "PublicAccessBlock"),
    ("ownershipControls", "BucketOwnershipControls"),
    ("policyStatus", "BucketPolicyStatus"),
    ("policy", "BucketPolicy"),
    ("tagging", "BucketTagging"),
    ("acl", "BucketAcl"),
    ("cors", "BucketCors"),
    ("website", "BucketWebsite"),
    ("logging", "BucketLogging"),
    ("accelerate", "BucketAccelerateConfiguration"),
    ("requestPayment", "BucketRequestPayment"),
    ("replication", "BucketReplication"),
    ("notification", "BucketNotificationConfiguration"),
    ("object-lock", "ObjectLockConfiguration"),
    ("location", "BucketLocation"),
];

fn bucket_operation(method: &str, has: &dyn Fn(&str) -> bool) -> String {
    let verb = match method {
        "GET" => "Get",
        "DELETE" => "Delete",
        _ => "Put",
    };
    if let Some((_, part)) = BUCKET_PARTS.iter().find(|(query, _)| has(query)) {
        return format!("{verb}{part}");
    }
    match method {
        "HEAD" => "HeadBucket",
        "PUT" => "CreateBucket",
        "DELETE" => "DeleteBucket",
        "POST" if has("delete") => "DeleteObjects",
        "GET" if has("versions") => "ListObjectVersions",
        "GET" if has("uploads") => "ListMultipartUploads",
        "GET" if has("list-type") => "ListObjectsV2",
        "GET" => "ListObjects",
        _ => "PostBucket",
    }
    .to_owned()
}

fn object_operation(method: &str, has: &dyn Fn(&str) -> bool) -> String {
    match method {
        "GET" if has("tagging") => "GetObjectTagging",
        "GET" => "GetObject",
        "HEAD" => "HeadObject",
        "PUT" if has("tagging") => "PutObjectTagging",
        "PUT" if has("partNumber") => "UploadPart",
        "PUT" => "PutObject",
        "DELETE" if has("uploadId") => "AbortMultipartUpload",
        "DELETE" => "DeleteObject",
        "POST" if has("uploads") => "CreateMultipartUpload",
        "POST" if has("uploadId") => "CompleteMultipartUpload",
        _ => "PostObject",
    }
    .to_owned()
}
