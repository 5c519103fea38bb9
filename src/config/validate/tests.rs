//! Mistakes that are found without evaluating anything.

use super::{hcl_notes, validate};
use crate::addr::{Mode, ProviderSource};
use crate::config::tests::{load_env, load_tree, said};
use crate::diag::{Diagnostics, SourceMap};
use crate::lang::CallEnv;
use crate::schema::{self, Availability, BlockSchema, ProviderFacts, ResourceSchema, RuleError, SchemaSource, TypeRules};
use crate::value::{Path, Value, closest};
use std::sync::Arc;

/// A provider `aws` with two types and a data source.
struct Fake;

fn vpc() -> ResourceSchema {
    let block = BlockSchema::new()
        .attr("id", schema::string().computed())
        .attr("cidr_block", schema::string().required())
        .attr("size", schema::number().optional())
        .attr("tags", schema::map_of(crate::value::Type::String).optional())
        .attr("old", schema::string().optional().deprecated("use size"))
        .attr("later", schema::string().optional().unsupported())
        .block("rule", BlockSchema::new().attr("port", schema::number().required()).list(0, 1));
    let even = |config: &Value| {
        let odd = config.get("size").and_then(Value::as_i64).is_some_and(|n| n % 2 == 1);
        if odd { vec![RuleError { path: Path::attr("size"), message: "size must be even.".into() }] } else { Vec::new() }
    };
    let one_of = |config: &Value| {
        let both = ["size", "old"].iter().all(|n| config.get(n).is_some_and(|v| !v.is_null()));
        if both { vec![RuleError { path: Path::default(), message: "Only one of size and old can be set".into() }] } else { Vec::new() }
    };
    ResourceSchema { version: 0, block, rules: TypeRules { validate: vec![even, one_of], ..TypeRules::default() } }
}

impl SchemaSource for Fake {
    fn has_provider(&self, provider: &ProviderSource) -> bool {
        provider.kind.as_ref() == "aws"
    }
    fn provider_config(&self, provider: &ProviderSource) -> Option<Arc<BlockSchema>> {
        self.has_provider(provider).then(|| Arc::new(BlockSchema::new().attr("region", schema::string().optional())))
    }
    fn schema(&self, _: &ProviderSource, mode: Mode, kind: &str) -> Option<Arc<ResourceSchema>> {
        match (mode, kind) {
            (Mode::Managed, "aws_vpc") => Some(Arc::new(vpc())),
            (Mode::Data, "aws_ami") => Some(Arc::new(ResourceSchema::new(0, BlockSchema::new().attr("id", schema::string().computed())))),
            _ => None,
        }
    }
    fn availability(&self, provider: &ProviderSource, mode: Mode, kind: &str) -> Availability {
        if self.schema(provider, mode, kind).is_some() {
            return Availability::Supported;
        }
        if kind == "aws_lambda_function" {
            return Availability::NotYet;
        }
        Availability::Unknown(closest(kind, ["aws_vpc", "aws_ami"]))
    }
    fn read_inline(&self, _: &ProviderSource, _: &str, _: &Value, _: &ProviderFacts) -> Option<Result<Value, String>> {
        None
    }
}

struct Checked {
    report: Vec<String>,
    words: String,
}

fn check(tree: &[(&str, &str)]) -> Checked {
    let loaded = load_tree(tree);
    assert_eq!(loaded.report(), Vec::<String>::new());
    let config = loaded.config.unwrap();
    let env = CallEnv::new(&config.root_dir, Arc::new(loaded.files), SourceMap::new());
    let mut diags = Diagnostics::new();
    validate(&config, &Fake, &env, &mut diags);
    let words = diags.iter().map(|d| format!("{} {}\n", d.detail, d.help.as_deref().unwrap_or(""))).collect();
    Checked { report: said(&diags, &config.sources), words }
}

fn check_text(text: &str) -> Checked {
    check(&[("main.tf", text)])
}

#[test]
fn a_right_configuration_says_nothing() {
    let checked = check(&[
        (
            "main.tf",
            "provider \"aws\" {\n region = var.region\n}\nvariable \"region\" {\n type = string\n validation {\n condition = length(var.region) > 2\n error_message = \"short: ${var.region}\"\n }\n}\n\
             locals {\n names = toset([\"a\", \"b\"])\n n = length(aws_vpc.many)\n}\n\
             data \"aws_ami\" \"x\" {}\n\
             resource \"aws_vpc\" \"one\" {\n cidr_block = cidrsubnet(\"10.0.0.0/8\", 8, local.n)\n tags = { Name = data.aws_ami.x.id, file = file(\"${path.module}/x.txt\") }\n\
             dynamic \"rule\" {\n for_each = var.region == \"\" ? [] : [1]\n content {\n port = rule.value\n }\n }\n lifecycle {\n ignore_changes = [tags[\"Name\"], rule]\n postcondition {\n condition = self.id != \"\"\n error_message = \"x\"\n }\n }\n}\n\
             resource \"aws_vpc\" \"many\" {\n for_each = local.names\n cidr_block = each.key\n size = 4\n}\n\
             resource \"aws_vpc\" \"counted\" {\n count = 2\n cidr_block = \"10.${count.index}.0.0/16\"\n depends_on = [aws_vpc.many, module.m]\n}\n\
             module \"m\" {\n source = \"./m\"\n for_each = local.names\n name = each.value\n ids = [for v in aws_vpc.many : v.id]\n}\n\
             output \"all\" {\n value = [aws_vpc.many[\"a\"].id, aws_vpc.counted[*].id, module.m[\"a\"].id, values(aws_vpc.many)[*].id, path.cwd, terraform.workspace]\n}",
        ),
        (
            "m/main.tf",
            "variable \"name\" {\n type = string\n}\nvariable \"ids\" {\n type = list(string)\n}\noutput \"id\" {\n value = var.ids[0]\n}",
        ),
        ("x.txt", "text"),
    ]);
    assert_eq!(checked.report, Vec::<String>::new(), "{}", checked.words);
}

#[test]
fn names_that_are_not_declared() {
    let checked = check(&[
        (
            "main.tf",
            "variable \"region\" {}\nlocals {\n  tags = {}\n  a = var.regoin\n  b = local.tagz\n  c = module.nett.x\n  d = aws_vpc.main.id\n  e = data.aws_ami.ubuntu.id\n  f = module.net.vpcid\n  g = aws_vpc.on.id\n  \
             h = aws_ami.img.id\n  i = vars.region\n  j = path.modul\n  k = terraform.env\n  l = try(local.nope, 1)\n  m = [for x in var.region : x.y + local.gone]\n}\nmodule \"net\" {\n  source = \"./net\"\n}\nresource \"aws_vpc\" \"one\" {\n  cidr_block = \"\"\n}\ndata \"aws_ami\" \"img\" {}\n",
        ),
        ("net/main.tf", "output \"vpc_id\" {\n  value = 1\n}"),
    ]);
    let expected = [
        "E Reference to undeclared input variable @ main.tf:4",
        "E Reference to undeclared local value @ main.tf:5",
        "E Reference to undeclared module call @ main.tf:6",
        "E Reference to undeclared resource @ main.tf:7",
        "E Reference to undeclared data source @ main.tf:8",
        "E Unsupported attribute @ main.tf:9",
        "E Reference to undeclared resource @ main.tf:10",
        "E Reference to undeclared resource @ main.tf:11",
        "E Reference to undeclared resource @ main.tf:12",
        "E Invalid \"path\" attribute @ main.tf:13",
        "E Invalid \"terraform\" attribute @ main.tf:14",
        "E Reference to undeclared local value @ main.tf:15",
        "E Reference to undeclared local value @ main.tf:16",
    ];
    assert_eq!(checked.report, expected, "{}", checked.words);
    for hint in
        ["var.region?", "local.tags?", "module.net?", "\"vpc_id\"?", "aws_vpc.one?", "data.aws_ami.img?", "var.region?", "\"module\"?"]
    {
        assert!(checked.words.contains(&format!("Did you mean {hint}")), "{hint}: {}", checked.words);
    }
}

#[test]
fn each_count_and_self_have_their_places() {
    let checked = check_text(
        "locals {\n  a = each.key\n  b = count.index\n  c = self.id\n}\nresource \"aws_vpc\" \"x\" {\n  count = count.index\n  cidr_block = each.value\n  size = count.idx\n}\n\
         resource \"aws_vpc\" \"y\" {\n  for_each = { a = each.key }\n  cidr_block = self.id\n  lifecycle {\n    precondition {\n      condition = self.id == each.key\n      error_message = \"\"\n    }\n  }\n}\n",
    );
    assert_eq!(
        checked.report,
        [
            "E Reference to \"each\" in context without for_each @ main.tf:2",
            "E Reference to \"count\" in context without count @ main.tf:3",
            "E Invalid \"self\" reference @ main.tf:4",
            "E Reference to \"count\" in context without count @ main.tf:7",
            "E Reference to \"each\" in context without for_each @ main.tf:8",
            "E Invalid \"count\" attribute @ main.tf:9",
            "E Reference to \"each\" in context without for_each @ main.tf:12",
            "E Invalid \"self\" reference @ main.tf:16",
            "E Invalid \"self\" reference @ main.tf:13",
        ]
    );
}

#[test]
fn bodies_are_checked_against_their_schemas() {
    let checked = check_text(
        "resource \"aws_vpc\" \"a\" {\n  cidr_blok = \"x\"\n}\nresource \"aws_vpc\" \"b\" {\n  cidr_block = \"\"\n  size = \"many\"\n  id = \"i\"\n  old = \"o\"\n  later = \"l\"\n  rule {}\n  rule {\n    port = 1\n  }\n  \
         rules {}\n}\nresource \"aws_vpc\" \"c\" {\n  cidr_block = \"\"\n  size = 3\n}\nprovider \"aws\" {\n  regoin = \"x\"\n}\nresource \"aws_vpc\" \"d\" {\n  cidr_block = aws_vpc.c.idd\n  size = aws_vpc.c.tags\n  lifecycle {\n    ignore_changes = [tag]\n  }\n}\n",
    );
    let mut got = checked.report.clone();
    got.sort();
    let expected = [
        "E Argument cannot be set @ main.tf:7",
        "E Incorrect argument type @ main.tf:6",
        "E Invalid configuration @ main.tf:18",
        "E Missing required argument @ main.tf:10",
        "E Not supported yet @ main.tf:9",
        "E Too many rule blocks @ main.tf:11",
        "E Unsupported argument @ main.tf:2",
        "E Unsupported argument @ main.tf:21",
        "E Unsupported attribute @ main.tf:24",
        "E Unsupported attribute @ main.tf:27",
        "E Unsupported block type @ main.tf:14",
        "W Deprecated argument @ main.tf:8",
    ];
    assert_eq!(got, expected, "{}", checked.words);
    assert!(checked.words.contains("Did you mean \"id\"?") && checked.words.contains("Did you mean \"tags\"?"), "{}", checked.words);
}

#[test]
fn types_that_are_missing_warn_together_and_misspelt_ones_are_errors() {
    let checked = check_text(
        "resource \"aws_lambda_function\" \"a\" {}\nresource \"aws_lambda_function\" \"b\" {\n  x = aws_lambda_function.a.arn\n}\nresource \"aws_vcp\" \"c\" {}\ndata \"aws_vpc\" \"d\" {}\nresource \"google_x\" \"e\" {}\nresource \"google_y\" \"f\" {}\n",
    );
    assert_eq!(
        checked.report,
        [
            "E Invalid resource type @ main.tf:5",
            "E Invalid data source @ main.tf:6",
            "E Provider not supported @ main.tf:7",
            "W Types not supported yet",
        ]
    );
    assert!(checked.words.contains("resource type aws_lambda_function: aws_lambda_function.a, aws_lambda_function.b"));
    assert!(checked.words.contains("google_x.e, google_y.f"));
}

#[test]
fn module_calls_are_checked_against_the_variables() {
    let checked = check(&[
        (
            "main.tf",
            "module \"m\" {\n  source = \"./m\"\n  cidrr = 1\n  count = \"x\"\n  size = \"many\"\n  opts = { a = [] }\n  old = 1\n}\nmodule \"n\" {\n  source = \"./m\"\n  for_each = [\"a\"]\n  cidr = each.key\n  name = each.value\n}\n\
             output \"x\" {\n  value = module.n.id\n}\noutput \"y\" {\n  value = module.m.id\n}",
        ),
        (
            "m/main.tf",
            "variable \"cidr\" {\n\n}\nvariable \"name\" {\n description = \"The range\"\n}\nvariable \"size\" {\n  type = number\n  default = 1\n}\nvariable \"opts\" {\n  type = object({ a = optional(number, 1) })\n  default = {}\n}\nvariable \"old\" {\n  default = 1\n  deprecated = \"gone soon\"\n}\noutput \"id\" {\n  value = 1\n}",
        ),
    ]);
    assert_eq!(
        checked.report,
        [
            "E Missing resource instance key @ main.tf:19",
            "E Invalid count @ main.tf:4",
            "E Unsupported argument @ main.tf:3",
            "W Deprecated variable @ main.tf:7",
            "E Invalid value for module argument @ main.tf:6",
            "E Invalid value for module argument @ main.tf:5",
            "E Missing required argument @ main.tf:1",
            "E Invalid for_each argument @ main.tf:11",
        ],
        "{}",
        checked.words
    );
    assert!(checked.words.contains("Did you mean \"cidr\"?") && checked.words.contains("# The range"));
    assert!(checked.words.contains("declared at m/main.tf:7"));
}

#[test]
fn instance_keys_where_they_belong() {
    let checked = check_text(
        "resource \"aws_vpc\" \"n\" {\n  count = 2\n  cidr_block = \"\"\n}\nresource \"aws_vpc\" \"o\" {\n  cidr_block = \"\"\n}\noutput \"a\" {\n  value = aws_vpc.n.id\n}\noutput \"b\" {\n  value = aws_vpc.o[0].id\n}\noutput \"c\" {\n  value = aws_vpc.n[0].idd\n}\n",
    );
    assert_eq!(
        checked.report,
        [
            "E Missing resource instance key @ main.tf:9",
            "E Unexpected resource instance key @ main.tf:12",
            "E Unsupported attribute @ main.tf:15",
        ]
    );
}

#[test]
fn cycles_are_named_with_all_members() {
    let checked = check(&[
        (
            "main.tf",
            "locals {\n  a = local.b\n  b = local.a\n  me = local.me\n}\nresource \"aws_vpc\" \"x\" {\n  cidr_block = aws_vpc.y.id\n}\nresource \"aws_vpc\" \"y\" {\n  cidr_block = aws_vpc.x.id\n}\n\
             module \"m\" {\n  source = \"./m\"\n  in = module.m.out\n}\nvariable \"v\" {\n  default = 1\n  validation {\n    condition = var.v > 0\n    error_message = \"\"\n  }\n}\n",
        ),
        ("m/main.tf", "variable \"in\" {}\noutput \"out\" {\n  value = var.in\n}\n"),
    ]);
    assert_eq!(checked.report.len(), 4, "{:?}", checked.report);
    assert!(checked.report.iter().all(|r| r.starts_with("E Cycle @ ")), "{:?}", checked.report);
    for text in [
        "local.me refers to itself",
        "local.a -> local.b -> local.a",
        "aws_vpc.x -> aws_vpc.y -> aws_vpc.x",
        "module.m.var.in",
        "module.m.output.out",
    ] {
        assert!(checked.words.contains(text), "{text}: {}", checked.words);
    }
}

#[test]
fn a_long_chain_of_locals_does_no_harm() {
    let mut text = String::from("locals {\n  x0 = 1\n");
    for i in 1..2000 {
        text += &format!("  x{i} = local.x{} + 1\n", i - 1);
    }
    assert_eq!(check_text(&(text + "}\n")).report, Vec::<String>::new());
}

#[test]
fn app_blocks_refer_to_what_is_there() {
    let checked = check(&[
        ("main.tf", ""),
        ("envctl.hcl", "app \"a\" {\n  host = aws_eip.gone.public_ip\n  file \"x\" {\n    vars = { a = var.gone }\n  }\n}\n"),
    ]);
    assert_eq!(
        checked.report,
        ["E Reference to undeclared resource @ envctl.hcl:2", "E Reference to undeclared input variable @ envctl.hcl:4"]
    );
}

#[test]
fn declarations_that_tofu_cannot_see_are_noted() {
    let loaded = load_env(
        Some("stage"),
        &[
            ("environments/stage/a.hcl", "resource \"aws_vpc\" \"x\" {}\nvariable \"v\" {}"),
            ("environments/stage/b.tf", "output \"o\" {\n value = 1\n}"),
        ],
    );
    let note = hcl_notes(&loaded.config.unwrap()).unwrap();
    assert!(note.detail.contains("resource \"aws_vpc\" \"x\" (environments/stage/a.hcl:1)"), "{}", note.detail);
    assert!(!note.detail.contains("output"));
    assert!(hcl_notes(&load_tree(&[("main.tf", "")]).config.unwrap()).is_none());
}

#[test]
fn what_a_broken_text_declares_is_not_missing() {
    let loaded = load_tree(&[
        ("a.tf", "variable \"region\" {\n  type = = string\n}\nresource \"aws_vpc\" \"v\" {\n  cidr_block = \n}\nlocals {\n  l = )\n}\n"),
        ("b.tf", "output \"x\" {\n  value = [var.region, local.l, aws_vpc.v.id, var.gone]\n}\n"),
    ]);
    let config = loaded.config.unwrap();
    let env = CallEnv::new(&config.root_dir, Arc::new(loaded.files), SourceMap::new());
    let mut diags = loaded.diags;
    assert!(diags.has_errors());
    validate(&config, &Fake, &env, &mut diags);
    let undeclared: Vec<String> = said(&diags, &config.sources).into_iter().filter(|l| l.contains("undeclared")).collect();
    assert_eq!(undeclared, ["E Reference to undeclared input variable @ b.tf:2"], "{:?}", said(&diags, &config.sources));
}

#[test]
fn rules_of_types_do_not_count_what_may_turn_out_null() {
    let text = |old: &str| {
        format!(
            "variable \"v\" {{\n  type = string\n}}\nresource \"aws_vpc\" \"a\" {{\n  cidr_block = \"\"\n  size = 2\n  old = {old}\n}}\n"
        )
    };
    assert_eq!(check_text(&text("var.v")).report, Vec::<String>::new());
    assert_eq!(check_text(&text("null\n  later = var.v\n  id = var.v")).report, Vec::<String>::new());
    let both = check_text(&text("\"x\""));
    assert_eq!(both.report, ["W Deprecated argument @ main.tf:7", "E Invalid configuration @ main.tf:4"]);
    assert!(both.words.contains("Only one of size and old can be set."), "{}", both.words);
}
