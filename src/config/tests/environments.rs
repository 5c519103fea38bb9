//! Finding the environment, and its own blocks.

use super::{load_env, load_text, load_tree};
use crate::config::{LoadRequest, load};
use crate::diag::{Diagnostics, SourceMap};

const STAGE: &str = "environment {\n  description = \"Staging\"\n  account_id = \"123456789012\"\n}";

#[test]
fn an_environment_is_found_by_name_from_anywhere_in_the_project() {
    let loaded = load_env(Some("stage"), &[("environments/stage/envctl.hcl", STAGE), ("modules/x/main.tf", "")]);
    assert_eq!(loaded.report(), Vec::<String>::new());
    for cwd in ["/p", "/p/modules/x", "/p/environments/stage"] {
        let mut diags = Diagnostics::new();
        let request = LoadRequest { environment: Some("stage".into()), cwd: cwd.into() };
        let config = load(&request, &loaded.files, SourceMap::new(), &mut diags).unwrap();
        assert_eq!((config.name.as_str(), config.project_dir.to_str()), ("stage", Some("/p")), "{cwd}");
        assert!(config.in_environments);
    }
}

#[test]
fn nothing_given_is_the_folder_of_the_shell() {
    let loaded = load_env(Some("stage"), &[("environments/stage/envctl.hcl", STAGE)]);
    let mut diags = Diagnostics::new();
    let here = LoadRequest { environment: None, cwd: "/p/environments/stage".into() };
    let config = load(&here, &loaded.files, SourceMap::new(), &mut diags).unwrap();
    assert_eq!((config.name.as_str(), config.in_environments), ("stage", true));
    let above = LoadRequest { environment: None, cwd: "/p".into() };
    assert!(load(&above, &loaded.files, SourceMap::new(), &mut diags).is_none());
    assert!(diags.iter().any(|d| d.help.as_deref() == Some("Name an environment: stage.")), "{diags:?}");
}

#[test]
fn a_path_is_a_root_module_too() {
    let config = load_env(Some("deployments/a"), &[("deployments/a/main.tf", "")]).clean();
    assert_eq!(config.name, "deployments/a");
    assert_eq!(config.project_dir.to_str(), Some("/p/deployments/a"));
    assert!(!config.in_environments);
}

#[test]
fn a_misspelt_environment_lists_the_others() {
    let loaded = load_env(Some("stge"), &[("environments/stage/main.tf", ""), ("environments/prod/main.tf", "")]);
    assert_eq!(loaded.report(), ["E Environment not found"]);
    assert!(loaded.config.is_none());
    assert!(loaded.words().contains("Did you mean \"stage\"?"), "{}", loaded.words());
}

#[test]
fn a_folder_without_configuration_is_an_error() {
    assert_eq!(load_env(Some("docs"), &[("docs/README.md", "")]).report(), ["E No configuration files"]);
}

#[test]
fn an_environment_can_name_another_root() {
    let block = "environment {\n root = \"deployments\"\n backend_config = [\"deployments/backend-stage.hcl\"]\n env_files = [\"env-stage\"]\n var_files = [\"stage.tfvars\"]\n}\napp \"a\" {}";
    let config = load_env(
        Some("stage"),
        &[
            ("environments/stage/envctl.hcl", block),
            ("deployments/main.tf", "variable \"x\" {}"),
            ("deployments/other.hcl", "app \"no\" {}"),
        ],
    )
    .clean();
    assert_eq!(config.root_dir.to_str(), Some("/p/deployments"));
    assert_eq!(config.env_dir.to_str(), Some("/p/environments/stage"));
    assert_eq!(config.root().unwrap().variables.len(), 1);
    assert_eq!(config.apps.len(), 1);
    let environment = config.environment.unwrap();
    assert_eq!(environment.backend_config, ["deployments/backend-stage.hcl"]);
    assert_eq!(environment.var_files[0].to_str(), Some("stage.tfvars"));
}

#[test]
fn beside_another_root_only_our_blocks_may_stand() {
    let block = "environment {\n root = \"deployments\"\n}\nresource \"aws_vpc\" \"x\" {}";
    let loaded = load_env(Some("stage"), &[("environments/stage/a.hcl", block), ("deployments/envctl.hcl", "environment {}")]);
    assert_eq!(
        loaded.report(),
        ["E Misplaced resource block @ environments/stage/a.hcl:4", "E Duplicate environment block @ deployments/envctl.hcl:1"]
    );
    let gone = load_env(Some("stage"), &[("environments/stage/a.hcl", "environment {\n root = \"deploymnts\"\n}")]);
    assert_eq!(gone.report(), ["E Root module not found @ environments/stage/a.hcl:1"]);
}

#[test]
fn mistakes_in_our_blocks_have_places() {
    let loaded = load_text(
        "environment {\n  acount_id = \"1\"\n  account_id = 123\n  env_files = \"x\"\n  thing {}\n}\nenvironment {}\napp {}\napp \"a\" {}\napp \"a\" {}",
    );
    assert_eq!(
        loaded.report(),
        [
            "E Unsuitable value type @ main.tf:4",
            "E Unsupported argument @ main.tf:2",
            "E Unsupported block type @ main.tf:5",
            "E Invalid account_id @ main.tf:3",
            "E Duplicate environment block @ main.tf:7",
            "E Wrong number of labels @ main.tf:8",
            "E Duplicate app @ main.tf:10",
        ]
    );
    assert!(loaded.words().contains("Did you mean \"account_id\"?"));
    let called = load_tree(&[("main.tf", "module \"m\" {\n source = \"./m\"\n}"), ("m/envctl.hcl", "environment {}\napp \"x\" {}")]);
    assert_eq!(called.report(), ["E Misplaced environment block @ m/envctl.hcl:1", "E Misplaced app block @ m/envctl.hcl:2"]);
}
