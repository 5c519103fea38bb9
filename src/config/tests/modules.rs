//! Folders, files and module calls.

use super::{load_env, load_text, load_tree};
use crate::addr::ModulePath;
use crate::config::{ModuleAnswer, ModuleFolder};

#[test]
fn the_tree_of_local_modules_is_loaded() {
    let config = load_env(
        Some("stage"),
        &[
            ("environments/stage/main.tf", "module \"net\" {\n source = \"../../modules/net\"\n cidr = \"10.0.0.0/16\"\n}"),
            ("modules/net/main.tf", "variable \"cidr\" {}\nmodule \"sub\" {\n source = \"./sub\"\n}"),
            ("modules/net/sub/main.tf", "resource \"aws_subnet\" \"a\" {}"),
        ],
    )
    .clean();
    let sub = ModulePath::root().child("net").child("sub");
    let resource = config.modules[&sub].resources.values().next().unwrap();
    assert_eq!(resource.addr.to_string(), "module.net.module.sub.aws_subnet.a");
    assert_eq!(config.path_module(&sub).to_str(), Some("../../modules/net/sub"));
    assert_eq!(config.path_module(&ModulePath::root()).to_str(), Some("."));
    assert_eq!(config.file_hashes.len(), 3);
    assert!(config.file_hashes.values().all(|h| h.len() == 64));
}

#[test]
fn a_module_used_twice_is_read_once_and_addressed_twice() {
    let loaded = load_tree(&[
        ("main.tf", "module \"a\" {\n source = \"./m\"\n}\nmodule \"b\" {\n source = \"./m\"\n}"),
        ("m/main.tf", "locals {\n x = 1\n x = 2\n}\nresource \"t_t\" \"x\" {}"),
    ]);
    assert_eq!(loaded.report().len(), 1, "{:?}", loaded.diags);
    let config = loaded.config.unwrap();
    let addrs: Vec<String> = config.modules.values().flat_map(|m| m.resources.keys()).map(ToString::to_string).collect();
    assert_eq!(addrs, ["module.a.t_t.x", "module.b.t_t.x"]);
}

#[test]
fn what_is_wrong_with_a_source_is_said_at_the_source() {
    let loaded = load_tree(&[
        (
            "main.tf",
            "module \"gone\" {\n  source = \"./netwrok\"\n}\nmodule \"far\" {\n  source = \"terraform-aws-modules/vpc/aws\"\n}\n\
             module \"none\" {\n}\nmodule \"var\" {\n  source = var.x\n}\nmodule \"empty\" {\n  source = \"./empty\"\n}\n",
        ),
        ("network/main.tf", ""),
        ("empty/README.md", ""),
    ]);
    assert_eq!(
        loaded.report(),
        [
            "E Missing required argument @ main.tf:7",
            "E No configuration files @ main.tf:13",
            "E Module not fetched @ main.tf:5",
            "E Module not found @ main.tf:2",
            "E Reference to undeclared variable @ main.tf:10",
        ]
    );
    assert!(loaded.words().contains("Did you mean \"network\"?"), "{}", loaded.words());
}

#[test]
fn a_cycle_of_calls_is_shown_as_a_chain() {
    let loaded = load_tree(&[
        ("main.tf", "module \"a\" {\n source = \"./a\"\n}"),
        ("a/main.tf", "module \"b\" {\n source = \"../b\"\n}"),
        ("b/main.tf", "module \"a\" {\n source = \"../a\"\n}"),
    ]);
    assert_eq!(loaded.report(), ["E Cycle of module calls @ b/main.tf:2"]);
    assert!(loaded.words().contains("a -> b -> a"), "{}", loaded.words());
    assert_eq!(load_text("module \"me\" {\n source = \"./\"\n}").report(), ["E Cycle of module calls @ main.tf:2"]);
}

#[test]
fn tofu_files_shadow_tf_files() {
    let config = load_tree(&[
        ("main.tf", "locals {\n a = 1\n}"),
        ("main.tofu", "locals {\n b = 1\n}"),
        ("other.tf", "locals {\n c = 1\n}"),
        ("apps.hcl", "locals {\n d = 1\n}"),
        ("envctl.hcl", "locals {\n e = 1\n}"),
        (".hidden.tf", "nonsense("),
    ])
    .clean();
    let names: Vec<&str> = config.root().unwrap().locals.keys().map(AsRef::as_ref).collect();
    assert_eq!(names, ["b", "c", "e"]);
}

#[test]
fn hcl_files_of_an_environment_count_when_they_have_blocks() {
    let tree = [
        ("environments/stage/main.tf", "locals {\n a = 1\n}"),
        ("environments/stage/apps.hcl", "app \"dash\" {\n host = \"h\"\n}\noutput \"x\" {\n value = 1\n}"),
        ("environments/stage/backend.hcl", "bucket = \"b\"\nkey = (\n"),
        ("environments/stage/x.tftest.hcl", "run \"a\" {}"),
    ];
    let config = load_env(Some("stage"), &tree).clean();
    assert_eq!(config.apps.len(), 1);
    assert_eq!(config.root().unwrap().in_hcl.iter().map(|(t, _)| t.as_str()).collect::<Vec<_>>(), ["output \"x\""]);
}

#[test]
fn a_file_that_is_not_text_is_named() {
    let mut loaded = load_text("");
    loaded.files.insert("/p/bad.tf", [0xff, 0xfe]);
    let mut diags = crate::diag::Diagnostics::new();
    let request = crate::config::LoadRequest { environment: None, cwd: "/p".into() };
    crate::config::load(&request, &loaded.files, loaded.sources.clone(), &mut diags);
    assert!(diags.iter().any(|d| d.summary == "File is not text" && d.detail.contains("bad.tf")), "{diags:?}");
}

#[test]
fn variables_and_locals_decide_which_module_is_called() {
    let config = load_tree(&[
        (
            "main.tf",
            "variable \"which\" {\n default = \"a\"\n}\nlocals {\n folder = \"./${var.which}\"\n}\n\
             module \"m\" {\n source = local.folder\n below = \"sub\"\n}",
        ),
        ("a/main.tf", "variable \"below\" {\n type = string\n}\nmodule \"n\" {\n source = \"./${lower(var.below)}\"\n}"),
        ("a/sub/main.tf", "locals {\n here = 1\n}"),
    ])
    .clean();
    let deep = &config.modules[&ModulePath::root().child("m").child("n")];
    assert!(deep.locals.contains_key("here"));
    assert_eq!(config.root().unwrap().calls["m"].source, "./a");
}

#[test]
fn what_has_no_value_yet_cannot_decide_which_module_is_called() {
    let loaded = load_tree(&[(
        "main.tf",
        "variable \"none\" {}\nvariable \"secret\" {\n sensitive = true\n default = \"./a\"\n}\n\
         locals {\n a = local.b\n b = local.a\n}\nresource \"null_resource\" \"r\" {}\n\
         module \"one\" {\n source = \"./${var.none}\"\n}\nmodule \"two\" {\n source = var.secret\n}\n\
         module \"three\" {\n source = local.a\n}\nmodule \"four\" {\n source = null_resource.r.id\n}\n\
         module \"five\" {\n source = 5\n version = [1]\n}",
    )]);
    assert_eq!(
        loaded.report(),
        [
            "E Invalid module version @ main.tf:25",
            "E Value not known early enough @ main.tf:21",
            "E No value for a variable @ main.tf:12",
            "E Values refer to each other @ main.tf:8",
            "E Invalid module source @ main.tf:15",
        ]
    );
}

/// Answers as a cache would.
struct Cache;

impl crate::config::ModuleSources for Cache {
    fn find(&self, _: &crate::config::Config, request: &crate::config::ModuleRequest) -> crate::config::ModuleAnswer {
        let folder = |dir: &str, package: &str| ModuleFolder { dir: dir.into(), package: package.into() };
        match request.source.as_str() {
            "here" => ModuleAnswer::Folder(folder("/cache/pkg/sub", "/cache/pkg")),
            _ => ModuleAnswer::Later,
        }
    }

    fn early_values(&self, config: &crate::config::Config) -> crate::config::EarlyValues {
        crate::config::LocalOnly.early_values(config)
    }
}

#[test]
fn what_is_fetched_is_a_package_with_walls() {
    let mut loaded = load_tree(&[("main.tf", "module \"a\" {\n source = \"here\"\n version = \"~> 1\"\n}")]);
    let inside = "module \"ok\" {\n source = \"../other\"\n}\nmodule \"out\" {\n source = \"../../x\"\n}\n\
                  module \"far\" {\n source = \"there\"\n version = \"2\"\n}";
    loaded.files.insert("/cache/pkg/sub/main.tf", inside);
    loaded.files.insert("/cache/pkg/other/main.tf", "");
    loaded.files.insert("/cache/x/main.tf", "");
    let (sources, mut diags) = (crate::diag::SourceMap::new(), crate::diag::Diagnostics::new());
    let request = crate::config::LoadRequest { environment: None, cwd: "/p".into() };
    let tree = crate::config::load_with(&request, &loaded.files, &Cache, sources.clone(), &mut diags).unwrap();
    assert_eq!(super::said(&diags, &sources), ["E Local source leaves its package @ ../cache/pkg/sub/main.tf:5"]);
    let wanted: Vec<_> = tree.wanted.iter().map(|w| (w.path.to_string(), w.source.as_str(), w.version.as_deref())).collect();
    assert_eq!(wanted, [("module.a.module.far".to_string(), "there", Some("2"))]);
    assert_eq!(tree.config.root().unwrap().calls["a"].version.as_deref(), Some("~> 1"));
}
