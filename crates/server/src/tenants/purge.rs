//! Removing a tenant: what it made in batches, so that no transaction needs a lock on everything; then its schema; its role last.
//!
//! The objects are dropped as the tenant itself, through the module's login, which can reach nobody else's. Each step looks at
//! what is left, so that it goes on wherever an earlier one was cut off.

use rolewright_core::{Ident, sqlstate, tenant::TenantId};
use rolewright_roles::ProvisionError;
use rolewright_roles::tenants::{Aim, State};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use super::{
    TenantError, Tenants,
    upgrade::{Logins, begin_as},
};

/// How many objects one transaction drops. Each takes a lock, and so does each of its indexes, sequences and TOAST tables.
const AT_ONCE: usize = 50;

/// How often the schema is looked at again before giving up: somebody keeps filling it.
const ROUNDS: usize = 100_000;

/// What is left of a tenant in its schema, in the order in which it is dropped: partitions before what they are of. What belongs to a
/// type goes with it, as the constructors of a range do.
const LEFT: &str = "/* rolewright: tenant purge */
    SELECT pg_catalog.format('%s %I.%I', CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
        WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, n.nspname, c.relname) AS object, CASE c.relkind WHEN 'S' THEN 2 ELSE 1 END AS turn, c.relispartition AS first
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
    UNION ALL
    SELECT pg_catalog.format('ROUTINE %s', p.oid::pg_catalog.regprocedure), 3, false
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = $1 AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype IN ('i', 'e'))
    UNION ALL
    SELECT pg_catalog.format('TYPE %I.%I', n.nspname, t.typname), 4, false
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    WHERE n.nspname = $1 AND t.typtype IN ('d', 'e', 'r', 'c') AND (t.typrelid = 0::pg_catalog.oid
       OR (SELECT c.relkind FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid) = 'c')
    ORDER BY turn, first DESC, object LIMIT ";

impl Tenants<'_> {
    /// Removes one tenant, whose lock is held.
    pub(super) async fn purge_one(&self, id: &TenantId, logins: &Logins) -> Result<Vec<String>, TenantError> {
        let tenant = self.ground.tenant(id).await?;
        if tenant.state == State::Purged {
            return Ok(Vec::new());
        }
        self.ground.align(id, Aim::Purging).await?;
        let mut changes = Vec::new();
        if self.has_role(&tenant.role).await? {
            let pool = logins.of(self.ground, tenant.bucket, self.at_once()).await?;
            let dropped = empty(&pool, id, &tenant.role).await?;
            changes.push(format!("{dropped} objects dropped"));
        }
        match self.ground.align(id, Aim::Gone).await {
            Ok(dropped) => changes.extend(dropped),
            Err(TenantError::Roles(ProvisionError::Statement { code, .. }))
                if code == sqlstate::DEPENDENT_OBJECTS =>
            {
                return Err(TenantError::Holds { id: id.clone(), role: tenant.role });
            }
            Err(error) => return Err(error),
        }
        Ok(changes)
    }

    async fn has_role(&self, role: &str) -> Result<bool, TenantError> {
        let sql = "/* rolewright: tenant purge */ SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1)";
        sqlx::query_scalar(sql)
            .bind(role)
            .fetch_one(self.ground.core())
            .await
            .map_err(TenantError::sql("look for the tenant's role"))
    }
}

/// Drops what is in the schema, and the schema; gives how many objects that were.
async fn empty(pool: &DatabaseConnection, id: &TenantId, role: &str) -> Result<usize, TenantError> {
    let failed = TenantError::db("drop what the tenant has");
    let schema = Ident::new(role).map(|role| role.quoted()).unwrap_or_default();
    let mut dropped = 0;
    for _ in 0..ROUNDS {
        let transaction = begin_as(pool, role).await?;
        // Nothing that the tenant made is looked up by name: its operators and functions would run as whoever purges it.
        transaction.execute_unprepared("SET LOCAL search_path = ''").await.map_err(&failed)?;
        let (backend, sql) = (transaction.get_database_backend(), format!("{LEFT}{AT_ONCE}"));
        let statement = Statement::from_sql_and_values(backend, sql, [role.into()]);
        let rows = transaction.query_all_raw(statement).await.map_err(&failed)?;
        let objects: Vec<String> =
            rows.iter().map(|row| row.try_get("", "object")).collect::<Result<_, _>>().map_err(&failed)?;
        // What stands for nothing of its own, such as an operator, goes with the schema; what is left is few.
        let drop = if objects.is_empty() {
            format!("DROP SCHEMA IF EXISTS {schema} CASCADE")
        } else {
            let statements: Vec<String> = objects.iter().map(|object| drop_of(object)).collect();
            statements.join("; ")
        };
        transaction
            .execute_unprepared(&format!("/* rolewright: tenant purge */ {drop}"))
            .await
            .map_err(&failed)?;
        transaction.commit().await.map_err(&failed)?;
        dropped += objects.len();
        if objects.is_empty() {
            return Ok(dropped);
        }
    }
    Err(TenantError::NotEmpty(id.clone()))
}

/// An object may have gone with one before it, by CASCADE.
fn drop_of(object: &str) -> String {
    match object.split_once(' ') {
        _ if object.starts_with("MATERIALIZED VIEW ") => {
            object.replacen("MATERIALIZED VIEW ", "DROP MATERIALIZED VIEW IF EXISTS ", 1) + " CASCADE"
        }
        _ if object.starts_with("FOREIGN TABLE ") => {
            object.replacen("FOREIGN TABLE ", "DROP FOREIGN TABLE IF EXISTS ", 1) + " CASCADE"
        }
        Some((kind, name)) => format!("DROP {kind} IF EXISTS {name} CASCADE"),
        None => String::new(),
    }
}
