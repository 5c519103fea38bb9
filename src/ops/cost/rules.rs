//! What each type is charged for.

use super::HOURS;
use super::assume::Assumed;
use crate::value::Value;
use bigdecimal::BigDecimal;

/// Something that is paid for.
pub(super) struct Charge {
    /// In words.
    pub what: String,
    /// The price's name; `None`: none is known here.
    pub price: Option<String>,
    /// How many; `None`: not known.
    pub quantity: Option<BigDecimal>,
    /// The quantity is an assumption.
    pub assumed: bool,
}

/// Types that cost nothing by themselves, beside the parts of buckets.
const FREE: [&str; 32] = [
    "aws_db_parameter_group",
    "aws_db_subnet_group",
    "aws_default_network_acl",
    "aws_default_route_table",
    "aws_default_security_group",
    "aws_egress_only_internet_gateway",
    "aws_eip_association",
    "aws_iam_instance_profile",
    "aws_iam_openid_connect_provider",
    "aws_iam_policy",
    "aws_iam_role",
    "aws_iam_role_policy",
    "aws_iam_role_policy_attachment",
    "aws_iam_user",
    "aws_iam_user_policy_attachment",
    "aws_internet_gateway",
    "aws_key_pair",
    "aws_network_acl",
    "aws_network_acl_association",
    "aws_network_acl_rule",
    "aws_route",
    "aws_route_table",
    "aws_route_table_association",
    "aws_security_group",
    "aws_security_group_rule",
    "aws_subnet",
    "aws_vpc",
    "aws_vpc_dhcp_options",
    "aws_vpc_dhcp_options_association",
    "aws_vpc_ipv4_cidr_block_association",
    "aws_vpc_security_group_egress_rule",
    "aws_vpc_security_group_ingress_rule",
];

/// The charges of an object; `None`: no rule for its type is known here.
pub(super) fn charges(kind: &str, value: &Value, assumed: &Assumed, addr: &str) -> Option<Vec<Charge>> {
    let of = Object { value, assumed, addr };
    Some(match kind {
        "aws_instance" => instance(&of),
        "aws_db_instance" => database(&of),
        "aws_eip" => vec![hours("public IPv4 address", "ipv4/hours")],
        "aws_nat_gateway" => vec![hours("NAT gateway", "nat/hours"), of.usage("traffic_gb", "GB through it", "nat/gb")],
        "aws_s3_bucket" => vec![of.usage("storage_gb", "GB stored", "s3/standard")],
        "aws_dynamodb_table" => table(&of),
        _ if !kind.starts_with("aws_") => Vec::new(),
        _ if FREE.contains(&kind) => Vec::new(),
        _ if kind.starts_with("aws_s3_bucket_") => Vec::new(),
        _ => return None,
    })
}

/// Hours of a month.
fn hours(what: &str, price: &str) -> Charge {
    Charge { what: what.into(), price: Some(price.into()), quantity: Some(HOURS.into()), assumed: false }
}

struct Object<'a> {
    value: &'a Value,
    assumed: &'a Assumed,
    addr: &'a str,
}

impl Object<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        text(self.value, name)
    }

    /// Usage that only the environment can tell.
    fn usage(&self, name: &str, what: &str, price: &str) -> Charge {
        let quantity = self.assumed.of(self.addr, name);
        let shown =
            quantity.as_ref().map_or_else(|| format!("{what}: nothing is assumed ({name})"), |n| format!("{} {what}", n.normalized()));
        Charge { what: shown, price: Some(price.into()), assumed: quantity.is_some(), quantity }
    }
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str).filter(|t| !t.is_empty())
}

fn number(value: &Value, name: &str) -> Option<BigDecimal> {
    let value = value.get(name)?;
    value.as_number().map(|n| n.decimal().clone()).or_else(|| value.as_str()?.parse().ok())
}

/// Written, or known otherwise; an unknown value is written too, a list of nothing is not.
fn says(value: &Value, name: &str) -> bool {
    value.get(name).is_some_and(|v| !v.is_null() && v.items().is_none_or(|i| !i.is_empty()))
}

fn unknown(what: impl Into<String>) -> Charge {
    Charge { what: what.into(), price: None, quantity: None, assumed: false }
}

fn instance(of: &Object<'_>) -> Vec<Charge> {
    let mut all = vec![match of.text("instance_type") {
        Some(kind) => hours(kind, &format!("ec2/{kind}")),
        None => unknown("its type is not known"),
    }];
    if of.text("tenancy").is_some_and(|t| t != "default") || says(of.value, "instance_market_options") {
        all = vec![unknown("tenancy or market options have prices of their own")];
    }
    let blocks = |name: &str| of.value.get(name).and_then(Value::items).unwrap_or(&[]).to_vec();
    match blocks("root_block_device").as_slice() {
        [] => all.push(unknown("root disk: the image says its size and type")),
        disks => disks.iter().for_each(|d| all.extend(disk(d, "root disk"))),
    }
    blocks("ebs_block_device").iter().for_each(|d| all.extend(disk(d, "disk")));
    all
}

fn disk(disk: &Value, what: &str) -> Vec<Charge> {
    let (size, kind) = (number(disk, "volume_size"), text(disk, "volume_type"));
    let (Some(size), Some(kind)) = (size, kind) else {
        return vec![unknown(format!("{what}: size or type is not known"))];
    };
    let mut all = vec![Charge {
        what: format!("{what}, {} GB {kind}", size.normalized()),
        price: Some(format!("ebs/{kind}")),
        quantity: Some(size),
        assumed: false,
    }];
    let above = |name: &str, free: u32| number(disk, name).is_some_and(|n| n > free);
    let bought = matches!(kind, "io1" | "io2") || kind == "gp3" && (above("iops", 3000) || above("throughput", 125));
    if bought {
        all.push(unknown(format!("{what}: provisioned IOPS and throughput")));
    }
    all
}

fn database(of: &Object<'_>) -> Vec<Charge> {
    let engine = match of.text("engine") {
        Some("postgres") => "PostgreSQL",
        Some("mysql") => "MySQL",
        Some("mariadb") => "MariaDB",
        Some(other) => return vec![unknown(format!("{other} has licences and prices of its own"))],
        None => return vec![unknown("its engine is not known")],
    };
    let deployment = match of.value.get("multi_az") {
        Some(v) if v.as_bool() == Some(true) => "Multi-AZ",
        Some(v) if v.is_unknown() => return vec![unknown("whether it is in several zones is not known")],
        _ => "Single-AZ",
    };
    let mut all = vec![match of.text("instance_class") {
        Some(class) => hours(&format!("{class} {engine}, {deployment}"), &format!("rds/{class}/{engine}/{deployment}")),
        None => unknown("its class is not known"),
    }];
    let default = if says(of.value, "iops") { "io1" } else { "gp2" };
    let kind =
        if of.value.get("storage_type").is_some_and(Value::is_unknown) { None } else { Some(of.text("storage_type").unwrap_or(default)) };
    let volume = match kind {
        Some("gp2") => "General Purpose",
        Some("gp3") => "General Purpose-GP3",
        Some("standard") => "Magnetic",
        _ => "Provisioned IOPS",
    };
    all.push(match (number(of.value, "allocated_storage"), kind) {
        (Some(size), Some(kind)) => Charge {
            what: format!("{} GB {kind}, {deployment}", size.normalized()),
            price: Some(format!("rds-storage/{volume}/{engine}/{deployment}")),
            quantity: Some(size),
            assumed: false,
        },
        _ => unknown("its disk's size or type is not known"),
    });
    if volume == "Provisioned IOPS" {
        all.push(unknown("provisioned IOPS"));
    }
    all
}

fn table(of: &Object<'_>) -> Vec<Charge> {
    let mut all = vec![of.usage("storage_gb", "GB stored", "dynamodb/storage")];
    if of.text("billing_mode") == Some("PAY_PER_REQUEST") {
        all.push(of.usage("reads", "read request units", "dynamodb/reads"));
        all.push(of.usage("writes", "write request units", "dynamodb/writes"));
        return all;
    }
    for (name, price) in [("read_capacity", "dynamodb/read-hours"), ("write_capacity", "dynamodb/write-hours")] {
        let quantity = number(of.value, name);
        let what = quantity.as_ref().map_or_else(|| format!("{name} is not known"), |n| format!("{name} {}", n.normalized()));
        all.push(Charge { what, price: Some(price.into()), quantity: quantity.map(|n| n * BigDecimal::from(HOURS)), assumed: false });
    }
    all
}
