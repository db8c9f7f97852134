//! What the module's own roles gave to managed roles, or to everyone: taken back with the rights of who gave it, through whoever made that role.

use rolewright_core::Ident;
use rolewright_roles::{AppliedChange, Gift};
use sqlx::AssertSqlSafe;

use super::{Ground, TenantError};

impl Ground {
    /// Takes back what it may; gives that, as changes. What stays is told as a finding, and stops nothing.
    pub(crate) async fn take_back(&self, gifts: &[Gift]) -> Vec<AppliedChange> {
        let mut taken = Vec::new();
        for gift in gifts {
            match self.take(gift).await {
                Ok(true) => taken.push(AppliedChange {
                    kind: "take-back",
                    object: gift.giver.clone(),
                    role: gift.giver.clone(),
                    sql: gift.statement.clone(),
                }),
                Ok(false) => {}
                Err(error) => {
                    tracing::debug!(statement = gift.statement, %error, "what was given stays given");
                }
            }
        }
        taken
    }

    async fn take(&self, gift: &Gift) -> Result<bool, TenantError> {
        let failed = TenantError::sql("take back what was given");
        let (Ok(giver), Some(maker)) = (Ident::new(gift.giver.clone()), self.maker(&gift.giver).await?)
        else {
            return Ok(false);
        };
        let (giver, by) = (giver.quoted(), maker.quoted());
        let (with, of) = if self.connected.server.version_num >= 160_000 {
            (" WITH INHERIT TRUE, SET TRUE", format!(" GRANTED BY {by}"))
        } else {
            ("", String::new())
        };
        let limit = self.connected.run.settings.start.lock_timeout.as_millis().max(1);
        let begin = format!(
            "/* rolewright: take back */ BEGIN; SET LOCAL search_path = ''; SET LOCAL lock_timeout = {limit}; \
             SET LOCAL ROLE {by}; GRANT {giver} TO {by}{with}"
        );
        let mut transaction = self.core().begin_with(AssertSqlSafe(begin)).await.map_err(&failed)?;
        let sql = format!("/* rolewright: take back */ {}; REVOKE {giver} FROM {by}{of}", gift.statement);
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *transaction).await.map_err(&failed)?;
        transaction.commit().await.map_err(&failed)?;
        Ok(true)
    }

    /// Who made a role of the module's, by the rows: a tenant's keeper, for its reports' login too, and core for the module's own.
    async fn maker(&self, giver: &str) -> Result<Option<Ident>, TenantError> {
        let sql = "/* rolewright: take back */ SELECT coalesce(t.keeper, 0) FROM rolewright.tenant t JOIN pg_catalog.pg_roles r ON r.rolname = $2 \
                   WHERE t.module = $1 AND t.state <> 'purged' AND (t.role = $2 AND t.role_oid IN (0, r.oid) OR '_r_' || t.role = $2) \
                   UNION ALL SELECT 0 FROM rolewright.tenant_holder h \
                   WHERE h.module = $1 AND h.kind = 'login' AND '_' || h.number || '_' || h.module = $2";
        let number: Option<i32> = sqlx::query_scalar(sql)
            .bind(self.module())
            .bind(giver)
            .fetch_optional(self.core())
            .await
            .map_err(TenantError::sql("look for who made a role"))?;
        Ok(match number.map(u32::try_from) {
            Some(Ok(0)) => Ident::new(self.connected.server.user.clone()).ok(),
            Some(Ok(number)) => Some(self.tenancy.module.keeper(number)),
            _ => None,
        })
    }
}
