//! How long a verdict holds: until something that the text depends on, or could mean instead, has changed.
//!
//! A fingerprint is made of the catalogs' rows of everything the text depends on, and of everything anywhere that bears one
//! of its words as a name. The same statement that makes it compares it: in the flight of a run it costs index look-ups,
//! and fails with 22012, `division_by_zero`, where a remembered verdict no longer holds.

use std::collections::BTreeSet;

use tokio_postgres::{
    Client, Error, Statement,
    types::{ToSql, Type},
};

/// The statement: `$1 oid[]` objects, `$2 text[]` words, `$3 text` the fingerprint that is expected, or NULL to be told. It is
/// written so that a session's own settings cannot change what it means.
pub(crate) const GUARD_SQL: &str = include_str!("sql/guard.sql");

/// The SQLSTATE with which it ends a run whose verdict no longer holds.
pub(crate) const STALE: &str = "22012";

/// Prepares the statement, so that a flight only has to execute it.
pub(crate) async fn prepare_guard(client: &Client) -> Result<Statement, Error> {
    client.prepare_typed(GUARD_SQL, &[Type::OID_ARRAY, Type::TEXT_ARRAY, Type::TEXT]).await
}

/// What a remembered verdict rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// Everything the text depends on that can change.
    pub objects: Vec<u32>,
    /// The names in the text, of the schemas it is looked up in too.
    pub words: Vec<String>,
    /// What the catalogs said of both when the text was checked.
    pub fingerprint: String,
}

impl Guard {
    /// Makes the fingerprint now.
    pub(crate) async fn take(
        client: &Client,
        objects: &BTreeSet<u32>,
        words: &BTreeSet<String>,
    ) -> Result<Self, Error> {
        let mut guard = Self {
            objects: objects.iter().copied().collect(),
            words: words.iter().cloned().collect(),
            fingerprint: String::new(),
        };
        let params = guard.params(&None::<&str>);
        guard.fingerprint = client.query_typed_one(GUARD_SQL, &params).await?.try_get(0)?;
        Ok(guard)
    }

    /// Fails with [`STALE`] where the verdict no longer holds.
    pub(crate) async fn hold(&self, client: &Client) -> Result<(), Error> {
        client.execute_typed(GUARD_SQL, &self.params(&self.fingerprint)).await.map(drop)
    }

    /// The same, by the prepared statement: one message, which leaves when it is polled first.
    pub(crate) async fn fly(&self, client: &Client, prepared: &Statement) -> Result<(), Error> {
        let params: [&(dyn ToSql + Sync); 3] = [&self.objects, &self.words, &self.fingerprint];
        client.execute_raw(prepared, params).await.map(drop)
    }

    fn params<'a>(&'a self, expected: &'a (dyn ToSql + Sync)) -> [(&'a (dyn ToSql + Sync), Type); 3] {
        [(&self.objects, Type::OID_ARRAY), (&self.words, Type::TEXT_ARRAY), (expected, Type::TEXT)]
    }
}
