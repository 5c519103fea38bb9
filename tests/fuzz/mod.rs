//! Bad input never panics, hangs or swallows memory: every reader under mutated input.
//!
//! A short, seeded run is part of the tests. `scripts/fuzz [MINUTES] [TARGET]` runs longer, with a seed of its own each
//! time. What fails is written below `target/tmp/fuzz` and named; it belongs into [`targets`] as a seed once mended.

mod deep;
mod engine;
mod mutate;
mod targets;

use engine::fuzz;

#[test]
fn lexer() {
    fuzz("lexer", &targets::templates(), targets::lexer);
}

#[test]
fn parser() {
    fuzz("parser", &targets::bodies(), targets::parser);
}

#[test]
fn json_syntax() {
    fuzz("json", &targets::json(), targets::json_syntax);
}

#[test]
fn config() {
    fuzz("config", &targets::modules(), targets::config);
}

#[test]
fn evaluator() {
    fuzz("evaluator", &targets::expressions(), targets::evaluator);
}

#[test]
fn tfvars() {
    fuzz("tfvars", &targets::assignments(), targets::tfvars);
}

#[test]
fn env() {
    fuzz("env", &targets::env_files(), targets::env);
}

#[test]
fn state() {
    fuzz("state", &targets::states(), targets::state);
}

#[test]
fn plan() {
    fuzz("plan", &targets::plans(), targets::plan);
}
