//! Tests of what code does as a tenant, against a real server: one pool, hand-made roles, never a superuser.

pub(crate) mod clean;
mod cost;
mod ends;
mod fair;
pub(crate) mod fixture;
mod interleaved;
mod isolation;
mod nested;
mod streams;
mod trips;
