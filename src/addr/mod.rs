//! Addresses: the names of modules, resources, instances and providers.
//!
//! Static addresses (`module.a.aws_vpc.main`, no keys) name configuration; instance addresses
//! (`module.a[0].aws_vpc.main["x"]`) name objects. Spelling and order are OpenTofu's.

mod module;
mod parse;
mod provider;
mod resource;
mod scan;

pub use module::{ModuleInstance, ModulePath};
pub use parse::{ParseError, Target, parse_instance, parse_target};
pub use provider::{ProviderConfigAddr, ProviderSource};
pub use resource::{InstanceAddr, InstanceKey, Mode, ResourceAddr, ResourceInstanceParent};
