//! Tests of the check of reports' texts against a real server.

mod assigned;
mod builtins;
mod casts;
mod changed;
mod constants;
mod copied;
mod cost;
mod early;
mod elsewhere;
pub(crate) mod fixture;
mod flight;
mod guard;
mod hidden;
mod majors;
mod merged;
mod names;
mod ordinary;
mod partitions;
mod placed;
mod refused;
mod sorted;
mod taken;
mod unsound;
mod untold;
mod values;
mod vanishing;
