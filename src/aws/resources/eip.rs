//! `aws_eip`: an elastic address, perhaps associated with an instance or interface.
//!
//! AllocateAddress has no client token: a lost address is found by the intent tag. The DNS names are
//! built from the addresses; the reverse name is one more call for all addresses together. Which
//! instance or interface uses it is optional and computed: `aws_eip_association` may set it instead.
//! Source: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AllocateAddress.html>.

use crate::aws::clients::Aws;
use crate::aws::errors::{ApiError, absent, call};
use crate::aws::groups::{self, Found};
use crate::aws::shape::{self, Attrs};
use crate::aws::waiter::Poll;
use crate::aws::{ec2, region, support, timeouts, untraced};
use crate::provider::{
    Applied, CreateRequest, Ctx, DeleteRequest, IamActions, Intent, Located, Object, Prior, ProviderError, ReadOutcome, ResourceType,
    UpdateRequest,
};
use crate::schema::{BlockSchema, DiffDraft, ResourceSchema, string};
use crate::value::Value;
use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Address, AddressAttributeName, DomainType, ResourceType as Kind};
use std::collections::BTreeMap;
use std::time::Duration;

const TRACED: untraced::Traced = untraced::Traced { prefix: "eipalloc", uses: &["association_id", "instance", "network_interface"] };

/// `aws_eip`
pub struct Eip;

const NOT_FOUND: &[&str] = &["InvalidAllocationID.NotFound"];

fn build() -> ResourceSchema {
    let derived = [
        "allocation_id",
        "association_id",
        "carrier_ip",
        "customer_owned_ip",
        "private_dns",
        "private_ip",
        "ptr_record",
        "public_dns",
        "public_ip",
    ];
    let block = support::tagged()
        .attr("address", string().optional().force_new())
        .attr("associate_with_private_ip", string().optional())
        .attr("customer_owned_ipv4_pool", string().optional())
        .attr("domain", string().optional().computed().force_new())
        .attr("instance", string().optional().computed())
        .attr("ipam_pool_id", string().optional().computed().force_new())
        .attr("network_border_group", string().optional().computed().force_new())
        .attr("network_interface", string().optional().computed())
        .attr("public_ipv4_pool", string().optional().computed().force_new())
        .block("timeouts", timeouts::block(&["read", "update", "delete"]));
    let block: BlockSchema = derived.iter().fold(block, |b, n| b.attr(n, string().computed()));
    let mut schema = ResourceSchema::new(0, block);
    schema.rules = support::rules();
    schema.rules.customize.push(plan);
    schema
}

/// Another user of the address moves what is known of the association.
fn plan(draft: &mut DiffDraft<'_>) {
    let moves =
        ["instance", "network_interface", "associate_with_private_ip"].iter().any(|n| draft.configured(n).is_some() && draft.changes(n));
    if moves {
        for name in ["association_id", "private_ip", "private_dns"] {
            draft.set_unknown(name);
        }
        for name in ["instance", "network_interface"] {
            if draft.configured(name).is_none() {
                draft.set_unknown(name);
            }
        }
    }
}

/// An address with its reverse name.
struct Full {
    address: Address,
    ptr: Option<String>,
}

async fn describe(client: Client, ids: Vec<String>) -> Result<Vec<(String, Address)>, ApiError> {
    let answer = call("ec2:DescribeAddresses", client.describe_addresses().filters(ec2::filter("allocation-id", ids)).send()).await?;
    let all = answer.addresses.unwrap_or_default();
    Ok(all.into_iter().filter_map(|a| Some((a.allocation_id()?.to_string(), a))).collect())
}

async fn describe_one(client: Client, id: String) -> Result<Option<Address>, ApiError> {
    let answer = call("ec2:DescribeAddresses", client.describe_addresses().allocation_ids(id).send()).await;
    Ok(absent(answer, NOT_FOUND)?.and_then(|a| a.addresses.unwrap_or_default().pop()))
}

/// Reverse names of addresses, by allocation. Partitions without the call have none.
async fn reverse_names(client: &Client, ids: &[String]) -> Result<BTreeMap<String, String>, ApiError> {
    let mut names = BTreeMap::new();
    for chunk in ids.chunks(groups::CHUNK) {
        let request =
            client.describe_addresses_attribute().set_allocation_ids(Some(chunk.to_vec())).attribute(AddressAttributeName::DomainName);
        let answer = call("ec2:DescribeAddressesAttribute", request.into_paginator().items().send().collect::<Result<Vec<_>, _>>()).await;
        let found = absent(answer, &["InvalidAction", "InvalidAllocationID.NotFound"])?.unwrap_or_default();
        names.extend(found.into_iter().filter_map(|a| Some((a.allocation_id?, a.ptr_record?))));
    }
    Ok(names)
}

async fn complete(client: &Client, found: Found<Address>) -> Found<Full> {
    let there: Vec<String> = found.iter().filter(|(_, f)| matches!(f, Ok(Some(_)))).map(|(id, _)| id.clone()).collect();
    let names = if there.is_empty() { Ok(BTreeMap::new()) } else { reverse_names(client, &there).await };
    let whole = |(id, address): (String, Result<Option<Address>, ApiError>)| {
        let full = match (address, &names) {
            (Ok(Some(address)), Ok(names)) => Ok(Some(Full { address, ptr: names.get(&id).cloned() })),
            (Ok(Some(_)), Err(e)) => Err(e.clone()),
            (Ok(None), _) => Ok(None),
            (Err(e), _) => Err(e),
        };
        (id, full)
    };
    found.into_iter().map(whole).collect()
}

/// `ec2-1-2-3-4.eu-west-1.compute.amazonaws.com`
fn public_dns(region: &str, ip: &str) -> String {
    let zone = if region == "us-east-1" { "compute-1".to_string() } else { format!("{region}.compute") };
    format!("ec2-{}.{zone}.{}", ip.replace('.', "-"), region::dns_suffix(region))
}

/// `ip-10-0-0-1.eu-west-1.compute.internal`
fn private_dns(region: &str, ip: &str) -> String {
    let zone = if region == "us-east-1" { "ec2".to_string() } else { format!("{region}.compute") };
    format!("ip-{}.{zone}.internal", ip.replace('.', "-"))
}

fn flatten(ctx: &Ctx<'_>, schema: &ResourceSchema, base: &Value, full: &Full) -> Value {
    let a = &full.address;
    let region = region::of(ctx);
    let id = a.allocation_id().unwrap_or_default();
    let (tags, tags_all) = ec2::observed(ctx, a.tags(), base);
    let attrs = Attrs::over(schema, base)
        .text("id", Some(id))
        .text("region", Some(region))
        .text("allocation_id", Some(id))
        .text("arn", Some(&ec2::arn(ctx, None, &format!("elastic-ip/{id}"))))
        .text("association_id", a.association_id())
        .text("carrier_ip", a.carrier_ip())
        .text("customer_owned_ip", a.customer_owned_ip())
        .text("customer_owned_ipv4_pool", a.customer_owned_ipv4_pool())
        .text("domain", a.domain().map(DomainType::as_str))
        .text("instance", a.instance_id())
        .text("network_border_group", a.network_border_group())
        .text("network_interface", a.network_interface_id())
        .text("private_ip", a.private_ip_address())
        .text("ptr_record", full.ptr.as_deref().map(|p| p.trim_end_matches('.')))
        .text("public_ip", a.public_ip())
        .text("public_ipv4_pool", a.public_ipv4_pool())
        .put("tags", tags)
        .put("tags_all", tags_all);
    let attrs = match a.public_ipv4_pool().filter(|p| p.starts_with("ipam-pool-")) {
        Some(pool) => attrs.text("ipam_pool_id", Some(pool)),
        None => attrs,
    };
    let attrs = match a.private_ip_address() {
        Some(ip) => attrs.text("private_dns", Some(&private_dns(region, ip))),
        None => attrs.text_or_null("private_dns", None),
    };
    match a.public_ip() {
        Some(ip) => attrs.text("public_dns", Some(&public_dns(region, ip))),
        None => attrs.text_or_null("public_dns", None),
    }
    .finish()
}

/// Associates an address; an instance that is starting is waited for.
///
/// # Errors
/// The failing call.
pub(super) async fn associate(
    ctx: &Ctx<'_>,
    request: aws_sdk_ec2::operation::associate_address::builders::AssociateAddressFluentBuilder,
    limit: Duration,
) -> Result<String, ProviderError> {
    let pending = |e: &ApiError| {
        e.is(&["InvalidAllocationID.NotFound"]) || (e.is(&["InvalidInstanceID", "IncorrectInstanceState"]) && e.message.contains("pending"))
    };
    let send = || async {
        match call("ec2:AssociateAddress", request.clone().send()).await {
            Ok(made) => Poll::Ready(made.association_id.unwrap_or_default()),
            Err(e) if pending(&e) => Poll::Pending,
            Err(e) => Poll::Failed(e.while_doing("Associating the address")),
        }
    };
    Aws::of(ctx)?.wait("the instance to take an address", limit).until(send).await
}

/// Ends an association; one that is gone is no error.
///
/// # Errors
/// The failing call.
pub(super) async fn disassociate(client: &Client, association: &str) -> Result<(), ProviderError> {
    let sent = call("ec2:DisassociateAddress", client.disassociate_address().association_id(association).send()).await;
    absent(sent, &["InvalidAssociationID.NotFound"]).map_err(|e| e.while_doing("Ending the association of the address"))?;
    Ok(())
}

/// Associates the address with what is planned, if anything is.
async fn associate_planned(ctx: &Ctx<'_>, client: &Client, id: &str, planned: &Value) -> Result<(), ProviderError> {
    let (instance, interface) = (shape::string(planned, "instance"), shape::string(planned, "network_interface"));
    if instance.is_none() && interface.is_none() {
        return Ok(());
    }
    let request = client.associate_address().allocation_id(id).set_instance_id(instance).set_network_interface_id(interface);
    let request = request.set_private_ip_address(shape::string(planned, "associate_with_private_ip"));
    associate(ctx, request, timeouts::minutes(5)).await.map(|_| ())
}

impl Eip {
    async fn make(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>) -> Result<Object, ProviderError> {
        let planned = request.planned;
        let made = Aws::ec2_of(ctx)?
            .allocate_address()
            .set_address(shape::string(planned, "address"))
            .set_customer_owned_ipv4_pool(shape::string(planned, "customer_owned_ipv4_pool"))
            .set_domain(shape::text(planned, "domain").map(DomainType::from))
            .set_ipam_pool_id(shape::string(planned, "ipam_pool_id"))
            .set_network_border_group(shape::string(planned, "network_border_group"))
            .set_public_ipv4_pool(shape::string(planned, "public_ipv4_pool"));
        let named = (Kind::ElasticIp, TRACED, "Allocating the address");
        let send = |tags| call("ec2:AllocateAddress", made.clone().set_tag_specifications(tags).send());
        let made = untraced::create(ctx, request, named, send).await?;
        Ok(support::started(&self.schema(), ctx, planned, made.allocation_id().unwrap_or_default()))
    }

    async fn after_create(&self, ctx: &Ctx<'_>, request: &CreateRequest<'_>, object: &Object) -> Result<(), ProviderError> {
        support::reached(request.checkpoint, object).await?;
        associate_planned(ctx, &Aws::ec2_of(ctx)?, object.id().unwrap_or_default(), request.planned).await
    }

    async fn change(&self, ctx: &Ctx<'_>, request: &UpdateRequest<'_>) -> Result<(), ProviderError> {
        let client = Aws::ec2_of(ctx)?;
        let (prior, planned) = (&request.prior.attributes, request.planned);
        let id = request.prior.id().unwrap_or_default();
        let moves = ["instance", "network_interface", "associate_with_private_ip"].iter().any(|n| shape::changed(prior, planned, n));
        if moves {
            if let Some(association) = shape::text(prior, "association_id") {
                disassociate(&client, association).await?;
            }
            associate_planned(ctx, &client, id, planned).await?;
        }
        ec2::update_tags(ctx, &client, id, prior, planned).await
    }
}

#[async_trait]
impl ResourceType for Eip {
    support::basics!("aws_eip", build);

    fn iam(&self) -> IamActions {
        IamActions {
            read: &["ec2:DescribeAddresses", "ec2:DescribeAddressesAttribute", "ec2:DescribeTags"],
            create: &["ec2:AllocateAddress", "ec2:CreateTags", "ec2:AssociateAddress"],
            update: &["ec2:AssociateAddress", "ec2:DisassociateAddress", "ec2:CreateTags", "ec2:DeleteTags"],
            delete: &["ec2:DisassociateAddress", "ec2:ReleaseAddress"],
        }
    }

    fn uses_intent_tag(&self) -> bool {
        true
    }

    async fn read(&self, ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let client = match Aws::ec2_of(ctx) {
            Ok(client) => client,
            Err(error) => return groups::all_failed(priors, &error),
        };
        let found =
            groups::find_all(&groups::ids(priors), |ids| describe(client.clone(), ids), |id| describe_one(client.clone(), id)).await;
        let found = complete(&client, found).await;
        let schema = self.schema();
        groups::outcomes(priors, &found, |base, full| flatten(ctx, &schema, base, full))
    }

    async fn create(&self, ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        match self.make(ctx, &request).await {
            Ok(object) => {
                let done = self.after_create(ctx, &request, &object).await;
                support::finish(self, ctx, request.addr, object, done).await
            }
            Err(error) => Applied::failed(error),
        }
    }

    async fn update(&self, ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let done = self.change(ctx, &request).await;
        support::finish_update(self, ctx, &request, done).await
    }

    async fn delete(&self, ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let (aws, client) = (Aws::of(ctx)?, Aws::ec2_of(ctx)?);
        let object = &request.prior.attributes;
        if let Some(association) = shape::text(object, "association_id") {
            disassociate(&client, association).await?;
        }
        let id = request.prior.id().unwrap_or_default();
        let limit = request.timeouts.delete.unwrap_or(timeouts::minutes(3));
        let group = shape::string(object, "network_border_group");
        let send = || call("ec2:ReleaseAddress", client.release_address().allocation_id(id).set_network_border_group(group.clone()).send());
        support::delete_when_free(aws, "Releasing the address", limit, NOT_FOUND, send).await
    }

    async fn locate(&self, ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        untraced::locate(self, ctx, TRACED, intents).await
    }

    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        support::import(&self.schema(), id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_built_as_aws_does() {
        assert_eq!(public_dns("eu-west-1", "1.2.3.4"), "ec2-1-2-3-4.eu-west-1.compute.amazonaws.com");
        assert_eq!(public_dns("us-east-1", "1.2.3.4"), "ec2-1-2-3-4.compute-1.amazonaws.com");
        assert_eq!(public_dns("cn-north-1", "1.2.3.4"), "ec2-1-2-3-4.cn-north-1.compute.amazonaws.com.cn");
        assert_eq!(private_dns("us-east-1", "10.0.0.1"), "ip-10-0-0-1.ec2.internal");
    }

    #[test]
    fn another_instance_moves_the_association() {
        let facts = crate::schema::ProviderFacts::default();
        let ctx = Ctx { configured: &(), facts: &facts, region: Some("eu-west-1") };
        let address = Address::builder()
            .allocation_id("eipalloc-1")
            .association_id("eipassoc-1")
            .instance_id("i-1")
            .network_interface_id("eni-1")
            .build();
        let prior = flatten(&ctx, &Eip.schema(), &Value::dynamic(), &Full { address, ptr: None });
        let mut members = prior.members().cloned().unwrap();
        members.insert("instance".into(), Value::string("i-2"));
        let config = Value::object([("instance".into(), Value::string("i-2"))].into());
        let mut draft = DiffDraft {
            config: &config,
            prior: Some(&prior),
            planned: Value::object(members),
            provider: &facts,
            replace: vec![],
            notes: vec![],
        };
        plan(&mut draft);
        assert!(draft.planned("network_interface").is_some_and(Value::is_unknown));
        assert!(draft.planned("association_id").is_some_and(Value::is_unknown));
        assert_eq!(draft.planned("instance"), Some(&Value::string("i-2")));
    }
}
