//! Stored reports: versioned definitions, kept in the database, that run through the sandbox and nowhere else.
//!
//! [`Rolewright::reports`](crate::Rolewright::reports) gives the operations, the same that `rolewright report …` has:
//!
//! ```
//! use rolewright::reports::{Definition, Parameter, Which};
//! # use rolewright::core::settings::Sources;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let db = rolewright_testkit::Database::fresh().await;
//! # sqlx::query("CREATE TABLE public.wards AS SELECT 7 AS id").execute(&db.core()).await?;
//! # let folder = tempfile::tempdir()?;
//! # let key = folder.path().join("rolewright.key");
//! # rolewright::secrets::KeyRing::init(&key)?;
//! # let mut sources = Sources::default();
//! # for (name, value) in [
//! #     ("DATABASE_URL", db.url().as_str()), ("CRYPTO_KEY_FILE", &key.to_string_lossy()),
//! #     ("ROLEWRIGHT__APP", &db.app()), ("ROLEWRIGHT__ROLES__REPORTING__READ", "['public']"),
//! # ] { sources.set(name, value); }
//! # let app = rolewright::configure(&sources)?.connect().await?.unlock().await?
//! #     .migrate(&rolewright::NoMigrations).await?.provision().await?.verify().await?.open().await?;
//! let reports = app.reports();
//! let wards = Definition::new("wards".parse()?, "reporting", "SELECT id FROM wards WHERE id < :below")
//!     .param(Parameter::optional("below", "integer", Some("100")));
//! let saved = reports.save(&wards, true).await?; // verified, stored as version 1, published
//! assert_eq!(saved.number, 1);
//! let mut rows = reports.run(&wards.name, Which::Published, []).await?;
//! assert_eq!(rows.collect().await?, [[Some("7".to_owned())]]);
//! # app.drain().await;
//! # db.drop().await;
//! # Ok(())
//! # }
//! ```

mod definition;
mod error;
pub mod file;
mod migration;
mod name;
mod roles;
mod run;
mod save;
mod store;
mod types;
mod verify;
mod version;

pub use definition::{Definition, DefinitionError, Parameter};
pub use error::ReportError;
pub(crate) use migration::migrations;
pub use name::{NameError, ReportName};
pub(crate) use roles::Roles;
pub use save::{Change, Saved};
pub use verify::Verification;
pub use version::{Stamp, State, Summary, Version, Which};

use sea_orm::DatabaseConnection;

use store::Store;

/// The stored reports of an application.
///
/// Definitions are read and written on the core connection; their texts are verified and run as the role of their
/// connection, never on core.
#[derive(Clone, Copy)]
pub struct Reports<'a> {
    store: Store<'a>,
    roles: &'a dyn Roles,
}

impl<'a> Reports<'a> {
    pub(crate) fn new(core: &'a DatabaseConnection, roles: &'a dyn Roles) -> Self {
        Self { store: Store::new(core), roles }
    }

    /// Every report, by name.
    ///
    /// # Errors
    /// What the database said.
    pub async fn list(&self) -> Result<Vec<Summary>, ReportError> {
        self.store.list(false).await
    }

    /// Every report that was removed and not purged, by name.
    ///
    /// # Errors
    /// What the database said.
    pub async fn removed(&self) -> Result<Vec<Summary>, ReportError> {
        self.store.list(true).await
    }

    /// One version of a report.
    ///
    /// # Errors
    /// Which of the two is missing, the report or that version of it.
    pub async fn get(&self, name: &ReportName, which: Which) -> Result<Version, ReportError> {
        self.store.get(name, which).await
    }

    /// Every version of a report, newest first; also of one that was removed.
    ///
    /// # Errors
    /// [`ReportError::Unknown`] where there never was one of this name, or it was purged.
    pub async fn history(&self, name: &ReportName) -> Result<Vec<Version>, ReportError> {
        self.store.history(name).await
    }

    /// Hides a report: it is not listed and does not run. Its history stays, and saving one of the same name goes on with it.
    ///
    /// # Errors
    /// When there is none.
    pub async fn remove(&self, name: &ReportName) -> Result<(), ReportError> {
        self.store.remove(name).await
    }

    /// Deletes a report with its whole history, whether it was removed before or not.
    ///
    /// # Errors
    /// When there is none.
    pub async fn purge(&self, name: &ReportName) -> Result<(), ReportError> {
        self.store.purge(name).await
    }
}

impl std::fmt::Debug for Reports<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reports").finish_non_exhaustive()
    }
}
