//! The names under which a bucket is reached.
//!
//! Source: <https://docs.aws.amazon.com/general/latest/gr/s3.html#s3_website_region_endpoints>.

use crate::aws::region::dns_suffix;

/// Regions with the zone that websites of buckets lie in, and whether the website's host name has
/// a dash before the region (later regions have a dot).
const REGIONS: &[(&str, &str, bool)] = &[
    ("af-south-1", "Z83WF9RJE8B12", false),
    ("ap-east-1", "ZNB98KWMFR0R6", false),
    ("ap-northeast-1", "Z2M4EHUR26P7ZW", true),
    ("ap-northeast-2", "Z3W03O7B5YMIYP", false),
    ("ap-northeast-3", "Z2YQB5RD63NC85", false),
    ("ap-south-1", "Z11RGJOFQNVJUP", false),
    ("ap-south-2", "Z02976202B4EZMXIPMXF7", false),
    ("ap-southeast-1", "Z3O0J2DXBE1FTB", true),
    ("ap-southeast-2", "Z1WCIGYICN2BYD", true),
    ("ap-southeast-3", "Z01846753K324LI26A3VV", false),
    ("ap-southeast-4", "Z0312387243XT5FE14WFO", false),
    ("ap-southeast-5", "Z08660063OXLMA7F1FJHU", false),
    ("ca-central-1", "Z1QDHH18159H29", false),
    ("ca-west-1", "Z03565811Z33SLEZTHOUL", false),
    ("cn-north-1", "Z5CN8UMXT92WN", false),
    ("cn-northwest-1", "Z282HJ1KT0DH03", false),
    ("eu-central-1", "Z21DNDUVLTQW6Q", false),
    ("eu-central-2", "Z030506016YDQGETNASS", false),
    ("eu-north-1", "Z3BAZG2TWCNX0D", false),
    ("eu-south-1", "Z30OZKI7KPW7MI", false),
    ("eu-south-2", "Z0081959F7139GRJC19J", false),
    ("eu-west-1", "Z1BKCTXD74EZPE", true),
    ("eu-west-2", "Z3GKZC51ZF0DB4", false),
    ("eu-west-3", "Z3R1K369G5AVDG", false),
    ("il-central-1", "Z09640613K4A3MN55U7GU", false),
    ("me-central-1", "Z06143092I8HRXZRUZROF", false),
    ("me-south-1", "Z1MPMWCPA7YB62", false),
    ("sa-east-1", "Z7KQH4QJS55SO", true),
    ("us-east-1", "Z3AQBSTGFYJSTF", true),
    ("us-east-2", "Z2O1EMRO9K5GLX", false),
    ("us-gov-east-1", "Z2NIFVYYW2VKV1", false),
    ("us-gov-west-1", "Z31GFT0UA1I2HV", true),
    ("us-west-1", "Z2F56UZL2M1ACD", true),
    ("us-west-2", "Z3BJ6K6RIION7M", true),
];

fn entry(region: &str) -> Option<&'static (&'static str, &'static str, bool)> {
    REGIONS.iter().find(|(name, ..)| *name == region)
}

/// The zone of websites in a region; `""` where it is not known.
#[must_use]
pub fn hosted_zone(region: &str) -> &'static str {
    entry(region).map_or("", |(_, zone, _)| zone)
}

/// `bucket.s3.amazonaws.com`
#[must_use]
pub fn global(bucket: &str, region: &str) -> String {
    format!("{bucket}.s3.{}", dns_suffix(region))
}

/// `bucket.s3.eu-west-1.amazonaws.com`
#[must_use]
pub fn regional(bucket: &str, region: &str) -> String {
    format!("{bucket}.s3.{region}.{}", dns_suffix(region))
}

/// The host of the region's websites: `s3-website.eu-central-1.amazonaws.com`.
#[must_use]
pub fn website(region: &str) -> String {
    let dash = entry(region).is_some_and(|(.., dash)| *dash);
    format!("s3-website{}{region}.{}", if dash { '-' } else { '.' }, dns_suffix(region))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_regions_have_a_dash() {
        assert_eq!(website("eu-west-1"), "s3-website-eu-west-1.amazonaws.com");
        assert_eq!(website("eu-central-1"), "s3-website.eu-central-1.amazonaws.com");
        assert_eq!(regional("b", "cn-north-1"), "b.s3.cn-north-1.amazonaws.com.cn");
        assert_eq!((hosted_zone("us-east-1"), hosted_zone("xx-west-1")), ("Z3AQBSTGFYJSTF", ""));
    }
}
