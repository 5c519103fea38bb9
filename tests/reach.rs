//! Hosts within reach: sessions, single commands, logs, on a real sshd.

#[path = "reach/drift.rs"]
mod drift;
#[path = "reach/logs.rs"]
mod logs;
#[path = "reach/secrets.rs"]
mod secrets;
#[path = "reach/sessions.rs"]
mod sessions;
#[path = "reach/status.rs"]
mod status;
#[path = "reach/world.rs"]
mod world;
