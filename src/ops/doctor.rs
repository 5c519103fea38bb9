//! `doctor`: looks at everything a run of an environment needs, and says how to mend what is wrong.
//!
//! Nothing is changed. Each check is on its own: one that cannot be made does not stop the others.

use crate::app::{AppPlan, Contact};
use crate::diag::{Diagnostic, Diagnostics};
use crate::state::State;
use crate::store::{BackendHealth, Danger, DangerousRule, Part, PartKind, Standing, StateStore, StoreError};

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Fine,
    /// Could not be looked at, and why is no fault.
    Unchecked,
    /// Worth knowing.
    Note,
    /// Works, and may hurt one day.
    Warning,
    /// To be mended.
    Wrong,
}

impl Verdict {
    /// As programs read it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Fine => "ok",
            Verdict::Unchecked => "unchecked",
            Verdict::Note => "note",
            Verdict::Warning => "warning",
            Verdict::Wrong => "wrong",
        }
    }
}

/// The outcome of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at: `bucket`, `credentials`.
    pub check: &'static str,
    /// Which one: its name.
    pub subject: String,
    /// How it stands.
    pub verdict: Verdict,
    /// In words.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
}

impl Finding {
    /// A finding without advice.
    pub fn new(check: &'static str, subject: impl Into<String>, verdict: Verdict, message: impl Into<String>) -> Self {
        Finding { check, subject: subject.into(), verdict, message: message.into(), help: None }
    }

    /// How to mend it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn failed(check: &'static str, subject: impl Into<String>, error: StoreError) -> Self {
        let finding = Finding::new(check, subject, Verdict::Wrong, format!("{}: {}", error.summary, error.detail));
        Finding { help: error.help, ..finding }
    }

    fn said(check: &'static str, subject: &str, d: &Diagnostic) -> Self {
        let verdict = if d.is_error() { Verdict::Wrong } else { Verdict::Warning };
        Finding { help: d.help.clone(), ..Finding::new(check, subject, verdict, format!("{}: {}", d.summary, d.detail)) }
    }
}

/// Messages of something that failed as a whole.
#[must_use]
pub fn failures(check: &'static str, subject: &str, diags: &Diagnostics) -> Vec<Finding> {
    diags.iter().filter(|d| d.is_error()).map(|d| Finding::said(check, subject, d)).collect()
}

/// Credentials, bucket, lock table, and what endangers states in them. `env` is how the environment
/// is called on the command line.
pub async fn backend(health: &dyn BackendHealth, env: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    match health.identity().await {
        Ok(None) => found.push(Finding::new("credentials", "backend", Verdict::Unchecked, "the backend says not to ask whose they are")),
        Ok(Some(who)) => {
            found.push(Finding::new("credentials", "backend", Verdict::Fine, format!("{}, account {}", who.name, who.account)))
        }
        Err(e) => {
            found.push(Finding::failed("credentials", "backend", e));
            return found;
        }
    }
    let parts = match health.inspect().await {
        Ok(parts) => parts,
        Err(e) => {
            found.push(Finding::failed("bucket", "backend", e));
            return found;
        }
    };
    let there = parts.iter().any(|p| p.kind == PartKind::Bucket && p.standing != Standing::Missing);
    let shown = parts.iter().filter(|p| there || matches!(p.kind, PartKind::Bucket | PartKind::Table));
    found.extend(shown.filter_map(|p| part(p, env)));
    let locks = health.locks();
    found.push(match locks.is_empty() {
        true => Finding::new("locks", "backend", Verdict::Wrong, "nothing keeps two runs from changing the environment at the same time")
            .help("Add use_lockfile = true to the backend block (or dynamodb_table)."),
        false => Finding::new("locks", "backend", Verdict::Fine, locks.join(" and ")),
    });
    if there {
        found.extend(bucket(health, &locks).await);
    }
    found
}

/// What only a bucket that exists can be asked.
async fn bucket(health: &dyn BackendHealth, locks: &[String]) -> Vec<Finding> {
    let mut found = Vec::new();
    match health.dangerous_rules().await {
        Ok(rules) if rules.is_empty() => found.push(Finding::new("lifecycle", "bucket", Verdict::Fine, "no rule removes states")),
        Ok(rules) => found.extend(rules.iter().map(rule)),
        Err(e) => found.push(Finding::failed("lifecycle", "bucket", e)),
    }
    found.push(match health.conditional_writes().await {
        Ok(true) => Finding::new("conditional writes", "bucket", Verdict::Fine, "a state that changed meanwhile is not overwritten"),
        Ok(false) if locks.iter().any(|l| l == "use_lockfile") => {
            Finding::new("conditional writes", "bucket", Verdict::Wrong, "the service has none: use_lockfile would exclude nobody")
                .help("Use dynamodb_table instead.")
        }
        Ok(false) => {
            Finding::new("conditional writes", "bucket", Verdict::Warning, "the service has none: only the lock protects the state")
                .help("Never use -lock=false here.")
        }
        Err(e) => Finding::failed("conditional writes", "bucket", e),
    });
    found
}

fn rule(rule: &DangerousRule) -> Finding {
    let (verdict, message, help) = match &rule.danger {
        Danger::Expires => (
            Verdict::Wrong,
            "it removes the state itself when nothing was applied for a while".to_string(),
            "Take the expiration out of the rule, or limit its filter to other prefixes.",
        ),
        Danger::Archives(class) => (
            Verdict::Wrong,
            format!("it moves the state to {class}, where it cannot be read at once"),
            "Take the transition out of the rule, or limit its filter to other prefixes.",
        ),
        Danger::ForgetsVersions { days, keeps } => (
            Verdict::Warning,
            format!("earlier states are removed after {days} days, and only {keeps} are kept longer"),
            "Keep 30 days or 10 versions at least: noncurrent_version_expiration of the rule.",
        ),
    };
    Finding::new("lifecycle", format!("rule {}", rule.rule), verdict, message).help(help)
}

fn part(part: &Part, env: &str) -> Option<Finding> {
    let bootstrap = format!("envctl bootstrap {env}");
    let (check, needed, missing) = match part.kind {
        PartKind::Bucket => ("bucket", Verdict::Wrong, "it does not exist"),
        PartKind::Versioning => ("versioning", Verdict::Wrong, "it is off: a state that is lost or overwritten is gone"),
        PartKind::Encryption => ("encryption", Verdict::Wrong, "states are not encrypted at rest"),
        PartKind::PublicAccessBlock => ("public access block", Verdict::Wrong, "nothing keeps states from being made public"),
        PartKind::BucketTag => return None,
        PartKind::Table => ("lock table", Verdict::Wrong, "it does not exist"),
        PartKind::PointInTimeRecovery => ("point-in-time recovery", Verdict::Note, "it is off: locks and digests cannot be restored"),
        PartKind::DeletionProtection => ("deletion protection", Verdict::Note, "it is off: the table can be deleted by mistake"),
    };
    Some(match &part.standing {
        Standing::Fine => Finding::new(check, &part.name, Verdict::Fine, "as it should be"),
        Standing::Different(how) => Finding::new(check, &part.name, Verdict::Fine, how),
        Standing::Missing => Finding::new(check, &part.name, needed, missing).help(format!("Run: {bootstrap}")),
    })
}

/// The state: readable, sound, its lock, what a killed run left. Answers the state, if there is one.
pub async fn state(store: &dyn StateStore, env: &str) -> (Option<State>, Vec<Finding>) {
    let mut found = Vec::new();
    let place = store.describe();
    let name = format!("{}/{}", place.container, place.key);
    let state = match store.read().await.map(|s| s.map(|s| crate::state::read(&s.bytes))) {
        Ok(None) => {
            found.push(Finding::new("state", &name, Verdict::Note, "there is none yet"));
            None
        }
        Ok(Some(Ok(state))) => {
            found.push(sound(&state, &name, env));
            Some(state)
        }
        Ok(Some(Err(e))) => {
            found.push(Finding::failed("state", &name, e.into()));
            None
        }
        Err(e) => {
            found.push(Finding::failed("state", &name, e));
            return (None, found);
        }
    };
    let holder = match store.holder().await {
        Ok(holder) => holder,
        Err(e) => {
            found.push(Finding::failed("lock", &name, e));
            return (state, found);
        }
    };
    if let Some(holder) = &holder {
        let message = format!("held by {} since {}, for {}", holder.who, holder.created, holder.operation);
        found.push(Finding::new("lock", &name, Verdict::Note, message).help(format!("See: envctl lock show {env}")));
    }
    match store.list_records("journal/").await {
        Ok(left) if left.is_empty() => {}
        Ok(_) if holder.is_some() => found.push(Finding::new("journal", &name, Verdict::Note, "a run is at work")),
        Ok(_) => {
            let finding = Finding::new("journal", &name, Verdict::Note, "a run did not end; what it made may not be in the state yet");
            found.push(finding.help("The next apply adopts it; a plan shows what."));
        }
        Err(e) => found.push(Finding::failed("journal", &name, e)),
    }
    (state, found)
}

fn sound(state: &State, name: &str, env: &str) -> Finding {
    let problems = crate::state::check(state).len();
    let count = state.instances().count();
    if problems == 0 {
        return Finding::new("state", name, Verdict::Fine, format!("serial {}, {count} instances", state.serial));
    }
    Finding::new("state", name, Verdict::Wrong, format!("{problems} problems in it")).help(format!("See: envctl state verify {env}"))
}

/// The account of a provider configuration against `environment { account_id }`.
#[must_use]
pub fn account(provider: &str, found: Option<&str>, wanted: Option<&str>) -> Finding {
    match (found, wanted) {
        (Some(found), Some(wanted)) if found != wanted => {
            let message = format!("the credentials belong to account {found}, and the environment says account_id = {wanted:?}");
            Finding::new("account", provider, Verdict::Wrong, message)
                .help("Use the credentials of that account (AWS_PROFILE), or correct account_id.")
        }
        (Some(found), Some(_)) => Finding::new("account", provider, Verdict::Fine, format!("{found}, as the environment says")),
        (Some(found), None) => Finding::new("account", provider, Verdict::Note, format!("{found}; the environment names none"))
            .help(format!("Write environment {{ account_id = {found:?} }}: then no other account is ever changed by mistake.")),
        (None, _) => Finding::new("account", provider, Verdict::Unchecked, "the provider does not know its account"),
    }
}

/// Hosts, refs and templates, from plans of the applications that changed nothing.
#[must_use]
pub fn apps(plans: &[AppPlan]) -> Vec<Finding> {
    plans.iter().flat_map(app).collect()
}

fn app(plan: &AppPlan) -> Vec<Finding> {
    let name = format!("app.{}", plan.app);
    let told = |d: &&Diagnostic| d.is_error();
    let mut found = Vec::new();
    match &plan.contact {
        Contact::Read => found.push(Finding::new("host", &name, Verdict::Fine, format!("{} answers", plan.host))),
        Contact::NotYet(why) => found.push(Finding::new("host", &name, Verdict::Unchecked, why)),
        Contact::Unreachable(why) => {
            let explained = plan.diagnostics.iter().any(|d| told(&d) && d.detail.contains(why.as_str()));
            if !explained {
                found.push(Finding::new("host", &name, Verdict::Wrong, format!("{} does not answer: {why}", plan.host)).help(
                    "Check that the host runs, that its address is right, and that its firewall lets SSH through from here; try ssh -v by hand.",
                ));
            }
        }
    }
    if let Some(commit) = &plan.target {
        let short: String = commit.chars().take(12).collect();
        found.push(Finding::new("source", &name, Verdict::Fine, format!("the ref is commit {short}")));
    }
    found.extend(plan.diagnostics.iter().map(|d| Finding::said("application", &name, d)));
    if plan.diagnostics.iter().all(|d| !d.is_error()) && !plan.files.is_empty() {
        found.push(Finding::new("files", &name, Verdict::Fine, format!("{} files can be made", plan.files.len())));
    }
    found
}
