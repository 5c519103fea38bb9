//! The language: evaluation of expressions, scopes, functions as data.

mod body;
mod call_env;
mod chain;
mod eval;
mod function;
mod functions;
mod reference;
mod scope;
mod special;
mod subject;
mod template_cache;

pub use body::decode_body;
pub use call_env::CallEnv;
pub use eval::{evaluate, evaluate_as, explain};
pub use function::{Body, Function, FunctionError, Param, Returns, Unknowns};
pub use functions::{FunctionTable, yaml};
pub use reference::{Reference, RestStep, TraversalStep, body_references, references, traversal};
pub use scope::Scope;
pub use subject::Subject;
pub use template_cache::TemplateCache;
