//! Tests of the check of reports' texts against a real server.

mod builtins;
mod cost;
pub(crate) mod fixture;
mod flight;
mod guard;
mod names;
mod refused;
mod taken;
