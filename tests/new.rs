//! `new`: environments from templates and from each other.

use crate::harness::Envctl;
use crate::harness::git::git;

fn files(envctl: &Envctl, folder: &str) -> Vec<String> {
    let walk = walkdir::WalkDir::new(envctl.path(folder)).sort_by_file_name();
    let all = walk.into_iter().map(Result::unwrap).filter(|e| e.file_type().is_file());
    all.map(|e| e.path().strip_prefix(envctl.path(folder)).unwrap().display().to_string()).collect()
}

#[test]
fn an_empty_project_gets_everything_it_needs() {
    let envctl = Envctl::new();
    let out = envctl.run(&["new", "lab", "-region", "eu-central-1", "-set", "project=shop", "-set", "instance_type=t3.micro"]).ok();
    out.says("Made lab from the template web")
        .says("cp environments/lab/lab.env.sample")
        .says("envctl bootstrap lab")
        .says("admin_cidr_blocks");
    assert_eq!(
        files(&envctl, "environments"),
        [
            "backend.hcl",
            "lab/app.hcl",
            "lab/common.tf",
            "lab/database.tf",
            "lab/environment.hcl",
            "lab/lab.env.sample",
            "lab/machine.tf",
            "lab/network.tf",
            "lab/terraform.tf",
            "lab/terraform.tfvars",
        ]
    );
    assert_eq!(std::fs::read_to_string(envctl.path("modules/network/main.tf")).unwrap(), include_str!("../modules/network/main.tf"));
    assert!(envctl.read(".gitignore").contains("*.env\n"));
    envctl.run(&["fmt", "-check", "-recursive", "environments", "modules"]).ok();
    #[cfg(feature = "aws")]
    envctl.run(&["validate", "lab"]).ok().says("Valid:").never_says("warning: Un");

    // A second one shares backend and modules; names differ.
    let before = envctl.read("environments/backend.hcl");
    envctl.file("modules/network/variables.tf", &(envctl.read("modules/network/variables.tf") + "# ours\n"));
    envctl.run(&["new", "two", "-from", "machine", "-region", "us-east-1"]).ok().never_says("modules/network");
    assert_eq!(envctl.read("environments/backend.hcl"), before);
    assert!(envctl.read("modules/network/variables.tf").ends_with("# ours\n"));
    assert!(envctl.read("environments/two/terraform.tf").contains("two/terraform.tfstate"));
}

#[test]
fn nothing_is_overwritten_and_mistakes_name_the_cure() {
    let envctl = Envctl::new();
    envctl.file("environments/stage/main.tf", "# mine\n");
    envctl.run(&["new", "stage", "-region", "eu-central-1"]).expect(1).says("nothing is overwritten");
    assert_eq!(files(&envctl, "environments"), ["stage/main.tf"]);
    envctl.run(&["new", "qa"]).expect(1).says("-region eu-central-1");
    envctl.run(&["new", "Qa_1", "-region", "x"]).expect(1).says("lower-case letters");
    envctl.run(&["new", "qa", "-from", "wb"]).expect(1).says("Did you mean \"web\"?").says("machine (").says("Environments: stage");
    envctl.run(&["new", "qa", "-region", "x", "-set", "sze=1"]).expect(1).says("declares no such variable");
    assert!(!envctl.path("environments/qa").exists() && !envctl.path("modules").exists());
}

const STAGE: &str = r#"terraform {
  backend "local" {
    path = "../../states/stage.tfstate"
  }
}

variable "password" {
  sensitive = true
}

variable "size" {
  type = number
}

resource "terraform_data" "stage" {
  input = "db-stage-${var.size}"
}

output "it" {
  value = terraform_data.stage.output
}
"#;

#[test]
fn an_environment_is_copied_under_another_name_without_its_secrets() {
    let envctl = Envctl::new();
    envctl.file(".gitignore", ".test/\n*.env\nhidden.tfvars\n");
    envctl.file("environments/stage/main.tf", STAGE);
    envctl.file("environments/stage/stage.env", "password=hush-hush\n");
    envctl.file("environments/stage/terraform.tfvars", "size     = 1\npassword = \"hush-hush\"\n");
    envctl.file("environments/stage/hidden.tfvars", "password = \"hush-hush\"\n");
    envctl.file("environments/stage/.envctl/cache", "hush-hush");
    git(&envctl.path("."), &["init", "-q", "-b", "main"]);
    envctl.run(&["apply", "stage", "-auto-approve"]).ok();

    let out = envctl.run(&["new", "qa", "-from", "stage", "-set", "size=2"]).ok();
    out.says("stage.env (it holds values that do not belong into git)").says("hidden.tfvars (git ignores it)").never_says("hush-hush");
    assert_eq!(files(&envctl, "environments/qa"), ["main.tf", "qa.env.sample", "terraform.tfvars"]);
    for file in files(&envctl, "environments/qa") {
        assert!(!envctl.read(&format!("environments/qa/{file}")).contains("hush-hush"), "{file}");
    }
    envctl.run(&["validate", "qa"]).ok();
    envctl.run(&["fmt", "-check", "environments/qa"]).ok();
    envctl.run(&["apply", "qa", "-auto-approve", "-var", "password=x"]).ok().says("db-qa-2");
    envctl.run(&["output", "stage", "it"]).ok().says("db-stage-1");
    assert!(envctl.path("states/qa.tfstate").exists());
}

#[test]
fn a_copy_that_would_share_its_state_is_not_made() {
    let envctl = Envctl::new();
    envctl.file("environments/stage/main.tf", &STAGE.replace("states/stage.tfstate", "states/the.tfstate"));
    envctl.run(&["new", "qa", "-from", "stage"]).expect(1).says("would share its state").says("states/the.tfstate");
    assert!(!envctl.path("environments/qa").exists());
}
