//! The language: evaluation of expressions, scopes, functions as data.

mod call_env;
mod function;
mod functions;

pub use call_env::CallEnv;
pub use function::{Body, Function, FunctionError, Param, Returns, Unknowns};
pub use functions::FunctionTable;
