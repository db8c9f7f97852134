//! How long a verdict holds: until something that the text depends on, or could mean instead, has changed.
//!
//! A fingerprint is made of the catalogs' rows of everything the text depends on, and of everything anywhere that bears one
//! of its words as a name. The same statement that makes it compares it: in the flight of a run it costs index look-ups,
//! and fails with 22012, `division_by_zero`, where a remembered verdict no longer holds.

use rolewright_core::Ident;
use tokio_postgres::{
    Client, Error, Statement,
    types::{ToSql, Type},
};

use super::{facts::Objects, words::Words};

/// The statement: `$1 oid[]` relations, `$2 oid[]` functions, `$3 oid[]` types, `$4 text[]` words, `$5 text` the fingerprint that is
/// expected, or NULL to be told, `$6 name` the role. It is written so that a session's own settings cannot change what it means.
const GUARD_SQL: &str = include_str!("sql/guard.sql");

/// The SQLSTATE with which it ends a run whose verdict no longer holds.
pub(crate) const STALE: &str = "22012";

/// Prepares the statement, once a session: planning it costs many times what executing it does.
pub(crate) async fn prepare_guard(client: &Client) -> Result<Statement, Error> {
    let types = [Type::OID_ARRAY, Type::OID_ARRAY, Type::OID_ARRAY, Type::TEXT_ARRAY, Type::TEXT, Type::NAME];
    client.prepare_typed(GUARD_SQL, &types).await
}

/// What a remembered verdict rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// Everything the text depends on that can change.
    objects: Objects,
    /// The names in the text, of the schemas it is looked up in too.
    words: Vec<String>,
    /// Whether these are all of its names.
    lasts: bool,
    /// The role that looks the names up.
    role: String,
    /// What the catalogs said of both when the text was checked.
    fingerprint: String,
}

impl Guard {
    /// Makes the fingerprint now.
    pub(super) async fn take(
        client: &Client,
        prepared: &Statement,
        objects: &Objects,
        words: &Words,
        role: &Ident,
    ) -> Result<Self, Error> {
        let mut guard = Self {
            objects: objects.clone(),
            words: words.names.iter().cloned().collect(),
            lasts: words.all,
            role: role.as_str().to_owned(),
            fingerprint: String::new(),
        };
        let row = client.query_one(prepared, &guard.params(&None::<&str>)).await?;
        guard.fingerprint = row.try_get(0)?;
        Ok(guard)
    }

    /// Whether it may be held again later; one that does not know all names of its text is for the run at hand.
    #[must_use]
    pub fn lasts(&self) -> bool {
        self.lasts
    }

    /// Fails with [`STALE`] where the verdict no longer holds: one message, which leaves when it is polled first.
    pub(crate) async fn hold(&self, client: &Client, prepared: &Statement) -> Result<(), Error> {
        client.execute_raw(prepared, self.params(&self.fingerprint)).await.map(drop)
    }

    fn params<'a>(&'a self, expected: &'a (dyn ToSql + Sync)) -> [&'a (dyn ToSql + Sync); 6] {
        let Objects { relations, functions, types } = &self.objects;
        [relations, functions, types, &self.words, expected, &self.role]
    }
}
