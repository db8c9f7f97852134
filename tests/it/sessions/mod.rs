//! Tests of `sessions` against a real server: as a hand-made role, never as a superuser.

mod crowd;
mod fixture;
mod gone;
mod limits;
mod opening;
mod parameters;
mod refused;
mod restart;
mod samples;
mod scrubbed;
mod types;
