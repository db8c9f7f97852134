//! The demo clinic: an invented host application's schema, data, settings and reports, for `rolewright demo`.
//!
//! It plays the part of a host: [`ClinicMigrator`] runs in the migrate stage like anybody's sea-orm migrator, [`seed`]
//! loads the same 50,000 patients and 500,000 observations on every machine, [`SETTINGS`] is its `rolewright.toml`, and
//! [`REPORTS`] and [`ESCAPES`] are what is run as its roles. Every person in it is made up.

mod escapes;
mod migrator;
mod reports;
mod seed;

pub(crate) use escapes::ESCAPES;
pub(crate) use migrator::ClinicMigrator;
pub(crate) use reports::{REPORTS, stored};
pub(crate) use seed::{STEPS, refresh, seed};

/// The clinic's settings, as TOML: all but the database and the key file, which the demo adds.
pub(crate) const SETTINGS: &str = include_str!("clinic.toml");

#[cfg(test)]
mod tests;
