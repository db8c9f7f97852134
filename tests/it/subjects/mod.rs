//! Transactions as the subject of a token: who it is, what it is told, who is refused, and what the next one finds.

mod clean;
mod command;
mod cost;
mod ends;
mod fixture;
mod identity;
mod nested;
mod refused;
mod start;

pub(crate) use fixture::{SECRET, token};
