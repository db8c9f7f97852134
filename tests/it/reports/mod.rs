//! Tests of stored reports, by the library and by the command line, against a real server.

mod closed;
mod commands;
mod files;
mod fixture;
mod publish;
mod runs;
mod versions;
