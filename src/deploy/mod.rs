//! Runs application plans on hosts.
