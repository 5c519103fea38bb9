//! Apps on a real sshd with real repositories: plan, deploy, and everything that goes wrong.

#[path = "app_ssh/adverse.rs"]
mod adverse;
#[path = "app_ssh/certificate.rs"]
mod certificate;
#[path = "app_ssh/cluster.rs"]
mod cluster;
#[path = "app_ssh/deploys.rs"]
mod deploys;
#[path = "app_ssh/gate.rs"]
mod gate;
#[path = "app_ssh/hosts.rs"]
mod hosts;
#[path = "app_ssh/releases.rs"]
mod releases;
#[path = "app_ssh/several.rs"]
mod several;
#[path = "app_ssh/world.rs"]
mod world;
