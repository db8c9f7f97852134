//! One look at the roles of subjects, in one round trip.

use rolewright_core::sqlstate;
use sqlx::PgConnection;

use super::{Wanted, facts::Observed};
use crate::{
    ProvisionError,
    ask::{Argument, ask},
    marker,
};

/// The part of the statement that asks our own table.
const FINGERPRINT: &str = "(SELECT f.fingerprint FROM rolewright.role_fingerprint f WHERE f.role = r.rolname AND f.role_oid = r.oid)";

/// Looks, on a connection whose transaction may hold the lock. Changes nothing. Before our tables are made nothing is known of passwords.
pub(super) async fn look(
    connection: &mut PgConnection,
    wanted: &Wanted,
    migrated: bool,
) -> Result<Observed, ProvisionError> {
    let names = wanted.roles.keys().chain(&wanted.others).chain([&wanted.login]);
    let roles: Vec<String> = names.map(ToString::to_string).collect();
    let (marker, groups) = ([marker::text(wanted.installation)], wanted.groups());
    let arguments = [
        ("roles", Argument::Names(&roles)),
        ("prefixes", Argument::Names(&wanted.prefixes)),
        ("marker", Argument::Names(&marker)),
        ("groups", Argument::Names(&groups)),
    ];
    let statement = include_str!("../sql/inspect_subjects.sql");
    let unmigrated = statement.replace(FINGERPRINT, "NULL");
    let statement = if migrated { statement } else { &unmigrated };
    ask(connection, "inspect subjects", statement, &arguments).await.map_err(|error| match error {
        ProvisionError::Statement { code, .. } if code == sqlstate::UNDEFINED_TABLE || code == "3F000" => {
            ProvisionError::NotMigrated
        }
        other => other,
    })
}
