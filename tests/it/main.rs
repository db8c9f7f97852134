//! The cross-crate tests: one binary, so that it links once.

mod core;
mod roles;
mod secrets;
mod server;
mod sessions;
