//! Tests of `secrets` against a real server.

mod fixture;
mod guard;
mod installation;
mod legacy;
mod prove;
mod rotate;
mod store;
mod table;
