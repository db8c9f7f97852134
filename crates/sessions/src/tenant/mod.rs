//! What code does for a tenant: one pool for all tenants of a module, in which no transaction sees another tenant's rows.
//!
//! The module's login may read nothing itself. A tenant's transaction acts as the tenant's role, with the tenant's schema to look
//! names up in; role, search path and limits travel with BEGIN, and the question whether they are still in force with COMMIT, so
//! that a transaction costs no round trip more than any. The tenant is in the types: nothing here gives a connection without one.
//!
//! ```no_run
//! use rolewright_sessions::{TransactionError, Tenants};
//! use sea_orm::{ConnectionTrait, DbErr};
//!
//! # async fn example(tenants: Tenants) -> Result<(), TransactionError<DbErr>> {
//! let diku = tenants.get("diku").await?;
//! let loans = diku
//!     .transaction(async |tx| {
//!         tx.execute_unprepared("UPDATE loan SET renewals = renewals + 1 WHERE due < now()").await
//!     })
//!     .await?;
//! println!("{} loans renewed", loans.rows_affected());
//! # Ok(())
//! # }
//! ```
//!
//! # Clean hands
//!
//! Whatever ends a transaction, the next tenant on that connection finds nothing of the last one. After COMMIT and ROLLBACK the
//! session is scrubbed, off the caller's path: role, settings, cursors, listeners, advisory locks, temporary tables, sequences'
//! last values, and, before another tenant gets it, prepared statements. A session whose transaction was cut short (a panic, a
//! caller that went away, a backend that was killed) or tampered with is closed, and its statement is ended by the server.
//!
//! # What it is not
//!
//! It is for the application's own SQL. `SET LOCAL ROLE` is reversible by any text, so SQL that a tenant writes itself runs in the
//! report sandbox, on a login of that tenant's own: [`Tenant::query`].

mod desk;
mod directory;
mod error;
mod open;
mod query;
mod tenants;

pub use crate::acting::{Access, SEAL, SETTLE, clean};
pub use desk::{OpenReports, Reporters};
pub use directory::{Directory, Place, Unavailable};
pub use error::{TenantError, TenantQueryError, TransactionError};
pub use open::OpenTenants;
pub use tenants::{Tenant, Tenants};

/// An open transaction of one tenant.
pub type TenantTransaction = crate::acting::Transaction<rolewright_core::TenantId>;

impl TenantTransaction {
    /// Whose it is.
    #[must_use]
    pub fn tenant(&self) -> &rolewright_core::TenantId {
        self.who()
    }
}
