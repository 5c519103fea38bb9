//! Which products of the price list are used here, and what they are called then. Names and values of attributes are
//! those of the offer files.

use serde::Deserialize;
use std::collections::BTreeMap;

/// A product of an offer file.
#[derive(Deserialize)]
pub(super) struct Product {
    #[serde(default, rename = "productFamily")]
    family: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

impl Product {
    fn get(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    fn is(&self, wanted: &[(&str, &str)]) -> bool {
        wanted.iter().all(|(name, value)| self.get(name) == *value)
    }

    /// The region, and the name of its price here; `None`: it is not used.
    pub(super) fn key(&self) -> Option<(String, String)> {
        let region = if self.get("regionCode").is_empty() { self.get("fromRegionCode") } else { self.get("regionCode") };
        let name = self.name().filter(|_| !region.is_empty())?;
        Some((region.to_string(), name))
    }

    fn name(&self) -> Option<String> {
        let usage = self.get("usagetype");
        match self.family.as_deref().unwrap_or_default() {
            "Compute Instance" | "Compute Instance (bare metal)" => self.instance(),
            "Storage" if !self.get("volumeApiName").is_empty() && usage.contains("EBS:VolumeUsage") => {
                Some(format!("ebs/{}", self.get("volumeApiName")))
            }
            "Storage" if self.get("volumeType") == "Standard" && ends(usage, "TimedStorage-ByteHrs") => Some("s3/standard".into()),
            "NAT Gateway" if ends(usage, "NatGateway-Hours") => Some("nat/hours".into()),
            "NAT Gateway" if ends(usage, "NatGateway-Bytes") => Some("nat/gb".into()),
            "Database Instance" => {
                let (class, engine, deployment) = (self.get("instanceType"), self.get("databaseEngine"), self.get("deploymentOption"));
                let open = matches!(engine, "PostgreSQL" | "MySQL" | "MariaDB") && matches!(deployment, "Single-AZ" | "Multi-AZ");
                // Extended support, reservations and the like have usage types of their own.
                (open && (usage.contains("InstanceUsage:") || usage.contains("Multi-AZUsage:")))
                    .then(|| format!("rds/{class}/{engine}/{deployment}"))
            }
            "Database Storage" if ends(usage, "TimedStorage-ByteHrs") && self.get("volumeType").contains("DynamoDB") => {
                Some("dynamodb/storage".into())
            }
            "Database Storage" if usage.contains("RDS:") => {
                Some(format!("rds-storage/{}/{}/{}", self.get("volumeType"), self.get("databaseEngine"), self.get("deploymentOption")))
            }
            "Amazon DynamoDB PayPerRequest Throughput" => match self.get("group") {
                "DDB-ReadUnits" => Some("dynamodb/reads".into()),
                "DDB-WriteUnits" => Some("dynamodb/writes".into()),
                _ => None,
            },
            "Provisioned IOPS" if ends(usage, "ReadCapacityUnit-Hrs") => Some("dynamodb/read-hours".into()),
            "Provisioned IOPS" if ends(usage, "WriteCapacityUnit-Hrs") => Some("dynamodb/write-hours".into()),
            "Data Transfer" if self.is(&[("transferType", "AWS Outbound"), ("toLocation", "External")]) => Some("transfer/out".into()),
            _ if ends(usage, "PublicIPv4:InUseAddress") => Some("ipv4/hours".into()),
            _ => None,
        }
    }

    /// Linux, shared, on demand.
    fn instance(&self) -> Option<String> {
        let wanted = [("operatingSystem", "Linux"), ("tenancy", "Shared"), ("capacitystatus", "Used"), ("preInstalledSw", "NA")];
        let on_demand = matches!(self.get("marketoption"), "" | "OnDemand") && matches!(self.get("operation"), "" | "RunInstances");
        (self.is(&wanted) && on_demand).then(|| format!("ec2/{}", self.get("instanceType")))
    }
}

/// Usage types begin with a region's code, but for us-east-1.
fn ends(usage: &str, end: &str) -> bool {
    usage.strip_suffix(end).is_some_and(|start| start.is_empty() || start.ends_with('-'))
}
