//! `cost` and `prices update`, with small offer files of the documented format.

use crate::harness::Envctl;
use crate::modules::server::Server;
use serde_json::{Value as Json, json};

const TREE: &str = r#"
variable "size" {
  default = "t3.small"
}

resource "aws_instance" "web" {
  count         = 2
  instance_type = var.size

  root_block_device {
    volume_size = 30
    volume_type = "gp3"
  }
}

resource "aws_vpc" "this" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_s3_bucket" "logs" {
  bucket = "logs"
}

resource "aws_lb" "front" {
  name = "front"
}
"#;

const BLOCK: &str =
    "environment {\n  region = \"eu-central-1\"\n  cost {\n    assume = { \"aws_s3_bucket.logs\" = { storage_gb = 50 } }\n  }\n}\n";

fn offer(code: &str, products: &[(&str, &str, Json, &str)]) -> String {
    let product = |(sku, family, attributes, _): &(&str, &str, Json, &str)| {
        let mut attributes = attributes.clone();
        attributes["regionCode"] = "eu-central-1".into();
        ((*sku).to_string(), json!({"sku": sku, "productFamily": family, "attributes": attributes}))
    };
    let term = |(sku, _, _, usd): &(&str, &str, Json, &str)| {
        let dimension = json!({"unit": "Hrs", "beginRange": "0", "endRange": "Inf", "pricePerUnit": {"USD": usd}});
        ((*sku).to_string(), json!({format!("{sku}.T"): {"priceDimensions": {format!("{sku}.T.D"): dimension}}}))
    };
    let products_by_sku: serde_json::Map<String, Json> = products.iter().map(product).collect();
    let terms: serde_json::Map<String, Json> = products.iter().map(term).collect();
    json!({"formatVersion": "v1.0", "offerCode": code, "publicationDate": "2026-01-02T03:04:05Z", "products": products_by_sku, "terms": {"OnDemand": terms}}).to_string()
}

fn ec2() -> String {
    let linux = |kind: &str| json!({"instanceType": kind, "operatingSystem": "Linux", "tenancy": "Shared", "capacitystatus": "Used", "preInstalledSw": "NA"});
    offer(
        "AmazonEC2",
        &[
            ("A", "Compute Instance", linux("t3.small"), "0.0240000000"),
            ("B", "Compute Instance", linux("t3.large"), "0.1"),
            ("C", "Storage", json!({"volumeApiName": "gp3", "usagetype": "EUC1-EBS:VolumeUsage.gp3"}), "0.1"),
        ],
    )
}

fn s3() -> String {
    offer("AmazonS3", &[("A", "Storage", json!({"volumeType": "Standard", "usagetype": "EUC1-TimedStorage-ByteHrs"}), "0.02")])
}

fn project() -> Envctl {
    let envctl = Envctl::new();
    envctl.file("environments/stage/main.tf", TREE).file("environments/stage/envctl.hcl", BLOCK);
    envctl.file("ec2.json", &ec2()).file("s3.json", &s3());
    envctl
}

/// The object of the line `cost` in a `-json` stream; every line of it is JSON.
fn cost_of(stream: &str) -> Option<Json> {
    let lines = stream.lines().map(|l| serde_json::from_str::<Json>(l).unwrap_or_else(|e| panic!("{e}: {l}")));
    let mut found: Vec<Json> = lines.filter(|l| l["type"] == "cost").collect();
    assert!(found.len() < 2, "{found:?}");
    let line = found.pop()?;
    assert_eq!(line["@module"], "envctl.cost");
    Some(line["cost"].clone())
}

#[test]
fn an_environment_is_priced_from_offer_files() {
    let envctl = project();
    envctl.run(&["cost", "stage"]).expect(1).says("No prices").says("envctl prices update -region eu-central-1");
    let out = envctl.run(&["prices", "update", "-from", "ec2.json", "-from", "s3.json"]).ok();
    out.says("AmazonEC2, published 2026-01-02T03:04:05Z: 3 prices of eu-central-1 (from ec2.json)");

    let out = envctl.run(&["cost", "stage"]).ok();
    let out = out.says("aws_instance.web[1]").says("t3.small").says("17.52").says("root disk, 30 GB gp3").says("50 GB stored *");
    // 2 * (0.024 * 730 + 30 * 0.1) + 50 * 0.02
    let out = out.says("42.04").says("730 hours").says("AmazonS3 2026-01-02");
    out.says("A part has no known price: aws_lb.front").says("rests on an assumption").says("1 object has no price of its own");

    let json: Json = serde_json::from_str(&envctl.run(&["cost", "stage", "-json", "-var", "size=t3.large"]).ok().stdout).unwrap();
    assert_eq!((&json["known"], &json["unknown"], &json["free"]), (&"153.00".into(), &json!(["aws_lb.front"]), &1.into()));
    assert_eq!(json["prices"][0], json!({"offer": "AmazonEC2", "published": "2026-01-02T03:04:05Z"}));
    let unknown = envctl.run(&["cost", "stage", "-json", "-var", "size=t9.huge"]).ok();
    assert!(serde_json::from_str::<Json>(&unknown.stdout).unwrap()["unknown"].as_array().unwrap().contains(&"aws_instance.web[0]".into()));
}

#[test]
fn mistakes_are_named() {
    let envctl = project();
    envctl.file("no.json", "{\"offerCode\": 1}");
    envctl.run(&["prices", "update", "-from", "no.json"]).expect(1).says("Not an offer file").says("no.json");
    envctl.run(&["prices", "update"]).expect(1).says("No region").says("-region eu-central-1");
    envctl.run(&["prices", "update", "-from", "ec2.json", "-region", "us-east-1"]).ok().says("nothing that is used here");
    envctl.run(&["prices", "update", "-from", "ec2.json"]).ok();
    envctl.file("environments/stage/envctl.hcl", &BLOCK.replace("storage_gb", "storage"));
    envctl.run(&["cost", "stage"]).expect(1).says("Unknown assumption").says("storage_gb");
    envctl.file("environments/stage/envctl.hcl", &BLOCK.replace("logs", "lgs"));
    envctl.run(&["cost", "stage"]).ok().says("An assumption about nothing");
    envctl.file(".envctl/prices/eu-central-1.json", "{");
    envctl.run(&["cost", "stage"]).expect(1).says("Prices cannot be read").says("envctl prices update");
}

#[test]
fn prices_are_downloaded_from_a_mirror() {
    let server = Server::start();
    let envctl = project().with_env("ENVCTL_PRICES_URL", &server.url(""));
    let path = |code: &str| format!("/offers/v1.0/aws/{code}/current/eu-central-1/index.json");
    for code in ["AmazonEC2", "AmazonRDS", "AmazonVPC", "AmazonS3", "AmazonDynamoDB", "AWSDataTransfer"] {
        let body = match code {
            "AmazonEC2" => ec2(),
            "AmazonS3" => s3(),
            other => offer(other, &[]),
        };
        server.text(&path(code), &body);
    }
    let out = envctl.run(&["prices", "update", "-region", "eu-central-1"]).ok();
    out.says("3 prices of eu-central-1").says("AmazonRDS, published 2026-01-02T03:04:05Z: nothing that is used here");
    envctl.run(&["cost", "stage"]).ok().says("42.04");
    let left: Vec<_> = std::fs::read_dir(envctl.path(".envctl/prices")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["eu-central-1.json"]);
}

#[test]
fn a_plan_has_no_line_where_nothing_costs_anything() {
    let envctl = project();
    envctl.run(&["prices", "update", "-from", "ec2.json"]).ok();
    envctl.file("environments/free/main.tf", "resource \"terraform_data\" \"x\" {}\n");
    envctl
        .file("environments/free/envctl.hcl", "environment {\n  region = \"eu-central-1\"\n  guard {\n    max_monthly_cost = 0\n  }\n}\n");
    envctl.run(&["plan", "free"]).ok().never_says("Cost a month").never_says("guard");
    let cost = cost_of(&envctl.run(&["plan", "free", "-json"]).ok().stdout).expect("a line");
    assert_eq!((&cost["before"], &cost["after"], &cost["difference"]), (&"0.00".into(), &"0.00".into(), &"0.00".into()));
    envctl.run(&["apply", "free", "-auto-approve"]).ok();
    std::fs::remove_dir_all(envctl.path(".envctl/prices")).unwrap();
    envctl.file("environments/free/main.tf", "");
    envctl.run(&["plan", "free"]).ok().says("A guard cannot be judged").says("no prices are here");
    assert_eq!(cost_of(&envctl.run(&["plan", "free", "-json"]).ok().stdout), None);
}

#[cfg(feature = "aws")]
mod with_aws {
    use super::{cost_of, ec2, project};
    use crate::harness::{Inventory, Moto, Proxy};
    use serde_json::json;

    fn tree(kind: &str, count: usize) -> String {
        format!(
            "provider \"aws\" {{\n  region = \"eu-central-1\"\n}}\n\nresource \"aws_vpc\" \"this\" {{\n  cidr_block = \"10.0.0.0/16\"\n}}\n\n\
             resource \"aws_subnet\" \"this\" {{\n  vpc_id     = aws_vpc.this.id\n  cidr_block = \"10.0.1.0/24\"\n}}\n\n\
             resource \"aws_instance\" \"web\" {{\n  count         = {count}\n  ami           = \"ami-22040a00000000000\"\n  \
             instance_type = \"{kind}\"\n  subnet_id     = aws_subnet.this.id\n\n  root_block_device {{\n    volume_size = 30\n    \
             volume_type = \"gp3\"\n  }}\n}}\n"
        )
    }

    fn rules(ceiling: u32) -> String {
        format!("environment {{\n  region = \"eu-central-1\"\n\n  guard {{\n    max_monthly_cost = {ceiling}\n  }}\n}}\n")
    }

    /// The line of a plan, and the ceiling that an apply does not pass.
    #[test]
    fn a_ceiling_stops_what_costs_more_before_anything_is_made() {
        let moto = Moto::start();
        let proxy = Proxy::start(&moto).without_delays();
        let envctl = project().with_aws(&proxy, "eu-central-1");
        envctl.file("ec2.json", &ec2()).file("environments/stage/main.tf", &tree("t3.small", 2));
        envctl.file("environments/stage/envctl.hcl", &rules(40));
        envctl.run(&["prices", "update", "-from", "ec2.json"]).ok();
        let before = Inventory::of(&proxy.aws("eu-central-1")).0;
        // 2 * (0.024 * 730 + 30 * 0.1)
        envctl.run(&["plan", "stage", "-input=false"]).ok().says("Cost a month: ").says("41.04").says("max_monthly_cost");
        let cost = cost_of(&envctl.run(&["plan", "stage", "-input=false", "-json"]).ok().stdout).expect("a line");
        let prices = json!([{"offer": "AmazonEC2", "published": "2026-01-02T03:04:05Z"}]);
        assert_eq!(
            cost,
            json!({
                "region": "eu-central-1", "currency": "USD", "hours": 730, "before": "0.00", "after": "41.04", "difference": "41.04",
                "unknown": {"before": [], "after": []}, "prices": prices,
            })
        );
        let refused = envctl.run(&["apply", "stage", "-auto-approve", "-input=false"]).expect(1);
        refused.says("max_monthly_cost").says("41.04").says("40");
        assert_eq!(Inventory::of(&proxy.aws("eu-central-1")).0, before, "nothing is made");

        envctl.file("environments/stage/envctl.hcl", &rules(50));
        envctl.run(&["apply", "stage", "-auto-approve", "-input=false"]).ok().says("4 added");
        envctl.run(&["plan", "stage", "-input=false"]).ok().says("No changes");

        envctl.file("environments/stage/main.tf", &tree("t3.large", 2));
        envctl.run(&["apply", "stage", "-auto-approve", "-input=false"]).expect(1).says("152.00");
        envctl.file("environments/stage/main.tf", &tree("t3.small", 1));
        let out = envctl.run(&["apply", "stage", "-auto-approve", "-input=false", "-json"]).ok().says("1 destroyed");
        let cost = cost_of(&out.stdout).expect("a line");
        assert_eq!((&cost["before"], &cost["after"], &cost["difference"]), (&"41.04".into(), &"20.52".into(), &"-20.52".into()));
        envctl.file("environments/stage/main.tf", &tree("t9.huge", 1));
        let cost = cost_of(&envctl.run(&["plan", "stage", "-input=false", "-json"]).ok().stdout).expect("a line");
        assert_eq!(cost["unknown"], json!({"before": [], "after": ["aws_instance.web[0]"]}));
    }
}
