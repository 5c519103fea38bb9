//! Mock providers and overrides.

use super::project;

const MAIN: &str = r#"
variable "path" { default = "out.txt" }
resource "random_string" "s" { length = 5 }
resource "local_file" "f" {
  filename = var.path
  content  = "it is ${random_string.s.result}"
}
data "terraform_remote_state" "other" {
  backend = "local"
  config  = { path = "not-there.tfstate" }
}
module "m" {
  source = "./m"
  file   = local_file.f.filename
}
output "s" { value = random_string.s.result }
output "m" { value = module.m.out }
output "other" { value = module.m.other }
"#;
const MODULE: &str = "variable \"file\" {}\nresource \"terraform_data\" \"x\" { input = var.file }\noutput \"out\" { value = terraform_data.x.output }\noutput \"other\" { value = \"of the module\" }\n";

fn with_module(test: &str) -> crate::harness::envctl::Envctl {
    let envctl = project(MAIN, test);
    envctl.file("m/main.tf", MODULE);
    envctl
}

const OTHER: &str = "override_data {\n  target = data.terraform_remote_state.other\n  values = { outputs = { x = \"given\" } }\n}\n";

#[test]
fn mocked_providers_make_nothing_and_their_values_are_planned() {
    let test = r#"
mock_provider "random" {
  mock_resource "random_string" {
    defaults = { result = "mocked" }
  }
}
mock_provider "local" {
  alias = "fake"
  override_resource {
    target = local_file.f
    values = { content_md5 = "md5-of-f" }
  }
}
run "planned" {
  command   = plan
  providers = { random = random, local = local.fake }
  assert {
    condition     = output.s == "mocked" && local_file.f.content == "it is mocked"
    error_message = "s is ${output.s}"
  }
  assert {
    condition     = local_file.f.content_md5 == "md5-of-f" && can(regex("^[A-Za-z0-9]{8}$", local_file.f.content_sha1))
    error_message = "drawn and given values"
  }
  assert {
    condition     = data.terraform_remote_state.other.outputs.x == "given"
    error_message = "the data source"
  }
}
run "applied" {
  providers = { random = random, local = local.fake }
  assert {
    condition     = output.m == "out.txt" && !fileexists("out.txt")
    error_message = "no file is written"
  }
}
"#;
    let envctl = with_module(&format!("{OTHER}{test}"));
    envctl.run(&["test"]).ok().says("2 passed");
    assert!(!envctl.path("out.txt").exists());
}

#[test]
fn overrides_stand_beside_real_resources() {
    let test = r#"
override_resource {
  target = random_string.s
  values = { result = "file" }
}
run "of_the_file" {
  assert {
    condition     = file(local_file.f.filename) == "it is file"
    error_message = file(local_file.f.filename)
  }
}
run "of_the_run" {
  variables { path = "other.txt" }
  override_resource {
    target = random_string.s
    values = { result = "run" }
  }
  override_module {
    target  = module.m
    outputs = { out = "instead" }
  }
  assert {
    condition     = output.s == "run" && file("other.txt") == "it is run"
    error_message = "s is ${output.s}"
  }
  assert {
    condition     = output.m == "instead" && output.other == null
    error_message = "m is ${output.m}"
  }
}
"#;
    let envctl = with_module(&format!("{OTHER}{test}"));
    envctl.run(&["test"]).ok().says("2 passed").says("Override of the file not used");
    assert!(!envctl.path("out.txt").exists() && !envctl.path("other.txt").exists(), "real files are destroyed in the end");
}

#[test]
fn a_folder_may_hold_the_mocks() {
    let test = "mock_provider \"random\" {\n  source = \"./tests/mocks\"\n}\nrun \"r\" {\n  command = plan\n  assert {\n    condition     = random_string.s.result == \"shared\"\n    error_message = random_string.s.result\n  }\n}\n";
    let envctl = project("resource \"random_string\" \"s\" { length = 3 }\n", test);
    envctl.file("tests/mocks/a.tfmock.hcl", "mock_resource \"random_string\" {\n  defaults = { result = \"shared\" }\n}\n");
    envctl.run(&["test"]).ok();
    envctl.file("tests/mocks/a.tfmock.hcl", "mock_resource \"random_string\" {\n  defaults = { reslt = \"x\", length = 4 }\n}\n");
    let out = envctl.run(&["test"]).expect(1);
    out.says("Mock value not used").says("Did you mean \"result\"?").says("comes from the configuration alone");
}

#[test]
fn targets_and_values_of_overrides_are_checked() {
    let run = "run \"r\" {\n  command = plan\n}\n";
    let case = |block: &str| with_module(&format!("{block}{run}")).run(&["test"]).expect(1);
    case("override_resource {\n  target = random_string.t\n}\n").says("Resource not found").says("Did you mean \"random_string.s\"?");
    case("override_resource {\n  target = data.terraform_remote_state.other\n}\n").says("Use override_data");
    case("override_resource {\n  target = random_string.s[0]\n}\n").says("Single instances cannot be overridden");
    case("override_resource {\n  target = module.m\n}\n").says("Use override_module");
    case("override_module {\n  target = module.n\n}\n").says("Module not found").says("Did you mean \"module.m\"?");
    case("override_module {\n  target = random_string.s\n}\n").says("address of a module");
    case("override_resource {\n  target = random_string.s\n  values = [1]\n}\n").says("Object expected");
    case("override_resource {\n  target = random_string.s\n  values = { result = [1] }\n}\n").says("Unsuitable mock value");
    case("override_resource {\n  target = random_string.s\n}\noverride_resource {\n  target = random_string.s\n}\n")
        .says("overridden twice");
    let absent = format!("{OTHER}override_module {{\n  target  = module.m\n  outputs = {{ otu = 1 }}\n}}\n{run}");
    with_module(&absent).run(&["test"]).ok().says("Output not found").says("Did you mean \"out\"?");
}

#[test]
fn mocks_of_repeated_providers_and_ephemeral_resources() {
    let main = "provider \"random\" {\n  alias    = \"by\"\n  for_each = toset([\"a\", \"b\"])\n}\nresource \"random_string\" \"s\" {\n  for_each = toset([\"a\", \"b\"])\n  provider = random.by[each.key]\n  length   = 3\n}\nephemeral \"random_password\" \"p\" { length = 4 }\nlocals { long = length(ephemeral.random_password.p.result) }\n";
    let test = "mock_provider \"random\" {\n  alias    = \"by\"\n  for_each = toset([\"a\", \"b\"])\n}\nmock_provider \"random\" {}\nrun \"r\" {\n  assert {\n    condition     = length(random_string.s[\"a\"].result) == 8 && length(random_string.s[\"b\"].result) == 8\n    error_message = \"not mocked\"\n  }\n}\n";
    project(main, test).run(&["test"]).ok();
    project("", "mock_provider \"random\" {\n  for_each = toset([\"a\"])\n}\n").run(&["test"]).expect(1).says("Alias required");
}
