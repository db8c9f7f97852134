//! Whose a migration's transaction is, and whether it still is the one that began.

use rolewright_core::Ident;
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, Statement};

/// What a migration must leave as it found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Began {
    /// Who it acts as.
    pub(super) role: String,
    path: String,
    transaction: String,
}

impl Began {
    /// How it is now. Asked first, it gives the transaction its number.
    pub(super) async fn of(transaction: &DatabaseTransaction) -> Result<Self, DbErr> {
        let sql = "/* rolewright: tenant */ SELECT current_user::pg_catalog.text AS role, \
                   pg_catalog.current_setting('search_path') AS path, pg_catalog.pg_current_xact_id()::pg_catalog.text AS transaction";
        let statement = Statement::from_string(transaction.get_database_backend(), sql);
        let row = transaction.query_one_raw(statement).await?;
        let row = row.ok_or_else(|| DbErr::RecordNotFound("the transaction".to_owned()))?;
        let text = |column: &str| row.try_get("", column);
        Ok(Self { role: text("role")?, path: text("path")?, transaction: text("transaction")? })
    }

    /// How a later look differs from it, in words; nothing where it does not.
    pub(super) fn left(&self, now: &Self) -> Option<String> {
        if now.transaction != self.transaction {
            return Some("ended its transaction itself".to_owned());
        }
        if now.role != self.role {
            return Some(format!("ended as {}, not as the tenant", now.role));
        }
        (now.path != self.path).then(|| format!("ended with search_path = {}", now.path))
    }

    /// Whether it was committed, by whatever the migration said.
    pub(super) async fn was_committed(&self, pool: &DatabaseConnection) -> Result<bool, DbErr> {
        let sql = "/* rolewright: tenant */ SELECT pg_catalog.pg_xact_status($1::pg_catalog.text::pg_catalog.xid8) = 'committed' AS kept";
        let values = [self.transaction.as_str().into()];
        let statement = Statement::from_sql_and_values(pool.get_database_backend(), sql, values);
        let row = pool.query_one_raw(statement).await?;
        row.map_or(Ok(false), |row| row.try_get("", "kept"))
    }

    /// Where the folder's notes are: nothing else of that name is meant.
    pub(super) fn notes(&self) -> String {
        let schema = Ident::new(self.role.clone()).map(|role| role.quoted()).unwrap_or_default();
        format!("{schema}.rolewright_migrations")
    }
}
