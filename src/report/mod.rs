//! What people and programs read. Pure: everything here returns text.

pub mod audit;
pub mod compare;
pub mod cost;
mod diagnostic;
pub mod drift;
pub mod env_check;
mod graph;
pub mod json;
pub mod plan;
pub mod policy;
mod pretty;
pub mod status;
mod style;
pub mod test;
mod value;

pub use diagnostic::{render_diagnostic, render_diagnostics};
pub use graph::Drawing;
pub use pretty::{pretty, pretty_type};
pub use style::{Mark, Style};
pub use value::{inline, quoted};
