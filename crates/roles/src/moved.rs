//! What is known of roles, forgotten: for a database that was moved or copied, whose rows tell of roles that may be another's.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use uuid::Uuid;

use crate::marker;

/// Forgets which roles were the tenants', and whose passwords are known, within the caller's transaction. Each role is looked at anew:
/// its marker tells whose it is.
///
/// # Errors
/// When the database fails.
pub async fn forget_known<C: ConnectionTrait>(c: &C) -> Result<(), DbErr> {
    // Neither table need be there: this comes before the migrations.
    let sql = "/* rolewright: installation move */ DO $$ BEGIN \
               IF pg_catalog.to_regclass('rolewright.tenant') IS NOT NULL THEN UPDATE rolewright.tenant SET role_oid = 0; END IF; \
               IF pg_catalog.to_regclass('rolewright.role_fingerprint') IS NOT NULL THEN DELETE FROM rolewright.role_fingerprint; END IF; \
               END $$";
    c.execute_unprepared(sql).await.map(|_| ())
}

/// Whether roles that bear the marker of one of these installations own or hold something in another database of the cluster: then they
/// are not this one's alone.
///
/// # Errors
/// When the database fails.
pub async fn are_elsewhere<C: ConnectionTrait>(c: &C, installations: &[Uuid]) -> Result<bool, DbErr> {
    let markers: Vec<String> = installations.iter().map(|id| marker::text(*id)).collect();
    let sql = "/* rolewright: installation move */ SELECT EXISTS (SELECT FROM pg_catalog.pg_shdescription d \
               JOIN pg_catalog.pg_shdepend s ON s.refclassid = d.classoid AND s.refobjid = d.objoid \
               WHERE d.classoid = 'pg_catalog.pg_authid'::pg_catalog.regclass \
                 AND d.description = ANY (pg_catalog.string_to_array($1, E'\\n')) AND s.dbid <> 0 \
                 AND s.dbid <> (SELECT b.oid FROM pg_catalog.pg_database b WHERE b.datname = pg_catalog.current_database())) AS found";
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [markers.join("\n").into()]);
    c.query_one_raw(statement).await?.map_or(Ok(false), |row| row.try_get("", "found"))
}
