//! `terraform`, resources, outputs and the rest of the language's blocks.

use super::load_text;
use crate::addr::Mode;

#[test]
fn a_resource_with_every_meta_argument() {
    let config = load_text(
        "resource \"aws_vpc\" \"main\" {\n count = 2\n provider = aws.east\n depends_on = [data.x_y.z, module.m]\n cidr_block = \"10.0.0.0/8\"\n tags { a = 1 }\n \
         lifecycle {\n create_before_destroy = true\n prevent_destroy = true\n ignore_changes = [tags[\"a\"], cidr_block]\n replace_triggered_by = [t_t.x]\n \
         precondition {\n condition = true\n error_message = \"m\"\n }\n postcondition {\n condition = true\n error_message = \"m\"\n }\n }\n \
         connection { host = \"h\" }\n provisioner \"local-exec\" { command = \"x\" }\n}\nprovider \"aws\" { alias = \"east\" }",
    )
    .clean();
    let resource = config.root().unwrap().resources.values().next().unwrap();
    assert_eq!(resource.addr.to_string(), "aws_vpc.main");
    assert_eq!(resource.provider.to_string(), "registry.opentofu.org/hashicorp/aws");
    assert_eq!(resource.provider_ref.alias.as_deref(), Some("east"));
    assert!(resource.count.is_some() && resource.connection.is_some());
    assert_eq!((resource.depends_on.len(), resource.provisioners.len()), (2, 1));
    let l = &resource.lifecycle;
    assert_eq!((l.create_before_destroy, l.prevent_destroy, l.ignore_all), (Some(true), true, false));
    assert_eq!((l.ignore_changes.len(), l.replace_triggered_by.len()), (2, 1));
    assert_eq!((l.preconditions.len(), l.postconditions.len()), (1, 1));
    let left: Vec<&str> = resource.body.attributes.iter().map(|a| a.name.name.as_ref()).collect();
    assert_eq!(left, ["cidr_block"]);
    assert_eq!(resource.body.blocks.len(), 1);
}

#[test]
fn data_and_ephemeral_are_modes_of_their_own() {
    let config = load_text("data \"aws_ami\" \"x\" {}\nephemeral \"random_password\" \"x\" {}\nresource \"aws_ami\" \"x\" {}").clean();
    let modes: Vec<Mode> = config.root().unwrap().resources.keys().map(|a| a.mode).collect();
    assert_eq!(modes, [Mode::Managed, Mode::Data, Mode::Ephemeral]);
}

#[test]
fn quoted_references_are_read_with_a_warning() {
    let loaded = load_text(
        "provider \"aws\" {\n alias = \"east\"\n}\nresource \"aws_vpc\" \"a\" {\n  provider = \"aws.east\"\n  depends_on = [\"aws_vpc.b\", \"${aws_vpc.c}\"]\n  lifecycle {\n    ignore_changes = [\"tags\"]\n  }\n}",
    );
    assert_eq!(
        loaded.report(),
        [
            "W Quoted reference @ main.tf:5",
            "W Quoted reference @ main.tf:6",
            "W Quoted reference @ main.tf:6",
            "W Quoted reference @ main.tf:8",
        ]
    );
    let config = loaded.config.unwrap();
    let resource = config.root().unwrap().resources.values().next().unwrap();
    assert_eq!(resource.provider_ref.alias.as_deref(), Some("east"));
    assert_eq!((resource.depends_on.len(), resource.lifecycle.ignore_changes.len()), (2, 1));
}

#[test]
fn wrong_meta_arguments_have_places() {
    let loaded = load_text(
        "resource \"t_t\" \"a\" {\n  count = 1\n  for_each = {}\n  depends_on = t_t.b\n  lifecycle {\n    ignore_changes = [\"*\"]\n    enabled = true\n    prevent_destory = true\n  }\n  lifecycle {}\n}\n\
         resource \"t_t\" \"b\" {\n  provider = aws[\"x\"].y\n  depends_on = [1 + 1]\n}\nresource \"t_t\" {}\nresource \"t_t\" \"a\" {}\n",
    );
    assert_eq!(
        loaded.report(),
        [
            "E Invalid combination of \"count\" and \"for_each\" @ main.tf:3",
            "E Invalid reference list @ main.tf:4",
            "E Duplicate lifecycle block @ main.tf:10",
            "E Invalid ignore_changes wildcard @ main.tf:6",
            "E Unsupported argument @ main.tf:8",
            "E Invalid provider reference @ main.tf:13",
            "E Invalid reference @ main.tf:14",
            "E Wrong number of labels @ main.tf:16",
            "E Duplicate resource @ main.tf:17",
        ]
    );
}

#[test]
fn versions_are_checked() {
    let loaded = load_text(
        "terraform {\n  required_version = \">= 1.12\"\n  required_providers {\n    aws = \"~> 4.0\"\n    old = {\n      source = \"hashicorp/aws\"\n      version = \">= 7\"\n    }\n    \
         bad = { source = \"a//b\" }\n    worse = { version = \"x\" }\n    odd = { colour = 1 }\n  }\n  required_providers {\n    aws = \"~> 5.0\"\n  }\n}",
    );
    let report = loaded.report();
    assert_eq!(
        report[..7],
        [
            "E Unsupported language version @ main.tf:2",
            "E Unsupported provider version @ main.tf:4",
            "E Unsupported provider version @ main.tf:7",
            "E Invalid provider source @ main.tf:9",
            "E Invalid version constraint @ main.tf:10",
            "E Invalid required_providers entry @ main.tf:11",
            "E Duplicate required provider @ main.tf:14",
        ]
    );
    let fine = "terraform {\n required_version = \"~> 1.6\"\n required_providers {\n aws = { version = \">= 4.0\", source = \"registry.terraform.io/hashicorp/aws\", configuration_aliases = [aws.a, aws.b] }\n null = \"3.2.1\"\n }\n}";
    let config = load_text(fine).clean();
    assert_eq!(config.root().unwrap().configuration_aliases.len(), 2);
    assert_eq!(config.root().unwrap().required_providers["aws"].source.to_string(), "registry.opentofu.org/hashicorp/aws");
}

#[test]
fn what_comes_later_says_so() {
    let loaded = load_text(
        "terraform {\n  cloud {}\n  experiments = [x]\n  encryption {}\n  bakend \"s3\" {}\n}\nremoved {\n from = a.b\n}\nimport {\n to = a.b\n id = 1\n}\ncheck \"x\" {}\nresuorce \"a\" \"b\" {}\nx = 1\n",
    );
    assert_eq!(
        loaded.report(),
        [
            "E Module uses experimental features @ main.tf:3",
            "E Cloud workspaces are not supported @ main.tf:2",
            "E Unsupported block type @ main.tf:5",
            "E Unsupported argument @ main.tf:16",
            "E Missing assert block @ main.tf:14",
            "E Unsupported block type @ main.tf:15",
        ]
    );
    assert!(loaded.words().contains("Did you mean \"backend\"?") && loaded.words().contains("Did you mean \"resource\"?"));
}

#[test]
fn outputs_locals_and_moved() {
    let loaded = load_text(
        "output \"a\" {\n  value = 1\n  sensitive = true\n  description = \"d\"\n  depends_on = [t_t.x]\n  precondition {\n    condition = true\n    error_message = \"\"\n  }\n}\n\
         output \"b\" {}\noutput \"a\" {\n  value = 2\n}\nlocals {\n  x = 1\n  y {}\n}\nlocals {\n  x = 2\n}\nmoved {\n  from = t_t.a\n  to = t_t.b\n}\nmoved {\n  from = t_t.a\n}\n",
    );
    assert_eq!(
        loaded.report(),
        [
            "E Missing required argument @ main.tf:11",
            "E Duplicate output @ main.tf:12",
            "E Unsupported block type @ main.tf:17",
            "E Duplicate local value @ main.tf:20",
            "E Missing required argument @ main.tf:26",
        ]
    );
    let config = loaded.config.unwrap();
    let root = config.root().unwrap();
    assert_eq!((root.moved.len(), root.outputs["a"].preconditions.len(), root.outputs["a"].sensitive), (1, 1, true));
}

#[test]
fn only_resources_trigger_a_replacement() {
    let with = |trigger: &str| {
        load_text(&format!("resource \"aws_a\" \"x\" {{\n count = 2\n lifecycle {{\n replace_triggered_by = [{trigger}]\n }}\n}}")).report()
    };
    for right in ["aws_b.y", "aws_b.y[0].id", "aws_b.y[\"k\"]", "aws_b.y[each.key].tags", "aws_b.y[count.index]"] {
        assert_eq!(with(right), Vec::<String>::new(), "{right}");
    }
    for wrong in ["var.v", "local.a.b", "data.aws_b.y", "module.m.o", "self.id", "aws_b.y[var.i]", "each.key"] {
        assert_eq!(with(wrong), ["E Invalid replace_triggered_by expression @ main.tf:4"], "{wrong}");
    }
}
