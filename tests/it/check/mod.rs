//! Tests of the check of reports' texts against a real server.

mod builtins;
mod fixture;
mod guard;
mod refused;
mod taken;
