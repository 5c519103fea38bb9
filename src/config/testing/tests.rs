//! Test files in memory: finding, decoding, staging.

use super::*;
use crate::addr::{Mode, ModulePath, ProviderSource, ResourceAddr};
use crate::config::{Config, LoadRequest, load};
use crate::diag::{Diagnostic, Span};
use crate::files::MemFiles;
use crate::lang::{CallEnv, FunctionTable, Scope, Subject};
use crate::value::Value;
use std::path::PathBuf;
use std::sync::Arc;

struct World {
    files: MemFiles,
    sources: Arc<SourceMap>,
}

fn world(all: &[(&str, &str)]) -> World {
    let mut files = MemFiles::new();
    for (path, text) in all {
        files.insert(format!("/p/{path}"), *text);
    }
    World { files, sources: SourceMap::new() }
}

impl World {
    fn config(&self) -> Config {
        let mut diags = Diagnostics::new();
        let request = LoadRequest { environment: None, cwd: PathBuf::from("/p") };
        let config = load(&request, &self.files, self.sources.clone(), &mut diags).expect("a configuration");
        assert!(!diags.has_errors(), "{diags:?}");
        config
    }

    fn test(&self, diags: &mut Diagnostics) -> TestFile {
        let found = find_tests(Path::new("/p"), "tests", &self.files, diags);
        read_test(&found[0], &self.files, &self.sources, Path::new("/p"), diags).expect("a test file")
    }
}

/// `var.x` is the text x; there are no runs.
struct Names(CallEnv);

impl Scope for Names {
    fn resolve(&self, subject: &Subject, _span: Span) -> Result<Value, Diagnostic> {
        match subject {
            Subject::Var(name) => Ok(Value::string(name)),
            other => Err(Diagnostic::error("No such thing", other.to_string())),
        }
    }
    fn functions(&self) -> &FunctionTable {
        FunctionTable::standard()
    }
    fn call_env(&self) -> &CallEnv {
        &self.0
    }
}

fn staged(world: &World, diags: &mut Diagnostics) -> Staged {
    let (config, file) = (world.config(), world.test(diags));
    let env = CallEnv::new("/p", Arc::new(MemFiles::new()), world.sources.clone());
    stage(&config, &file, &file.runs[0], 7, &Names(env), diags)
}

fn addr(kind: &str, name: &str) -> ResourceAddr {
    ResourceAddr { module: ModulePath::root(), mode: Mode::Managed, kind: kind.into(), name: name.into() }
}

#[test]
fn test_files_by_name() {
    let all = [
        "a.tftest.hcl",
        "a.tofutest.hcl",
        "b.tftest.json",
        "b.tofutest.json",
        "c.tftest.json",
        ".d.tftest.hcl",
        "e.tf",
        "tests/z.tftest.hcl",
    ];
    let w = world(&all.map(|n| (n, "")));
    let mut diags = Diagnostics::new();
    let found = find_tests(Path::new("/p"), "tests", &w.files, &mut diags);
    let names: Vec<(&str, bool)> = found.iter().map(|t| (t.name.as_str(), t.json)).collect();
    assert_eq!(names, [("a.tofutest.hcl", false), ("b.tofutest.json", true), ("c.tftest.json", true), ("tests/z.tftest.hcl", false)]);
    assert!(diags.is_empty());
    assert_eq!(find_tests(Path::new("/p"), "none", &w.files, &mut diags).len(), 3);
    assert_eq!(find_tests(Path::new("/p"), ".", &w.files, &mut diags).len(), 3, "a folder is looked into once");
}

#[test]
fn a_mock_takes_every_resource_that_uses_the_configuration() {
    let main = "provider \"random\" {\n  alias = \"b\"\n}\nresource \"random_id\" \"a\" {}\nresource \"random_id\" \"b\" { provider = random.b }\nmodule \"m\" { source = \"./m\" }\n";
    let test = "mock_provider \"random\" {\n  mock_resource \"random_id\" {\n    defaults = { hex = \"x\" }\n  }\n}\nrun \"r\" {}\n";
    let w = world(&[("main.tf", main), ("m/main.tf", "resource \"random_id\" \"c\" {}\n"), ("t.tftest.hcl", test)]);
    let mut diags = Diagnostics::new();
    let staged = staged(&w, &mut diags);
    assert!(diags.is_empty(), "{diags:?}");
    let taken: Vec<String> = staged.doubles.iter().map(|d| d.resource.to_string()).collect();
    assert_eq!(taken, ["random_id.a", "module.m.random_id.c"]);
    let root = staged.config.root().unwrap();
    assert!(Double::is(&root.resources[&addr("random_id", "a")].provider));
    assert_eq!(root.resources[&addr("random_id", "b")].provider, ProviderSource::default_for("random"));
    assert_eq!(staged.doubles[0].of, ProviderSource::default_for("random"));
    assert_ne!(staged.doubles[0].source, staged.doubles[1].source);
}

#[test]
fn provider_blocks_of_the_test_replace_those_of_the_module() {
    let main = "variable \"known\" {}\nprovider \"aws\" { region = \"old\" }\n";
    let test = "provider \"aws\" {\n  region = var.of_the_test\n  profile = var.known\n}\nrun \"r\" {}\n";
    let mut diags = Diagnostics::new();
    let staged = staged(&world(&[("main.tf", main), ("t.tftest.hcl", test)]), &mut diags);
    assert!(diags.is_empty(), "{diags:?}");
    let block = &staged.config.root().unwrap().providers[&("aws".into(), None)];
    let region = block.body.attribute("region").unwrap();
    assert_eq!(region.expr.literal_str().as_deref(), Some("of_the_test"));
    assert!(block.body.attribute("profile").unwrap().expr.literal_str().is_none(), "what the module declares is evaluated in it");
}

#[test]
fn an_overridden_module_is_hollow() {
    let main = "module \"m\" { source = \"./m\" }\nmodule \"n\" { source = \"./m\" }\n";
    let inner = "variable \"v\" {\n  default = 1\n  validation {\n    condition     = local.l == 1\n    error_message = \"x\"\n  }\n}\nlocals { l = 1 }\nresource \"random_id\" \"a\" {}\nmodule \"deep\" { source = \"./deep\" }\noutput \"a\" { value = random_id.a.hex }\noutput \"b\" { value = local.l }\n";
    let test = "override_module {\n  target  = module.m\n  outputs = { a = [1, { x = \"y\" }] }\n}\nrun \"r\" {}\n";
    let mut diags = Diagnostics::new();
    let w = world(&[("main.tf", main), ("m/main.tf", inner), ("m/deep/main.tf", "output \"z\" { value = 1 }\n"), ("t.tftest.hcl", test)]);
    let staged = staged(&w, &mut diags);
    assert!(diags.is_empty(), "{diags:?}");
    let modules: Vec<String> = staged.config.modules.keys().map(ToString::to_string).collect();
    assert!(!modules.contains(&"module.m.module.deep".to_string()) && modules.contains(&"module.n.module.deep".to_string()), "{modules:?}");
    let module = &staged.config.modules[&ModulePath::root().child("m")];
    assert!(module.resources.is_empty() && module.calls.is_empty() && module.variables["v"].validations.is_empty());
    let mut own = Diagnostics::new();
    let value = crate::config::constant::constant(&module.outputs["a"].value, &mut own).unwrap();
    assert_eq!(value.items().map(<[_]>::len), Some(2));
    assert!(crate::config::constant::constant(&module.outputs["b"].value, &mut own).unwrap().is_null());
}
