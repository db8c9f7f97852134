//! One look at the tables of records, in one round trip.

use rolewright_core::sqlstate;
use sqlx::PgConnection;

use super::{Wanted, facts::Observed, policy};
use crate::{
    ProvisionError,
    ask::{Argument, ask},
};

/// The part of the statement that asks our own tables.
const OURS: [(&str, &str); 5] = [
    (
        "(SELECT pg_catalog.min(t.role) FROM rolewright_consent.term t WHERE t.role IS NOT NULL)",
        "(NULL::pg_catalog.text)",
    ),
    (
        "(SELECT pg_catalog.min(t.role) FROM rolewright_consent.term t WHERE t.role > s.role)",
        "(NULL::pg_catalog.text)",
    ),
    (
        "pg_catalog.has_column_privilege('public', 'rolewright_consent.term', 'record', 'SELECT') AND pg_catalog.has_column_privilege('public', 'rolewright_consent.opening', 'record', 'SELECT')",
        "true",
    ),
    (
        "(SELECT pg_catalog.json_object_agg(k.name, pg_catalog.json_build_object('key_type', k.key_type, 'by_default', k.by_default)) FROM rolewright_consent.kind k)",
        "NULL::pg_catalog.json",
    ),
    (
        "(SELECT pg_catalog.json_agg(pg_catalog.json_build_array(o.kind, o.role)) FROM rolewright_consent.opener o)",
        "NULL::pg_catalog.json",
    ),
];

/// Looks, on a connection whose transaction may hold the lock. Changes nothing.
pub(super) async fn look(
    connection: &mut PgConnection,
    wanted: &Wanted,
    migrated: bool,
) -> Result<Observed, ProvisionError> {
    let tables = || wanted.kinds.values().flat_map(|kind| &kind.tables);
    let schemas: Vec<String> = tables().map(|table| table.key.table.schema.to_string()).collect();
    let names: Vec<String> = tables().map(|table| table.key.table.table.to_string()).collect();
    let carried = wanted.kinds.values().flat_map(|kind| {
        // A name that the root itself has, such as `id`, says nothing of others.
        let root = &kind.tables[0].key.column;
        let own = kind.tables[1..].iter().filter(|table| table.through.is_none());
        own.map(|table| &table.key.column).filter(move |column| *column != root)
    });
    let carried: Vec<String> = carried.map(ToString::to_string).collect();
    let openers = wanted.kinds.values().flat_map(|kind| &kind.openers);
    let openers: Vec<String> = openers.map(ToString::to_string).collect();
    let policies: Vec<String> = wanted.kinds.keys().map(|kind| policy::name(kind)).collect();
    let arguments = [
        ("schemas", Argument::Names(&schemas)),
        ("names", Argument::Names(&names)),
        ("carried", Argument::Names(&carried)),
        ("openers", Argument::Names(&openers)),
        ("policies", Argument::Names(&policies)),
    ];
    let mut statement = include_str!("../sql/inspect_consent.sql").replace("KEPT", policy::KEPT);
    if !migrated {
        for (part, nothing) in OURS {
            statement = statement.replace(part, nothing);
        }
    }
    ask(connection, "inspect consent", &statement, &arguments).await.map_err(|error| match error {
        ProvisionError::Statement { code, .. } if code == sqlstate::UNDEFINED_TABLE || code == "3F000" => {
            ProvisionError::NotMigrated
        }
        other => other,
    })
}
