//! Managed types, one file each; `vpc` is the model.

pub mod internet_gateway;
pub mod subnet;
pub mod vpc;
