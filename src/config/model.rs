//! What a loaded configuration consists of. Expressions stay syntax; evaluation is the planner's.

use crate::addr::{ModulePath, ProviderSource, ResourceAddr};
use crate::diag::{SourceMap, Span};
use crate::syntax::{Block, Body, Expr};
use crate::value::{Name, Type, Value};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Everything below one root module.
#[derive(Clone)]
pub struct Config {
    /// The environment as it was asked for: the folder's name under `environments/`, else the path.
    pub name: String,
    /// The folder that was asked for. It differs from `root_dir` where the environment names a
    /// `root`; `*.env` files and our own blocks lie here.
    pub env_dir: PathBuf,
    /// Whether `env_dir` lies directly under the project's `environments/`.
    pub in_environments: bool,
    /// By static path; the root is `ModulePath::root()`.
    pub modules: BTreeMap<ModulePath, Module>,
    /// The root module's folder: what relative paths of the configuration start from.
    pub root_dir: PathBuf,
    /// The folder that holds `environments/`, else the root module's folder: what relative paths
    /// of our own blocks start from.
    pub project_dir: PathBuf,
    /// The `environment` block, if any.
    pub environment: Option<Environment>,
    /// The `app` blocks in source order.
    pub apps: Vec<App>,
    /// All sources read.
    pub sources: Arc<SourceMap>,
    /// SHA-256 (hex) of every file that was read while loading.
    pub file_hashes: BTreeMap<PathBuf, String>,
}

/// One module as written.
#[derive(Clone)]
pub struct Module {
    /// Its static path.
    pub path: ModulePath,
    /// Its folder.
    pub dir: PathBuf,
    /// `variable` blocks.
    pub variables: BTreeMap<Name, Variable>,
    /// `locals`, all blocks together.
    pub locals: BTreeMap<Name, Local>,
    /// `output` blocks.
    pub outputs: BTreeMap<Name, Output>,
    /// `resource`, `data` (and `ephemeral`) blocks.
    pub resources: BTreeMap<ResourceAddr, Resource>,
    /// `module` blocks.
    pub calls: BTreeMap<Name, ModuleCall>,
    /// `provider` blocks by local name and alias.
    pub providers: BTreeMap<(Name, Option<Name>), ProviderBlock>,
    /// Local name to provider; names that are not listed mean `hashicorp/<name>`.
    pub required_providers: BTreeMap<Name, RequiredProvider>,
    /// `configuration_aliases` of the module: local name and alias.
    pub configuration_aliases: Vec<(Name, Name)>,
    /// `backend` of the root module.
    pub backend: Option<Backend>,
    /// The part of `backend` that refers to variables and locals, until it is evaluated into `backend`.
    pub early_backend: Option<Body>,
    /// Variables or locals had a part in `backend`.
    pub backend_is_computed: bool,
    /// `encryption` of the root module, as written.
    pub encryption: Option<Block>,
    /// `moved` blocks.
    pub moved: Vec<Moved>,
    /// `import` blocks (of the root module).
    pub imports: Vec<Import>,
    /// `removed` blocks.
    pub removed: Vec<Removed>,
    /// `check` blocks.
    pub checks: BTreeMap<Name, Check>,
    /// What `.hcl` files declare of OpenTofu's language: `tofu` cannot see it.
    pub in_hcl: Vec<(String, Span)>,
}

/// A `variable` block.
#[derive(Clone)]
pub struct Variable {
    /// Name.
    pub name: Name,
    /// Type constraint, optional attributes marked.
    pub ty: Type,
    /// Whether a `type` was written (otherwise command-line values are literal text).
    pub typed: bool,
    /// Defaults of optional attributes inside `ty`, by path below the value.
    pub defaults: TypeDefaults,
    /// `default`, already converted.
    pub default: Option<Value>,
    /// `nullable` (true unless written).
    pub nullable: bool,
    /// `sensitive`
    pub sensitive: bool,
    /// `ephemeral`
    pub ephemeral: bool,
    /// `deprecated` message.
    pub deprecated: Option<String>,
    /// `validation` blocks.
    pub validations: Vec<CheckRule>,
    /// `description`
    pub description: Option<String>,
    /// The block's header.
    pub span: Span,
}

/// Default values of `optional(type, default)` at each level of a type constraint.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TypeDefaults {
    /// Default of each optional attribute of this object.
    pub attrs: BTreeMap<Name, Value>,
    /// Defaults inside attributes of this object, or inside elements (key "").
    pub inner: BTreeMap<Name, TypeDefaults>,
}

/// A condition with its message.
#[derive(Clone)]
pub struct CheckRule {
    /// Must be true.
    pub condition: Expr,
    /// Shown when it is not.
    pub error_message: Expr,
    /// The block.
    pub span: Span,
}

/// A local value.
#[derive(Clone)]
pub struct Local {
    /// Its expression.
    pub expr: Expr,
    /// Name and expression.
    pub span: Span,
}

/// An `output` block.
#[derive(Clone)]
pub struct Output {
    /// Its expression.
    pub value: Expr,
    /// `sensitive`
    pub sensitive: bool,
    /// `ephemeral`
    pub ephemeral: bool,
    /// `depends_on`
    pub depends_on: Vec<Expr>,
    /// `precondition` blocks.
    pub preconditions: Vec<CheckRule>,
    /// `description`
    pub description: Option<String>,
    /// `deprecated` message.
    pub deprecated: Option<String>,
    /// The block's header.
    pub span: Span,
}

/// Which provider configuration a block uses: local name and alias in its module.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProviderRef {
    /// Local name.
    pub name: Name,
    /// Alias.
    pub alias: Option<Name>,
}

/// A `resource`, `data` or `ephemeral` block.
#[derive(Clone)]
pub struct Resource {
    /// Static address.
    pub addr: ResourceAddr,
    /// Which provider has the type.
    pub provider: ProviderSource,
    /// Which configuration of it.
    pub provider_ref: ProviderRef,
    /// Which instance of that, where it has `for_each`: `provider = aws.by_region[each.key]`.
    pub provider_key: Option<Expr>,
    /// Nothing is written of it: it stands for an imported object whose configuration is generated.
    pub generated: bool,
    /// `count`
    pub count: Option<Expr>,
    /// `for_each`
    pub for_each: Option<Expr>,
    /// `depends_on`
    pub depends_on: Vec<Expr>,
    /// `lifecycle`
    pub lifecycle: Lifecycle,
    /// `connection`
    pub connection: Option<Block>,
    /// `provisioner` blocks in order.
    pub provisioners: Vec<Block>,
    /// The `check` block it is written in: what goes wrong with it is a warning.
    pub check: Option<Name>,
    /// The rest of the body, for the type's schema (meta-arguments and meta-blocks taken out).
    pub body: Body,
    /// The block's header.
    pub span: Span,
}

/// A `lifecycle` block.
#[derive(Clone, Default)]
pub struct Lifecycle {
    /// `enabled`: whether there is an instance at all.
    pub enabled: Option<Expr>,
    /// `create_before_destroy`; `None` when not written.
    pub create_before_destroy: Option<bool>,
    /// `prevent_destroy`
    pub prevent_destroy: bool,
    /// `ignore_changes = all`
    pub ignore_all: bool,
    /// `ignore_changes = [..]`
    pub ignore_changes: Vec<Expr>,
    /// `replace_triggered_by`
    pub replace_triggered_by: Vec<Expr>,
    /// `precondition`
    pub preconditions: Vec<CheckRule>,
    /// `postcondition`
    pub postconditions: Vec<CheckRule>,
}

/// A `module` block.
#[derive(Clone)]
pub struct ModuleCall {
    /// Name.
    pub name: Name,
    /// What `source` came to; empty where it could not be evaluated.
    pub source: String,
    /// `source` as written.
    pub source_expr: Expr,
    /// What `version` came to.
    pub version: Option<String>,
    /// `version` as written.
    pub version_expr: Option<Expr>,
    /// `count`
    pub count: Option<Expr>,
    /// `for_each`
    pub for_each: Option<Expr>,
    /// `lifecycle { enabled }`
    pub enabled: Option<Expr>,
    /// `depends_on`
    pub depends_on: Vec<Expr>,
    /// `providers`: name in the child to configuration here.
    pub providers: Vec<(ProviderRef, ProviderRef)>,
    /// Which instances are passed, by the name in the child, where a configuration has `for_each`.
    pub provider_keys: Vec<(ProviderRef, Expr)>,
    /// Arguments: the child's variables.
    pub arguments: BTreeMap<Name, Expr>,
    /// The block's header.
    pub span: Span,
}

/// A `provider` block.
#[derive(Clone)]
pub struct ProviderBlock {
    /// Local name.
    pub name: Name,
    /// `alias`
    pub alias: Option<Name>,
    /// `for_each`
    pub for_each: Option<Expr>,
    /// For the provider's schema.
    pub body: Body,
    /// The block's header.
    pub span: Span,
}

/// An entry of `required_providers`.
#[derive(Clone)]
pub struct RequiredProvider {
    /// Which provider.
    pub source: ProviderSource,
    /// Version constraint as written.
    pub version: Option<String>,
    /// Where.
    pub span: Span,
}

/// A `backend` block, completed by `-backend-config`.
#[derive(Clone)]
pub struct Backend {
    /// `s3`, `local`
    pub kind: Name,
    /// Settings: wholly known values by name, nested blocks as objects.
    pub settings: BTreeMap<Name, Value>,
    /// The block.
    pub span: Option<Span>,
}

/// A `moved` block.
#[derive(Clone)]
pub struct Moved {
    /// `from`, as written.
    pub from: Expr,
    /// `to`, as written.
    pub to: Expr,
    /// The block.
    pub span: Span,
}

/// An `import` block.
#[derive(Clone)]
pub struct Import {
    /// `to`, as written.
    pub to: Expr,
    /// `id`
    pub id: Expr,
    /// `for_each`
    pub for_each: Option<Expr>,
    /// The block.
    pub span: Span,
}

/// A `removed` block.
#[derive(Clone)]
pub struct Removed {
    /// `from`, as written.
    pub from: Expr,
    /// `lifecycle { destroy }`: whether the object goes too (false unless written).
    pub destroy: bool,
    /// `connection`
    pub connection: Option<Block>,
    /// `provisioner` blocks, to run before the object is destroyed.
    pub provisioners: Vec<Block>,
    /// The block.
    pub span: Span,
}

/// A `check` block.
#[derive(Clone)]
pub struct Check {
    /// Name.
    pub name: Name,
    /// `assert` blocks.
    pub asserts: Vec<CheckRule>,
    /// Its own `data` block, which only it may name; it lies among the module's resources, too.
    pub data: Option<ResourceAddr>,
    /// The block.
    pub span: Span,
}

/// The `environment` block.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `description`
    pub description: Option<String>,
    /// `account_id`: refused elsewhere.
    pub account_id: Option<String>,
    /// `root`: the root module's folder, relative to the project.
    pub root: Option<PathBuf>,
    /// `backend_config`: files or `k=v`, relative to the project.
    pub backend_config: Vec<String>,
    /// `env_files`, relative to the project.
    pub env_files: Vec<PathBuf>,
    /// `var_files`, relative to the project.
    pub var_files: Vec<PathBuf>,
    /// `lock { lease }`: how long a lock lives without a sign of life.
    pub lock_lease: Option<Duration>,
    /// `lock { beat }`: how often its holder gives one.
    pub lock_beat: Option<Duration>,
    /// `region`: refused elsewhere.
    pub region: Option<String>,
    /// `protected`: what changes it wants its name typed.
    pub protected: bool,
    /// `guard`, `snapshot`, `cost`, `audit` and `expect` blocks, each decoded by the driver whose rule it is.
    pub rules: Vec<Block>,
    /// The block.
    pub span: Option<Span>,
}

/// An `app` block: decoded by the application layer against its own schema.
#[derive(Clone)]
pub struct App {
    /// Its label.
    pub name: Name,
    /// The block.
    pub block: Block,
}

impl Resource {
    /// `count`, `for_each` or `enabled`: what says which instances there are.
    pub fn repetition(&self) -> impl Iterator<Item = &Expr> {
        self.count.iter().chain(&self.for_each).chain(&self.lifecycle.enabled)
    }
}

impl ModuleCall {
    /// `count`, `for_each` or `enabled`: what says which instances there are.
    pub fn repetition(&self) -> impl Iterator<Item = &Expr> {
        self.count.iter().chain(&self.for_each).chain(&self.enabled)
    }
}
