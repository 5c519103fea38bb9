//! What an expression is evaluated in.

use super::subject::Subject;
use super::{CallEnv, FunctionTable};
use crate::diag::{Diagnostic, Span};
use crate::value::{Key, Value};

/// Answers what names mean. Implementations decide what exists and what is unknown as yet.
pub trait Scope {
    /// The value of a subject. A resource is an object, with `count` a tuple or list of objects,
    /// with `for_each` an object or map of objects by key; a module call likewise.
    ///
    /// # Errors
    /// When there is no such thing here; the message should name what is near.
    fn resolve(&self, subject: &Subject, span: Span) -> Result<Value, Diagnostic>;

    /// One element of a subject that has instances, without building all of them. `None`: resolve
    /// the whole and take the element of that.
    fn resolve_instance(&self, _subject: &Subject, _key: &Key, _span: Span) -> Option<Result<Value, Diagnostic>> {
        None
    }

    /// The functions that can be called.
    fn functions(&self) -> &FunctionTable;

    /// Whether values are stand-ins for others that come later: what is unknown now may turn out
    /// to be null, so using it is no mistake yet.
    fn provisional(&self) -> bool {
        false
    }

    /// The surroundings of calls.
    fn call_env(&self) -> &CallEnv;
}
