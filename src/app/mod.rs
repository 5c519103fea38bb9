//! The application layer, pure: spec, render, diff, commands as values.
