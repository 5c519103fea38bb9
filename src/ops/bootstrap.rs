//! `bootstrap`: finds, adopts or completes the bucket and the table that the backend names.
//!
//! The work is planned first, so that it can be shown and asked about; a second run finds
//! everything as it should be and does nothing.

use crate::store::{BackendAdmin, Contents, Part, PartKind, Standing, StoreError, StoreErrorKind};

/// What a run will do, or has to say, part by part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootstrapPlan {
    /// All parts in the order in which they are made.
    pub parts: Vec<Part>,
}

/// What became of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A container that was not there was made.
    Created,
    /// A setting of a container was switched on.
    Completed,
    /// A container that was there is used as it is.
    Adopted,
    /// It was as it should be.
    AlreadyFine,
    /// It differs and was left alone.
    LeftAlone,
}

/// A part and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The part as it was found.
    pub part: Part,
    /// What became of it.
    pub outcome: Outcome,
}

impl BootstrapPlan {
    /// Whether nothing is missing.
    #[must_use]
    pub fn is_done(&self) -> bool {
        !self.parts.iter().any(|p| p.standing == Standing::Missing)
    }

    /// One line for each part: what will be done, or why nothing.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.parts.iter().map(|p| line(p, verb(p))).collect()
    }
}

impl Step {
    /// One line: what was done.
    #[must_use]
    pub fn line(&self) -> String {
        let done = match self.outcome {
            Outcome::Created => "created",
            Outcome::Completed => "switched on",
            Outcome::Adopted => "adopted as it is",
            Outcome::AlreadyFine => "already as it should be",
            Outcome::LeftAlone => "left alone",
        };
        line(&self.part, done)
    }
}

fn verb(part: &Part) -> &'static str {
    match (&part.standing, is_container(part.kind)) {
        (Standing::Missing, true) => "will be created",
        (Standing::Missing, false) => "will be switched on",
        (Standing::Fine, true) => "is there",
        (Standing::Fine, false) => "is on",
        (Standing::Different(_), _) => "is left alone",
    }
}

fn line(part: &Part, what: &str) -> String {
    let indent = if is_container(part.kind) { "" } else { "  " };
    let label = match part.kind {
        kind if is_container(kind) => format!("{} {}", kind.label(), part.name),
        kind => kind.label().to_string(),
    };
    match &part.standing {
        Standing::Different(how) => format!("{indent}{label}: {what} ({how})"),
        _ => format!("{indent}{label}: {what}"),
    }
}

fn is_container(kind: PartKind) -> bool {
    matches!(kind, PartKind::Bucket | PartKind::Table)
}

/// Looks at what is there. Changes nothing.
///
/// # Errors
/// When bucket or table belong to somebody else, cannot be seen, or have another shape.
pub async fn plan(admin: &dyn BackendAdmin) -> Result<BootstrapPlan, StoreError> {
    Ok(BootstrapPlan { parts: admin.inspect().await? })
}

/// Makes what is missing, one part after the other; `each` hears of every part as it is done.
///
/// # Errors
/// The first part that cannot be made; what was done before stays, and the next run goes on there.
pub async fn carry_out(
    admin: &dyn BackendAdmin,
    plan: &BootstrapPlan,
    each: &mut (dyn FnMut(&Step) + Send),
) -> Result<Vec<Step>, StoreError> {
    let mut steps = Vec::new();
    for part in &plan.parts {
        let container = is_container(part.kind);
        let outcome = match &part.standing {
            Standing::Missing => {
                admin.make(part).await?;
                if container { Outcome::Created } else { Outcome::Completed }
            }
            Standing::Fine if container => Outcome::Adopted,
            Standing::Fine => Outcome::AlreadyFine,
            Standing::Different(_) => Outcome::LeftAlone,
        };
        let step = Step { part: part.clone(), outcome };
        each(&step);
        steps.push(step);
    }
    Ok(steps)
}

/// Refuses to remove a bucket that holds states or a table that holds locks: to be asked before
/// `destroy` deletes either.
///
/// # Errors
/// When something lies there; the error lists it.
pub async fn refuse_if_used(admin: &dyn BackendAdmin) -> Result<(), StoreError> {
    let Contents { objects, locks, digests } = admin.contents().await?;
    let mut found = Vec::new();
    for (what, names) in [("objects in the bucket", objects), ("held locks", locks), ("digests of states", digests)] {
        if let Some(first) = names.first() {
            let more = if names.len() > 1 { format!(" and {} more", names.len() - 1) } else { String::new() };
            found.push(format!("{what}: {first}{more}"));
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    let detail = format!("The states' bucket and lock table are still in use ({}).", found.join("; "));
    Err(StoreError::new(StoreErrorKind::Conflict, "States would be lost", detail)
        .help("Destroy the environments first and remove their states, or take these two resources out of this run with -exclude."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use std::sync::Mutex;

    struct Memory(Mutex<Vec<Part>>, Contents);

    #[async_trait]
    impl BackendAdmin for Memory {
        async fn inspect(&self) -> Result<Vec<Part>, StoreError> {
            Ok(self.0.lock().unwrap().clone())
        }
        async fn make(&self, part: &Part) -> Result<(), StoreError> {
            let mut parts = self.0.lock().unwrap();
            let mine = parts.iter_mut().find(|p| p.kind == part.kind).unwrap();
            assert_eq!(mine.standing, Standing::Missing, "made twice");
            mine.standing = Standing::Fine;
            Ok(())
        }
        async fn contents(&self) -> Result<Contents, StoreError> {
            Ok(self.1.clone())
        }
    }

    fn part(kind: PartKind, standing: Standing) -> Part {
        Part { kind, name: "b".into(), standing }
    }

    #[tokio::test]
    async fn completes_once_and_says_what_it_did() {
        let parts = vec![
            part(PartKind::Bucket, Standing::Fine),
            part(PartKind::Versioning, Standing::Missing),
            part(PartKind::Encryption, Standing::Different("it uses a KMS key".into())),
            part(PartKind::Table, Standing::Missing),
        ];
        let admin = Memory(Mutex::new(parts), Contents::default());
        let first = plan(&admin).await.unwrap();
        assert!(!first.is_done());
        assert_eq!(
            first.lines(),
            [
                "bucket b: is there",
                "  versioning: will be switched on",
                "  encryption: is left alone (it uses a KMS key)",
                "lock table b: will be created"
            ]
        );
        let mut heard = Vec::new();
        carry_out(&admin, &first, &mut |s| heard.push(s.line())).await.unwrap();
        assert_eq!(
            heard,
            [
                "bucket b: adopted as it is",
                "  versioning: switched on",
                "  encryption: left alone (it uses a KMS key)",
                "lock table b: created"
            ]
        );
        let second = plan(&admin).await.unwrap();
        assert!(second.is_done());
        carry_out(&admin, &second, &mut |_| {}).await.unwrap();
    }

    #[tokio::test]
    async fn what_is_in_use_is_not_removed() {
        let admin = |contents| Memory(Mutex::new(Vec::new()), contents);
        assert!(refuse_if_used(&admin(Contents::default())).await.is_ok());
        let used =
            Contents { objects: vec!["stage/terraform.tfstate".into(), "x".into()], locks: vec!["b/stage".into()], digests: Vec::new() };
        let error = refuse_if_used(&admin(used)).await.unwrap_err();
        assert!(error.detail.contains("stage/terraform.tfstate and 1 more") && error.detail.contains("b/stage"), "{error}");
    }
}
