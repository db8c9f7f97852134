//! Proves that a key ring opens what is stored, before anything is changed: for the start.

use rolewright_core::RoleSecret;
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::SecretStore;
use crate::{
    SecretError, Unreadable,
    entity::StoredText,
    sealed::{self, Form},
    sql::{SECRETS, all, exists, statement},
};

/// Rows read at a time, so that memory does not grow with the table.
const PAGE: u64 = 500;

/// What the ring was tried on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// There is no table yet, or nothing in it: any ring will do.
    Nothing,
    /// The ring is the right one: every value opens but those that are damaged.
    Opens {
        /// How many values there are.
        values: u64,
        /// How many of them are in an older form.
        legacy: u64,
        /// How many are sealed under another key than the first.
        stale: u64,
        /// Those that no key will open, by name, and why. The secret of the roles is not among them.
        damaged: Vec<(String, Unreadable)>,
    },
}

impl Proof {
    /// Values that no key will open, by name: for a start's warning and a doctor's failure.
    #[must_use]
    pub fn damaged(&self) -> &[(String, Unreadable)] {
        match self {
            Self::Nothing => &[],
            Self::Opens { damaged, .. } => damaged,
        }
    }
}

#[derive(FromQueryResult)]
struct Stored {
    key: String,
    value: StoredText,
}

impl SecretStore {
    /// Tries to open every stored value, and changes nothing: not even a value in an older form is sealed anew.
    ///
    /// A value that is [damaged](Unreadable::is_damage) says nothing of the ring, and is told in the proof, as long as
    /// another value opens that was sealed.
    ///
    /// # Errors
    /// - [`SecretError::WrongRing`] when a value misses its key, or when of the sealed values none opens: it says how
    ///   many, and names one, preferring one that misses a key over one that is damaged.
    /// - [`SecretError::Unreadable`] or [`SecretError::ForeignRoleSecret`] when it is the secret of the roles that
    ///   cannot be had.
    pub async fn prove<C: ConnectionTrait>(&self, c: &C) -> Result<Proof, SecretError> {
        if !exists(c, SECRETS).await? {
            return Ok(Proof::Nothing);
        }
        let (mut values, mut legacy, mut stale, mut sealed, mut missing) = (0, 0, 0, 0, 0);
        let mut worst: Option<(String, Unreadable)> = None;
        let mut damaged = Vec::new();
        let mut role_secret = None;
        let mut after = String::new();
        loop {
            let page = self.page(c, &after).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.key);
            for Stored { key, value } in page {
                values += 1;
                if key == RoleSecret::KEY {
                    role_secret = self.read_role_secret(&value.0).err();
                }
                match sealed::open_any(&self.ring, self.installation, &key, &value.0) {
                    Ok(opened) => {
                        let plain = matches!(sealed::form(&value.0), Ok(Form::Plain));
                        sealed += u64::from(!plain);
                        legacy += u64::from(opened.legacy);
                        stale += u64::from(!opened.legacy && !self.is_current(&value.0));
                    }
                    Err(why) => {
                        if worst.as_ref().is_none_or(|(_, worst)| rank(&why) > rank(worst)) {
                            worst = Some((key.clone(), why.clone()));
                        }
                        if why.is_damage() { damaged.push((key, why)) } else { missing += 1 }
                    }
                }
            }
        }
        let unreadable = missing + damaged.len() as u64;
        match (worst, role_secret) {
            (Some((name, why)), _) if missing > 0 || sealed == 0 => {
                Err(SecretError::WrongRing { unreadable, total: values, name, why })
            }
            (_, Some(error)) => Err(error),
            _ if values == 0 => Ok(Proof::Nothing),
            _ => Ok(Proof::Opens { values, legacy, stale, damaged }),
        }
    }

    /// Whether a text says that it is sealed under the first key.
    fn is_current(&self, stored: &str) -> bool {
        matches!(sealed::form(stored), Ok(Form::Sealed { key, .. }) if key == self.ring.first_id())
    }

    async fn page<C: ConnectionTrait>(&self, c: &C, after: &str) -> Result<Vec<Stored>, SecretError> {
        let sql = "/* rolewright: secret prove */ SELECT key, value FROM rolewright.local_system_secrets \
                   WHERE key > $1 ORDER BY key LIMIT $2";
        Ok(all(c, "read the secrets", statement(sql, [after.into(), PAGE.into()])).await?)
    }
}

/// Which reason helps most to hear: a missing key explains many rows, damage only its own.
fn rank(why: &Unreadable) -> u8 {
    match why {
        Unreadable::WrongKey { .. } => 3,
        Unreadable::Older { .. } => 2,
        Unreadable::UnknownVersion { .. } => 1,
        Unreadable::Damaged => 0,
    }
}
