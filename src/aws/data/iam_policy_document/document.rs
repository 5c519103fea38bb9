//! A policy document: merged with others, and written letter by letter as the provider writes it,
//! because the text is compared and its hash is the data source's id.

use crate::aws::go_json::Tree;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// `Version`; the greater one survives merging.
    pub version: String,
    /// `Id`; the later one survives merging.
    pub id: String,
    /// In order.
    pub statements: Vec<Statement>,
}

/// A statement.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statement {
    /// `Sid`; statements of the same one replace each other.
    pub sid: String,
    /// `Effect`
    pub effect: String,
    /// `Action`, `NotAction`, `Resource`, `NotResource` in this order, as they were written.
    pub lists: [Option<Json>; 4],
    /// `Principal` and `NotPrincipal`.
    pub principals: [Vec<Principal>; 2],
    /// `Condition`: operator, key, values.
    pub conditions: Vec<(String, String, Vec<String>)>,
}

/// Principals of a type; one alone is written as text, not as a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    /// `AWS`, `Service`, ...
    pub kind: String,
    /// Who.
    pub identifiers: Vec<String>,
    /// Whether they were written as a list.
    pub listed: bool,
}

/// Names of [`Statement::lists`].
const LISTS: [&str; 4] = ["Action", "NotAction", "Resource", "NotResource"];

impl Document {
    /// Takes over another document: its id, the greater version, its statements over those with the same Sid.
    pub fn merge(&mut self, other: Document) {
        if !other.id.is_empty() {
            self.id = other.id;
        }
        if other.version > self.version {
            self.version = other.version;
        }
        for statement in other.statements {
            let same = self.statements.iter_mut().find(|s| !statement.sid.is_empty() && s.sid == statement.sid);
            match same {
                Some(slot) => *slot = statement,
                None => self.statements.push(statement),
            }
        }
    }

    /// Reads a document; members that policies do not have are left out.
    ///
    /// # Errors
    /// No JSON, or not of the form of a policy document.
    pub fn parse(text: &str) -> Result<Document, String> {
        let json: Json = serde_json::from_str(text).map_err(|e| format!("it is not JSON ({e})"))?;
        if !json.is_object() {
            return Err("it is not a JSON object".into());
        }
        let statements = match member(&json, "Statement") {
            None | Some(Json::Null) => Vec::new(),
            Some(Json::Array(items)) => items.iter().map(statement).collect::<Result<_, _>>()?,
            Some(one) => vec![statement(one)?],
        };
        Ok(Document { version: text_of(&json, "Version")?, id: text_of(&json, "Id")?, statements })
    }

    /// The text, indented by two spaces.
    #[must_use]
    pub fn pretty(&self) -> String {
        self.tree().pretty()
    }

    /// The text without spaces.
    #[must_use]
    pub fn minified(&self) -> String {
        self.tree().minified()
    }

    fn tree(&self) -> Tree {
        let mut members = Vec::new();
        push_text(&mut members, "Version", &self.version);
        push_text(&mut members, "Id", &self.id);
        if !self.statements.is_empty() {
            members.push(("Statement".into(), Tree::List(self.statements.iter().map(Statement::tree).collect())));
        }
        Tree::Object(members)
    }
}

fn member<'a>(json: &'a Json, name: &str) -> Option<&'a Json> {
    let members = json.as_object()?;
    members.get(name).or_else(|| members.iter().find(|(k, _)| k.eq_ignore_ascii_case(name)).map(|(_, v)| v))
}

fn text_of(json: &Json, name: &str) -> Result<String, String> {
    match member(json, name) {
        None | Some(Json::Null) => Ok(String::new()),
        Some(Json::String(s)) => Ok(s.clone()),
        Some(_) => Err(format!("its {name} is not text")),
    }
}

fn statement(json: &Json) -> Result<Statement, String> {
    if !json.is_object() {
        return Err("a statement is not a JSON object".into());
    }
    let list = |name: &str| member(json, name).filter(|v| !v.is_null()).cloned();
    Ok(Statement {
        sid: text_of(json, "Sid")?,
        effect: text_of(json, "Effect")?,
        lists: LISTS.map(list),
        principals: [principals(member(json, "Principal"))?, principals(member(json, "NotPrincipal"))?],
        conditions: conditions(member(json, "Condition"))?,
    })
}

fn principals(json: Option<&Json>) -> Result<Vec<Principal>, String> {
    match json {
        None | Some(Json::Null) => Ok(Vec::new()),
        Some(Json::String(_)) => Ok(vec![Principal { kind: "*".into(), identifiers: vec!["*".into()], listed: true }]),
        Some(Json::Object(kinds)) => kinds
            .iter()
            .map(|(kind, who)| {
                let (identifiers, listed) = match who {
                    Json::String(s) => (vec![s.clone()], false),
                    Json::Array(items) => (
                        items
                            .iter()
                            .map(|i| i.as_str().map(str::to_string))
                            .collect::<Option<_>>()
                            .ok_or_else(|| format!("a principal of type {kind} is not text"))?,
                        true,
                    ),
                    _ => return Err(format!("the principals of type {kind} are neither text nor a list")),
                };
                Ok(Principal { kind: kind.clone(), identifiers, listed })
            })
            .collect(),
        Some(_) => Err("a principal is neither text nor an object".into()),
    }
}

fn conditions(json: Option<&Json>) -> Result<Vec<(String, String, Vec<String>)>, String> {
    let mut all = Vec::new();
    let operators = match json {
        None | Some(Json::Null) => return Ok(all),
        Some(Json::Object(operators)) => operators,
        Some(_) => return Err("a condition is not an object".into()),
    };
    for (test, keys) in operators {
        let keys = keys.as_object().ok_or_else(|| format!("the condition {test} is not an object"))?;
        for (key, values) in keys {
            let text = |v: &Json| v.as_str().map_or_else(|| v.to_string(), str::to_string);
            let values = values.as_array().map_or_else(|| vec![text(values)], |items| items.iter().map(text).collect());
            all.push((test.clone(), key.clone(), values));
        }
    }
    Ok(all)
}

impl Statement {
    fn tree(&self) -> Tree {
        let mut members = Vec::new();
        push_text(&mut members, "Sid", &self.sid);
        push_text(&mut members, "Effect", &self.effect);
        for (name, list) in LISTS.iter().zip(&self.lists) {
            members.extend(list.as_ref().map(|l| ((*name).to_string(), Tree::of(l))));
        }
        for (name, who) in ["Principal", "NotPrincipal"].iter().zip(&self.principals) {
            if !who.is_empty() {
                members.push(((*name).to_string(), principal_tree(who)));
            }
        }
        if !self.conditions.is_empty() {
            members.push(("Condition".into(), condition_tree(&self.conditions)));
        }
        Tree::Object(members)
    }
}

/// Of one type: text where there is one that was not a list, else a list, each part in reverse order.
fn principal_tree(all: &[Principal]) -> Tree {
    if let [only] = all
        && only.kind == "*"
        && only.identifiers == ["*"]
    {
        return Tree::Text("*".into());
    }
    let mut kinds: BTreeMap<&str, (Vec<String>, bool)> = BTreeMap::new();
    for principal in all {
        let mut sorted = principal.identifiers.clone();
        sorted.sort_unstable_by(|a, b| b.cmp(a));
        let (who, listed) = kinds.entry(&principal.kind).or_default();
        *listed |= principal.listed || !who.is_empty();
        who.extend(sorted);
    }
    Tree::Object(kinds.into_iter().map(|(k, (who, listed))| (k.to_string(), Tree::texts(who, listed))).collect())
}

fn condition_tree(all: &[(String, String, Vec<String>)]) -> Tree {
    let mut tests: BTreeMap<&str, BTreeMap<&str, Vec<String>>> = BTreeMap::new();
    for (test, key, values) in all {
        tests.entry(test).or_default().entry(key).or_default().extend(values.iter().cloned());
    }
    let keys =
        |keys: BTreeMap<&str, Vec<String>>| Tree::Object(keys.into_iter().map(|(k, v)| (k.to_string(), Tree::texts(v, false))).collect());
    Tree::Object(tests.into_iter().map(|(t, k)| (t.to_string(), keys(k))).collect())
}

fn push_text(members: &mut Vec<(String, Tree)>, name: &str, text: &str) {
    if !text.is_empty() {
        members.push((name.into(), Tree::Text(text.into())));
    }
}
