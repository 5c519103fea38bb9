//! `test`: test files, run as OpenTofu 1.11 runs them.

#[path = "test_command/cleanup.rs"]
mod cleanup;
#[path = "test_command/doubles.rs"]
mod doubles;
#[path = "test_command/failures.rs"]
mod failures;
#[path = "test_command/mistakes.rs"]
mod mistakes;
#[path = "test_command/options.rs"]
mod options;
#[path = "test_command/runs.rs"]
mod runs;

use crate::harness::envctl::Envctl;

/// A project with a root module and a test file.
fn project(main: &str, test: &str) -> Envctl {
    let envctl = Envctl::new();
    envctl.file("main.tf", main).file("main.tftest.hcl", test);
    envctl
}

/// A module with variables, a resource, a check and outputs.
const MAIN: &str = r#"
variable "name" {
  default = "plain"
  validation {
    condition     = length(var.name) < 8
    error_message = "the name ${var.name} is too long"
  }
}
resource "terraform_data" "a" {
  input = var.name
  lifecycle {
    precondition {
      condition     = var.name != "bad"
      error_message = "bad is refused"
    }
    postcondition {
      condition     = self.output != "late"
      error_message = "too late"
    }
  }
}
check "calm" {
  assert {
    condition     = var.name != "storm"
    error_message = "a storm"
  }
}
output "name" {
  value = terraform_data.a.output
  precondition {
    condition     = var.name != "mute"
    error_message = "nothing to say"
  }
}
"#;
