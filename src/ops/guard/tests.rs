use super::*;
use crate::addr::{ModulePath, ProviderConfigAddr, ProviderSource};
use crate::app::{AppRecord, ReleaseRecord, ReleaseResult, SourceRecord, Step};
use crate::config::{Environment, static_scope};
use crate::diag::Diagnostics;
use crate::files::MemFiles;
use crate::lang::CallEnv;
use crate::schema::ProviderFacts;
use crate::value::{Name, Number};
use std::sync::Arc;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// Guards of an `environment` block with these lines in it.
fn guards(lines: &str) -> (Vec<Guard>, Vec<String>) {
    let text = format!("environment {{\n{lines}\n}}\nvariable \"n\" {{\n  default = 3\n}}\n");
    let files = MemFiles::new().with("/p/main.tf", &text);
    let mut diags = Diagnostics::new();
    let request = crate::config::LoadRequest { environment: None, cwd: "/p".into() };
    let config = crate::config::load(&request, &files, crate::diag::SourceMap::new(), &mut diags).unwrap();
    let env = CallEnv::new("/p", Arc::new(MemFiles::new()), config.sources.clone());
    let registry = crate::provider::Registry::new();
    let scope = static_scope(&config, &registry, &env).unwrap();
    let guards = decode(&config.environment.as_ref().unwrap().rules, &scope, false, &mut diags);
    (guards, diags.iter().map(|d| d.summary.clone()).collect())
}

fn one(lines: &str) -> Vec<Guard> {
    let (guards, diags) = guards(&format!("guard {{\n{lines}\n}}"));
    assert_eq!(diags, Vec::<String>::new(), "{lines}");
    guards
}

fn facts(others: &Others) -> Facts<'_> {
    Facts {
        operation: Operation::Apply,
        tree: Ok(Tree { branch: Some("main".into()), ..Tree::default() }),
        destroys: Vec::new(),
        moving: Vec::new(),
        others,
        cost: Err("no prices are here.".into()),
    }
}

/// `rule: what was found` of every refusal, and the remarks.
fn judged(guards: &[Guard], facts: &Facts<'_>) -> (Vec<String>, Vec<String>) {
    let mut notes = Diagnostics::new();
    let refused = judge(guards, facts, &mut notes);
    for r in &refused {
        let help = r.diagnostic.help.as_deref().unwrap_or_default();
        assert!(help.contains(&format!("-override {}", r.rule.name())) && r.diagnostic.subject.is_some(), "{:?}", r.diagnostic);
    }
    let refused = refused.iter().map(|r| format!("{}: {}", r.rule.name(), r.diagnostic.detail)).collect();
    (refused, notes.iter().map(|d| d.detail.clone()).collect())
}

fn on(branch: Option<&str>, tips: &[&str]) -> Tree {
    Tree { branch: branch.map(str::to_string), tips: tips.iter().map(ToString::to_string).collect(), changes: Vec::new() }
}

#[test]
fn branches_are_names_or_patterns() {
    let rules = one("branches = [\"main\", \"release/*\", \"team/**\"]");
    let none = Others::new();
    for (tree, allowed) in [
        (on(Some("main"), &[]), true),
        (on(Some("release/1.2"), &[]), true),
        (on(Some("team/a/b"), &[]), true),
        (on(Some("release/1/2"), &[]), false),
        (on(Some("mainly"), &[]), false),
        (on(Some("release"), &[]), false),
        (on(None, &["x", "release/9"]), true),
        (on(None, &["x"]), false),
        (on(None, &[]), false),
    ] {
        let facts = Facts { tree: Ok(tree.clone()), ..facts(&none) };
        assert_eq!(judged(&rules, &facts).0.is_empty(), allowed, "{tree:?}");
    }
    let nowhere = Facts { tree: Err("/p is in no git work tree.".into()), ..facts(&none) };
    assert!(judged(&rules, &nowhere).0[0].contains("/p is in no git work tree."));
}

#[test]
fn a_clean_tree_is_asked_for_by_all_but_nothing_else_of_a_destroy() {
    let rules = one("clean = true\n deployed_to = \"sandbox\"\n max_destroys = 1");
    let others = Others::new();
    let moving = vec![Moving { app: "web".into(), commit: Some(COMMIT.into()) }];
    let dirty = Tree { changes: (0..9).map(|i| format!("f{i}")).collect(), ..on(Some("main"), &[]) };
    let gone = vec!["a.b".to_string(), "a.c".into()];
    let named = |operation| {
        let facts = Facts { operation, tree: Ok(dirty.clone()), destroys: gone.clone(), moving: moving.clone(), ..facts(&others) };
        judged(&rules, &facts).0
    };
    let rules_of = |found: &[String]| found.iter().map(|f| f.split(':').next().unwrap().to_string()).collect::<Vec<_>>();
    assert_eq!(rules_of(&named(Operation::Apply)), ["clean", "deployed_to", "max_destroys"]);
    assert_eq!(rules_of(&named(Operation::Deploy)), ["clean", "deployed_to"]);
    assert_eq!(rules_of(&named(Operation::Destroy)), ["clean", "max_destroys"]);
    assert_eq!(rules_of(&named(Operation::Rollback)), ["clean"]);
    let text = named(Operation::Destroy).join("\n");
    assert!(text.contains("f0, f1, f2, f3, f4, f5 and 3 more") && text.contains("2 objects, and 1 may be: a.b, a.c"), "{text}");
    assert!(one("clean = false")[0].clean.is_none());
}

fn record(commit: &str) -> AppRecord {
    let mut record = AppRecord::new("web", [1; 16]);
    record.source = Some(SourceRecord { path: "/x".into(), url: "u".into(), commit: commit.into() });
    record
}

#[test]
fn a_commit_has_to_be_elsewhere_first_and_well_there() {
    let rules = one("deployed_to = \"sandbox\"");
    let lax = one("deployed_to = \"sandbox\"\n healthy = false");
    let moving = vec![Moving { app: "web".into(), commit: Some(COMMIT.into()) }];
    let look = |rules: &[Guard], records: Option<AppRecord>| {
        let records = records.into_iter().map(|r| (Name::from("web"), r)).collect();
        let others = Others::from([("sandbox".to_string(), Ok(records))]);
        judged(rules, &Facts { moving: moving.clone(), ..facts(&others) }).0.join("\n")
    };
    assert_eq!(look(&rules, Some(record(COMMIT))), "");
    assert!(look(&rules, None).contains("web was never deployed to sandbox"));
    let other = look(&rules, Some(record(&"f".repeat(40))));
    assert!(other.contains("would move to commit 0123456789ab, and sandbox runs ffffffffffff"), "{other}");
    let broken = AppRecord { running: Some(Step::Install), ..record(COMMIT) };
    assert!(look(&rules, Some(broken.clone())).starts_with("healthy: web had commit 0123456789ab in sandbox, but its last deploy"));
    assert_eq!(look(&lax, Some(broken)), "");
    let due = AppRecord { pending: Some("files changed".into()), ..record(COMMIT) };
    assert!(look(&rules, Some(due)).contains("install has still to run there (files changed)"));

    let released = |result, was_good, then: &str| {
        let source = Some(SourceRecord { path: "/x".into(), url: "u".into(), commit: COMMIT.into() });
        let release = ReleaseRecord { result, was_good, source, ..ReleaseRecord::default() };
        look(&rules, Some(AppRecord { releases: vec![release], ..record(then) }))
    };
    let next = "f".repeat(40);
    assert_eq!(released(ReleaseResult::Healthy, false, COMMIT), "");
    assert_eq!(released(ReleaseResult::Deployed, false, &next), "", "sandbox went on");
    assert_eq!(released(ReleaseResult::RolledBack, true, &next), "");
    assert!(released(ReleaseResult::Unhealthy, false, COMMIT).contains("health checks did not hold"));
    assert!(released(ReleaseResult::RolledBack, false, &next).contains("would move to commit"));

    let unreadable = Others::from([("sandbox".to_string(), Err("no such environment".to_string()))]);
    assert!(judged(&rules, &Facts { moving: moving.clone(), ..facts(&unreadable) }).0[0].contains("no such environment"));
    assert_eq!(judged(&rules, &facts(&unreadable)).0, Vec::<String>::new(), "nothing moves, so nothing is asked");
    let later = vec![Moving { app: "web".into(), commit: None }];
    let others = Others::from([("sandbox".to_string(), Ok([("web".into(), record(COMMIT))].into()))]);
    assert!(judged(&rules, &Facts { moving: later, ..facts(&others) }).0[0].contains("only apply will know"));
}

#[test]
fn a_ceiling_refuses_what_is_known_to_exceed_it_and_says_when_it_cannot_judge() {
    let rules = one("max_monthly_cost = 200");
    let none = Others::new();
    let look = |cost| judged(&rules, &Facts { cost, ..facts(&none) });
    let estimate = |known: &str, unknown: &[&str]| {
        Ok(Estimate { known: Number::parse(known).unwrap(), unknown: unknown.iter().map(ToString::to_string).collect() })
    };
    assert_eq!(look(estimate("200", &[])), (vec![], vec![]));
    let (refused, _) = look(estimate("200.019", &["x.y"]));
    assert_eq!(
        refused,
        ["max_monthly_cost: It would cost 200.02 US dollars a month, without what has no known price, and 200 is the ceiling."]
    );
    let (refused, notes) = look(estimate("1", &["x.y"]));
    assert!(refused.is_empty() && notes[0].contains("no price is known for x.y"), "{notes:?}");
    assert!(look(Err("no prices are here.".into())).1[0].contains("no prices are here"));
}

#[test]
fn several_guards_hold_together_and_values_may_come_from_variables() {
    let (found, diags) = guards("guard {\n max_destroys = var.n\n}\nguard {\n max_destroys = 1\n}");
    assert_eq!((found.len(), diags.len()), (2, 0), "{diags:?}");
    let none = Others::new();
    let destroys = vec!["a.b".to_string(), "a.c".into()];
    assert_eq!(judged(&found, &Facts { destroys, ..facts(&none) }).0.len(), 1);
}

#[test]
fn mistakes_in_guards_are_reported() {
    for (lines, summary) in [
        ("guard {\n branch = [\"x\"]\n}", "Unsupported argument"),
        ("guard \"x\" {}", "Wrong number of labels"),
        ("guard {\n branches = []\n}", "Invalid branches"),
        ("guard {\n branches = [\"a[\"]\n}", "Invalid branches"),
        ("guard {\n max_destroys = -1\n}", "Invalid max_destroys"),
        ("guard {\n max_destroys = 1.5\n}", "Invalid max_destroys"),
        ("guard {\n max_monthly_cost = -1\n}", "Invalid max_monthly_cost"),
        ("guard {\n healthy = true\n}", "Invalid healthy"),
    ] {
        assert_eq!(guards(lines).1, [summary], "{lines}");
    }
}

#[test]
fn another_region_is_refused_where_no_alias_asks_for_it() {
    let addr = |alias: Option<&str>| ProviderConfigAddr {
        module: ModulePath::root(),
        source: ProviderSource::default_for("aws"),
        alias: alias.map(Into::into),
        key: None,
    };
    let facts = |region: &str| ProviderFacts([(Name::from("region"), crate::value::Value::string(region))].into());
    let environment = Environment { region: Some("eu-central-1".into()), ..Environment::default() };
    let look = |alias, found: &str| region(&environment, [(&addr(alias), &facts(found))]).map(|d| d.detail);
    assert_eq!(look(None, "eu-central-1"), None);
    assert_eq!(look(Some("global"), "us-east-1"), None);
    assert!(look(None, "us-east-1").unwrap().contains("works in us-east-1, and the environment says region = \"eu-central-1\""));
}
