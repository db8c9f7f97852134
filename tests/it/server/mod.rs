//! Tests of the binary and of the staged start against a real server.

mod bad_input;
mod canary;
pub(crate) mod cli;
mod drift;
mod embedding;
mod outage;
mod provision;
mod query;
mod reconcile;
mod secret;
pub(crate) mod serve;
mod unmet;
