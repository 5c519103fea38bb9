//! A provider whose cloud is a map, with faults on demand.

use crate::addr::{Mode, ProviderSource};
use crate::provider::{
    Applied, Configured, CreateRequest, Ctx, DataSource, DeleteRequest, EphemeralType, ErrorKind, IamActions, Intent, Lease, Located,
    Object, Prior, Provider, ProviderError, ReadOutcome, ResourceType, UpdateRequest,
};
use crate::schema::{BlockSchema, ProviderFacts, ResourceSchema, boolean, list_of, map_of, number, string};
use crate::value::{Members, Type, Value};
use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Everything that exists.
#[derive(Default)]
pub struct World {
    pub objects: BTreeMap<String, Value>,
    pub fail_create: BTreeSet<String>,
    pub half_create: BTreeSet<String>,
    pub fail_delete: BTreeSet<String>,
    pub log: Vec<String>,
    pub reads: usize,
    next: usize,
}

#[derive(Clone, Default)]
pub struct Cloud(Arc<Mutex<World>>);

impl Cloud {
    pub fn get(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub struct FakeProvider {
    pub cloud: Cloud,
}

pub struct Thing(Cloud);
pub struct Lookup(Cloud);
pub struct Token(Cloud);

pub fn source() -> ProviderSource {
    ProviderSource::default_for("fake")
}

fn thing_schema() -> ResourceSchema {
    let rule = BlockSchema::new().attr("port", number().required()).attr("note", string().optional());
    let block = BlockSchema::new()
        .attr("id", string().computed())
        .attr("name", string().required().force_new())
        .attr("size", number().optional())
        .attr("secret", string().optional().sensitive())
        .attr("secret_wo", string().optional().sensitive().write_only())
        .attr("secret_wo_version", number().optional())
        .attr("refs", list_of(Type::String).optional())
        .attr("tags", map_of(Type::String).optional())
        .attr("zone", string().optional().computed())
        .block("rule", rule.set(0, 0))
        .block("timeouts", BlockSchema::new().attr("create", string().optional()).single());
    let mut schema = ResourceSchema::new(0, block);
    schema.rules.waits_for = &[("zone", "fake_thing", "name")];
    schema
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_string()
}

fn with(value: &Value, set: &[(&str, Value)]) -> Value {
    let mut members: Members = value.members().cloned().unwrap_or_default();
    for (n, v) in set {
        members.insert((*n).into(), v.clone());
    }
    Value::object(members)
}

/// What was given in the write-only argument.
fn hidden(config: &Value) -> String {
    config.get("secret_wo").and_then(Value::as_str).map(|s| format!(" with {s}")).unwrap_or_default()
}

fn denied(what: &str) -> ProviderError {
    ProviderError::new(ErrorKind::Denied, format!("{what} failed"), "the fake says no")
}

#[async_trait]
impl ResourceType for Thing {
    fn name(&self) -> &'static str {
        "fake_thing"
    }
    fn schema(&self) -> Arc<ResourceSchema> {
        Arc::new(thing_schema())
    }
    fn iam(&self) -> IamActions {
        IamActions::default()
    }
    async fn read(&self, _ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let mut world = self.0.get();
        world.reads += 1;
        let look = |p: &Prior<'_>| match world.objects.get(p.object.id().unwrap_or_default()) {
            Some(v) => ReadOutcome::Found(Box::new(Object::new(v.clone()))),
            None => ReadOutcome::Gone,
        };
        priors.iter().map(look).collect()
    }
    async fn create(&self, _ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        tokio::task::yield_now().await;
        let mut world = self.0.get();
        let name = text(request.planned, "name");
        if world.fail_create.contains(&name) {
            return Applied::failed(denied("Creating"));
        }
        world.next += 1;
        let id = format!("i-{}", world.next);
        let zone = request.planned.get("zone").filter(|z| !z.is_unknown()).cloned().unwrap_or_else(|| Value::string("z1"));
        let made = with(request.planned, &[("id", Value::string(&id)), ("zone", zone)]);
        world.objects.insert(id, with(&made, &[("timeouts", Value::null(made.get("timeouts").map_or(Type::Dynamic, Value::ty)))]));
        world.log.push(format!("create {name}{}", hidden(request.config)));
        if world.half_create.contains(&name) {
            return Applied::partial(Object::new(made), denied("Finishing"));
        }
        Applied::ok(Object::new(made))
    }
    async fn update(&self, _ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let mut world = self.0.get();
        world.log.push(format!("update {}{}", text(request.planned, "name"), hidden(request.config)));
        world.objects.insert(text(request.planned, "id"), request.planned.clone());
        // A careless type: what it answers with is not stored all the same.
        let secret = request.config.get("secret_wo").cloned().unwrap_or_else(|| Value::null(Type::String));
        Applied::ok(Object::new(with(request.planned, &[("secret_wo", secret)])))
    }
    async fn delete(&self, _ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        tokio::task::yield_now().await;
        let mut world = self.0.get();
        let name = text(&request.prior.attributes, "name");
        if world.fail_delete.contains(&name) {
            return Err(denied("Deleting"));
        }
        world.objects.remove(request.prior.id().unwrap_or_default());
        world.log.push(format!("delete {name}"));
        Ok(())
    }
    async fn locate(&self, _ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        Ok(intents.iter().map(|_| Located::NotFound).collect())
    }
    fn import(&self, _id: &str) -> Result<Object, ProviderError> {
        Err(denied("Importing"))
    }
}

#[async_trait]
impl DataSource for Lookup {
    fn name(&self) -> &'static str {
        "fake_lookup"
    }
    fn schema(&self) -> Arc<ResourceSchema> {
        let block = BlockSchema::new().attr("name", string().required()).attr("value", string().computed());
        Arc::new(ResourceSchema::new(0, block))
    }
    async fn read(&self, _ctx: &Ctx<'_>, configs: &[Value]) -> Vec<Result<Value, ProviderError>> {
        self.0.get().reads += 1;
        configs.iter().map(|c| Ok(with(c, &[("value", Value::string(format!("<{}>", text(c, "name"))))]))).collect()
    }
}

#[async_trait]
impl EphemeralType for Token {
    fn name(&self) -> &'static str {
        "fake_token"
    }
    fn schema(&self) -> Arc<ResourceSchema> {
        let block = BlockSchema::new()
            .attr("name", string().required())
            .attr("renews", boolean().optional())
            .attr("value", string().computed().sensitive());
        Arc::new(ResourceSchema::new(0, block))
    }
    async fn open(&self, _ctx: &Ctx<'_>, config: &Value) -> Result<Lease, ProviderError> {
        let name = text(config, "name");
        let mut world = self.0.get();
        if world.fail_create.contains(&name) {
            return Err(denied("Opening"));
        }
        world.log.push(format!("open {name}"));
        let opened = world.log.iter().filter(|l| **l == format!("open {name}")).count();
        let value = with(config, &[("value", Value::string(format!("{name}-{opened}")))]);
        let renews = config.get("renews").and_then(Value::as_bool) == Some(true);
        Ok(Lease { private: Some(name.into_bytes()), renew_after: renews.then_some(std::time::Duration::ZERO), ..Lease::of(value) })
    }
    async fn renew(&self, _ctx: &Ctx<'_>, lease: &mut Lease) -> Result<(), ProviderError> {
        self.0.get().log.push(format!("renew {}", text(&lease.value, "name")));
        lease.renew_after = None;
        Ok(())
    }
    async fn close(&self, _ctx: &Ctx<'_>, lease: &Lease) -> Result<(), ProviderError> {
        self.0.get().log.push(format!("close {}", String::from_utf8_lossy(lease.private.as_deref().unwrap_or_default())));
        Ok(())
    }
}

#[async_trait]
impl Provider for FakeProvider {
    fn source(&self) -> ProviderSource {
        source()
    }
    fn config_schema(&self) -> Arc<BlockSchema> {
        Arc::new(BlockSchema::new().attr("region", string().optional()))
    }
    fn resource(&self, kind: &str) -> Option<Arc<dyn ResourceType>> {
        (kind == "fake_thing").then(|| Arc::new(Thing(self.cloud.clone())) as Arc<dyn ResourceType>)
    }
    fn data_source(&self, kind: &str) -> Option<Arc<dyn DataSource>> {
        (kind == "fake_lookup").then(|| Arc::new(Lookup(self.cloud.clone())) as Arc<dyn DataSource>)
    }
    fn ephemeral(&self, kind: &str) -> Option<Arc<dyn EphemeralType>> {
        (kind == "fake_token").then(|| Arc::new(Token(self.cloud.clone())) as Arc<dyn EphemeralType>)
    }
    fn supported(&self, mode: Mode) -> Vec<&'static str> {
        match mode {
            Mode::Data => vec!["fake_lookup"],
            Mode::Managed => vec!["fake_thing"],
            Mode::Ephemeral => vec!["fake_token"],
        }
    }
    fn known(&self, _mode: Mode) -> &'static [&'static str] {
        &["fake_thing", "fake_later"]
    }
    fn facts(&self, _config: &Value) -> ProviderFacts {
        ProviderFacts::default()
    }
    async fn configure(&self, config: &Value) -> Result<Configured, ProviderError> {
        self.cloud.get().log.push(format!("configure {}", text(config, "region")));
        Ok(Configured { data: Arc::new(()), facts: ProviderFacts::default() })
    }
}
