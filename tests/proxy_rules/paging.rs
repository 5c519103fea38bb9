//! Describe calls page.

use super::World;
use serde_json::json;

#[test]
fn answers_page_when_asked_and_when_set() {
    let world = World::new();
    let vpc = world.vpc();
    for n in 0..7 {
        world.subnet(&vpc, &format!("10.0.{n}.0/24"));
    }
    let filter = [("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", vpc.as_str())];
    let page = |more: &[(&str, &str)]| {
        let mut params = filter.to_vec();
        params.extend(more);
        let tree = world.aws.ec2("DescribeSubnets", &params);
        (tree.items("subnetSet").len(), tree.text_at("nextToken").to_owned())
    };
    let (first, token) = page(&[("MaxResults", "5")]);
    assert_eq!(first, 5);
    assert_eq!(page(&[("MaxResults", "5"), ("NextToken", &token)]), (2, String::new()));
    assert_eq!(world.refusal("DescribeSubnets", &[("NextToken", "nonsense")]), "InvalidNextToken");
    assert_eq!(page(&[]).0, 7);
    world.proxy.set(json!({"page_size": 3}));
    let (first, token) = page(&[]);
    assert_eq!((first, page(&[("NextToken", &token)]).0), (3, 3));
    world.disable("paging");
    assert_eq!(page(&[("MaxResults", "5")]), (7, String::new()));
}
