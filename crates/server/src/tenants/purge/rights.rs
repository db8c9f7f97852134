//! What was given to the tenant, or to the login of its reports, by others: the server keeps a role to which anything is given. What core's
//! own and other tenants' objects say of it is taken back with their owners' rights; for the rest there are the statements an
//! administrator runs.

use rolewright_core::{Ident, tenant::TenantId};
use sqlx::AssertSqlSafe;

use super::super::{Ground, TenantError, membership};

/// What is somebody else's and hangs on what the tenant `$1` has.
pub(super) const OTHERS: &str = include_str!("others.sql");

/// What is somebody else's and hangs directly on the relations `$2`, an array's own text, of the tenant `$1`.
pub(super) const OTHERS_OF: &str = include_str!("others_of.sql");

/// Something that a role of the tenant was given.
struct Right {
    /// To which role.
    role: String,
    /// What takes it away.
    statement: String,
    /// Who may run that.
    owner: String,
}

/// Who may take a right away.
enum Maker {
    Core,
    /// The keeper that made the role that owns what the right is on.
    Keeper {
        keeper: Ident,
        owner: Ident,
    },
    Nobody,
}

/// The same as what keeps the tenant, if there is any.
fn holds(id: &TenantId, rights: Vec<Right>) -> Option<TenantError> {
    let mut roles: Vec<&str> = rights.iter().map(|right| right.role.as_str()).collect();
    roles.dedup();
    let role = roles.join(" and ");
    let fix: Vec<String> = rights.into_iter().map(|right| right.statement).collect();
    (!fix.is_empty()).then(|| TenantError::Holds { id: id.clone(), role, fix })
}

impl Ground {
    /// Takes away what others gave to these roles of the tenant `role`, where core may.
    pub(super) async fn take_rights(&self, roles: &[String], role: &str) -> Result<(), TenantError> {
        for Right { statement, owner, .. } in self.rights(roles, role).await? {
            let taken = match self.maker_of(&owner).await? {
                Maker::Core => self.take_as_core(&statement).await,
                Maker::Keeper { keeper, owner } => {
                    let limit = self.connected.run.settings.start.lock_timeout;
                    membership::with_rights_of(&self.connected, &owner, &keeper, &statement, limit).await
                }
                Maker::Nobody => continue,
            };
            // What does not go is told in the end, as the statement for an administrator.
            if let Err(error) = taken {
                tracing::debug!(%statement, %error, "the tenant's right stays");
            }
        }
        Ok(())
    }

    /// What still keeps the tenant's roles, as an error with the statements.
    pub(super) async fn held(
        &self,
        id: &TenantId,
        roles: &[String],
        role: &str,
    ) -> Result<TenantError, TenantError> {
        let rights = self.rights(roles, role).await?;
        Ok(holds(id, rights).unwrap_or_else(|| TenantError::Holds {
            id: id.clone(),
            role: role.to_owned(),
            fix: Vec::new(),
        }))
    }

    /// The same before anything is taken back: what would keep them in the end, since nobody here may take it.
    pub(in crate::tenants) async fn kept_by_others(
        &self,
        id: &TenantId,
        roles: &[String],
        role: &str,
    ) -> Result<Option<TenantError>, TenantError> {
        let mut kept = Vec::new();
        for right in self.rights(roles, role).await? {
            if matches!(self.maker_of(&right.owner).await?, Maker::Nobody) {
                kept.push(right);
            }
        }
        Ok(holds(id, kept))
    }

    async fn rights(&self, roles: &[String], role: &str) -> Result<Vec<Right>, TenantError> {
        let mut transaction = self.clean().await?;
        let rows: Vec<(String, String, String)> = sqlx::query_as(include_str!("rights.sql"))
            .bind(roles)
            .bind(role)
            .fetch_all(&mut *transaction)
            .await
            .map_err(TenantError::sql("look for what the tenant may"))?;
        Ok(rows.into_iter().map(|(role, statement, owner)| Right { role, statement, owner }).collect())
    }

    async fn take_as_core(&self, statement: &str) -> Result<(), sqlx::Error> {
        let limit = self.connected.run.settings.start.lock_timeout.as_millis().max(1);
        let mut transaction = self.core().begin().await?;
        let sql = format!(
            "/* rolewright: tenant purge */ SET LOCAL search_path = ''; SET LOCAL lock_timeout = {limit}; {statement}"
        );
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *transaction).await?;
        transaction.commit().await
    }

    /// Who may run an owner's statement: core its own, and another tenant's that tenant's keeper.
    async fn maker_of(&self, owner: &str) -> Result<Maker, TenantError> {
        if owner == self.connected.server.user {
            return Ok(Maker::Core);
        }
        let sql = "/* rolewright: tenant purge */ SELECT t.keeper FROM rolewright.tenant t JOIN pg_catalog.pg_roles r ON r.oid = t.role_oid \
                   WHERE t.module = $1 AND t.role = $2 AND t.keeper IS NOT NULL";
        let keeper: Option<i32> = sqlx::query_scalar(sql)
            .bind(self.module())
            .bind(owner)
            .fetch_optional(self.core())
            .await
            .map_err(TenantError::sql("look for the keeper"))?;
        let number = keeper.and_then(|number| u32::try_from(number).ok());
        Ok(match (number, Ident::new(owner.to_owned())) {
            (Some(number), Ok(owner)) => Maker::Keeper { keeper: self.tenancy.module.keeper(number), owner },
            _ => Maker::Nobody,
        })
    }

    /// A transaction of core's in which nothing is found by its name alone.
    async fn clean(&self) -> Result<sqlx::Transaction<'static, sqlx::Postgres>, TenantError> {
        let limit = self.connected.run.settings.start.lock_timeout.as_millis().max(1);
        let settings = format!(
            "/* rolewright: tenant purge */ SET LOCAL search_path = ''; SET LOCAL lock_timeout = {limit}"
        );
        let mut transaction = self.core().begin().await.map_err(TenantError::sql("begin"))?;
        let set = sqlx::raw_sql(AssertSqlSafe(settings)).execute(&mut *transaction).await;
        set.map_err(TenantError::sql("begin"))?;
        Ok(transaction)
    }

    /// Refuses where dropping what the tenant has would drop what is somebody else's.
    pub(in crate::tenants) async fn spare_others(
        &self,
        id: &TenantId,
        role: &str,
    ) -> Result<(), TenantError> {
        let mut transaction = self.clean().await?;
        let objects: Vec<String> = sqlx::query_scalar(OTHERS)
            .bind(role)
            .fetch_all(&mut *transaction)
            .await
            .map_err(TenantError::sql("look for what hangs on the tenant"))?;
        if objects.is_empty() { Ok(()) } else { Err(TenantError::Needed { id: id.clone(), objects }) }
    }
}
