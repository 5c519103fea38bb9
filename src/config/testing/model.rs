//! What a test file consists of.

use crate::addr::{InstanceAddr, Mode, ModulePath, ResourceAddr, Target};
use crate::config::model::{CheckRule, ProviderBlock, ProviderRef};
use crate::diag::Span;
use crate::syntax::Expr;
use crate::value::{Members, Name};
use std::collections::BTreeMap;

/// A test file.
#[derive(Clone)]
pub struct TestFile {
    /// Its path as people are shown it: seen from the root module's folder.
    pub name: String,
    /// `variables`: for all runs.
    pub variables: BTreeMap<Name, Expr>,
    /// `provider` blocks.
    pub providers: Vec<ProviderBlock>,
    /// `mock_provider` blocks.
    pub mocks: Vec<MockProvider>,
    /// `override_*` blocks for all runs.
    pub overrides: Overrides,
    /// `run` blocks, in the order they run in.
    pub runs: Vec<TestRun>,
}

/// What a run does before it asserts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TestCommand {
    /// Plans and applies.
    #[default]
    Apply,
    /// Plans only.
    Plan,
}

/// A `run` block.
#[derive(Clone)]
pub struct TestRun {
    /// Its label.
    pub name: Name,
    /// `command`
    pub command: TestCommand,
    /// `plan_options { mode = refresh-only }`
    pub refresh_only: bool,
    /// `plan_options { refresh }`
    pub refresh: bool,
    /// `plan_options { replace }`
    pub replace: Vec<InstanceAddr>,
    /// `plan_options { target }`
    pub targets: Vec<Target>,
    /// `variables`
    pub variables: BTreeMap<Name, Expr>,
    /// `providers`: name in the configuration to name in the test file.
    pub providers: Vec<(ProviderRef, ProviderRef)>,
    /// `assert` blocks.
    pub asserts: Vec<CheckRule>,
    /// `module`: what is run instead of the configuration the file belongs to.
    pub module: Option<TestModule>,
    /// `expect_failures`
    pub expected: Vec<Expected>,
    /// `override_*` blocks for this run alone.
    pub overrides: Overrides,
    /// The block's header.
    pub span: Span,
}

/// `module { source }` of a run.
#[derive(Clone)]
pub struct TestModule {
    /// `source` as written.
    pub source: String,
    /// Where it is written.
    pub span: Span,
}

/// An entry of `expect_failures`.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// `var.x`, `output.x`, `check.x`, or the address of a resource or instance.
    pub object: String,
    /// Where.
    pub span: Span,
}

/// `override_resource`, `override_data`, `override_module`.
#[derive(Clone, Default)]
pub struct Overrides {
    /// Resources and data sources.
    pub resources: Vec<OverrideResource>,
    /// Module calls.
    pub modules: Vec<OverrideModule>,
}

/// `override_resource` or `override_data`.
#[derive(Clone)]
pub struct OverrideResource {
    /// Which resource: all its instances.
    pub target: ResourceAddr,
    /// Values of attributes that the configuration leaves open.
    pub values: Members,
    /// The block's header.
    pub span: Span,
}

/// `override_module`
#[derive(Clone)]
pub struct OverrideModule {
    /// Which call: all its instances.
    pub target: ModulePath,
    /// Its outputs, constant expressions.
    pub outputs: BTreeMap<Name, Expr>,
    /// The block's header.
    pub span: Span,
}

/// Values for computed attributes, by type.
pub type Stubs = BTreeMap<(Mode, Name), Members>;

/// `mock_provider`
#[derive(Clone)]
pub struct MockProvider {
    /// Local name of the provider.
    pub name: Name,
    /// `alias`
    pub alias: Option<Name>,
    /// `source`: a folder with `*.tfmock.hcl` files, with its place.
    pub source: Option<(String, Span)>,
    /// `mock_resource` and `mock_data`
    pub stubs: Stubs,
    /// `override_resource` and `override_data` inside.
    pub overrides: Vec<OverrideResource>,
    /// The block's header.
    pub span: Span,
}
