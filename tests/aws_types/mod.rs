//! Every AWS type against the emulator: plan, create, read, change, find again, import, delete.
//!
//! [`World`](world::World) drives a type through the real planner and the real SDK, without the engine.
//! After each step it checks what every type must keep: what was planned is what is there, and the
//! next plan is empty.

mod acls;
mod addresses;
mod compute;
mod data;
mod database;
mod iam;
mod monitoring;
mod network;
mod routing;
mod secrets;
mod storage;
mod table;
mod world;
