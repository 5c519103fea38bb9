//! Making the place where states lie: what `bootstrap` needs of a backend.

use super::StoreError;
use async_trait::async_trait;

/// What a part of a backend is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PartKind {
    /// The container of the states.
    Bucket,
    /// Old versions of states are kept.
    Versioning,
    /// States are encrypted at rest.
    Encryption,
    /// Nobody can make states public.
    PublicAccessBlock,
    /// The tag that says who made the bucket.
    BucketTag,
    /// The table of locks and digests.
    Table,
    /// The table can be restored to any moment of the last weeks.
    PointInTimeRecovery,
    /// The table cannot be deleted by mistake.
    DeletionProtection,
}

impl PartKind {
    /// `versioning`
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            PartKind::Bucket => "bucket",
            PartKind::Versioning => "versioning",
            PartKind::Encryption => "encryption",
            PartKind::PublicAccessBlock => "public access block",
            PartKind::BucketTag => "tag",
            PartKind::Table => "lock table",
            PartKind::PointInTimeRecovery => "point-in-time recovery",
            PartKind::DeletionProtection => "deletion protection",
        }
    }
}

/// How a part stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As it should be.
    Fine,
    /// Not there: to be made.
    Missing,
    /// There, but different in a way that is left alone; says how.
    Different(String),
}

/// One part of a backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// Name of the bucket or table it belongs to.
    pub name: String,
    /// How it stands.
    pub standing: Standing,
}

/// What a bucket and a table hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Keys in the bucket (the first hundred; old versions of removed objects do not count).
    pub objects: Vec<String>,
    /// Locks that are held.
    pub locks: Vec<String>,
    /// States whose digests the table holds.
    pub digests: Vec<String>,
}

/// Looks at, makes and completes the place where states lie. Never removes anything.
#[async_trait]
pub trait BackendAdmin: Send + Sync {
    /// Every part in the order in which it is made. Parts of a container that is not there are
    /// missing too.
    async fn inspect(&self) -> Result<Vec<Part>, StoreError>;
    /// Makes one missing part; done by somebody else meanwhile is fine.
    async fn make(&self, part: &Part) -> Result<(), StoreError>;
    /// What lies there; a container that does not exist is empty.
    async fn contents(&self) -> Result<Contents, StoreError>;
}
