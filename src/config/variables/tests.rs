//! Sources, their order, and what is never shown.

use super::{Given, VariableRequest, Variables, collect_variables, missing_variables};
use crate::config::Config;
use crate::config::tests::{load_env, said};
use crate::diag::Diagnostics;
use crate::value::{Type, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

struct Case {
    config: Config,
    variables: Variables,
    diags: Diagnostics,
}

impl Case {
    fn report(&self) -> Vec<String> {
        said(&self.diags, &self.config.sources)
    }
    fn value(&self, name: &str) -> Value {
        self.variables.values[name].unmark_deep().0
    }
    fn text(&self, name: &str) -> String {
        self.value(name).as_str().unwrap().to_string()
    }
}

fn collect(tree: &[(&str, &str)], environ: &[(&str, &str)], env_files: &[&str], given: &[&str]) -> Case {
    let environment = tree.iter().any(|(p, _)| p.starts_with("environments/stage/")).then_some("stage");
    let loaded = load_env(environment, tree);
    assert_eq!(loaded.report(), Vec::<String>::new());
    let environ: BTreeMap<String, String> = environ.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
    let env_files: Vec<PathBuf> = env_files.iter().map(PathBuf::from).collect();
    let given: Vec<Given> =
        given.iter().map(|g| g.strip_prefix('@').map_or_else(|| Given::Assignment(g.to_string()), |f| Given::File(f.into()))).collect();
    let request = VariableRequest { cwd: Path::new("/p"), environ: &environ, env_files: &env_files, given: &given };
    let (config, mut diags) = (loaded.config.unwrap(), Diagnostics::new());
    let variables = collect_variables(&config, &request, &loaded.files, &mut diags);
    Case { config, variables, diags }
}

#[test]
fn later_sources_win() {
    let files = [
        ("main.tf", "variable \"x\" {}"),
        ("terraform.tfvars", "x = \"2\""),
        ("terraform.tfvars.json", "{\"x\": \"3\"}"),
        ("a.auto.tfvars", "x = \"4\""),
        ("b.auto.tfvars.json", "{\"x\": \"5\"}"),
        ("more.tfvars", "x = \"6\""),
    ];
    for n in 1..=6 {
        let tree: Vec<(&str, &str)> = files.iter().take(n).copied().collect();
        let given: &[&str] = if n == 6 { &["@more.tfvars"] } else { &[] };
        let case = collect(&tree, &[("TF_VAR_x", "1")], &[], given);
        assert_eq!(case.report(), Vec::<String>::new());
        assert_eq!(case.text("x"), n.to_string());
    }
    let case = collect(&files, &[], &[], &["x=7", "@more.tfvars", "x=8"]);
    assert_eq!((case.text("x").as_str(), case.variables.origins["x"].as_str()), ("8", "-var"));
    assert_eq!(collect(&files, &[], &[], &["x=7", "@more.tfvars"]).text("x"), "6");
    assert_eq!(collect(&files, &[], &[], &[]).variables.file_hashes.len(), 4);
}

#[test]
fn text_is_literal_for_primitive_and_untyped_variables_and_hcl_otherwise() {
    let main = "variable \"s\" {\n type = string\n}\nvariable \"u\" {}\nvariable \"n\" {\n type = number\n}\nvariable \"l\" {\n type = list(string)\n}\nvariable \"a\" {\n type = any\n}";
    let case = collect(
        &[("main.tf", main)],
        &[("TF_VAR_s", "[1]"), ("TF_VAR_u", "[1]"), ("TF_VAR_n", "5")],
        &[],
        &["l=[1, \"b\"]", "a={x = true}"],
    );
    assert_eq!(case.report(), Vec::<String>::new());
    assert_eq!((case.value("s"), case.value("u"), case.value("n")), (Value::string("[1]"), Value::string("[1]"), Value::int(5)));
    assert_eq!(case.value("l"), Value::list(Type::String, vec![Value::string("1"), Value::string("b")]));
    assert_eq!(case.value("a").get("x"), Some(&Value::bool(true)));
}

#[test]
fn undeclared_names_are_ignored_warned_about_or_refused() {
    let case = collect(
        &[("main.tf", "variable \"region\" {\n default = 1\n}"), ("terraform.tfvars", "regoin = 1\n")],
        &[("TF_VAR_other", "x")],
        &[],
        &["regon=1", "novalue"],
    );
    assert_eq!(case.report(), ["W Value for undeclared variable", "E Value for undeclared variable", "E Invalid -var argument"]);
    assert!(case.diags.iter().any(|d| d.help.as_deref() == Some("Did you mean \"region\"?")));
}

#[test]
fn all_missing_variables_are_listed_at_once() {
    let main = "variable \"b\" {\n  description = \"The domain\"\n}\nvariable \"a\" {}\nvariable \"c\" {\n  default = 1\n}";
    let case = collect(&[("environments/stage/main.tf", main)], &[], &[], &[]);
    assert_eq!(case.variables.missing, ["a".into(), "b".into()]);
    let error = missing_variables(&case.config, &case.variables).unwrap();
    assert!(
        error.detail.contains("  a (environments/stage/main.tf:4)\n  b (environments/stage/main.tf:1): The domain"),
        "{}",
        error.detail
    );
    let help = error.help.unwrap();
    for way in ["environments/stage/stage.env", "terraform.tfvars", "TF_VAR_a", "-var 'a=...'"] {
        assert!(help.contains(way), "{help}");
    }
    let none = collect(&[("main.tf", "")], &[], &[], &[]);
    assert!(missing_variables(&none.config, &none.variables).is_none());
}

#[test]
fn an_answer_fills_what_is_missing() {
    let mut case = collect(&[("main.tf", "variable \"n\" {\n  type = number\n}")], &[], &[], &[]);
    assert!(!case.variables.answer(&case.config, "n", "many", &mut case.diags));
    assert_eq!(case.report(), ["E Invalid value for variable @ main.tf:1"]);
    assert!(case.variables.answer(&case.config, "n", "3", &mut case.diags));
    assert_eq!((case.value("n"), case.variables.missing.len()), (Value::int(3), 0));
}

#[test]
fn env_files_win_over_the_environment_and_lose_against_tfvars() {
    let tree = [
        ("environments/stage/main.tf", "variable \"a\" {}\nvariable \"b\" {}\nvariable \"c\" {}"),
        (
            "environments/stage/stage.env",
            "export TF_VAR_a=file\nb='file'\nc=file\nAWS_PROFILE=stage\nAWS_REGION=r\nOTHER=1\nTF_VAR_gone=1\n",
        ),
        ("environments/stage/.env", "a=hidden"),
        ("environments/stage/terraform.tfvars", "c = \"tfvars\""),
        ("more.env", "a=more\n"),
    ];
    let environ = [("TF_VAR_a", "process"), ("TF_VAR_b", "file"), ("AWS_PROFILE", "mine")];
    let case = collect(&tree, &environ, &[], &[]);
    assert_eq!((case.text("a"), case.text("b"), case.text("c")), ("file".into(), "file".into(), "tfvars".into()));
    assert_eq!(case.variables.credentials["AWS_PROFILE"], "stage");
    assert_eq!(
        case.report(),
        ["W Environment variable overridden", "W Environment variable overridden", "W Value for undeclared variable"]
    );
    let words: String = case.diags.iter().map(|d| d.detail.clone()).collect();
    assert!(words.contains("TF_VAR_a is set") && words.contains("AWS_PROFILE is set") && words.contains(": OTHER."), "{words}");
    assert!(!words.contains("process") && !words.contains("mine"), "{words}");
    assert_eq!(collect(&tree, &[], &["more.env"], &[]).text("a"), "more");
}

#[test]
fn files_named_by_the_environment_block_are_read_from_the_project() {
    let tree = [
        (
            "environments/stage/envctl.hcl",
            "environment {\n root = \"deploy\"\n env_files = [\"env-stage\"]\n var_files = [\"stage.tfvars\"]\n}",
        ),
        ("environments/stage/x.auto.tfvars", "c = \"own\""),
        ("deploy/main.tf", "variable \"a\" {}\nvariable \"b\" {}\nvariable \"c\" {}"),
        ("deploy/terraform.tfvars", "b = \"root\"\nc = \"root\""),
        ("env-stage", "a=1\nb=2\n"),
        ("stage.tfvars", "b = \"named\""),
    ];
    let case = collect(&tree, &[], &[], &[]);
    assert_eq!(case.report(), Vec::<String>::new());
    assert_eq!((case.text("a"), case.text("b"), case.text("c")), ("1".into(), "named".into(), "own".into()));
    assert_eq!(case.variables.origins["a"], "env-stage:1");
}

#[test]
fn values_are_completed_converted_and_marked() {
    let main = "variable \"o\" {\n type = object({ a = number, b = optional(string, \"d\") })\n sensitive = true\n}\nvariable \"e\" {\n ephemeral = true\n default = 1\n}\n\
                variable \"n\" {\n nullable = false\n default = \"d\"\n}\nvariable \"x\" {\n nullable = false\n}";
    let case = collect(&[("main.tf", main), ("terraform.tfvars", "o = { a = \"4\" }\nn = null\nx = null\n")], &[], &[], &[]);
    assert_eq!(case.report(), ["E Invalid value for variable @ terraform.tfvars:3"]);
    let o = &case.variables.values["o"];
    assert!(o.marks().is_sensitive() && case.variables.values["e"].marks().is_ephemeral());
    assert_eq!((o.get("a"), o.get("b")), (Some(&Value::int(4)), Some(&Value::string("d"))));
    assert_eq!(case.text("n"), "d");
    assert!(case.variables.values["x"].is_unknown());
}

#[test]
fn mistakes_in_files_have_places() {
    let tree = [
        ("main.tf", "variable \"a\" {\n type = number\n}\nvariable \"b\" {}\nvariable \"l\" {\n type = list(object({ n = number }))\n}"),
        ("terraform.tfvars", "a = \"x\"\nb = var.a\nthing {}\nl = [{ n = 1 }, { n = {} }]\n"),
        ("x.auto.tfvars.json", "{\n 1"),
        ("y.auto.tfvars.json", "[5]"),
    ];
    let case = collect(&tree, &[], &["gone.env", "main.tf"], &["@gone.tfvars"]);
    assert_eq!(
        case.report(),
        [
            "E File not readable",
            "E Invalid line in env file",
            "E Invalid line in env file",
            "E Invalid line in env file",
            "E Invalid line in env file",
            "E Invalid line in env file",
            "E Invalid line in env file",
            "E Invalid line in env file",
            "E Block in a variable file @ terraform.tfvars:3",
            "E Variables not allowed @ terraform.tfvars:2",
            "E Invalid JSON @ x.auto.tfvars.json:2",
            "E Incorrect JSON value type @ y.auto.tfvars.json:1",
            "E File not readable",
            "E Invalid value for variable @ terraform.tfvars:1",
            "E Invalid value for variable @ terraform.tfvars:4",
        ]
    );
    assert!(case.diags.iter().any(|d| d.detail.contains("main.tf:2")));
}

#[test]
fn values_of_sensitive_variables_are_in_no_message_and_no_snippet() {
    let secret = "hunter2hunter2";
    let main = "variable \"s\" {\n type = number\n sensitive = true\n}\nvariable \"l\" {\n type = list(string)\n sensitive = true\n}\nvariable \"t\" {\n type = list(string)\n sensitive = true\n}";
    let vars = format!("s = \"{secret}\"\nt = {secret}\n");
    let env = format!("s={secret}\nt={secret} {secret}\n");
    for (tree, environ, env_files, given) in [
        (vec![("main.tf", main), ("terraform.tfvars", vars.as_str())], vec![], vec![], vec![]),
        (vec![("main.tf", main), ("terraform.tfvars", "s = \"hunter2hunter2\nx")], vec![], vec![], vec![]),
        (vec![("main.tf", main)], vec![("TF_VAR_s", secret), ("TF_VAR_l", secret)], vec![], vec!["t=hunter2hunter2"]),
        (vec![("main.tf", main), ("e.env", env.as_str())], vec![("TF_VAR_s", "zzzzzzzz")], vec!["e.env"], vec![]),
    ] {
        let case = collect(&tree, &environ, &env_files, &given);
        assert!(case.diags.has_errors());
        for d in case.diags.iter() {
            let lines = d.subject.map_or_else(String::new, |s| {
                let text = case.config.sources.text(s.file);
                let line = case.config.sources.line_col(s).0;
                text.lines().nth(line - 1).unwrap_or("").to_string()
            });
            assert!(!format!("{d:?}{lines}").contains(secret) && !format!("{d:?}").contains("zzzzzzzz"), "{d:?}\n{lines}");
        }
    }
}
