//! Counting, faults, kill points, paging.

use super::World;
use crate::harness::process;
use serde_json::json;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[test]
fn calls_are_counted_by_service_and_operation_in_order() {
    let world = World::new();
    world.vpc();
    world.aws.create_bucket("counted-bucket");
    world.aws.s3("GET", "/counted-bucket?versioning", b"");
    world.aws.dynamodb("ListTables", &json!({}));
    world.aws.call("iam", "ListRoles", &[]);
    let stats = world.proxy.stats();
    let log = ["ec2/CreateVpc", "s3/CreateBucket", "s3/GetBucketVersioning", "dynamodb/ListTables", "iam/ListRoles"];
    assert_eq!(stats["log"], json!(log));
    assert_eq!((stats["total"].as_u64(), stats["mutating"].as_u64()), (Some(5), Some(2)));
    world.proxy.reset_stats();
    assert_eq!(world.proxy.stats()["total"], 0);
}

#[test]
fn a_throttle_strikes_the_calls_it_names_and_no_other() {
    let world = World::new();
    world.proxy.fault(json!({"operation": "ec2/DescribeVpcs", "from": 2, "to": 2, "action": "throttle"}));
    world.aws.ec2("DescribeVpcs", &[]);
    world.aws.ec2("DescribeSubnets", &[]);
    assert_eq!(world.aws.refusal("ec2", "DescribeVpcs", &[]), "RequestLimitExceeded");
    world.aws.ec2("DescribeVpcs", &[]);
}

#[test]
fn errors_come_in_the_shape_of_each_service() {
    let world = World::new();
    world.proxy.fault(json!({"operation": "*", "action": "code", "code": "Nope", "message": "not today"}));
    assert_eq!(world.aws.refusal("ec2", "DescribeVpcs", &[]), "Nope");
    assert_eq!(world.aws.refusal("iam", "ListRoles", &[]), "Nope");
    let table = world.aws.dynamodb("ListTables", &json!({}));
    assert!(table.json()["__type"].as_str().is_some_and(|code| code.ends_with("#Nope")));
    assert!(world.aws.s3("GET", "/", b"").text().contains("<Code>Nope</Code>"));
    world.proxy.clear_faults();
    world.aws.ec2("DescribeVpcs", &[]);
}

#[test]
fn a_lost_call_is_lost_before_or_after_it_happened() {
    let world = World::new();
    let vpcs = || world.aws.ec2("DescribeVpcs", &[]).items("vpcSet").len();
    let before = vpcs();
    let create = || world.aws.query("ec2", "CreateVpc", &[("CidrBlock", "10.0.0.0/16")]);
    world.proxy.fault(json!({"operation": "ec2/CreateVpc", "from": 1, "to": 1, "action": "drop-before"}));
    assert!(create().is_err());
    assert_eq!(vpcs(), before);
    world.proxy.clear_faults();
    world.proxy.fault(json!({"operation": "ec2/CreateVpc", "from": 1, "to": 1, "action": "drop-after"}));
    assert!(create().is_err());
    assert_eq!(vpcs(), before + 1);
    world.proxy.clear_faults();
    world.proxy.fault(json!({"operation": "ec2/CreateVpc", "from": 1, "to": 1, "action": "truncate"}));
    assert!(create().is_err());
    assert_eq!(vpcs(), before + 2);
    world.proxy.clear_faults();
    world.proxy.fault(json!({"operation": "ec2/CreateVpc", "from": 1, "to": 1, "action": "error-after", "status": 503}));
    assert_eq!(create().expect("an answer").status, 503);
    assert_eq!(vpcs(), before + 3);
}

#[test]
fn a_fault_about_one_thing_leaves_the_others_alone() {
    let world = World::new();
    world.proxy.fault(json!({"operation": "s3/*", "about": "/struck", "action": "code", "code": "AccessDenied", "status": 403}));
    world.aws.create_bucket("spared-bucket");
    assert_eq!(world.aws.s3("GET", "/struck", b"").status, 403);
    assert_eq!(world.aws.s3("GET", "/spared-bucket", b"").status, 200);
}

#[test]
fn latency_delays_the_answer() {
    let world = World::new();
    world.proxy.fault(json!({"operation": "ec2/DescribeVpcs", "action": "latency", "ms": 400}));
    let start = Instant::now();
    world.aws.ec2("DescribeVpcs", &[]);
    assert!(start.elapsed() >= Duration::from_millis(400));
}

#[test]
fn a_fault_that_is_not_understood_is_refused() {
    let world = World::new();
    let body = br#"{"operation":"*","action":"explode"}"#;
    let reply = crate::harness::http::request(world.proxy.url(), "POST", "/_proxy/faults", &[], body).expect("an answer");
    assert_eq!(reply.status, 400);
}

/// Runs curl against CreateVpc five times under a kill point; returns how many VPCs were made and how many answers curl saw.
fn die(at: &str) -> (usize, usize) {
    let world = World::new();
    let before = world.aws.ec2("DescribeVpcs", &[]).items("vpcSet").len();
    let out = tempfile::NamedTempFile::new().expect("a file");
    let script = format!(
        "read go; for n in 1 2 3 4 5; do curl -s -o /dev/null -w '%{{http_code}}\\n' -H 'authorization: AWS4-HMAC-SHA256 \
         Credential=t/20260101/{}/ec2/aws4_request' -d Action=CreateVpc -d Version=2016-11-15 \
         -d CidrBlock=10.0.0.0/16 {} || exit; sleep 0.1; done",
        world.region,
        world.proxy.url()
    );
    let mut command = Command::new("bash");
    command.args(["-c", &script]).stdin(Stdio::piped()).stdout(out.reopen().expect("the file"));
    let mut child = command.spawn().expect("bash");
    world.proxy.reset_stats();
    world.proxy.kill_at(child.id(), 2, at);
    drop(child.stdin.take().map(|mut stdin| std::io::Write::write_all(&mut stdin, b"go\n")));
    let status = child.wait().expect("the end");
    assert_eq!(status.code(), None, "killed by a signal: {status:?}");
    assert_eq!(world.proxy.killed_in().as_deref(), Some("ec2/CreateVpc"));
    std::thread::sleep(Duration::from_millis(300));
    let made = world.aws.ec2("DescribeVpcs", &[]).items("vpcSet").len() - before;
    let seen = std::fs::read_to_string(out.path()).expect("the output");
    (made, seen.lines().filter(|line| *line == "200").count())
}

#[test]
fn a_kill_point_strikes_before_the_call_happened() {
    assert_eq!(die("before-forward"), (1, 1));
}

#[test]
fn a_kill_point_strikes_before_the_answer_arrives() {
    assert_eq!(die("before-answer"), (2, 1));
}

#[test]
fn a_kill_point_strikes_after_the_answer_arrived() {
    assert_eq!(die("after-answer"), (2, 2));
}

#[test]
fn children_of_the_harness_die_when_they_are_dropped() {
    let mut command = process::mortal("sleep");
    command.arg("60");
    let guard = process::spawn(command).expect("sleep");
    let folder = format!("/proc/{}", guard.id());
    assert!(std::path::Path::new(&folder).exists());
    drop(guard);
    assert!(!std::path::Path::new(&folder).exists());
}

#[test]
fn a_chunked_body_arrives_whole_after_a_100() {
    let world = World::new();
    world.aws.create_bucket("chunked-bucket");
    let host = world.proxy.url().trim_start_matches("http://").to_owned();
    let mut stream = std::net::TcpStream::connect(&host).expect("the proxy");
    let head = format!(
        "PUT /chunked-bucket/key HTTP/1.1\r\nhost: {host}\r\nexpect: 100-continue\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=t/20260101/{}/s3/aws4_request\r\n\r\n",
        world.region
    );
    let mut write = |text: &str| std::io::Write::write_all(&mut stream, text.as_bytes()).expect("a write");
    write(&head);
    write("5\r\nhello\r\n");
    write("6;x=y\r\n world\r\n0\r\n\r\n");
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut stream, &mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200"), "{answer}");
    assert_eq!(world.aws.s3("GET", "/chunked-bucket/key", b"").text(), "hello world");
}
