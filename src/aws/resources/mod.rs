//! Managed types, one file each; `vpc` is the model.

pub mod vpc;
