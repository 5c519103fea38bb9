//! Resource and instance addresses.

use super::{ModuleInstance, ModulePath};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// Managed by us, read only, or opened for the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// `resource`
    Managed,
    /// `data`
    Data,
    /// `ephemeral`
    Ephemeral,
}

/// Static address of a resource in its module: `aws_vpc.main`, `data.aws_ami.ubuntu`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceAddr {
    /// The module that declares it.
    pub module: ModulePath,
    /// managed, data or ephemeral
    pub mode: Mode,
    /// `aws_vpc`
    pub kind: Arc<str>,
    /// `main`
    pub name: Arc<str>,
}

/// A resource in one module instance: what `count` and `for_each` expand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceInstanceParent {
    /// The module instance.
    pub module: ModuleInstance,
    /// managed, data or ephemeral
    pub mode: Mode,
    /// `aws_vpc`
    pub kind: Arc<str>,
    /// `main`
    pub name: Arc<str>,
}

/// Key of an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum InstanceKey {
    /// Neither `count` nor `for_each`.
    #[default]
    None,
    /// `count`
    Int(u64),
    /// `for_each`
    Str(Arc<str>),
}

/// One object's address: `module.a[0].aws_vpc.main["x"]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceAddr {
    /// Resource within its module instance.
    pub resource: ResourceInstanceParent,
    /// Key of the instance.
    pub key: InstanceKey,
}

impl ResourceInstanceParent {
    /// The static address.
    #[must_use]
    pub fn config_addr(&self) -> ResourceAddr {
        ResourceAddr { module: self.module.path(), mode: self.mode, kind: self.kind.clone(), name: self.name.clone() }
    }
    /// One instance of it.
    #[must_use]
    pub fn instance(&self, key: InstanceKey) -> InstanceAddr {
        InstanceAddr { resource: self.clone(), key }
    }
}

impl ResourceAddr {
    /// The same resource in a module instance.
    #[must_use]
    pub fn in_module(&self, module: ModuleInstance) -> ResourceInstanceParent {
        ResourceInstanceParent { module, mode: self.mode, kind: self.kind.clone(), name: self.name.clone() }
    }
}

impl InstanceAddr {
    /// The static address.
    #[must_use]
    pub fn config_addr(&self) -> ResourceAddr {
        self.resource.config_addr()
    }
}

/// No key, then numbers in numeric order, then strings: OpenTofu's order.
impl Ord for InstanceKey {
    fn cmp(&self, other: &Self) -> Ordering {
        use InstanceKey::{Int, None, Str};
        match (self, other) {
            (None, None) => Ordering::Equal,
            (None, _) => Ordering::Less,
            (_, None) => Ordering::Greater,
            (Int(a), Int(b)) => a.cmp(b),
            (Int(_), Str(_)) => Ordering::Less,
            (Str(_), Int(_)) => Ordering::Greater,
            (Str(a), Str(b)) => a.cmp(b),
        }
    }
}

impl PartialOrd for InstanceKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for InstanceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InstanceKey::None => Ok(()),
            InstanceKey::Int(n) => write!(f, "[{n}]"),
            InstanceKey::Str(s) => write!(f, "[\"{}\"]", escape(s)),
        }
    }
}

/// Escapes a key as HCL's quoted text does.
fn escape(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    let mut chars = s.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if chars.peek() == Some(&'{') => out.extend([c, c]),
            _ => out.push(c),
        }
    }
    out
}

fn write_resource(f: &mut fmt::Formatter<'_>, mode: Mode, kind: &str, name: &str) -> fmt::Result {
    match mode {
        Mode::Managed => write!(f, "{kind}.{name}"),
        Mode::Data => write!(f, "data.{kind}.{name}"),
        Mode::Ephemeral => write!(f, "ephemeral.{kind}.{name}"),
    }
}

impl fmt::Display for ResourceAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        write_resource(f, self.mode, &self.kind, &self.name)
    }
}

impl fmt::Display for ResourceInstanceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        write_resource(f, self.mode, &self.kind, &self.name)
    }
}

impl fmt::Display for InstanceAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.resource, self.key)
    }
}
