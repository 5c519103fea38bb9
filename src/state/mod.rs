//! The state: snapshot, format v4, integrity.
