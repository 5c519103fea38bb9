//! What people and programs read. Pure: everything here returns text.

mod diagnostic;
<<<<<<< HEAD
pub mod json;
=======
mod diagnostic_json;
>>>>>>> 6e81fc1 (Add validate: every mistake at once, as text or JSON; plan reports the same ones)
pub mod plan;
mod style;
mod value;

pub use diagnostic::{render_diagnostic, render_diagnostics};
pub use diagnostic_json::{diagnostic_json, validation_json};
pub use style::{Mark, Style};
pub use value::{inline, quoted};
