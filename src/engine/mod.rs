//! Refresh, plan rounds, apply, events.
