//! Names of types, looked up by OID and remembered where they cannot change.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use tokio_postgres::{Client, Error, types::Type};

/// OIDs below this belong to `initdb` and never change within a cluster (`FirstNormalObjectId`).
const FIRST_NORMAL: u32 = 16_384;

/// Every operator is spelled with its schema: the session may have been told another search path.
const LOOK_UP: &str = "/* rolewright: types */ \
    SELECT t.oid, \
           pg_catalog.quote_ident(n.nspname) OPERATOR(pg_catalog.||) '.' \
               OPERATOR(pg_catalog.||) pg_catalog.quote_ident(t.typname), \
           pg_catalog.format_type(t.oid, -1) \
      FROM pg_catalog.pg_type t \
      JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) t.typnamespace \
     WHERE t.oid OPERATOR(pg_catalog.=) ANY ($1)";

/// What a type is called.
#[derive(Clone, Debug)]
pub(crate) struct TypeName {
    /// Schema and name, quoted: the form that means the same under every search path, and never implies a length.
    pub(crate) quoted: String,
    /// The name people know, such as `timestamp with time zone`.
    pub(crate) display: String,
}

#[derive(Default)]
pub(crate) struct TypeNames(Mutex<HashMap<u32, TypeName>>);

/// The types every database has, except those of catalogs' rows.
const PRELOAD: &str = "/* rolewright: types */ SELECT t.oid FROM pg_catalog.pg_type t \
     WHERE t.oid OPERATOR(pg_catalog.<) 16384 AND t.typrelid OPERATOR(pg_catalog.=) 0 \
       AND (t.typelem OPERATOR(pg_catalog.=) 0 OR t.typelem OPERATOR(pg_catalog.<) 10000)";

impl TypeNames {
    /// Learns the types every database has.
    pub(crate) async fn preload(&self, client: &Client) -> Result<(), Error> {
        let rows = client.query_typed(PRELOAD, &[]).await?;
        let oids: Vec<u32> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        self.look_up(client, &oids).await.map(drop)
    }

    /// The names of these types, if all of them are known already.
    pub(crate) fn known(&self, oids: &[u32]) -> Option<Vec<TypeName>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        oids.iter().map(|oid| known.get(oid).cloned()).collect()
    }

    /// The names of these types, in the same order. A type that has vanished is called by its number.
    pub(crate) async fn look_up(&self, client: &Client, oids: &[u32]) -> Result<Vec<TypeName>, Error> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let unknown: Vec<u32> = oids.iter().filter(|oid| !known.contains_key(oid)).copied().collect();
        if !unknown.is_empty() {
            for row in client.query_typed(LOOK_UP, &[(&unknown, Type::OID_ARRAY)]).await? {
                let oid: u32 = row.try_get(0)?;
                let name = TypeName { quoted: row.try_get(1)?, display: row.try_get(2)? };
                if oid < FIRST_NORMAL {
                    self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(oid, name.clone());
                }
                known.insert(oid, name);
            }
        }
        let nameless =
            |oid: &u32| TypeName { quoted: "pg_catalog.text".to_owned(), display: format!("type {oid}") };
        Ok(oids.iter().map(|oid| known.get(oid).cloned().unwrap_or_else(|| nameless(oid))).collect())
    }
}
