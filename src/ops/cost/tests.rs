use super::*;
use crate::config::static_scope;
use crate::diag::{Diagnostics, SourceMap};
use crate::files::MemFiles;
use crate::lang::CallEnv;
use crate::value::{Value, implied_from_json};
use bigdecimal::BigDecimal;
use serde_json::{Value as Json, json};
use std::io::Read;
use std::sync::Arc;

/// A product with its price, in the format of offer files: SKU, family, attributes, tiers.
type Product<'a> = (&'a str, &'a str, Json, &'a [(&'a str, &'a str)]);

fn offer(code: &str, products: &[Product<'_>]) -> String {
    let (mut by_sku, mut terms) = (serde_json::Map::new(), serde_json::Map::new());
    for (sku, family, attributes, tiers) in products {
        let mut attributes = attributes.clone();
        attributes.as_object_mut().unwrap().entry("regionCode").or_insert_with(|| "eu-central-1".into());
        by_sku.insert((*sku).into(), json!({"sku": sku, "productFamily": family, "attributes": attributes}));
        let dimension = |(i, (from, usd)): (usize, &(&str, &str))| {
            let code = format!("{sku}.JRTCKXETXF.{i}");
            (
                code.clone(),
                json!({"rateCode": code, "unit": "Hrs", "beginRange": from, "endRange": "Inf", "pricePerUnit": {"USD": usd}, "appliesTo": []}),
            )
        };
        let dimensions: serde_json::Map<String, Json> = tiers.iter().enumerate().map(dimension).collect();
        let term = json!({"offerTermCode": "JRTCKXETXF", "sku": sku, "effectiveDate": "2026-01-01T00:00:00Z", "priceDimensions": dimensions, "termAttributes": {}});
        terms.insert((*sku).into(), json!({format!("{sku}.JRTCKXETXF"): term}));
    }
    let reserved = json!({"A": {"A.X": {"priceDimensions": {"A.X.1": {"unit": "Hrs", "pricePerUnit": {"USD": "0.001"}}}}}});
    json!({
        "formatVersion": "v1.0", "disclaimer": "for a test", "offerCode": code, "version": "20260102030405",
        "publicationDate": "2026-01-02T03:04:05Z", "products": by_sku, "terms": {"OnDemand": terms, "Reserved": reserved}, "attributesList": {},
    })
    .to_string()
}

fn linux(kind: &str) -> Json {
    json!({"instanceType": kind, "operatingSystem": "Linux", "tenancy": "Shared", "capacitystatus": "Used", "preInstalledSw": "NA", "operation": "RunInstances"})
}

fn ec2() -> String {
    let windows = |mut v: Json| {
        v["operatingSystem"] = "Windows".into();
        v
    };
    offer(
        "AmazonEC2",
        &[
            ("A", "Compute Instance", linux("t3.small"), &[("0", "0.0240000000")]),
            ("B", "Compute Instance", windows(linux("t3.small")), &[("0", "9.9")]),
            ("C", "Storage", json!({"volumeApiName": "gp3", "usagetype": "EUC1-EBS:VolumeUsage.gp3"}), &[("0", "0.1")]),
            ("D", "NAT Gateway", json!({"usagetype": "EUC1-NatGateway-Hours"}), &[("0", "0.05")]),
            ("E", "Compute Instance", linux("m5.large"), &[("0", "0.1")]),
            ("F", "Compute Instance", linux("m5.large"), &[("0", "0.2")]),
        ],
    )
}

fn others() -> [String; 5] {
    let db = |class: &str, deployment: &str, usage: &str| json!({"instanceType": class, "databaseEngine": "PostgreSQL", "deploymentOption": deployment, "usagetype": usage});
    [
        offer(
            "AmazonRDS",
            &[
                ("A", "Database Instance", db("db.t3.micro", "Single-AZ", "EUC1-InstanceUsage:db.t3.micro"), &[("0", "0.02")]),
                ("B", "Database Instance", db("db.t3.micro", "Multi-AZ", "EUC1-Multi-AZUsage:db.t3.micro"), &[("0", "0.04")]),
                (
                    "C",
                    "Database Storage",
                    json!({"volumeType": "General Purpose-GP3", "databaseEngine": "Any", "deploymentOption": "Multi-AZ", "usagetype": "EUC1-RDS:Multi-AZ-GP3-Storage"}),
                    &[("0", "0.25")],
                ),
            ],
        ),
        offer("AmazonVPC", &[("A", "IP Address", json!({"usagetype": "EUC1-PublicIPv4:InUseAddress"}), &[("0", "0.005")])]),
        offer(
            "AmazonS3",
            &[(
                "A",
                "Storage",
                json!({"volumeType": "Standard", "usagetype": "EUC1-TimedStorage-ByteHrs"}),
                &[("0", "0.02"), ("100", "0.01")],
            )],
        ),
        offer(
            "AmazonDynamoDB",
            &[(
                "A",
                "Amazon DynamoDB PayPerRequest Throughput",
                json!({"group": "DDB-ReadUnits", "usagetype": "EUC1-ReadRequestUnits"}),
                &[("0", "0.0000003")],
            )],
        ),
        offer(
            "AWSDataTransfer",
            &[(
                "A",
                "Data Transfer",
                json!({"transferType": "AWS Outbound", "toLocation": "External", "fromRegionCode": "eu-central-1"}),
                &[("0", "0.09")],
            )],
        ),
    ]
}

fn prices() -> Prices {
    let mut prices = Prices::default();
    for text in [ec2()].iter().chain(&others()) {
        prices.update(read_offer(text.as_bytes(), None).unwrap());
    }
    prices
}

fn number(text: &str) -> BigDecimal {
    text.parse().unwrap()
}

#[test]
fn an_offer_file_is_reduced_to_what_is_used() {
    let offer = read_offer(ec2().as_bytes(), None).unwrap();
    assert_eq!((offer.code.as_str(), offer.published.as_str()), ("AmazonEC2", "2026-01-02T03:04:05Z"));
    let found = &offer.regions["eu-central-1"];
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        ["ebs/gp3", "ec2/t3.small", "nat/hours"],
        "Windows is not used; two prices of m5.large are none"
    );
    assert_eq!(found["ec2/t3.small"].tiers, [(number("0"), number("0.024"))]);
    assert!(read_offer(ec2().as_bytes(), Some("us-east-1")).unwrap().regions.is_empty());
}

#[test]
fn what_is_no_offer_file_is_refused() {
    for (text, why) in [
        ("{}", "no offer file"),
        ("[1]", "an offer file"),
        ("{\"offerCode\": \"X\", \"terms\": {}}", "terms stand before products"),
        (ec2().get(..400).unwrap(), "cannot be read"),
        ("{\"offerCode\": \"X\", \"publicationDate\": \"d\", \"products\": [], \"terms\": {}}", "products by SKU"),
    ] {
        let error = read_offer(text.as_bytes(), None).unwrap_err();
        assert!(error.contains(why), "{text}: {error}");
    }
}

/// Writes an offer file with many products as it is read, so that nobody holds it whole.
struct Endless {
    products: usize,
    terms: usize,
    most: usize,
    rest: Vec<u8>,
    total: usize,
}

impl Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.rest.is_empty() {
            let filler = "x".repeat(400);
            let text = if self.products <= self.most {
                self.products += 1;
                let n = self.products - 1;
                let start = if n == 0 { "{\"offerCode\":\"AmazonEC2\",\"publicationDate\":\"d\",\"products\":{" } else { "," };
                let product = json!({"productFamily": "Compute Instance", "attributes": {"instanceType": format!("t{n}"), "operatingSystem": if n == 7 { "Linux" } else { "Windows" },
                    "tenancy": "Shared", "capacitystatus": "Used", "preInstalledSw": "NA", "regionCode": "r", "filler": filler}});
                format!("{start}\"S{n}\":{product}")
            } else if self.terms <= self.most {
                self.terms += 1;
                let n = self.terms - 1;
                let start = if n == 0 { "},\"terms\":{\"OnDemand\":{" } else { "," };
                format!(
                    "{start}\"S{n}\":{{\"T\":{{\"priceDimensions\":{{\"D\":{{\"unit\":\"Hrs\",\"description\":\"{filler}\",\"pricePerUnit\":{{\"USD\":\"1.5\"}}}}}}}}}}"
                )
            } else if self.terms == self.most + 1 {
                self.terms += 1;
                "}}}".into()
            } else {
                return Ok(0);
            };
            self.total += text.len();
            self.rest = text.into_bytes();
        }
        let n = self.rest.len().min(into.len());
        into[..n].copy_from_slice(&self.rest[..n]);
        self.rest.drain(..n);
        Ok(n)
    }
}

#[test]
fn a_large_file_is_read_as_a_stream() {
    let mut endless = Endless { products: 0, terms: 0, most: 20_000, rest: Vec::new(), total: 0 };
    let offer = read_offer(&mut endless, None).unwrap();
    assert!(endless.total > 15_000_000, "{}", endless.total);
    assert_eq!(offer.regions["r"].keys().collect::<Vec<_>>(), ["ec2/t7"]);
}

#[test]
fn prices_survive_and_an_offer_replaces_what_it_said_before() {
    let before = prices();
    let file = before.file("eu-central-1").unwrap();
    let mut again = Prices::default();
    again.add(file.as_bytes()).unwrap();
    assert_eq!(again.file("eu-central-1").unwrap(), file);
    let newer = offer("AmazonEC2", &[("A", "Compute Instance", linux("t3.micro"), &[("0", "0.01")])]);
    assert_eq!(again.update(read_offer(newer.as_bytes(), None).unwrap()), ["eu-central-1"]);
    assert!(again.get("eu-central-1", "ec2/t3.small").is_none() && again.get("eu-central-1", "ec2/t3.micro").is_some());
    assert!(again.get("eu-central-1", "s3/standard").is_some() && again.get("us-east-1", "s3/standard").is_none());
    assert!(again.add(b"{}").is_err() && again.add(b"{\"format\":9,\"region\":\"x\",\"offers\":{}}").unwrap_err().contains('9'));
}

fn object(addr: &str, value: Json) -> Priced {
    Priced { addr: addr.into(), kind: addr.split('.').next().unwrap().into(), value: implied_from_json(&value), uncounted: false }
}

/// `what = dollars` of one object.
fn items(addr: &str, value: Json, assumed: &Assumed) -> Vec<String> {
    let estimate = estimate(&[object(addr, value)], "eu-central-1", &prices(), assumed);
    let shown = |i: &Item| {
        format!(
            "{} = {}",
            i.what,
            i.monthly.as_ref().map_or("?".into(), |m| m.with_scale_round(2, bigdecimal::RoundingMode::HalfUp).to_plain_string())
        )
    };
    estimate.objects.iter().flat_map(|o| &o.items).map(shown).collect()
}

#[test]
fn objects_are_priced_by_what_is_known_of_them() {
    let none = Assumed::default();
    let machine = json!({"instance_type": "t3.small", "root_block_device": [{"volume_size": 30, "volume_type": "gp3"}]});
    assert_eq!(items("aws_instance.a", machine, &none), ["t3.small = 17.52", "root disk, 30 GB gp3 = 3.00"]);
    let kept = json!({"instance_type": "t3.small", "tenancy": "default", "instance_market_options": [], "root_block_device": []});
    assert_eq!(items("aws_instance.a", kept, &none)[0], "t3.small = 17.52", "as a state has it");
    let bare = json!({"instance_type": "t9.small"});
    assert_eq!(items("aws_instance.a", bare, &none), ["t9.small = ?", "root disk: the image says its size and type = ?"]);
    let fast = json!({"instance_type": "t3.small", "root_block_device": [{"volume_size": 1, "volume_type": "gp3", "iops": 4000}]});
    assert_eq!(items("aws_instance.a", fast, &none)[2], "root disk: provisioned IOPS and throughput = ?");
    let dedicated = json!({"instance_type": "t3.small", "tenancy": "dedicated"});
    assert!(items("aws_instance.a", dedicated, &none)[0].contains("prices of their own = ?"));
    let db =
        json!({"engine": "postgres", "instance_class": "db.t3.micro", "multi_az": true, "allocated_storage": 20, "storage_type": "gp3"});
    assert_eq!(items("aws_db_instance.a", db, &none), ["db.t3.micro PostgreSQL, Multi-AZ = 29.20", "20 GB gp3, Multi-AZ = 5.00"]);
    assert!(items("aws_db_instance.a", json!({"engine": "oracle-se2"}), &none)[0].ends_with("= ?"));
    assert_eq!(items("aws_eip.a", json!({}), &none), ["public IPv4 address = 3.65"]);
    assert_eq!(items("aws_nat_gateway.a", json!({}), &none)[0], "NAT gateway = 36.50");
    assert!(items("aws_lb.a", json!({}), &none)[0].contains("no rule for aws_lb = ?"));
    for free in ["aws_vpc.a", "aws_s3_bucket_policy.a", "random_id.a"] {
        assert_eq!(items(free, json!({}), &none), Vec::<String>::new(), "{free}");
    }
}

#[test]
fn what_nobody_wrote_is_the_default_and_what_is_written_is_not_guessed() {
    let unknown = || Value::unknown(crate::value::Type::Dynamic);
    let planned = Value::object(
        [("engine", Value::string("postgres")), ("multi_az", unknown()), ("storage_type", unknown()), ("allocated_storage", unknown())]
            .into_iter()
            .map(|(n, v)| (n.into(), v))
            .collect(),
    );
    let written = implied_from_json(&json!({"engine": "postgres", "multi_az": null}));
    let written = Value::object(
        written.members().unwrap().iter().map(|(n, v)| (n.clone(), v.clone())).chain([("allocated_storage".into(), unknown())]).collect(),
    );
    let settled = estimate::with_defaults(&planned, &written);
    let names: Vec<&str> = settled.members().unwrap().keys().map(AsRef::as_ref).collect();
    assert_eq!(names, ["allocated_storage", "engine"], "written, though not known");
}

/// Assumptions from an environment's block, and what was wrong with them.
fn assumed(lines: &str) -> (Assumed, Vec<String>) {
    let text = format!("environment {{\ncost {{\n{lines}\n}}\n}}\nvariable \"n\" {{\n  default = 150\n}}\n");
    let files = MemFiles::new().with("/p/main.tf", &text);
    let mut diags = Diagnostics::new();
    let request = crate::config::LoadRequest { environment: None, cwd: "/p".into() };
    let config = crate::config::load(&request, &files, SourceMap::new(), &mut diags).unwrap();
    let env = CallEnv::new("/p", Arc::new(MemFiles::new()), config.sources.clone());
    let registry = crate::provider::Registry::new();
    let scope = static_scope(&config, &registry, &env).unwrap();
    let found = decode(&config.environment.as_ref().unwrap().rules, &scope, &mut diags);
    (found, diags.iter().map(|d| format!("{} {}", d.summary, d.help.as_deref().unwrap_or_default())).collect())
}

#[test]
fn usage_counts_where_it_is_assumed_and_tiers_count() {
    let (known, diags) =
        assumed("assume = { traffic_gb = 10, \"aws_s3_bucket.a\" = { storage_gb = 150 }, \"aws_dynamodb_table.t\" = { reads = 1000000 } }");
    assert_eq!(diags, Vec::<String>::new());
    assert_eq!(items("aws_s3_bucket.a", json!({}), &known), ["150 GB stored = 2.50", "10 GB to the internet = 0.90"]);
    assert_eq!(items("aws_s3_bucket.a[\"k\"]", json!({}), &known)[0], "150 GB stored = 2.50");
    assert_eq!(items("aws_s3_bucket.b", json!({}), &known)[0], "GB stored: nothing is assumed (storage_gb) = ?");
    let table = items("aws_dynamodb_table.t", json!({"billing_mode": "PAY_PER_REQUEST"}), &known);
    assert_eq!(table[1], "1000000 read request units = 0.30");
    let addrs = ["aws_s3_bucket.a[\"k\"]".to_string()];
    assert_eq!(known.nobodys(&addrs).map(|(n, _)| n).collect::<Vec<_>>(), ["aws_dynamodb_table.t"]);
}

#[test]
fn mistakes_in_assumptions_are_reported() {
    for (lines, said) in [
        ("assume = { trafic_gb = 1 }", "Did you mean \"traffic_gb\"?"),
        ("assume = { \"a.b\" = { storage = 1 } }", "storage_gb"),
        ("assume = { traffic_gb = -1 }", "Invalid assumptions"),
        ("assume = 5", "Invalid assumptions"),
        ("asume = {}", "Unsupported argument"),
        ("assume {}", "Write assume as an argument"),
    ] {
        let (_, diags) = assumed(lines);
        assert!(diags.len() == 1 && diags[0].contains(said), "{lines}: {diags:?}");
    }
}

#[test]
fn an_estimate_sums_what_is_known_and_lists_what_is_not() {
    let many = Priced { uncounted: true, ..object("aws_eip.many", json!({})) };
    let objects = [object("aws_eip.a", json!({})), object("aws_lb.b", json!({})), object("aws_vpc.c", json!({})), many];
    let found = estimate(&objects, "eu-central-1", &prices(), &Assumed::default());
    assert_eq!((found.known, found.free), (number("3.65"), 1));
    assert_eq!(found.unknown, ["aws_lb.b", "aws_eip.many"]);
    let elsewhere = [object("aws_eip.a", json!({"region": "us-east-1"}))];
    assert_eq!(estimate(&elsewhere, "eu-central-1", &prices(), &Assumed::default()).unknown, ["aws_eip.a"]);
    let unknown = Priced { value: Value::dynamic(), ..object("aws_instance.a", json!({})) };
    assert_eq!(estimate(&[unknown], "eu-central-1", &prices(), &Assumed::default()).unknown, ["aws_instance.a"]);
}
