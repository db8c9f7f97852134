//! The cross-crate tests: one binary, so that it links once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "clippy allows them in test functions by itself, and this whole binary is helpers of tests besides"
)]

mod acting;
mod attack;
mod boundary;
mod check;
mod consent;
mod core;
mod engine;
mod harness;
mod reports;
mod roles;
mod secrets;
mod server;
mod sessions;
mod subjects;
mod tenants;
mod testkit;
