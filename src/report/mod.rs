//! What people and programs read. Pure: everything here returns text.

mod diagnostic;
pub mod json;
pub mod plan;
mod style;
mod value;

pub use diagnostic::{render_diagnostic, render_diagnostics};
pub use style::{Mark, Style};
pub use value::{inline, quoted};
