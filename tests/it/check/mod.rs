//! Tests of the check of reports' texts against a real server.

mod builtins;
mod changed;
mod cost;
mod early;
pub(crate) mod fixture;
mod flight;
mod guard;
mod majors;
mod names;
mod refused;
mod sorted;
mod taken;
