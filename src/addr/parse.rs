//! Reading addresses from the command line and from state.

use super::{InstanceAddr, ModuleInstance, ResourceInstanceParent};

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub message: String,
}

/// What `-target` and `-exclude` name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A module and all in it.
    Module(ModuleInstance),
    /// All instances of a resource.
    Resource(ResourceInstanceParent),
    /// One instance.
    Instance(InstanceAddr),
}

/// Reads `module.a[0].aws_vpc.main["x"]`.
///
/// # Errors
/// When the text is not the address of an instance.
pub fn parse_instance(text: &str) -> Result<InstanceAddr, ParseError> {
    Err(ParseError { text: text.into(), message: "not an address".into() })
}

/// Reads what `-target`, `-exclude` and `-replace` take.
///
/// # Errors
/// When the text is no address.
pub fn parse_target(text: &str) -> Result<Target, ParseError> {
    Err(ParseError { text: text.into(), message: "not an address".into() })
}
