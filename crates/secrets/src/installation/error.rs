//! Why an installation cannot be used where it was found: for the start.

use rolewright_core::{Advice, Exit};

use crate::{DatabaseError, SecretError};

/// Why an installation cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InstallationError {
    /// The database is a copy, or was restored or renamed.
    #[error(
        "this database was copied or moved: its installation belongs to database `{remembered_database}` of cluster \
         {remembered_system}, and this is database `{database}` of cluster {system}"
    )]
    Moved {
        /// The cluster that is remembered.
        remembered_system: String,
        /// The database that is remembered.
        remembered_database: String,
        /// The cluster we are in.
        system: String,
        /// The database we are in.
        database: String,
    },
    /// There is no installation to move, or it was removed under us.
    #[error("this database remembers no installation")]
    Gone,
    /// There are sealed values, and the installation they are bound to is not remembered any more.
    #[error(
        "there are stored secrets, but the row of rolewright.installation that they are bound to is gone"
    )]
    Lost,
    /// A secret does not open.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The database refused or failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl Advice for InstallationError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Moved { .. } => Some(
                "if this is the right database, run `rolewright apply --moved`: it becomes an installation of its own, \
                 with a new id; where it was moved, and not copied within its cluster, its roles stay its own"
                    .to_owned(),
            ),
            Self::Lost => Some(
                "restore the table rolewright.installation from the backup that the secrets are from, or delete the \
                 secrets, which nothing can open, and run `rolewright apply`"
                    .to_owned(),
            ),
            Self::Gone => Some("run `rolewright apply`".to_owned()),
            Self::Secret(error) => error.hint(),
            Self::Database(error) => error.hint(),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Moved { .. } | Self::Gone => Exit::Config,
            Self::Lost => Exit::NoPermission,
            Self::Secret(error) => error.exit(),
            Self::Database(error) => error.exit(),
        }
    }
}
