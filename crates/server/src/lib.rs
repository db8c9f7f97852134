//! Rolewright gives an application its PostgreSQL roles.
//!
//! It takes one connection, migrates, creates and keeps least-privilege roles whose passwords derive from one secret that
//! is stored encrypted, asks the server what they can really do, and opens pools *logged in as* them.
//!
//! The start is a chain of typed values ([`stages`]); a host embeds it in a few lines:
//!
//! ```no_run
//! use rolewright::{core::settings::Sources, stages::{self, NoMigrations}};
//!
//! # async fn start() -> Result<(), Box<dyn std::error::Error>> {
//! let app = stages::configure(&Sources::from_process(None))?
//!     .connect().await?
//!     .unlock().await?
//!     .migrate(&NoMigrations).await?
//!     .provision().await?
//!     .verify().await?
//!     .open().await?;
//! let reporting = app.role("reporting")?;
//! # let _ = reporting;
//! # Ok(())
//! # }
//! ```

pub mod cli;
mod demo;
mod error;
pub mod http;
mod migrator;
mod private;
pub mod stages;

mod app;
mod health;

pub use app::{RoleUnavailable, Rolewright};
pub use health::{Health, Report, RoleHealth, Timing};
pub use rolewright_core as core;
pub use rolewright_roles as roles;
pub use rolewright_secrets as secrets;
pub use rolewright_sessions as sessions;
pub use stages::{Configured, HostMigrations, NoMigrations, SeaOrm, Stage, StartError, configure};
