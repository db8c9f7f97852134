//! Reading one secret: for whoever needs it.

use sea_orm::ConnectionTrait;

use super::{
    SecretStore,
    row::{self, Row, Wait},
};
use crate::{SecretError, SecretValue, name, sealed::Opened};

/// What is stored under a name, when it can be read. What cannot be read is an error, never [`Missing`](Lookup::Missing).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Nothing was ever set, or it was deleted.
    Missing,
    /// The value, which may be empty.
    Found(SecretValue),
}

impl Lookup {
    /// The value, where there is one.
    #[must_use]
    pub fn found(self) -> Option<SecretValue> {
        match self {
            Self::Missing => None,
            Self::Found(value) => Some(value),
        }
    }
}

impl SecretStore {
    /// Reads a secret.
    ///
    /// A value in an older form is sealed anew in place, unless somebody else is changing it or the transaction may
    /// only read; the value is returned in either case.
    ///
    /// # Errors
    /// [`SecretError::Unreadable`] when there is a value that does not open.
    pub async fn get<C: ConnectionTrait>(&self, c: &C, name: &str) -> Result<Lookup, SecretError> {
        name::check(name)?;
        match row::fetch(c, name).await? {
            None => Ok(Lookup::Missing),
            Some(row) => Ok(Lookup::Found(self.open_row(c, &row).await?.value)),
        }
    }

    pub(super) async fn open_row<C: ConnectionTrait>(&self, c: &C, row: &Row) -> Result<Opened, SecretError> {
        let opened = self.open(&row.key, &row.value.0)?;
        if opened.legacy && row.mendable {
            let sealed = self.seal_stored(&row.key, &opened.value)?;
            if row::swap(c, row, sealed, Wait::No).await? {
                tracing::info!(secret = row.key, "sealed a legacy secret anew");
            }
        }
        Ok(opened)
    }
}
