//! The store of sealed values: for every part of the program that keeps a secret in the database.
//!
//! Every method takes the connection it runs on, so it joins a caller's transaction. Clear values stay in the process:
//! what is sent is sealed, and rows are compared by their version, not by their value.

mod info;
mod prove;
mod read;
mod role_secret;
mod rotate;
mod row;
mod write;

pub use info::SecretInfo;
pub use prove::Proof;
pub use read::Lookup;
pub use role_secret::RoleSecretState;
pub use rotate::{Progress, Rotation};
use uuid::Uuid;

use crate::{KeyRing, SecretError, SecretValue, name, sealed};

/// Seals and opens the values of one installation.
///
/// Its `Debug` shows key ids, never a key.
#[derive(Clone, Debug)]
pub struct SecretStore {
    ring: KeyRing,
    installation: Uuid,
}

impl SecretStore {
    /// A store that seals under the ring's first key, for the installation of this id.
    #[must_use]
    pub fn new(ring: KeyRing, installation: Uuid) -> Self {
        Self { ring, installation }
    }

    /// The keys it opens with.
    #[must_use]
    pub fn ring(&self) -> &KeyRing {
        &self.ring
    }

    /// The installation its values are bound to.
    #[must_use]
    pub fn installation(&self) -> Uuid {
        self.installation
    }

    fn seal(&self, name: &str, value: &SecretValue) -> Result<String, SecretError> {
        name::check(name)?;
        self.seal_stored(name, value)
    }

    /// Seals for a name that is in the table already, whoever chose it.
    fn seal_stored(&self, name: &str, value: &SecretValue) -> Result<String, SecretError> {
        sealed::seal(&self.ring, self.installation, name, value)
            .map_err(|why| SecretError::Seal { name: name.to_owned(), why })
    }

    fn open(&self, name: &str, stored: &str) -> Result<sealed::Opened, SecretError> {
        sealed::open_any(&self.ring, self.installation, name, stored)
            .map_err(|why| SecretError::Unreadable { name: name.to_owned(), why })
    }
}
