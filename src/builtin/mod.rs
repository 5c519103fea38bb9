//! Providers without a cloud: terraform, null, random, local.
