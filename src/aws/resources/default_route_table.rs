//! `aws_default_route_table`: the main table of a VPC, adopted.
//!
//! AWS makes it with the VPC. "Creating" it empties it of routes and propagation and then sets what is
//! configured; "deleting" it only forgets it. Everything else is as for `aws_route_table`.

use crate::aws::clients::Aws;
use crate::aws::errors::call;
use crate::aws::groups;
use crate::aws::resources::{route_table, routes};
use crate::aws::shape::{self, Attrs};
use crate::aws::{ec2, region, support, timeouts};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, ErrorKind, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome,
    ResourceType, UpdateRequest,
};
use crate::schema::{ResourceSchema, set_of, string};
use crate::value::{Type, Value};
use async_trait::async_trait;

/// `aws_default_route_table`
pub struct DefaultRouteTable;

const MEMBERS: [&str; 12] = [
    "cidr_block",
    "core_network_arn",
    "destination_prefix_list_id",
    "egress_only_gateway_id",
    "gateway_id",
    "instance_id",
    "ipv6_cidr_block",
    "nat_gateway_id",
    "network_interface_id",
    "transit_gateway_id",
    "vpc_endpoint_id",
    "vpc_peering_connection_id",
];

fn build() -> ResourceSchema {
    let element = Type::object(MEMBERS.map(|n| (n, Type::String)));
    let block = support::tagged()
        .attr("default_route_table_id", string().required().force_new())
        .attr("owner_id", string().computed())
        .attr("propagating_vgws", set_of(Type::String).optional())
        .attr("route", set_of(element).optional().computed().as_blocks())
        .attr("vpc_id", string().computed())
        .block("timeouts", timeouts::block(&["create", "update"]));
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.validate.push(route_table::validate);
    schema.rules.equal = Some(route_table::equal);
    schema
}

impl DefaultRouteTable {
    /// Makes the table what is planned, whatever it holds.
    async fn adopt(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<Object, ProviderError> {
        let client = Aws::ec2_of(ctx)?;
        let planned = request.planned;
        let id = shape::text(planned, "default_route_table_id").unwrap_or_default();
        let doing = "Adopting the default route table";
        let missing = || {
            ProviderError::new(ErrorKind::NotFound, format!("{doing} failed"), format!("There is no route table {id}."))
                .at("default_route_table_id")
        };
        let table = routes::table(&client, id).await.map_err(|e| e.while_doing(doing))?.ok_or_else(missing)?;
        let object = support::started(&self.schema(), ctx, planned, id);
        support::reached(request.checkpoint, &object).await?;
        let limit = request.timeouts.create.unwrap_or(timeouts::minutes(2));
        for route in table.routes().iter().filter(|r| routes::is_configurable(r, &Value::dynamic())) {
            if let Some(destination) = routes::Destination::of_route(route) {
                routes::delete(ctx, &client, id, &destination, limit).await?;
            }
        }
        let now = route_table::flatten(ctx, &self.schema(), &object.attributes, &table);
        routes::propagate(&client, id, &now, planned).await?;
        routes::update(ctx, &client, id, &Value::dynamic(), planned, limit).await?;
        ec2::update_tags(ctx, &client, id, &now, planned).await?;
        Ok(object)
    }
}

#[async_trait]
impl ResourceType for DefaultRouteTable {
    support::basics!("aws_default_route_table", build);

    fn iam(&self) -> IamActions {
        const WRITE: &[&str] = &[
            "ec2:CreateRoute",
            "ec2:ReplaceRoute",
            "ec2:DeleteRoute",
            "ec2:EnableVgwRoutePropagation",
            "ec2:DisableVgwRoutePropagation",
            "ec2:CreateTags",
            "ec2:DeleteTags",
        ];
        IamActions { read: &["ec2:DescribeRouteTables"], create: WRITE, update: WRITE, delete: &["ec2:DescribeRouteTables"] }
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match Aws::ec2_of(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let (imports, known): (Vec<String>, Vec<String>) = groups::ids(priors).into_iter().partition(|id| id.starts_with("vpc-"));
        let describe = |ids| route_table::describe(client.clone(), ids);
        let mut found = groups::find_all(&known, describe, |id| route_table::describe_one(client.clone(), id)).await;
        let main = |vpc: String| {
            let filters =
                client.describe_route_tables().filters(ec2::filter("vpc-id", [vpc])).filters(ec2::filter("association.main", ["true"]));
            async move { Ok(call("ec2:DescribeRouteTables", filters.send()).await?.route_tables.unwrap_or_default().pop()) }
        };
        found.extend(groups::each(imports, main).await);
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, table| {
            let read = route_table::flatten(ctx, &schema, base, table);
            Attrs::over(&schema, &read).text("default_route_table_id", table.route_table_id()).finish()
        })
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        match self.adopt(ctx, &request).await {
            Ok(object) => support::finish(self, ctx, request.addr, object, Ok(())).await,
            Err(error) => Applied::failed(error),
        }
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let done = route_table::update(ctx, &request).await;
        support::finish_update(self, ctx, &request, done).await
    }

    /// The table stays with its VPC.
    async fn delete(&self, _ctx: &Ctx<'_>, _request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        Ok(())
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        support::located_by(self, ctx, intents, "default_route_table_id").await
    }

    /// The id of the VPC (or, here, of the table itself).
    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        let (id, region) = region::split_import(id);
        support::imported(&self.schema(), region, &[("id", id)])
    }
}
