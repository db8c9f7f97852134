//! The third stage: the key ring is loaded and proved against what is stored, before anything is changed.

use rolewright_core::{
    Advice, Exit, RoleSecret,
    connect::ServerFacts,
    settings::{CryptoSettings, Exposure},
};
use rolewright_roles::moved::{are_elsewhere, forget_known};
use rolewright_secrets::{
    DatabaseError, Installation, InstallationError, KeyError, KeyRing, ReadableBy, SecretError, SecretStore,
    guard::{self, Exposed},
    installation,
};
use sea_orm::{DatabaseConnection, DbErr, TransactionTrait as _};
use tracing::warn;

use super::{Connected, Run, Stage, StartError};

/// Keys that open what is stored, or a database in which nothing is stored yet.
#[derive(Clone, Debug)]
pub struct Unlocked {
    pub(crate) connected: Connected,
    pub(crate) ring: KeyRing,
    /// `None` before the first migration.
    pub(crate) installation: Option<Installation>,
}

/// Why the unlock stage gave up; nothing has been changed.
#[derive(Debug, thiserror::Error)]
pub enum UnlockError {
    /// No key file is named.
    #[error("no key file is configured for the local secrets")]
    NoKeyFile,
    /// The key file cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The keys do not open what is stored, or the database is not the one this installation was made in.
    #[error(transparent)]
    Installation(#[from] InstallationError),
    /// Something would carry sealed values out of the database.
    #[error(transparent)]
    Exposed(#[from] Exposed),
    /// The database failed under the look.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The database failed while what was known of roles was to be forgotten.
    #[error("the move of the installation failed: {0}")]
    Moving(DbErr),
}

impl Advice for UnlockError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoKeyFile => Some(
                "set `crypto.key_file` (or CRYPTO_KEY_FILE), and make the file with `rolewright secret init-key PATH`"
                    .to_owned(),
            ),
            Self::Key(error) => error.hint(),
            Self::Installation(error) => error.hint(),
            Self::Exposed(error) => error.hint(),
            Self::Database(error) => error.hint(),
            Self::Moving(_) => Some("run `rolewright apply --moved` again: nothing of it was kept".to_owned()),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::NoKeyFile => Exit::Config,
            Self::Key(error) => error.exit(),
            Self::Installation(error) => error.exit(),
            Self::Exposed(error) => error.exit(),
            Self::Database(error) => error.exit(),
            Self::Moving(error) if crate::error::is_lost(error) => Exit::Unavailable,
            Self::Moving(_) => Exit::Failed,
        }
    }
}

impl Connected {
    /// Loads the key ring and, where secrets are stored, proves that it opens them.
    ///
    /// # Errors
    /// Which key file is missing or wrong, and what to mount; a database that was moved or copied; an exposed table.
    pub async fn unlock(self) -> Result<Unlocked, StartError> {
        let run = self.run.clone();
        let (ring, installation) = run.stage(Stage::Unlock, open(&self, &run, Moved::Refuse)).await?;
        Ok(Unlocked { connected: self, ring, installation })
    }

    /// Like [`unlock`](Self::unlock), for a database that was deliberately moved or copied here: it gets an installation of
    /// its own, and its stored secrets are sealed anew under it.
    ///
    /// # Errors
    /// As [`unlock`](Self::unlock).
    pub async fn unlock_moved(self) -> Result<Unlocked, StartError> {
        let run = self.run.clone();
        let (ring, installation) = run.stage(Stage::Unlock, open(&self, &run, Moved::Adopt)).await?;
        Ok(Unlocked { connected: self, ring, installation })
    }
}

impl Connected {
    /// The stored secrets without the proof that all of them open, for the commands that mend those that do not; `None`
    /// before the first migration.
    ///
    /// # Errors
    /// As [`unlock`](Self::unlock), but for values that do not open.
    pub async fn secrets(&self) -> Result<Option<SecretStore>, StartError> {
        let opening = async {
            let ring = ring(&self.run.settings.crypto)?;
            let (system, database) = (system(&self.server), self.server.database.as_str());
            let found = installation::open(&self.core, &ring, system, database).await?;
            Ok::<_, UnlockError>(found.map(|(_, store)| store))
        };
        opening.await.map_err(|cause| StartError::new(Stage::Unlock, cause))
    }
}

fn ring(crypto: &CryptoSettings) -> Result<KeyRing, UnlockError> {
    let path = crypto.key_file.as_ref().ok_or(UnlockError::NoKeyFile)?;
    let readable_by = if crypto.allow_readable_key_file { ReadableBy::Anyone } else { ReadableBy::OwnerOnly };
    Ok(KeyRing::load(path, readable_by)?)
}

/// What to do with a database that is not the one remembered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moved {
    Refuse,
    Adopt,
}

async fn open(
    connected: &Connected,
    run: &Run,
    moved: Moved,
) -> Result<(KeyRing, Option<Installation>), UnlockError> {
    let crypto = &run.settings.crypto;
    let ring = ring(crypto)?;
    let db = &connected.core;
    let server = &connected.server;
    let (system, database) = (system(server), server.database.as_str());
    if moved == Moved::Adopt && installation::read(db).await?.is_some() {
        adopt(db, &ring, system, database).await?;
    }
    let found =
        installation::unlock(db, &ring, system, database).await?.map(|(installation, _)| installation);
    let (latent, exposed): (Vec<_>, Vec<_>) =
        guard::exposures(db).await?.into_iter().partition(|finding| finding.kind.is_latent());
    if !exposed.is_empty() && crypto.exposure == Exposure::Refuse {
        return Err(Exposed(exposed).into());
    }
    for finding in exposed.iter().chain(&latent) {
        warn!(stage = %Stage::Unlock, mend = finding.mend, "the secrets table: {finding}");
    }
    Ok((ring, found))
}

/// Makes it an installation of its own, and forgets what it knew of roles: they may be another database's now. They stay its own where it
/// was moved and not copied, as far as that can be told; then they are taken over by the marker that they bear.
async fn adopt(
    db: &DatabaseConnection,
    ring: &KeyRing,
    system: &str,
    database: &str,
) -> Result<(), UnlockError> {
    let transaction = db.begin().await.map_err(UnlockError::Moving)?;
    let moved = installation::adopt_move(&transaction, ring, system, database).await?;
    if moved.previous != moved.installation.id {
        forget_known(&transaction).await.map_err(UnlockError::Moving)?;
        // One that keeps its name is the one that it was. Of another name, roles that are used elsewhere too say that it is a copy.
        let heir = moved.from == database;
        let previous = &moved.installation.previous;
        if !heir && are_elsewhere(&transaction, previous).await.map_err(UnlockError::Moving)? {
            installation::forget_previous(&transaction).await?;
        }
    }
    transaction.commit().await.map_err(UnlockError::Moving)
}

/// The cluster's identifier, or a word for it where the server keeps it from us.
pub(super) fn system(server: &ServerFacts) -> &str {
    server.system_identifier.as_deref().unwrap_or("unknown")
}

impl Unlocked {
    /// The store of secrets, or `None` before the first migration.
    #[must_use]
    pub fn store(&self) -> Option<SecretStore> {
        self.installation.as_ref().map(|i| SecretStore::new(self.ring.clone(), i.id))
    }

    /// The secret behind the roles' passwords, where there is one already; it is not made here.
    ///
    /// # Errors
    /// When it is stored and does not open.
    pub async fn role_secret(&self) -> Result<Option<RoleSecret>, SecretError> {
        match self.store() {
            Some(store) => store.existing_role_secret(&self.connected.core).await,
            None => Ok(None),
        }
    }
}
