//! A cloud whose calls a fuse ends before and after they take effect. Three types: `fake_tagged`
//! is made in two steps and found by its token, `fake_named` by its name, `fake_random` exists in
//! the state alone.

use super::fuse::Fuse;
use crate::addr::{Mode, ProviderSource};
use crate::provider::{
    Applied, Configured, CreateRequest, Ctx, DataSource, DeleteRequest, ErrorKind, IamActions, Intent, Located, Object, Prior, Provider,
    ProviderError, ReadOutcome, ResourceType, Trace, UpdateRequest,
};
use crate::schema::{BlockSchema, ProviderFacts, ResourceSchema, list_of, number, string};
use crate::value::{Members, Type, Value};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

#[derive(Clone)]
pub struct Thing {
    pub kind: Kind,
    pub attributes: Value,
    /// The intent tag.
    pub tag: Option<String>,
}

#[derive(Default)]
pub struct World {
    pub things: BTreeMap<String, Thing>,
    /// Tokens of requests, those that never arrived included.
    pub tokens: Vec<String>,
    /// Answers that are lost, by moment: what the caller hears instead, once.
    pub lost: BTreeMap<String, ErrorKind>,
    /// Objects that recovery went on with.
    pub resumed: Vec<String>,
    next: usize,
}

#[derive(Clone)]
pub struct Cloud {
    world: Arc<Mutex<World>>,
    pub fuse: Arc<Fuse>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Tagged,
    Named,
    Random,
}

const NAMES: [&str; 3] = ["fake_tagged", "fake_named", "fake_random"];

impl Cloud {
    pub fn new(fuse: Arc<Fuse>) -> Self {
        Cloud { world: Arc::default(), fuse }
    }
    pub fn get(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }
}

pub struct FakeType {
    kind: Kind,
    cloud: Cloud,
}

pub fn with(value: &Value, set: &[(&str, Value)]) -> Value {
    let mut members: Members = value.members().cloned().unwrap_or_default();
    members.extend(set.iter().map(|(n, v)| ((*n).into(), v.clone())));
    Value::object(members)
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_string()
}

impl FakeType {
    fn object(&self, id: &str) -> Option<Object> {
        let world = self.cloud.get();
        world.things.get(id).filter(|t| t.kind == self.kind).map(|t| Object::new(t.attributes.clone()))
    }

    /// What the caller hears at this moment instead of an answer.
    fn lost(&self, moment: &str) -> Option<ProviderError> {
        let kind = self.cloud.get().lost.remove(moment)?;
        Some(ProviderError::new(kind, "Creating failed", "the answer was lost").help("Check the network."))
    }

    fn set(&self, id: &str, attributes: Value) {
        if let Some(thing) = self.cloud.get().things.get_mut(id) {
            thing.attributes = attributes;
        }
    }
}

#[async_trait]
impl ResourceType for FakeType {
    fn name(&self) -> &'static str {
        NAMES[self.kind as usize]
    }
    fn schema(&self) -> Arc<ResourceSchema> {
        let block = BlockSchema::new()
            .attr("id", string().computed())
            .attr("name", string().required().force_new())
            .attr("size", number().optional())
            .attr("secret", string().optional().sensitive())
            .attr("refs", list_of(Type::String).optional());
        Arc::new(ResourceSchema::new(0, block))
    }
    fn iam(&self) -> IamActions {
        IamActions::default()
    }
    fn uses_intent_tag(&self) -> bool {
        self.kind == Kind::Tagged
    }
    fn trace(&self) -> Trace {
        [Trace::Token, Trace::Name, Trace::StateOnly][self.kind as usize]
    }
    async fn read(&self, _ctx: &Ctx<'_>, priors: &[Prior<'_>]) -> Vec<ReadOutcome> {
        let look = |p: &Prior<'_>| match self.object(p.object.id().unwrap_or_default()) {
            _ if self.kind == Kind::Random => ReadOutcome::Found(Box::new(p.object.clone())),
            Some(object) => ReadOutcome::Found(Box::new(object)),
            None => ReadOutcome::Gone,
        };
        priors.iter().map(look).collect()
    }
    async fn resume(&self, _ctx: &Ctx<'_>, _request: CreateRequest<'_>, object: Object) -> Applied {
        self.cloud.get().resumed.push(object.id().unwrap_or_default().to_owned());
        Applied::ok(object)
    }
    async fn create(&self, _ctx: &Ctx<'_>, request: CreateRequest<'_>) -> Applied {
        let name = text(request.planned, "name");
        if self.kind == Kind::Random {
            return Applied::ok(Object::new(with(request.planned, &[("id", Value::string(uuid::Uuid::new_v4().to_string()))])));
        }
        self.cloud.get().tokens.push(request.intent.token.clone());
        self.cloud.fuse.moment(format!("before create {name}")).await;
        if let Some(error) = self.lost(&format!("before create {name}")) {
            return Applied::failed(error);
        }
        let id = {
            let mut world = self.cloud.get();
            world.next += 1;
            let id = if self.kind == Kind::Named { name.clone() } else { format!("i-{}", world.next) };
            if world.things.contains_key(&id) {
                return Applied::failed(ProviderError::new(ErrorKind::AlreadyExists, "It exists", name));
            }
            // The size of a tagged one is the second step.
            let size = if self.kind == Kind::Tagged { Value::null(Type::Number) } else { request.planned.get("size").unwrap().clone() };
            let attributes = with(request.planned, &[("id", Value::string(&id)), ("size", size)]);
            let tag = (self.kind == Kind::Tagged).then(|| request.intent.token.clone());
            world.things.insert(id.clone(), Thing { kind: self.kind, attributes, tag });
            id
        };
        self.cloud.fuse.moment(format!("after create {name}")).await;
        if let Some(error) = self.lost(&format!("after create {name}")) {
            return Applied::failed(error);
        }
        let Some(object) = self.object(&id) else { return Applied::failed(ProviderError::new(ErrorKind::Other, "lost", id)) };
        if self.kind == Kind::Named {
            return Applied::ok(object);
        }
        if let Err(e) = request.checkpoint.reached(object.clone()).await {
            return Applied::partial(object, e);
        }
        let whole = with(request.planned, &[("id", Value::string(&id))]);
        self.cloud.fuse.moment(format!("before finish {name}")).await;
        if let Some(error) = self.lost(&format!("before finish {name}")) {
            return Applied::partial(object, error);
        }
        self.set(&id, whole.clone());
        self.cloud.fuse.moment(format!("after finish {name}")).await;
        Applied::ok(Object::new(whole))
    }
    async fn update(&self, _ctx: &Ctx<'_>, request: UpdateRequest<'_>) -> Applied {
        let name = text(request.planned, "name");
        self.cloud.fuse.moment(format!("before update {name}")).await;
        self.set(&text(request.planned, "id"), request.planned.clone());
        self.cloud.fuse.moment(format!("after update {name}")).await;
        Applied::ok(Object::new(request.planned.clone()))
    }
    async fn delete(&self, _ctx: &Ctx<'_>, request: DeleteRequest<'_>) -> Result<(), ProviderError> {
        let name = text(&request.prior.attributes, "name");
        self.cloud.fuse.moment(format!("before delete {name}")).await;
        self.cloud.get().things.remove(request.prior.id().unwrap_or_default());
        self.cloud.fuse.moment(format!("after delete {name}")).await;
        Ok(())
    }
    async fn locate(&self, _ctx: &Ctx<'_>, intents: &[Intent]) -> Result<Vec<Located>, ProviderError> {
        let world = self.cloud.get();
        let find = |intent: &Intent| {
            let mine = |(id, t): &(&String, &Thing)| match self.kind {
                Kind::Tagged => t.tag.as_ref() == Some(&intent.token),
                Kind::Named => t.kind == Kind::Named && **id == text(&intent.planned, "name"),
                Kind::Random => false,
            };
            let found = world.things.iter().find(mine);
            found.map_or(Located::NotFound, |(_, t)| Located::Found(Box::new(Object::new(t.attributes.clone()))))
        };
        Ok(intents.iter().map(find).collect())
    }
    fn import(&self, id: &str) -> Result<Object, ProviderError> {
        Err(ProviderError::new(ErrorKind::Invalid, "no", id))
    }
}

pub struct FakeProvider(pub Cloud);

#[async_trait]
impl Provider for FakeProvider {
    fn source(&self) -> ProviderSource {
        ProviderSource::default_for("fake")
    }
    fn config_schema(&self) -> Arc<BlockSchema> {
        Arc::new(BlockSchema::new())
    }
    fn resource(&self, kind: &str) -> Option<Arc<dyn ResourceType>> {
        let position = NAMES.iter().position(|n| *n == kind)?;
        let kind = [Kind::Tagged, Kind::Named, Kind::Random][position];
        Some(Arc::new(FakeType { kind, cloud: self.0.clone() }))
    }
    fn data_source(&self, _kind: &str) -> Option<Arc<dyn DataSource>> {
        None
    }
    fn supported(&self, mode: Mode) -> Vec<&'static str> {
        if mode == Mode::Data { vec![] } else { NAMES.to_vec() }
    }
    fn known(&self, _mode: Mode) -> &'static [&'static str] {
        &NAMES
    }
    fn facts(&self, _config: &Value) -> ProviderFacts {
        ProviderFacts::default()
    }
    async fn configure(&self, _config: &Value) -> Result<Configured, ProviderError> {
        Ok(Configured { data: Arc::new(()), facts: ProviderFacts::default() })
    }
    async fn settle(&self, _configured: &Configured, objects: &[(String, Option<String>, String)]) -> Result<(), ProviderError> {
        for (_, _, id) in objects {
            self.0.fuse.moment(format!("before settle {id}")).await;
            if let Some(thing) = self.0.get().things.get_mut(id) {
                thing.tag = None;
            }
            self.0.fuse.moment(format!("after settle {id}")).await;
        }
        Ok(())
    }
}
