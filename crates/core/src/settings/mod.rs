//! The configuration: one layered read of defaults, file and environment, in which `DATABASE_URL` wins.
mod model;

pub use model::*;
