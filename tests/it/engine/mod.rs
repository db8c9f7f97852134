//! The provisioning engine under stress: killed anywhere, many at once, stuck locks, counters in sync, rotation under load.
//!
//! Each harness runs a sample in every run of the suite, and the whole of it with `cargo xtask stress`; each prints its counts.

mod concurrency;
mod crowd;
mod holder;
mod in_sync;
mod killed;
mod library;
mod rotation;
mod round_trips;
