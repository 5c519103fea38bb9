//! The AWS test proxy: what stands between envctl and moto's server in every test that talks to AWS.
//!
//! It forwards, counts, spoils on demand, kills on demand, and supplies the behaviour of AWS that moto
//! lacks (`rules`). `README.md` beside this file lists the control endpoints and what moto does by itself.

pub mod answer;
pub mod call;
pub mod cbor;
pub mod context;
pub mod control;
pub mod faults;
pub mod form;
pub mod http1;
pub mod kill;
pub mod rules;
pub mod s3;
pub mod server;
pub mod settings;
pub mod stats;
pub mod transitions;
pub mod upstream;
pub mod xml;

pub use server::serve;
