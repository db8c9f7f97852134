//! What code does for a subject: whoever a verified token names, as a database role of its own, one transaction at a time.
//!
//! A [token](crate::token) names a subject, and perhaps roles. Exactly one database role is chosen from these ([`Rules`]): the
//! subject's, or that of one role; never one that is put together from what a token says beyond its prefix, and never a second choice
//! where the first is not to be had. Whoever has no database role is refused before any SQL. A transaction then acts as that role, in
//! BEGIN's own round trip, and is told who it is for: `rolewright.subject`, and `rolewright.claims` as the text of a JSON object, for
//! the database's own policies (`current_setting('rolewright.claims')::jsonb`). Both end with the transaction; one that changed them
//! is not committed. What is said of tenants' [clean hands](crate::tenant) is true here too: it is the same room.
//!
//! ```no_run
//! use rolewright_sessions::{SubjectTransactionError, Subjects};
//! use sea_orm::{ConnectionTrait, DbErr};
//!
//! # async fn example(subjects: Subjects, token: &str) -> Result<(), SubjectTransactionError<DbErr>> {
//! let subject = subjects.verify(token).await?;
//! subject.transaction(async |tx| tx.execute_unprepared("UPDATE note SET seen = true").await).await?;
//! // One of the roles that the token lists, by the caller's choice.
//! let nurse = subject.as_role("nurse").await?;
//! # Ok(())
//! # }
//! ```
//!
//! # What it is not
//!
//! It is for the application's own SQL, as tenants' transactions are: `SET LOCAL ROLE` and settings are reversible by any text.

mod ask;
mod choice;
mod directory;
mod error;
mod open;
mod subjects;

pub use ask::Answer;
pub use choice::{Chosen, Of, Rules};
pub use directory::{Standing, SubjectRoles};
pub use error::{SubjectError, SubjectTransactionError};
pub use open::OpenSubjects;
pub use subjects::{Subject, Subjects};

use std::sync::Arc;

use crate::token::Identity;

/// The setting that a transaction finds its subject in.
pub const SUBJECT: &str = "rolewright.subject";

/// The setting that a transaction finds the claims in, as the text of one JSON object.
pub const CLAIMS: &str = "rolewright.claims";

/// An open transaction of one subject.
pub type SubjectTransaction = crate::acting::Transaction<Arc<Identity>>;

impl SubjectTransaction {
    /// Whom the token names.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        self.who()
    }
}
