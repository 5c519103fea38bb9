//! The language: evaluation of expressions, scopes, functions as data.
