//! Dropping what a tenant has, a batch in each transaction, by whoever may: its keeper, core, or else the tenant itself.

use rolewright_core::{Ident, sqlstate, tenant::TenantId};
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, Statement, TransactionTrait};

use super::super::{Ground, TenantError, Tenants, begin::begin_as, list::Tenant, upgrade::Logins};
use super::{
    piece::{Piece, drop_of},
    rights::{OTHERS, OTHERS_OF},
};
use crate::stages::lock::sqlstate_of;

/// How many objects one transaction drops. Each takes a lock, and so does each of its indexes, sequences and TOAST tables.
pub(super) const AT_ONCE: i64 = 50;

/// In which round all that is left is looked at again, and not only what is dropped.
const LOOK_AT_ALL: usize = 20;

/// How often the schema is looked at again before giving up: somebody keeps filling it.
pub(super) const ROUNDS: usize = 100_000;

/// What is left of a tenant in its schema, in the order in which it is dropped.
const LEFT: &str = include_str!("left.sql");

/// Whether the tenant's schema is its own, and it may look nothing up there.
const BLIND: &str = "/* rolewright: tenant purge */ SELECT 1 FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner \
    WHERE n.nspname = $1 AND r.rolname = $1 AND NOT pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')";

/// Large objects, which are in no schema.
const LARGE: &str = "/* rolewright: tenant purge */ SELECT pg_catalog.count(pg_catalog.lo_unlink(o.oid)) AS gone FROM ( \
    SELECT m.oid FROM pg_catalog.pg_largeobject_metadata m \
    WHERE m.lomowner = (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = $1) LIMIT 500) o";

/// Who drops.
pub(super) enum Hands {
    /// Core, in the role of the keeper that made the tenant, or as itself.
    Core(Option<Ident>),
    /// The tenant, through the module's login: an administrator made it, and core may nothing.
    Tenant(DatabaseConnection),
}

impl Tenants<'_> {
    /// Drops what is in the schema, and the schema; gives how many objects that were.
    pub(super) async fn empty(
        &self,
        id: &TenantId,
        tenant: &Tenant,
        logins: &Logins,
    ) -> Result<usize, TenantError> {
        let hands = self.hands(tenant, logins).await?;
        let schema = Ident::new(tenant.role.clone()).map(|role| role.quoted()).unwrap_or_default();
        self.find_again(&hands, &tenant.role, &schema).await?;
        let (mut dropped, mut at_once) = (0, AT_ONCE);
        let failed = TenantError::db("drop what the tenant has");
        for number in 1..ROUNDS {
            let whole = number % LOOK_AT_ALL == 0;
            match self.round(&hands, id, &tenant.role, &schema, at_once, whole).await {
                Ok(0) => return Ok(dropped + self.large(&hands, id, &tenant.role).await?),
                Ok(some) => dropped += some,
                Err(Failed::Other(error)) => return Err(error),
                // More hangs on these than the server has locks for.
                Err(Failed::Sql(error))
                    if sqlstate_of(&error).as_deref() == Some(sqlstate::OUT_OF_MEMORY) =>
                {
                    match self.take_apart(&hands, &tenant.role).await {
                        Ok(0) if at_once > 1 => at_once /= 2,
                        Ok(0) => return Err(failed(error)),
                        Ok(some) => dropped += some,
                        Err(Failed::Sql(error)) => return Err(failed(error)),
                        Err(Failed::Other(error)) => return Err(error),
                    }
                }
                Err(Failed::Sql(error))
                    if sqlstate_of(&error).as_deref() == Some(sqlstate::LOCK_NOT_AVAILABLE) =>
                {
                    let holder = self.ground.lockers(&tenant.role).await?;
                    return Err(TenantError::Locked { id: id.clone(), holder });
                }
                Err(Failed::Sql(error)) => return Err(failed(error)),
            }
        }
        Err(TenantError::NotEmpty(id.clone()))
    }

    /// An owner may take its own rights on its schema away, and whoever has the owner's rights then finds nothing in it by name.
    async fn find_again(&self, hands: &Hands, role: &str, schema: &str) -> Result<(), TenantError> {
        let give = async {
            let transaction = self.begin_drop(hands, role).await?;
            let backend = transaction.get_database_backend();
            let blind = Statement::from_sql_and_values(backend, BLIND, [role.into()]);
            if transaction.query_one_raw(blind).await?.is_some() {
                let sql = format!("/* rolewright: tenant purge */ GRANT ALL ON SCHEMA {schema} TO {schema}");
                transaction.execute_unprepared(&sql).await?;
            }
            Ok(transaction.commit().await?)
        };
        give.await.map_err(|error| match error {
            Failed::Other(error) => error,
            Failed::Sql(error) => TenantError::db("look into the tenant's schema")(error),
        })
    }

    /// One transaction; the schema itself goes with what is left in the end, for which this gives 0.
    ///
    /// Before it drops anything, it looks for what is somebody else's and hangs on that: directly, or `whole`, on anything that is left.
    async fn round(
        &self,
        hands: &Hands,
        id: &TenantId,
        role: &str,
        schema: &str,
        at_once: i64,
        whole: bool,
    ) -> Result<usize, Failed> {
        let transaction = self.begin_drop(hands, role).await?;
        match drop_some(&transaction, id, role, schema, at_once, whole).await {
            Ok(some) => {
                transaction.commit().await?;
                Ok(some)
            }
            Err(why) => {
                // Until the server has told of its end, it holds its locks; what follows needs the room.
                let _ = transaction.rollback().await;
                Err(why)
            }
        }
    }

    /// The large objects, some hundreds in each transaction.
    async fn large(&self, hands: &Hands, id: &TenantId, role: &str) -> Result<usize, TenantError> {
        let mut dropped = 0;
        for _ in 0..ROUNDS {
            let round = async {
                let transaction = self.begin_drop(hands, role).await?;
                let statement =
                    Statement::from_sql_and_values(transaction.get_database_backend(), LARGE, [role.into()]);
                let row = transaction.query_one_raw(statement).await?;
                transaction.commit().await?;
                row.map_or(Ok(0), |row| row.try_get::<i64>("", "gone")).map_err(Failed::from)
            };
            match round.await {
                Ok(0) => return Ok(dropped),
                Ok(some) => dropped += usize::try_from(some).unwrap_or_default(),
                Err(Failed::Other(error)) => return Err(error),
                Err(Failed::Sql(error)) => {
                    return Err(TenantError::db("drop the tenant's large objects")(error));
                }
            }
        }
        Err(TenantError::NotEmpty(id.clone()))
    }

    pub(super) async fn begin_drop(&self, hands: &Hands, role: &str) -> Result<DatabaseTransaction, Failed> {
        let transaction = match hands {
            Hands::Core(_) => self.ground.connected.core.begin().await?,
            Hands::Tenant(pool) => begin_as(pool, role).await.map_err(Failed::Other)?,
        };
        let keeper = match hands {
            Hands::Core(Some(keeper)) => format!("; SET LOCAL ROLE {}", keeper.quoted()),
            _ => String::new(),
        };
        let limit = self.ground.connected.run.settings.start.lock_timeout.as_millis().max(1);
        // Nothing that the tenant made is looked up by name: its operators and functions would run as whoever purges it.
        let sql = format!(
            "SET LOCAL search_path = ''; SET LOCAL jit = off; SET LOCAL lock_timeout = {limit}{keeper}"
        );
        transaction.execute_unprepared(&sql).await?;
        Ok(transaction)
    }

    async fn hands(&self, tenant: &Tenant, logins: &Logins) -> Result<Hands, TenantError> {
        let sql = "/* rolewright: tenant purge */ SELECT k.rolname::text FROM pg_catalog.pg_roles k, pg_catalog.pg_roles t \
                   WHERE t.rolname = $1 AND (k.rolname = $2 OR k.rolname = current_user) AND pg_catalog.pg_has_role(k.oid, t.oid, 'USAGE') \
                   ORDER BY k.rolname = current_user LIMIT 1";
        let who: Option<String> = sqlx::query_scalar(sql)
            .bind(&tenant.role)
            .bind(&tenant.keeper)
            .fetch_optional(self.ground.core())
            .await
            .map_err(TenantError::sql("look for who may drop what the tenant has"))?;
        Ok(match who {
            None => Hands::Tenant(logins.of(self.ground, tenant.bucket, self.at_once()).await?),
            Some(who) if Some(&who) == tenant.keeper.as_ref() => Hands::Core(Ident::new(who).ok()),
            Some(_) => Hands::Core(None),
        })
    }
}

/// What a round does in its transaction.
async fn drop_some(
    transaction: &DatabaseTransaction,
    id: &TenantId,
    role: &str,
    schema: &str,
    at_once: i64,
    whole: bool,
) -> Result<usize, Failed> {
    let backend = transaction.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, LEFT, [role.into(), at_once.into()]);
    let rows = transaction.query_all_raw(statement).await?;
    let mut pieces: Vec<Piece> = rows.iter().map(Piece::of).collect::<Result<_, _>>()?;
    // What waits for others waits for the next look, unless nothing else is left: then they hang on each other.
    let held = pieces.first().is_some_and(|piece| piece.held);
    let together = pieces.iter().take_while(|piece| piece.held == held).count();
    pieces.truncate(together);
    // One that an administrator made there may be dropped, as all in the schema, but not locked.
    let tables: Vec<&str> = pieces
        .iter()
        .filter_map(|piece| piece.object.strip_prefix("TABLE ").filter(|_| piece.lockable))
        .collect();
    if !tables.is_empty() {
        // Whoever made a view of one of them, and has not committed it yet, is waited for, and its view is seen.
        let lock = format!("LOCK TABLE ONLY {} IN ACCESS EXCLUSIVE MODE", tables.join(", ONLY "));
        transaction.execute_unprepared(&lock).await?;
    }
    let statement = if whole || pieces.is_empty() || pieces.iter().any(|piece| !piece.relation) {
        Statement::from_sql_and_values(backend, OTHERS, [role.into()])
    } else {
        let relations: Vec<&str> = pieces.iter().map(|piece| piece.oid.as_str()).collect();
        let relations = format!("{{{}}}", relations.join(","));
        Statement::from_sql_and_values(backend, OTHERS_OF, [role.into(), relations.into()])
    };
    let rows = transaction.query_all_raw(statement).await?;
    let others: Vec<String> = rows.iter().map(|row| row.try_get("", "object")).collect::<Result<_, _>>()?;
    if !others.is_empty() {
        return Err(Failed::Other(TenantError::Needed { id: id.clone(), objects: others }));
    }
    // What stands for nothing of its own, such as an operator, goes with the schema; what is left is few.
    let drop = if pieces.is_empty() {
        format!("DROP SCHEMA IF EXISTS {schema} CASCADE")
    } else {
        let statements: Vec<String> = pieces.iter().map(|piece| drop_of(&piece.object)).collect();
        statements.join("; ")
    };
    transaction.execute_unprepared(&format!("/* rolewright: tenant purge */ {drop}")).await?;
    Ok(pieces.len())
}

impl Ground {
    /// Who holds locks on what a tenant has.
    pub(in crate::tenants) async fn lockers(&self, schema: &str) -> Result<String, TenantError> {
        let holders: Vec<String> = sqlx::query_scalar(include_str!("lockers.sql"))
            .bind(schema)
            .fetch_all(self.core())
            .await
            .map_err(TenantError::sql("look for who locks what the tenant has"))?;
        Ok(if holders.is_empty() { "a process that has ended since".to_owned() } else { holders.join("; ") })
    }
}

/// Why a round failed.
pub(super) enum Failed {
    Sql(DbErr),
    Other(TenantError),
}

impl From<DbErr> for Failed {
    fn from(error: DbErr) -> Self {
        Self::Sql(error)
    }
}
