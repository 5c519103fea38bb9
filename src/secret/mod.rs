//! Redaction by value.
