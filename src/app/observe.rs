//! All facts of an application in one round trip: one script that tells them apart, and the reading of its answer.
//!
//! Every fact runs in a shell of its own, so that one with a mistake takes no other along.

use super::fact::FactSpec;
use super::services;
use super::shell::{AS_ROOT, RemoteCommand, quote};
use super::spec::AppSpec;
use std::collections::BTreeMap;

/// The part of the answer about docker compose; no fact can be called so.
const SERVICES: &str = "services.";

/// A fact of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactValue {
    /// What it is, or why that is not known.
    pub value: Result<String, String>,
    /// What is wrong with it: it is not what was expected.
    pub problem: Option<String>,
    /// Whether it stays as it is from one deploy to the next.
    pub lasting: bool,
}

/// Facts by name: `python`, `service.web.digest`.
pub type Facts = BTreeMap<String, FactValue>;

/// The script that tells all facts; `None` when none is asked for.
#[must_use]
pub fn script(spec: &AppSpec) -> Option<RemoteCommand> {
    let mut parts: Vec<(&str, String)> = spec.facts.iter().filter_map(|f| Some((f.name.as_ref(), f.script(spec)?))).collect();
    if let Some(services) = &spec.services {
        parts.extend(services.look(spec).map(|look| (SERVICES, look)));
    }
    let prepare = format!("{AS_ROOT}\nt=; if command -v timeout >/dev/null 2>&1; then t=\"timeout 15\"; fi\n");
    let part = |(name, body): &(&str, String)| {
        let mark = format!("printf '\\001%s\\002' {}", quote(name));
        format!("{mark}; {mark} >&2\nprintf %s {} | sh -c 'eval \"$(cat)\"'\nprintf '\\003%s' $?\n", quote(&format!("{prepare}{body}")))
    };
    (!parts.is_empty()).then(|| RemoteCommand::script(parts.iter().map(part).collect::<String>()))
}

/// Reads what the script printed on both streams.
#[must_use]
pub fn read(spec: &AppSpec, stdout: &str, stderr: &str, now: jiff::Timestamp) -> Facts {
    let (answers, errors) = (split(stdout), split(stderr));
    let answer = |name: &str| match answers.get(name).and_then(|text| text.rsplit_once('\u{3}')) {
        None => Err("the host did not tell it".to_string()),
        Some((text, "0")) => Ok(text),
        Some((_, code)) => {
            let said = errors.get(name).and_then(|e| e.lines().rev().map(str::trim).find(|l| !l.is_empty()));
            Err(said
                .map_or_else(|| format!("looking it up ended with code {code}"), |s| format!("looking it up ended with code {code}: {s}")))
        }
    };
    let mut facts: Facts = spec.facts.iter().map(|fact| (fact.name.to_string(), value(fact, spec, answer(&fact.name), now))).collect();
    if spec.services.is_some() {
        match answer(SERVICES) {
            Ok(text) => services::parse(text).iter().for_each(|c| container(c, &mut facts)),
            Err(why) => {
                let problem = Some("docker compose cannot be asked".to_string());
                facts.insert("services".into(), FactValue { value: Err(why), problem, lasting: false });
            }
        }
    }
    facts
}

fn value(fact: &FactSpec, spec: &AppSpec, answer: Result<&str, String>, now: jiff::Timestamp) -> FactValue {
    let answer = if fact.script(spec).is_none() { Err("it is known after apply".to_string()) } else { answer };
    let value = answer.and_then(|text| fact.read(text, now));
    let problem = match &value {
        Ok(text) => fact.problem(text),
        Err(_) => fact.is_check().then(|| "it cannot be checked".to_string()),
    };
    FactValue { value, problem, lasting: fact.is_lasting() }
}

fn container(container: &services::Container, facts: &mut Facts) {
    for (name, text) in container.facts() {
        let problem = if name == "state" { container.problem() } else { None };
        let lasting = !matches!(name, "state" | "health");
        facts.insert(format!("service.{}.{name}", container.service), FactValue { value: Ok(text), problem, lasting });
    }
}

/// The parts of a stream by name.
fn split(stream: &str) -> BTreeMap<&str, &str> {
    stream.split('\u{1}').skip(1).filter_map(|part| part.split_once('\u{2}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Text;
    use crate::app::fact::{Expected, FactKind};
    use crate::diag::{FileId, Span};

    const AT: Span = Span { file: FileId(0), start: 0, end: 0 };

    fn command(name: &str, command: &str, expect: Option<&str>) -> FactSpec {
        let kind = FactKind::Command { command: Text::plain(command), sudo: name == "root" };
        FactSpec { name: name.into(), kind, expect: expect.map(|e| Expected::Text(Text::plain(e))), span: AT }
    }

    #[test]
    fn one_script_tells_all_facts_and_a_broken_one_spoils_no_other() {
        let mut spec = AppSpec::new("web".into(), AT, Text::plain("h"));
        spec.facts = vec![
            command("first", "echo 'it is' a; echo more", Some("it is a\nmore")),
            command("broken", "if then ((", None),
            command("fails", "echo out; echo 'no such table' >&2; exit 4", Some("x")),
            command("reads", "cat; echo \"$(cat)done\"", None),
            command("last", "printf %s 'x\"y'", Some("y")),
        ];
        let command = script(&spec).unwrap();
        let output = std::process::Command::new("sh").arg("-c").arg(String::from_utf8(command.stdin.unwrap()).unwrap()).output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let facts = read(&spec, &out, &err, jiff::Timestamp::UNIX_EPOCH);
        assert_eq!(facts["first"], FactValue { value: Ok("it is a\nmore".into()), problem: None, lasting: true });
        assert!(facts["broken"].value.as_ref().unwrap_err().contains("code 2"), "{facts:?}");
        assert_eq!(facts["fails"].value, Err("looking it up ended with code 4: no such table".into()));
        assert_eq!(facts["fails"].problem.as_deref(), Some("it cannot be checked"));
        assert_eq!(facts["reads"].value, Ok("done".into()));
        assert_eq!((&facts["last"].value, facts["last"].problem.as_deref()), (&Ok("x\"y".into()), Some("expected y")));
        spec.facts.clear();
        assert_eq!(script(&spec), None);
    }
}
