//! Re-seals everything under the first key: for `rotate-key`, after a new first key was put into the key file.

use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{
    SecretStore,
    row::{self, Row, Wait},
};
use crate::{
    SecretError, Unreadable, sealed,
    sql::{all, one, statement},
};

/// Rows read at a time.
const PAGE: u64 = 200;
/// How often the table is gone over again for rows that a process with the old key file set meanwhile.
const PASSES: usize = 8;
/// How often one row is tried that others change under us.
const TRIES: usize = 8;

/// How far a rotation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Values re-sealed so far.
    pub resealed: u64,
    /// Values that were not under the first key when it began.
    pub pending: u64,
}

/// What a rotation did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "old keys may be dropped only when the rotation is complete"]
pub struct Rotation {
    /// Values sealed anew.
    pub resealed: u64,
    /// Values that were under the first key already.
    pub already: u64,
    /// Values that do not open, and were left as they are, by name.
    pub unreadable: Vec<(String, Unreadable)>,
    /// Values not under the first key at the end: the unreadable ones, and what others set with an old key file.
    pub remaining: u64,
}

impl Rotation {
    /// Whether every value is under the first key, so that the other keys may be dropped.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.remaining == 0
    }
}

#[derive(FromQueryResult)]
struct Counts {
    total: i64,
    pending: i64,
}

impl SecretStore {
    /// Seals every value anew that is not under the ring's first key, those in older forms included.
    ///
    /// On a pool each row is a transaction of its own: ended in the middle, the next call goes on with the rest. A value
    /// that somebody sets meanwhile is kept. A value that does not open is left, and reported.
    ///
    /// # Errors
    /// When the database fails; what was re-sealed before stays so, unless the caller's transaction is rolled back.
    pub async fn rotate<C: ConnectionTrait>(
        &self,
        c: &C,
        mut progress: impl FnMut(Progress) + Send,
    ) -> Result<Rotation, SecretError> {
        let before = self.counts(c).await?;
        let mut rotation = Rotation { already: count(before.total - before.pending), ..Rotation::default() };
        let pending = count(before.pending);
        progress(Progress { resealed: 0, pending });
        for _ in 0..PASSES {
            let resealed = rotation.resealed;
            rotation.unreadable.clear();
            self.pass(c, &mut rotation, |resealed| progress(Progress { resealed, pending })).await?;
            if rotation.resealed == resealed {
                break;
            }
        }
        rotation.remaining = count(self.counts(c).await?.pending);
        Ok(rotation)
    }

    async fn pass<C: ConnectionTrait>(
        &self,
        c: &C,
        rotation: &mut Rotation,
        mut progress: impl FnMut(u64) + Send,
    ) -> Result<(), SecretError> {
        let mut after = String::new();
        loop {
            let page = self.pending(c, &after).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(&last.key);
            for row in page {
                match self.reseal(c, row).await {
                    Ok(true) => {
                        rotation.resealed += 1;
                        progress(rotation.resealed);
                    }
                    Ok(false) => {}
                    Err(SecretError::Unreadable { name, why }) => rotation.unreadable.push((name, why)),
                    Err(error) => return Err(error),
                }
            }
        }
    }

    /// Re-seals one row; `false` where somebody else deleted it, or sealed it under the first key.
    async fn reseal<C: ConnectionTrait>(&self, c: &C, mut row: Row) -> Result<bool, SecretError> {
        let prefix = sealed::current_prefix(&self.ring);
        for _ in 0..TRIES {
            if row.value.0.starts_with(&prefix) {
                return Ok(false);
            }
            let opened = self.open(&row.key, &row.value.0)?;
            let sealed = self.seal_stored(&row.key, &opened.value)?;
            if row::swap(c, &row, sealed, Wait::Yes).await? {
                return Ok(true);
            }
            match row::fetch(c, &row.key).await? {
                Some(now) => row = now,
                None => return Ok(false),
            }
        }
        Err(SecretError::Contended { name: row.key })
    }

    async fn pending<C: ConnectionTrait>(&self, c: &C, after: &str) -> Result<Vec<Row>, SecretError> {
        let values = [after.into(), sealed::current_prefix(&self.ring).into(), PAGE.into()];
        let sql = include_str!("../sql/fetch_pending_secrets.sql");
        Ok(all(c, "read the secrets to re-seal", statement(sql, values)).await?)
    }

    async fn counts<C: ConnectionTrait>(&self, c: &C) -> Result<Counts, SecretError> {
        let sql = "/* rolewright: secret rotate */ SELECT pg_catalog.count(*) AS total, pg_catalog.count(*) FILTER \
                   (WHERE NOT pg_catalog.starts_with(value, $1)) AS pending FROM rolewright.local_system_secrets";
        let values = [sealed::current_prefix(&self.ring).into()];
        let row = one(c, "count the secrets", statement(sql, values)).await?;
        Ok(row.unwrap_or(Counts { total: 0, pending: 0 }))
    }
}

fn count(rows: i64) -> u64 {
    u64::try_from(rows).unwrap_or_default()
}
