//! The driver of the type tests.

use crate::harness::{Aws as Hand, Moto, Proxy};
use envctl::addr::{InstanceAddr, parse_instance};
use envctl::aws::{AwsProvider, Env, shape};
use envctl::plan::diff::{Diff, DiffInput, diff};
use envctl::provider::{
    Configured, CreateRequest, Ctx, DeleteRequest, Intent, Located, NoCheckpoint, Object, Operation, Prior, Provider, ReadOutcome,
    ResourceType, Timeouts, UpdateRequest,
};
use envctl::schema::{Nesting, ResourceSchema};
use envctl::value::{Members, Type, Value, from_json};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// An emulated AWS and the provider configured for it.
pub struct World {
    pub proxy: Proxy,
    pub provider: AwsProvider,
    configured: Configured,
    region: String,
}

/// An object that a test made.
#[derive(Clone, Debug)]
pub struct Made {
    kind: String,
    addr: InstanceAddr,
    config: Value,
    token: String,
    pub object: Object,
}

impl Made {
    /// Text attribute.
    pub fn str(&self, name: &str) -> &str {
        self.object.str(name).unwrap_or_else(|| panic!("{} has no {name}: {:?}", self.addr, self.object.attributes.get(name)))
    }
    /// Any attribute.
    pub fn get(&self, name: &str) -> &Value {
        self.object.attributes.get(name).unwrap_or_else(|| panic!("{} has no {name}", self.addr))
    }
    pub fn id(&self) -> &str {
        self.str("id")
    }
}

impl World {
    /// moto behind the proxy, in a region that no other test uses.
    pub async fn new(region: &str) -> Self {
        Self::configured(region, json!({})).await
    }

    /// The same with arguments of the provider block.
    pub async fn configured(region: &str, block: Json) -> Self {
        let proxy = tokio::task::spawn_blocking(|| Proxy::start(Moto::shared()).without_delays()).await.unwrap();
        let env: Env = [
            ("AWS_REGION", region),
            ("AWS_ENDPOINT_URL", proxy.url()),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("ENVCTL_WAIT_SCALE", "0.02"),
        ]
        .into_iter()
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .collect();
        let provider = AwsProvider::new(env);
        let schema = ResourceSchema { block: (*provider.config_schema()).clone(), ..ResourceSchema::default() };
        let configured = provider.configure(&config(&schema, &block)).await.unwrap_or_else(|e| panic!("{e:?}"));
        World { proxy, provider, configured, region: region.to_owned() }
    }

    /// Calls by hand, to arrange and to inspect.
    pub fn hand(&self) -> Hand {
        self.proxy.aws(&self.region)
    }

    /// What calls of types are given.
    pub fn ctx(&self) -> Ctx<'_> {
        Ctx { configured: self.configured.data.as_ref(), facts: &self.configured.facts, region: None }
    }

    fn ty(&self, kind: &str) -> Arc<dyn ResourceType> {
        self.provider.resource(kind).unwrap_or_else(|| panic!("{kind} is not registered"))
    }

    fn diff(&self, kind: &str, config: &Value, prior: Option<&Value>) -> Diff {
        let schema = self.ty(kind).schema();
        for rule in &schema.rules.validate {
            let errors = rule(config);
            assert!(errors.is_empty(), "{kind}: {errors:?}");
        }
        diff(&DiffInput { schema: &schema, config, prior, provider: &self.configured.facts })
    }

    /// Complaints of a type about a configuration.
    pub fn complaints(&self, kind: &str, written: Json) -> Vec<String> {
        let schema = self.ty(kind).schema();
        let config = config(&schema, &written);
        schema.rules.validate.iter().flat_map(|rule| rule(&config)).map(|e| e.message).collect()
    }

    /// Creates; checks the promise, the reading and that the next plan is empty.
    pub async fn create(&self, kind: &str, written: Json) -> Made {
        self.try_create(kind, written).await.unwrap_or_else(|e| panic!("creating {kind}: {e:?}"))
    }

    pub async fn try_create(&self, kind: &str, written: Json) -> Result<Made, envctl::provider::ProviderError> {
        let ty = self.ty(kind);
        let config = config(&ty.schema(), &written);
        let planned = self.diff(kind, &config, None).planned;
        let addr = parse_instance(&format!("{kind}.test")).unwrap();
        let token = uuid::Uuid::new_v4().to_string();
        let intent = intent(&addr, Operation::Create, &token, &planned, None);
        let request = CreateRequest {
            addr: &addr,
            planned: &planned,
            config: &config,
            intent: &intent,
            timeouts: Timeouts::default(),
            checkpoint: &NoCheckpoint,
        };
        let applied = ty.create(&self.ctx(), request).await;
        if let Some(error) = applied.error {
            return Err(error);
        }
        let object = applied.object.expect("an object");
        kept_promise(kind, &planned, &object.attributes);
        let made = Made { kind: kind.to_owned(), addr, config, token, object };
        self.check(&made).await;
        Ok(made)
    }

    /// Reads an object again.
    pub async fn read(&self, made: &Made) -> Option<Object> {
        let prior = Prior { addr: &made.addr, object: &made.object };
        match self.ty(&made.kind).read(&self.ctx(), &[prior]).await.pop() {
            Some(ReadOutcome::Found(object)) => Some(*object),
            Some(ReadOutcome::Gone) => None,
            other => panic!("reading {}: {other:?}", made.addr),
        }
    }

    /// Reads objects of one type together; how many are there.
    pub async fn read_all(&self, all: &[Made]) -> usize {
        let priors: Vec<Prior<'_>> = all.iter().map(|m| Prior { addr: &m.addr, object: &m.object }).collect();
        let read = self.ty(&all[0].kind).read(&self.ctx(), &priors).await;
        read.iter().filter(|r| matches!(r, ReadOutcome::Found(_))).count()
    }

    /// Reads it and takes over what changed (other objects may have changed it).
    pub async fn refresh(&self, made: &mut Made) {
        made.object = self.read(made).await.unwrap_or_else(|| panic!("{} is gone", made.addr));
    }

    /// What reads the same and plans nothing.
    pub async fn check(&self, made: &Made) {
        let read = self.read(made).await.unwrap_or_else(|| panic!("{} is gone", made.addr));
        same_object(&made.kind, &made.object.attributes, &read.attributes);
        assert_eq!(read.attributes.ty(), self.ty(&made.kind).schema().block.ty(), "{} does not conform", made.kind);
        let next = self.diff(&made.kind, &made.config, Some(&read.attributes));
        assert!(next.replace.is_empty(), "{}: the next plan replaces for {:?}", made.addr, next.replace);
        let (before, after) = (read.attributes.unmark_deep().0, next.planned.unmark_deep().0);
        for (name, value) in before.members().unwrap() {
            assert!(Some(value) == after.get(name), "{}: the next plan changes {name} from {value:?} to {:?}", made.addr, after.get(name));
        }
    }

    /// Changes in place.
    pub async fn update(&self, made: &mut Made, written: Json) {
        let ty = self.ty(&made.kind);
        let config = config(&ty.schema(), &written);
        let plan = self.diff(&made.kind, &config, Some(&made.object.attributes));
        assert!(plan.replace.is_empty(), "{} would be replaced for {:?}", made.addr, plan.replace);
        assert_ne!(plan.planned.unmark_deep().0, made.object.attributes, "{}: nothing to update", made.addr);
        let intent = intent(&made.addr, Operation::Update, "update", &plan.planned, Some(&made.object.attributes));
        let request = UpdateRequest {
            addr: &made.addr,
            prior: &made.object,
            planned: &plan.planned,
            config: &config,
            intent: &intent,
            timeouts: Timeouts::default(),
        };
        let applied = ty.update(&self.ctx(), request).await;
        if let Some(error) = applied.error {
            panic!("updating {}: {error:?}", made.addr);
        }
        made.object = applied.object.expect("an object");
        made.config = config;
        kept_promise(&made.kind, &plan.planned, &made.object.attributes);
        self.check(made).await;
    }

    /// The attributes for which another configuration replaces the object.
    pub fn replaces(&self, made: &Made, written: Json) -> Vec<String> {
        let config = config(&self.ty(&made.kind).schema(), &written);
        let plan = self.diff(&made.kind, &config, Some(&made.object.attributes));
        plan.replace.iter().map(|r| r.path.to_string()).collect()
    }

    /// Whether another configuration means the same.
    pub fn unchanged(&self, made: &Made, written: Json) -> bool {
        let config = config(&self.ty(&made.kind).schema(), &written);
        let plan = self.diff(&made.kind, &config, Some(&made.object.attributes));
        plan.replace.is_empty() && plan.planned.unmark_deep().0 == made.object.attributes.unmark_deep().0
    }

    /// A create whose answer was lost is found again.
    pub async fn locate(&self, made: &Made) {
        let ty = self.ty(&made.kind);
        let planned = self.diff(&made.kind, &made.config, None).planned;
        let lost = intent(&made.addr, Operation::Create, &made.token, &planned, None);
        let found = ty.locate(&self.ctx(), std::slice::from_ref(&lost)).await.unwrap_or_else(|e| panic!("locating {}: {e:?}", made.addr));
        match found.as_slice() {
            [Located::Found(object)] => assert_eq!(object.id(), made.object.id(), "{}", made.addr),
            other => panic!("locating {}: {other:?}", made.addr),
        }
    }

    /// An import by `id` reads the same object.
    pub async fn import(&self, made: &Made, id: &str) -> Object {
        let ty = self.ty(&made.kind);
        let object = ty.import(id).unwrap_or_else(|e| panic!("importing {id}: {e:?}"));
        let read = self.read(&Made { object, ..made.clone() }).await.unwrap_or_else(|| panic!("{id} was not found"));
        assert_eq!(read.id(), made.object.id(), "{}", made.addr);
        read
    }

    /// Deletes; the object is gone, and deleting it again is no error.
    pub async fn delete(&self, made: Made) {
        self.forget(&made).await;
        assert!(self.read(&made).await.is_none(), "{} is still there", made.addr);
        self.forget(&made).await;
    }

    /// Only the delete call (default objects stay).
    pub async fn forget(&self, made: &Made) {
        self.try_delete(made).await.unwrap_or_else(|e| panic!("deleting {}: {e:?}", made.addr));
    }

    /// The delete call, which may be refused.
    pub async fn try_delete(&self, made: &Made) -> Result<(), envctl::provider::ProviderError> {
        let intent = intent(&made.addr, Operation::Delete, "delete", &made.object.attributes, Some(&made.object.attributes));
        let request = DeleteRequest { addr: &made.addr, prior: &made.object, intent: &intent, timeouts: Timeouts::default() };
        self.ty(&made.kind).delete(&self.ctx(), request).await
    }

    /// Takes intent tags off, as the engine does once the state is saved.
    pub async fn settle(&self, made: &Made) {
        let object = (made.kind.clone(), Some(self.region.clone()), made.id().to_owned());
        self.provider.settle(&self.configured, &[object]).await.unwrap_or_else(|e| panic!("{e:?}"));
    }
}

fn intent(addr: &InstanceAddr, operation: Operation, token: &str, planned: &Value, prior: Option<&Value>) -> Intent {
    Intent {
        id: "1".into(),
        addr: addr.clone(),
        deposed: None,
        operation,
        token: token.into(),
        planned: planned.clone(),
        prior: prior.cloned(),
        existing: None,
    }
}

/// What was planned and known is what is there; null and zero are the same.
fn kept_promise(kind: &str, planned: &Value, actual: &Value) {
    for (name, value) in planned.unmark_deep().0.members().unwrap() {
        let there = actual.get(name).unwrap_or_else(|| panic!("{kind} lost {name}"));
        if value.is_wholly_known() && !CLOCKS.contains(&name.as_ref()) {
            assert!(shape::same(value, there), "{kind}: {name} was planned as {value:?} and became {there:?}");
        }
    }
}

/// What moves by itself.
const CLOCKS: &[&str] = &["latest_restorable_time"];

fn same_object(kind: &str, a: &Value, b: &Value) {
    for (name, value) in a.members().unwrap().iter().filter(|(name, _)| !CLOCKS.contains(&name.as_ref())) {
        assert_eq!(Some(value), b.get(name), "{kind}: {name} reads differently");
    }
}

/// A configuration from JSON: null where nothing is written, no blocks where none are.
pub fn config(schema: &ResourceSchema, written: &Json) -> Value {
    body(&schema.block, written)
}

fn body(block: &envctl::schema::BlockSchema, written: &Json) -> Value {
    for key in written.as_object().expect("an object").keys() {
        assert!(block.attrs.contains_key(key.as_str()) || block.blocks.contains_key(key.as_str()), "no such argument: {key}");
    }
    let mut members = Members::new();
    for (name, attr) in &block.attrs {
        members.insert(name.clone(), conform(&attr.ty, written.get(name.as_ref()).unwrap_or(&Json::Null)));
    }
    for (name, nested) in &block.blocks {
        let inner = nested.block.ty();
        let written = written.get(name.as_ref());
        let items: Vec<Value> = written.and_then(Json::as_array).into_iter().flatten().map(|w| body(&nested.block, w)).collect();
        let value = match nested.nesting {
            Nesting::Single => written.map_or_else(|| Value::null(inner), |w| body(&nested.block, w)),
            Nesting::List => Value::list(inner, items),
            Nesting::Set => Value::set(inner, items),
        };
        members.insert(name.clone(), value);
    }
    Value::object(members)
}

fn conform(ty: &Type, written: &Json) -> Value {
    if written.is_null() {
        return Value::null(ty.clone());
    }
    let items = |t: &Type| written.as_array().expect("a list").iter().map(|w| conform(t, w)).collect();
    match ty {
        Type::Object(o) => {
            Value::object(o.attrs.iter().map(|(n, t)| (n.clone(), conform(t, written.get(n.as_ref()).unwrap_or(&Json::Null)))).collect())
        }
        Type::List(t) => Value::list((**t).clone(), items(t)),
        Type::Set(t) => Value::set((**t).clone(), items(t)),
        _ => from_json(written, ty).unwrap_or_else(|e| panic!("{written}: {e:?}")),
    }
}
