//! Putting back what an attempt changed: its objects go, the role is provisioned again, and the state is compared once more.

use std::collections::BTreeSet;

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::{
    AttackError, Effect,
    fingerprint::{Fingerprint, Watch},
    ground::Site,
};
use crate::stages::Align;

/// Effects after which there is something to put back.
const STATE: [Effect; 11] = [
    Effect::LargeObject,
    Effect::PreparedTransaction,
    Effect::DefaultPrivileges,
    Effect::SettingPersisted,
    Effect::LockedOut,
    Effect::PasswordChanged,
    Effect::GrantsChanged,
    Effect::RoleChanged,
    Effect::SchemaChanged,
    Effect::WroteRows,
    Effect::Hijacked,
];

/// Removes the role's large objects.
pub(super) const UNLINK: &str = "/* rolewright: attack put back */ SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata \
     WHERE lomowner = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = SESSION_USER)";
/// Takes back what the role has given to everybody by default.
pub(super) const DEFAULTS: &str =
    "/* rolewright: attack put back */ ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM PUBLIC";
/// Removes what else the role owns; its grants go too, and provisioning gives them again.
pub(super) const OWNED: &str = "/* rolewright: attack put back */ DROP OWNED BY SESSION_USER";

/// Puts everything back as `base` has it.
pub(super) async fn put_back(
    site: &Site<'_>,
    watch: &mut Watch,
    base: &Fingerprint,
    id: &str,
    effects: &BTreeSet<Effect>,
    changed: &[String],
    repair: Option<&str>,
) -> Result<(), AttackError> {
    if !effects.iter().any(|effect| STATE.contains(effect)) {
        return Ok(());
    }
    if effects.contains(&Effect::PasswordChanged) {
        // A refused login is how a pool learns that the password has to be set again.
        site.request.try_login().await?;
    }
    if effects.contains(&Effect::PreparedTransaction) {
        roll_back_prepared(site).await?;
    }
    // A role that owns something is refused by provisioning, so what it made goes first.
    let cleans = [
        (Effect::LargeObject, UNLINK),
        (Effect::DefaultPrivileges, DEFAULTS),
        (Effect::SchemaChanged, OWNED),
        (Effect::RoleChanged, OWNED),
    ];
    for (effect, sql) in cleans {
        if effects.contains(&effect) {
            clean(site, sql).await?;
        }
    }
    align(site).await?;
    if let Some(own) = &site.own {
        own.grant().await?;
    }
    // What a definer function did, it did as its owner; only whoever knows the database can put that back.
    if let (true, Some(repair)) = (foreign(effects), repair) {
        sqlx::raw_sql(AssertSqlSafe(repair))
            .execute(&site.ground.core)
            .await
            .map_err(AttackError::database("putting rows back"))?;
    } else if effects.contains(&Effect::WroteRows) {
        let rows: Vec<&str> = changed.iter().filter_map(|part| part.strip_prefix("rows ")).collect();
        return Err(AttackError::RowsChanged { id: id.to_owned(), what: rows.join(", ") });
    }
    let (left, _) = watch.compare(base).await?;
    if left.is_empty() {
        Ok(())
    } else {
        Err(AttackError::LeftBehind { id: id.to_owned(), what: left.join(", ") })
    }
}

fn foreign(effects: &BTreeSet<Effect>) -> bool {
    effects.contains(&Effect::WroteRows) || effects.contains(&Effect::LargeObject)
}

async fn align(site: &Site<'_>) -> Result<(), AttackError> {
    let provisioned = site.ground.provisioned;
    provisioned.migrated.align(&provisioned.desired, Align::default()).await?;
    Ok(())
}

async fn as_role(site: &Site<'_>) -> Result<PgConnection, AttackError> {
    let login =
        site.login().options([("default_transaction_read_only", "off"), ("statement_timeout", "60s")]);
    PgConnection::connect_with(&login).await.map_err(AttackError::database("logging in to put back"))
}

async fn clean(site: &Site<'_>, sql: &'static str) -> Result<(), AttackError> {
    let failed = AttackError::database("removing what an attempt made");
    let mut conn = as_role(site).await?;
    sqlx::raw_sql(sql).execute(&mut conn).await.map_err(&failed)?;
    conn.close().await.map_err(failed)
}

async fn roll_back_prepared(site: &Site<'_>) -> Result<(), AttackError> {
    let failed = AttackError::database("rolling back a prepared transaction");
    let sql = "/* rolewright: attack put back */ SELECT pg_catalog.quote_literal(gid) FROM pg_catalog.pg_prepared_xacts \
         WHERE owner::text = $1 AND database = pg_catalog.current_database()";
    let all: Vec<String> = sqlx::query_scalar(sql)
        .bind(site.role.as_str())
        .fetch_all(&site.ground.core)
        .await
        .map_err(&failed)?;
    let mut conn = as_role(site).await?;
    for gid in all {
        let sql = format!("/* rolewright: attack put back */ ROLLBACK PREPARED {gid}");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut conn).await.map_err(&failed)?;
    }
    conn.close().await.map_err(failed)
}
