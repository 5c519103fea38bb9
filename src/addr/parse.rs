//! Reading addresses from the command line and from state.

use super::scan::Scan;
use super::{InstanceAddr, InstanceKey, Mode, ModuleInstance, ProviderConfigAddr, ProviderSource, ResourceInstanceParent};
use std::fmt;
use std::str::FromStr;

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a valid address: {}", self.text, self.message)
    }
}

impl std::error::Error for ParseError {}

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
    let mut scan = Scan::new(text);
    let module = scan.modules()?;
    if scan.is_done() {
        return scan.fail("a resource is expected: TYPE.NAME");
    }
    let (resource, key) = resource(&mut scan, module)?;
    Ok(resource.instance(key))
}

/// Reads what `-target`, `-exclude` and `-replace` take. A resource without a key is read as all
/// its instances.
///
/// # Errors
/// When the text is no address.
pub fn parse_target(text: &str) -> Result<Target, ParseError> {
    let mut scan = Scan::new(text);
    let module = scan.modules()?;
    if scan.is_done() && !module.is_root() {
        return Ok(Target::Module(module));
    }
    match resource(&mut scan, module)? {
        (resource, InstanceKey::None) => Ok(Target::Resource(resource)),
        (resource, key) => Ok(Target::Instance(resource.instance(key))),
    }
}

fn resource(scan: &mut Scan, module: ModuleInstance) -> Result<(ResourceInstanceParent, InstanceKey), ParseError> {
    let mut kind = scan.name("a resource type")?;
    let mode = match &*kind {
        "data" => Mode::Data,
        "ephemeral" => Mode::Ephemeral,
        _ => Mode::Managed,
    };
    if mode != Mode::Managed {
        kind = scan.dot_name("a type")?;
    } else if &*kind == "resource" {
        kind = scan.dot_name("a resource type")?;
    }
    let name = scan.dot_name("a resource's name")?;
    let key = scan.key()?;
    if !scan.is_done() {
        return scan.fail("nothing may follow a resource's name and key; attributes are not part of an address");
    }
    Ok((ResourceInstanceParent { module, mode, kind, name }, key))
}

impl FromStr for InstanceAddr {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        parse_instance(text)
    }
}

impl ProviderConfigAddr {
    /// Reads `module.x.provider["registry.opentofu.org/hashicorp/aws"].alias["key"]`, and the old form
    /// `provider.aws.alias`, which names the provider by its kind alone.
    ///
    /// # Errors
    /// When the text is not the address of a provider configuration.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let mut scan = Scan::new(text);
        let module = scan.modules()?;
        if module.0.iter().any(|(_, key)| *key != InstanceKey::None) {
            return scan.fail("provider configurations belong to modules, not to module instances");
        }
        if !scan.sees_word("provider") {
            return scan.fail("\"provider\" is expected here");
        }
        scan.eat("provider");
        let source = if scan.eat("[\"") {
            let name = scan.quoted()?;
            if !scan.eat("]") {
                return scan.fail("the closing bracket is missing");
            }
            match ProviderSource::parse(&name) {
                Some(source) => source,
                None => return scan.fail(format!("{name:?} is not a provider's source")),
            }
        } else {
            ProviderSource::default_for(&scan.dot_name("a provider's name")?)
        };
        let alias = if scan.is_done() { None } else { Some(scan.dot_name("an alias")?) };
        let key = match (&alias, scan.key()?) {
            (_, InstanceKey::None) => None,
            (Some(_), InstanceKey::Str(key)) => Some(key),
            _ => return scan.fail("an instance of a provider has an alias, and text as its key"),
        };
        if scan.is_done() {
            Ok(ProviderConfigAddr { module: module.path(), source, alias, key })
        } else {
            scan.fail("nothing may follow the alias")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn canonical_addresses_read_back() {
        for text in [
            "aws_vpc.main",
            "aws_vpc.main[0]",
            "data.aws_ami.ubuntu",
            "ephemeral.random_password.p[1]",
            "module.a[0].module.b[\"x.y\"].aws_vpc.main[\"a b\"]",
            "aws_vpc.main[\"q\\\"\\\\ \\n $${x} é\"]",
        ] {
            assert_eq!(parse_instance(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn targets_are_told_apart() {
        assert!(matches!(parse_target("module.a"), Ok(Target::Module(_))));
        assert!(matches!(parse_target("module.a[\"k\"]"), Ok(Target::Module(_))));
        assert!(matches!(parse_target("aws_vpc.main"), Ok(Target::Resource(_))));
        assert!(matches!(parse_target("aws_vpc.main[1]"), Ok(Target::Instance(_))));
        assert!(matches!(parse_target("module.a.data.x.y"), Ok(Target::Resource(_))));
    }

    #[test]
    fn mistakes_are_named() {
        for (text, part) in [
            ("", "a resource type"),
            ("aws_vpc", "a resource's name"),
            ("aws_vpc.main[key]", "shell"),
            ("aws_vpc.main.id", "nothing may follow"),
            ("aws_vpc.main[\"x]", "closing quote"),
            ("module.", "a module's name"),
            ("aws_vpc.main[\"${x}\"]", "templates"),
            ("aws_vpc.main[\"\\q\"]", "not an escape"),
        ] {
            let error = parse_target(text).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        assert!(parse_instance("module.a").is_err());
    }

    #[test]
    fn provider_addresses_read_back() {
        for text in [
            "provider[\"registry.opentofu.org/hashicorp/aws\"]",
            "provider[\"registry.opentofu.org/hashicorp/aws\"].west",
            "module.a.module.b.provider[\"terraform.io/builtin/terraform\"]",
        ] {
            assert_eq!(ProviderConfigAddr::parse(text).unwrap().to_string(), text);
        }
        let old = ProviderConfigAddr::parse("module.a.provider.aws.west").unwrap();
        assert_eq!(old.to_string(), "module.a.provider[\"registry.opentofu.org/hashicorp/aws\"].west");
        for bad in ["provider", "provider.", "module.a[0].provider.aws", "provider[\"\"]", "provider[\"a/b\\\\c/d\"]", "provider.aws.b.c"] {
            assert!(ProviderConfigAddr::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_key_round_trips(key: String, n: u64) {
            let module = ModuleInstance::root().child("m", InstanceKey::Int(n));
            let resource = ResourceInstanceParent { module, mode: Mode::Data, kind: "a_b".into(), name: "c-d".into() };
            let addr = resource.instance(InstanceKey::Str(key.as_str().into()));
            prop_assert_eq!(parse_instance(&addr.to_string()).unwrap(), addr);
        }

        #[test]
        fn no_text_panics(text: String) {
            let _ = (parse_target(&text), ProviderConfigAddr::parse(&text));
        }
    }
}
