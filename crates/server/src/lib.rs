//! Rolewright gives an application its PostgreSQL roles.
//!
//! It takes one connection, migrates, creates and keeps least-privilege roles whose passwords derive from one secret that
//! is stored encrypted, asks the server what they can really do, and opens pools *logged in as* them.
//!
//! The start is a chain of typed values ([`stages`]); a host embeds it in a few lines:
//!
//! ```
//! use rolewright::{SeaOrm, core::settings::Sources, sessions::Report};
//! # use sea_orm_migration::prelude::*;
//! # struct Migrator;
//! # struct Wards;
//! # impl MigrationName for Wards { fn name(&self) -> &str { "m0001_wards" } }
//! # #[async_trait::async_trait]
//! # impl MigrationTrait for Wards {
//! #     async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
//! #         manager.get_connection().execute_unprepared("CREATE TABLE wards AS SELECT 1 AS id").await.map(|_| ())
//! #     }
//! # }
//! # impl MigratorTrait for Migrator { fn migrations() -> Vec<Box<dyn MigrationTrait>> { vec![Box::new(Wards)] } }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let db = rolewright_testkit::Database::fresh().await;
//! # let folder = tempfile::tempdir()?;
//! # let key = folder.path().join("rolewright.key");
//! # rolewright::secrets::KeyRing::init(&key)?;
//! # let mut sources = Sources::default();
//! # for (name, value) in [
//! #     ("DATABASE_URL", db.url().as_str()), ("CRYPTO_KEY_FILE", &key.to_string_lossy()),
//! #     ("ROLEWRIGHT__APP", &db.app()), ("ROLEWRIGHT__ROLES__REPORTING__READ", "['public']"),
//! # ] { sources.set(name, value); }
//! // `Sources::from_process(None)` reads rolewright.toml and the environment.
//! let app = rolewright::configure(&sources)?
//!     .connect().await?
//!     .unlock().await?
//!     .migrate(&SeaOrm::<Migrator>::default()).await?
//!     .provision().await?
//!     .verify().await?
//!     .open().await?;
//! let reporting = app.role("reporting")?;
//! let mut rows = reporting.query(&Report::new("SELECT id FROM wards")).await?;
//! assert_eq!(rows.collect().await?, [[Some("1".to_owned())]]);
//! assert!(reporting.query(&Report::new("DELETE FROM wards")).await.is_err());
//! # app.drain().await;
//! # db.drop().await;
//! # Ok(())
//! # }
//! ```

mod access;
pub mod attack;
pub mod cli;
pub mod consent;
mod databases;
mod demo;
mod error;
pub mod http;
mod migrator;
mod private;
mod reconcile;
pub mod reports;
pub mod stages;
mod stop;
pub mod tenants;

mod app;
mod health;

pub use access::AccessError;
pub use app::{RoleUnavailable, Rolewright};
pub use databases::{Databases, DatabasesError};
pub use health::{Health, Report, RoleHealth, Timing};
pub use reconcile::{ReconcileError, Reconciled};
pub use rolewright_core as core;
pub use rolewright_roles as roles;
pub use rolewright_secrets as secrets;
pub use rolewright_sessions as sessions;
pub use stages::{Configured, HostMigrations, NoMigrations, SeaOrm, Stage, StartError, configure};

/// The README's example is compiled with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
