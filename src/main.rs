//! The `envctl` program.

fn main() {}
