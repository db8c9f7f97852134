//! Tests of the binary and of the staged start against a real server.

mod bad_input;
mod canary;
mod cli;
mod drift;
mod embedding;
mod outage;
mod query;
mod secret;
mod serve;
