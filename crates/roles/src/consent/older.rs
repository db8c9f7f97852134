//! The older form of consent: one policy for each person who refused, such as `ehr_<uuid>` with `id <> '<uuid>'`. Policies that let rows
//! through are ORed, so that with two of them nobody was hidden; here they become what their people have said.

use rolewright_core::Ident;
use serde::Serialize;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};

use super::{ConsentError, Effect, Records, Saying, Whom, diff::diff, look::look, provision};
use crate::{ProvisionError, ProvisionOptions, provision::apply::send_all, quote::ident, room};

/// One policy of the older form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OlderPolicy {
    /// Its name.
    pub policy: String,
    /// The table it is on.
    pub table: String,
    /// The record it was to hide.
    pub record: String,
    /// Whom from: `everybody`, or a database role.
    pub whom: Vec<String>,
}

/// What an import found, and did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Older {
    /// The policies that became, or would become, revocations.
    pub policies: Vec<OlderPolicy>,
    /// Policies that are named like such and say something else, and are left alone.
    pub left: Vec<String>,
    /// How many records it was said of; 0 in a dry run.
    pub said: u64,
}

const FIND: &str = r#"/* rolewright: consent */
SELECT p.polname::text AS policy, pg_catalog.format('%I.%I', n.nspname, c.relname) AS sql, p.polpermissive AND p.polcmd IN ('*', 'r') AS shows,
       pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS expression,
       ARRAY(SELECT CASE r WHEN 0 THEN NULL ELSE pg_catalog.pg_get_userbyid(r)::text END FROM pg_catalog.unnest(p.polroles) r) AS roles
FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE (n.nspname::text, c.relname::text) IN (SELECT * FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])))
  AND p.polname::text ~* '_[0-9a-f]{8}([-_]?[0-9a-f]{4}){3}[-_]?[0-9a-f]{12}$'
ORDER BY 2, 1"#;

impl Records<'_> {
    /// Takes the older policies on the tables of this kind over: what each was to hide is revoked for whom it was to be hidden from,
    /// and the policy is dropped, in one transaction. A dry run changes nothing.
    ///
    /// # Errors
    /// What the server or the connection said; nothing is changed then.
    pub async fn import(&self, dry_run: bool, options: &ProvisionOptions) -> Result<Older, ConsentError> {
        let sql = |error: sqlx::Error| ConsentError::sql("import", self.name, &error);
        let mut connection = self.db.get_postgres_connection_pool().acquire().await.map_err(sql)?;
        if dry_run {
            return self.older(&mut connection).await;
        }
        drop(connection);
        // The policies that will hide are there before those that were to are dropped.
        let done = provision(self.db, self.wanted, options).await?;
        if let Some(refusals) = done.refused.get(self.name) {
            return Err(ProvisionError::Refused(refusals.clone()).into());
        }
        connection = self.db.get_postgres_connection_pool().acquire().await.map_err(sql)?;
        let begin =
            "/* rolewright: consent */ BEGIN; SET LOCAL lock_timeout = '30s'; SET LOCAL search_path = ''"
                .to_owned();
        let mut transaction = connection.begin_with(AssertSqlSafe(begin)).await.map_err(sql)?;
        let mut older = self.older(&mut transaction).await?;
        for policy in &older.policies {
            for whom in &policy.whom {
                let whom = match whom.strip_prefix("database-role:").map(Ident::new) {
                    Some(Ok(role)) => Whom::Role(role),
                    _ => Whom::Everybody,
                };
                let saying = Saying {
                    effect: Effect::Revoke,
                    whom,
                    from: None,
                    until: None,
                    reason: Some(format!("imported from the policy {} on {}", policy.policy, policy.table)),
                    by: None,
                };
                older.said +=
                    self.say_batch(&mut transaction, std::slice::from_ref(&policy.record), &saying).await?;
            }
            let drop = format!("DROP POLICY {} ON {}", ident(&policy.policy), policy.table);
            sqlx::raw_sql(AssertSqlSafe(drop)).execute(&mut *transaction).await.map_err(sql)?;
        }
        // Where they were all that let rows through, ours does so now.
        let plan = diff(self.wanted, &look(&mut transaction, self.wanted, true).await?);
        send_all(&mut transaction, &room::statements("consent", &plan, &options.version)?).await?;
        transaction.commit().await.map_err(sql)?;
        Ok(older)
    }

    async fn older(&self, connection: &mut PgConnection) -> Result<Older, ConsentError> {
        let sql = |error: sqlx::Error| ConsentError::sql("import", self.name, &error);
        let tables = || self.wanted.kinds.get(self.name).into_iter().flat_map(|kind| &kind.tables);
        let schemas: Vec<&str> = tables().map(|table| table.key.table.schema.as_str()).collect();
        let names: Vec<&str> = tables().map(|table| table.key.table.table.as_str()).collect();
        let rows =
            sqlx::query(FIND).bind(schemas).bind(names).fetch_all(&mut *connection).await.map_err(sql)?;
        let mut older = Older::default();
        for row in rows {
            let policy: String = row.try_get("policy").map_err(sql)?;
            let table: String = row.try_get("sql").map_err(sql)?;
            let shows: bool = row.try_get("shows").map_err(sql)?;
            let expression: Option<String> = row.try_get("expression").map_err(sql)?;
            let roles: Vec<Option<String>> = row.try_get("roles").map_err(sql)?;
            let hex: String = policy.chars().filter(char::is_ascii_hexdigit).collect();
            let record =
                hex.get(hex.len().saturating_sub(32)..).and_then(|hex| uuid::Uuid::parse_str(hex).ok());
            let refuses = |record: &uuid::Uuid| {
                let text = expression.as_deref().unwrap_or_default().to_lowercase();
                text.contains("<>") && text.contains(&record.to_string())
            };
            match record.filter(|record| shows && refuses(record)) {
                Some(record) => older.policies.push(OlderPolicy {
                    policy,
                    table,
                    record: record.to_string(),
                    whom: roles.into_iter().map(|role| Whom::written(role, None)).collect(),
                }),
                None => older.left.push(format!("{policy} on {table}")),
            }
        }
        Ok(older)
    }
}
