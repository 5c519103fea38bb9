//! Changes of a state that people ask for by hand: move, remove, taint, push, another provider.
//!
//! All of it is pure: a state goes in, the same state changed comes out, or a message and nothing
//! is changed. The serial is not touched here; whoever writes the state counts.

mod moving;
mod provider;
mod push;
mod select;
mod taint;

#[cfg(test)]
mod tests;

pub use moving::{Moved, move_objects};
pub use provider::{replace_provider, resources_of};
pub use push::{Push, judge_push, same_content};
pub use select::{covers, no_match, remove, select};
pub use taint::{Missing, taint, untaint};
