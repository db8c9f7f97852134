//! Tests of `roles` against a real server, always as a core role that is no superuser.

mod concurrency;
mod drift;
mod first;
mod fixture;
mod refusals;
mod rights;
