//! Tests of finding the machine behind an address.

use super::*;
use serde_json::json;

fn state(resources: &[(&str, Json)]) -> State {
    let resources: Vec<Json> = resources
        .iter()
        .map(|(ty, attributes)| json!({"mode": "managed", "type": ty, "name": "x", "provider": "provider[\"registry.opentofu.org/hashicorp/aws\"]", "instances": [{"schema_version": 0, "attributes": attributes}]}))
        .collect();
    let document = json!({"version": 4, "terraform_version": "1.11.0", "serial": 1, "lineage": "l", "outputs": {}, "resources": resources, "check_results": null});
    crate::state::read(document.to_string().as_bytes()).unwrap()
}

#[test]
fn an_instance_is_found_by_its_own_address_or_by_an_elastic_one() {
    let own = state(&[("aws_instance", json!({"id": "i-1", "public_ip": "1.2.3.4"}))]);
    assert_eq!(identity(&Text::plain("1.2.3.4"), &own, &[]), Identity::Instance("i-1".into()));
    let elastic = state(&[
        ("aws_instance", json!({"id": "i-2", "public_ip": "9.9.9.9"})),
        ("aws_eip_association", json!({"id": "eipassoc-1", "public_ip": "1.2.3.4", "instance_id": "i-2"})),
    ]);
    assert_eq!(identity(&Text::plain("1.2.3.4"), &elastic, &[]), Identity::Instance("i-2".into()));
    assert_eq!(identity(&Text::plain("edge.example.com"), &elastic, &[]), Identity::Host);
    assert!(matches!(identity(&Text::unknown(), &elastic, &[]), Identity::Pending(_)));
}
