//! Provider configurations: aliases, passing, inheritance.

use super::{load_text, load_tree};
use crate::addr::ModulePath;
use crate::config::{Config, ProviderRef};

fn resolved(config: &Config, module: &str, name: &str, alias: Option<&str>) -> (String, bool) {
    let path = if module.is_empty() { ModulePath::root() } else { module.split('.').fold(ModulePath::root(), |p, n| p.child(n)) };
    let reference = ProviderRef { name: name.into(), alias: alias.map(Into::into) };
    let found = config.provider_config_for(&path, &reference);
    (found.addr.to_string(), found.block.is_some())
}

const AWS: &str = "provider[\"registry.opentofu.org/hashicorp/aws\"]";

#[test]
fn nothing_written_is_an_empty_configuration_of_the_root() {
    let config = load_tree(&[("main.tf", "module \"m\" {\n source = \"./m\"\n}"), ("m/main.tf", "resource \"aws_vpc\" \"x\" {}")]).clean();
    assert_eq!(resolved(&config, "m", "aws", None), (AWS.into(), false));
    let all: Vec<String> = config.provider_configs().iter().map(|p| p.addr.to_string()).collect();
    assert_eq!(all, [AWS]);
}

#[test]
fn default_configurations_are_inherited_and_others_are_passed() {
    let config = load_tree(&[
        (
            "main.tf",
            "provider \"aws\" {}\nprovider \"aws\" {\n alias = \"east\"\n}\nmodule \"m\" {\n source = \"./m\"\n}\nmodule \"p\" {\n source = \"./m\"\n providers = { aws = aws.east }\n}\n\
             module \"q\" {\n source = \"./q\"\n providers = { aws.peer = aws.east }\n}",
        ),
        ("m/main.tf", "resource \"aws_vpc\" \"x\" {}\nmodule \"deep\" {\n source = \"./deep\"\n}"),
        ("m/deep/main.tf", ""),
        ("q/main.tf", "terraform {\n required_providers {\n aws = {\n source = \"hashicorp/aws\"\n configuration_aliases = [aws.peer]\n }\n }\n}"),
    ])
    .clean();
    assert_eq!(resolved(&config, "m", "aws", None), (AWS.into(), true));
    assert_eq!(resolved(&config, "m.deep", "aws", None), (AWS.into(), true));
    assert_eq!(resolved(&config, "p", "aws", None), (format!("{AWS}.east"), true));
    assert_eq!(resolved(&config, "p.deep", "aws", None), (format!("{AWS}.east"), true));
    assert_eq!(resolved(&config, "q", "aws", Some("peer")), (format!("{AWS}.east"), true));
    assert_eq!(resolved(&config, "q", "aws", None), (AWS.into(), true));
}

#[test]
fn a_module_may_own_its_provider_and_an_empty_block_is_a_proxy() {
    let config = load_tree(&[
        ("main.tf", "provider \"aws\" {\n region = \"a\"\n}\nprovider \"aws\" {\n alias = \"east\"\n}\nmodule \"own\" {\n source = \"./own\"\n}\nmodule \"old\" {\n source = \"./old\"\n providers = { aws = aws.east }\n}"),
        ("own/main.tf", "provider \"aws\" {\n region = \"b\"\n}"),
        ("old/main.tf", "provider \"aws\" {}"),
    ])
    .clean();
    assert_eq!(resolved(&config, "own", "aws", None), (format!("module.own.{AWS}"), true));
    assert_eq!(resolved(&config, "old", "aws", None), (format!("{AWS}.east"), true));
}

#[test]
fn a_local_name_may_stand_for_another_provider() {
    let config = load_tree(&[
        ("main.tf", "terraform {\n required_providers {\n cloud = {\n source = \"hashicorp/aws\"\n }\n }\n}\nprovider \"cloud\" {}\nmodule \"m\" {\n source = \"./m\"\n}\nresource \"cloud_x\" \"y\" {}"),
        ("m/main.tf", ""),
    ])
    .clean();
    assert_eq!(resolved(&config, "m", "aws", None), (AWS.into(), true));
    assert_eq!(config.root().unwrap().resources.values().next().unwrap().provider.kind.as_ref(), "aws");
}

#[test]
fn references_that_lead_nowhere() {
    let loaded = load_tree(&[
        (
            "main.tf",
            "provider \"aws\" {\n  alias = \"east\"\n}\nresource \"aws_vpc\" \"x\" {\n  provider = aws.easst\n}\nmodule \"a\" {\n  source = \"./a\"\n}\n\
             module \"b\" {\n  source = \"./own\"\n  count = 2\n}\nmodule \"c\" {\n  source = \"./own\"\n  providers = { aws = aws.east }\n}\nmodule \"d\" {\n  source = \"./d\"\n  providers = { aws.x = aws.east, null = aws.east, aws = aws.nope }\n}",
        ),
        (
            "a/main.tf",
            "terraform {\n required_providers {\n aws = {\n source = \"hashicorp/aws\"\n configuration_aliases = [aws.peer]\n }\n }\n}",
        ),
        ("own/main.tf", "provider \"aws\" {\n region = \"b\"\n}"),
        ("d/main.tf", ""),
    ]);
    assert_eq!(
        loaded.report(),
        [
            "E Provider configuration not present @ main.tf:4",
            "E Missing required provider configuration @ main.tf:7",
            "E Module is incompatible with count, for_each, and depends_on @ main.tf:10",
            "E Cannot override provider configuration @ main.tf:14",
            "E Provider configuration not present @ main.tf:18",
            "E Undefined provider configuration @ main.tf:18",
            "E Provider type mismatch @ main.tf:18",
        ]
    );
    assert!(loaded.words().contains("Did you mean \"east\"?") && loaded.words().contains("own/main.tf:1"));
}

#[test]
fn provider_blocks_have_their_mistakes() {
    let loaded = load_text(
        "provider \"aws\" {\n  version = \"~> 5.0\"\n}\nprovider \"aws\" {}\nprovider \"aws\" {\n  alias = \"a b\"\n  for_each = {}\n  count = 1\n}\nprovider {}",
    );
    assert_eq!(
        loaded.report(),
        [
            "W Deprecated provider argument @ main.tf:2",
            "E Duplicate provider configuration @ main.tf:4",
            "E Invalid name @ main.tf:6",
            "E Reserved argument @ main.tf:8",
            "E Duplicate provider configuration @ main.tf:5",
            "E Wrong number of labels @ main.tf:10",
        ]
    );
}
