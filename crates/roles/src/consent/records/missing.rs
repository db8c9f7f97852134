//! Records that are not there: what is said of a key with a slip in it holds for nobody, and nothing else would tell.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::{ConsentError, Records};
use crate::{
    consent::policy::{ROWS, name},
    quote::ident,
};

impl Records<'_> {
    /// The table that has one row a record, as it is written.
    #[must_use]
    pub fn root(&self) -> Option<String> {
        let kind = self.wanted.kinds.get(self.name)?;
        Some(kind.tables.first()?.key.table.to_string())
    }

    /// Those of the keys that no row of the records' table has now, hidden or not; nothing where core may not read the table, or somebody
    /// else's policy may hide rows from it.
    ///
    /// # Errors
    /// [`ConsentError::Key`] where one cannot be a key of this kind; else what the server or the connection said.
    pub async fn missing(&self, records: &[String]) -> Result<Option<Vec<String>>, ConsentError> {
        let sql = |error: sqlx::Error| ConsentError::sql("look for the records", self.name, &error);
        let mut connection = self.db.get_postgres_connection_pool().acquire().await.map_err(sql)?;
        let mut transaction = connection.begin().await.map_err(sql)?;
        let Some(statement) = self.statement(&mut transaction).await? else { return Ok(None) };
        let unseen = self.without_row(&mut transaction, &statement, records).await?;
        if unseen.is_empty() {
            return Ok(Some(unseen));
        }
        // What is hidden from core as well is there: it is opened to core by rows that are never committed.
        let open = "/* rolewright: consent */ INSERT INTO rolewright_consent.opening (id, kind, record, role, ends, reason) \
                    OVERRIDING SYSTEM VALUE SELECT -a.number, $1, rolewright_consent.canonical($1, a.record), CURRENT_USER, 'infinity', '' \
                    FROM pg_catalog.unnest($2) WITH ORDINALITY a (record, number)";
        sqlx::query(open)
            .bind(self.name)
            .bind(&unseen)
            .execute(&mut *transaction)
            .await
            .map_err(|error| self.bad_key(error, &unseen))?;
        let missing = self.without_row(&mut transaction, &statement, &unseen).await?;
        transaction.rollback().await.map_err(sql)?;
        Ok(Some(missing))
    }

    /// The statement that gives the keys of `$1` that no row has, where core may read the table and no policy but ours is on it.
    async fn statement(&self, connection: &mut PgConnection) -> Result<Option<String>, ConsentError> {
        let Some(root) = self.wanted.kinds.get(self.name).and_then(|kind| kind.tables.first()) else {
            return Ok(None);
        };
        let ask = "/* rolewright: consent */ SELECT k.key_type FROM pg_catalog.pg_class c \
                   JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN rolewright_consent.kind k ON k.name = $1 \
                   WHERE n.nspname = $2 AND c.relname = $3 AND c.relkind IN ('r', 'p') \
                     AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') \
                     AND NOT EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid AND p.polname <> ALL ($4::pg_catalog.text[]))";
        let key_type: Option<String> = sqlx::query_scalar(ask)
            .bind(self.name)
            .bind(root.key.table.schema.as_str())
            .bind(root.key.table.table.as_str())
            .bind([name(self.name), ROWS.to_owned()])
            .fetch_optional(connection)
            .await
            .map_err(|error| ConsentError::sql("look for the records", self.name, &error))?;
        Ok(key_type.map(|key_type| {
            format!(
                "/* rolewright: consent */ SELECT a.record FROM pg_catalog.unnest($1) a (record) WHERE NOT EXISTS \
                 (SELECT FROM {} r WHERE r.{} OPERATOR(pg_catalog.=) a.record::pg_catalog.{})",
                root.key.table.quoted(),
                root.key.column.quoted(),
                if key_type == "bigint" { "int8".to_owned() } else { ident(&key_type) }
            )
        }))
    }

    async fn without_row(
        &self,
        connection: &mut PgConnection,
        statement: &str,
        records: &[String],
    ) -> Result<Vec<String>, ConsentError> {
        sqlx::query_scalar(AssertSqlSafe(statement.to_owned()))
            .bind(records)
            .fetch_all(connection)
            .await
            .map_err(|error| self.bad_key(error, records))
    }
}
