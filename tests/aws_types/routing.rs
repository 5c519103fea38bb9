//! Route tables, routes and their associations.

use super::world::{Made, World};
use serde_json::json;

async fn vpc_with_gateway(w: &World) -> (Made, Made) {
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16"})).await;
    let gateway = w.create("aws_internet_gateway", json!({"vpc_id": vpc.id()})).await;
    (vpc, gateway)
}

#[tokio::test(flavor = "multi_thread")]
async fn route_table_with_routes_inline() {
    let w = World::new("ap-south-1").await;
    let (vpc, gateway) = vpc_with_gateway(&w).await;
    let routes = json!([{"cidr_block": "0.0.0.0/0", "gateway_id": gateway.id()}]);
    let mut table = w.create("aws_route_table", json!({"vpc_id": vpc.id(), "route": routes, "tags": {"Name": "public"}})).await;
    w.locate(&table).await;
    w.settle(&table).await;
    w.import(&table, table.id()).await;
    let routes = json!([{"cidr_block": "192.168.0.0/16", "gateway_id": gateway.id()}]);
    w.update(&mut table, json!({"vpc_id": vpc.id(), "route": routes})).await;
    assert_eq!(table.get("route").items().unwrap().len(), 1);
    w.update(&mut table, json!({"vpc_id": vpc.id(), "route": []})).await;
    let wrong = json!({"vpc_id": "v", "route": [{"cidr_block": "0.0.0.0/0"}]});
    assert_eq!(w.complaints("aws_route_table", wrong).len(), 1);
    w.delete(table).await;
    w.delete(gateway).await;
    w.delete(vpc).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_beside_their_table() {
    let w = World::new("ap-south-2").await;
    let (vpc, gateway) = vpc_with_gateway(&w).await;
    let table = w.create("aws_route_table", json!({"vpc_id": vpc.id()})).await;
    let base = json!({"route_table_id": table.id(), "destination_cidr_block": "0.0.0.0/0", "gateway_id": gateway.id()});
    let route = w.create("aws_route", base.clone()).await;
    assert_eq!(route.str("state"), "active");
    w.locate(&route).await;
    w.import(&route, &format!("{}_0.0.0.0/0", table.id())).await;
    let other = json!({"route_table_id": table.id(), "destination_cidr_block": "10.9.0.0/16", "gateway_id": gateway.id()});
    assert_eq!(w.replaces(&route, other.clone()), ["destination_cidr_block"]);
    let refused = w.try_create("aws_route", base).await.unwrap_err();
    assert_eq!(refused.kind, envctl::provider::ErrorKind::AlreadyExists);
    let second = w.create("aws_route", other).await;
    w.proxy.reset_stats();
    w.read(&second).await;
    assert_eq!(w.proxy.stats()["total"], 1);
    w.delete(second).await;
    w.delete(route).await;
    w.delete(table).await;
    w.delete(gateway).await;
    w.delete(vpc).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn route_table_association() {
    let w = World::new("ap-southeast-1").await;
    let vpc = w.create("aws_vpc", json!({"cidr_block": "10.0.0.0/16"})).await;
    let subnet = w.create("aws_subnet", json!({"vpc_id": vpc.id(), "cidr_block": "10.0.1.0/24"})).await;
    let one = w.create("aws_route_table", json!({"vpc_id": vpc.id()})).await;
    let two = w.create("aws_route_table", json!({"vpc_id": vpc.id()})).await;
    let mut association = w.create("aws_route_table_association", json!({"subnet_id": subnet.id(), "route_table_id": one.id()})).await;
    w.locate(&association).await;
    w.import(&association, &format!("{}/{}", subnet.id(), one.id())).await;
    let old = association.id().to_owned();
    w.update(&mut association, json!({"subnet_id": subnet.id(), "route_table_id": two.id()})).await;
    assert_ne!(association.id(), old);
    w.delete(association).await;
    for made in [one, two, subnet, vpc] {
        w.delete(made).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn default_route_table() {
    let w = World::new("ap-southeast-2").await;
    let (vpc, gateway) = vpc_with_gateway(&w).await;
    let id = vpc.str("default_route_table_id");
    let routes = json!([{"cidr_block": "0.0.0.0/0", "gateway_id": gateway.id()}]);
    let mut table =
        w.create("aws_default_route_table", json!({"default_route_table_id": id, "route": routes, "tags": {"Name": "main"}})).await;
    assert_eq!(table.str("vpc_id"), vpc.id());
    w.locate(&table).await;
    w.import(&table, vpc.id()).await;
    w.update(&mut table, json!({"default_route_table_id": id, "route": []})).await;
    w.forget(&table).await;
    assert!(w.read(&table).await.is_some(), "the table stays");
    w.delete(gateway).await;
    w.delete(vpc).await;
}
