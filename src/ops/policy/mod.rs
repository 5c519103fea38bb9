//! `policy`: the permissions that an environment needs, as an IAM policy document.
//!
//! Which actions, each type declares itself (`ResourceType::iam`). Here they meet the names that the configuration
//! gives: where an API allows it, an action is limited to the ARN of its object (`scope`), and where the object is
//! known by an id that AWS draws it is not, which is said. `check` asks the account whether somebody may do all that.

mod check;
mod document;
mod home;
mod scope;
#[cfg(test)]
mod tests;

pub use check::{Checked, Denial, Regions, Unknown, check, judge, questions};
pub use document::{Document, Need, Place, Statement, document};
pub use home::{Home, Purpose, home};
