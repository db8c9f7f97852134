//! The configuration: one layered read of defaults, file and environment, in which `DATABASE_URL` wins.
//!
//! [`Settings::load`] is pure but for the files it is told of; [`Sources::from_process`] is the one place of the
//! workspace that reads the process's environment.

mod access;
mod access_check;
mod access_raw;
mod access_render;
mod aliases;
mod check;
mod check_database;
mod check_http;
mod check_roles;
mod check_tenancy;
mod consent;
mod consent_check;
mod defaults;
mod environment;
mod error;
mod keys;
mod layers;
mod loaded;
mod model;
mod nearest;
mod origin;
mod problem;
mod raw;
mod render;
mod schema;
mod sources;
mod walk;

pub use access::{AccessSettings, Algorithm, JwtSettings, KeySource};
pub use consent::{ConsentChild, ConsentDefault, ConsentSettings, KeyColumn, TableName};
pub use error::SettingsError;
pub use loaded::{Entry, Loaded};
pub use model::*;
pub use origin::{Origin, Origins};
pub use problem::Problem;
pub use schema::json_schema;
pub use sources::Sources;

pub(crate) use nearest::nearest;
