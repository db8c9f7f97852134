//! Finding tenants.

use std::collections::BTreeMap;

use rolewright_core::tenant::TenantId;
use rolewright_roles::{Finding, tenants::State};
use serde::Serialize;
use sqlx::{Row as _, postgres::PgRow};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Ground, TenantError};

/// A tenant as it is kept.
#[derive(Clone, Debug, Serialize)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its role, and its schema.
    pub role: String,
    /// The login role that may become it.
    pub login: String,
    /// The keeper that made it; none where an administrator did.
    pub keeper: Option<String>,
    /// Where it stands.
    pub state: State,
    /// Whether it was refused and is being enabled: its state is `adding`, and until its migrations have run it counts as refused.
    pub reopened: bool,
    /// The newest migration that was run in it.
    pub version: Option<String>,
    /// When it was added.
    #[serde(with = "time::serde::rfc3339")]
    pub added_at: OffsetDateTime,
    /// When its state changed last.
    #[serde(with = "time::serde::rfc3339")]
    pub changed_at: OffsetDateTime,
    /// When it was upgraded last.
    #[serde(with = "time::serde::rfc3339::option")]
    pub upgraded_at: Option<OffsetDateTime>,
    /// What is told of it besides: that its role, or its reports' login, was given another name. Looked for where tenants are listed or shown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// The number of its login role.
    #[serde(skip)]
    pub bucket: u32,
    /// Which life of its id it is: the password of its reports' login derives from it.
    #[serde(skip)]
    pub(super) life: Option<Uuid>,
}

impl Tenant {
    /// Where it stands, in words for a person.
    pub(crate) fn stands(&self) -> String {
        if self.reopened { "adding (being enabled)".to_owned() } else { self.state.to_string() }
    }
}

const COLUMNS: &str = "SELECT id, role, bucket, keeper, state, version, added_at, changed_at, upgraded_at, life \
    FROM rolewright.tenant";

impl Ground {
    pub(super) async fn list(&self, purged: bool) -> Result<Vec<Tenant>, TenantError> {
        let failed = TenantError::sql("list the tenants");
        let sql = format!(
            "/* rolewright: tenant list */ {COLUMNS} WHERE module = $1 AND (state <> 'purged' OR $2) ORDER BY id"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(self.module())
            .bind(purged)
            .fetch_all(self.core())
            .await
            .map_err(&failed)?;
        rows.iter().map(|row| self.read(row)).collect::<Result<_, _>>().map_err(failed)
    }

    pub(super) async fn tenant(&self, id: &TenantId) -> Result<Tenant, TenantError> {
        let failed = TenantError::sql("find the tenant");
        let sql = format!("/* rolewright: tenant show */ {COLUMNS} WHERE module = $1 AND id = $2");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(self.module())
            .bind(id.as_str())
            .fetch_optional(self.core())
            .await
            .map_err(&failed)?;
        self.read(&row.ok_or_else(|| TenantError::Unknown(id.clone()))?).map_err(failed)
    }

    /// The same tenants, those of one login role after those of another, so that a job needs the connections of few at a time.
    pub(super) async fn by_bucket(&self, mut ids: Vec<TenantId>) -> Result<Vec<TenantId>, TenantError> {
        let failed = TenantError::sql("look for the tenants' login roles");
        let sql = "/* rolewright: tenant list */ SELECT id, bucket FROM rolewright.tenant WHERE module = $1 AND id = ANY ($2)";
        let names: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let rows: Vec<(String, i32)> = sqlx::query_as(sql)
            .bind(self.module())
            .bind(names)
            .fetch_all(self.core())
            .await
            .map_err(failed)?;
        let buckets: BTreeMap<String, i32> = rows.into_iter().collect();
        // Those that are not there yet come last.
        ids.sort_by_key(|id| buckets.get(id.as_str()).copied().unwrap_or(i32::MAX));
        Ok(ids)
    }

    /// The tenants that an upgrade of all of them means.
    pub(super) async fn upgradable(&self) -> Result<Vec<TenantId>, TenantError> {
        let all = self.list(false).await?;
        let means = |tenant: &&Tenant| matches!(tenant.state, State::Adding | State::Active);
        let all = all.iter().filter(means).filter(|tenant| !tenant.reopened);
        Ok(all.map(|tenant| tenant.id.clone()).collect())
    }

    fn read(&self, row: &PgRow) -> Result<Tenant, sqlx::Error> {
        let number = |number: i32| u32::try_from(number).map_err(|error| sqlx::Error::Decode(error.into()));
        let bucket = number(row.try_get("bucket")?)?;
        let keeper: Option<i32> = row.try_get("keeper")?;
        let state = match row.try_get::<&str, _>("state")? {
            "adding" => State::Adding,
            "active" => State::Active,
            "disabled" => State::Disabled,
            "purging" => State::Purging,
            _ => State::Purged,
        };
        let module = &self.tenancy.module;
        let upgraded_at: Option<OffsetDateTime> = row.try_get("upgraded_at")?;
        Ok(Tenant {
            id: TenantId::new(row.try_get::<String, _>("id")?)
                .map_err(|error| sqlx::Error::Decode(error.into()))?,
            role: row.try_get("role")?,
            login: module.login(bucket).to_string(),
            keeper: keeper.map(number).transpose()?.map(|number| module.keeper(number).to_string()),
            state,
            // One that was never served has none.
            reopened: state == State::Adding && upgraded_at.is_some(),
            version: row.try_get("version")?,
            added_at: row.try_get("added_at")?,
            changed_at: row.try_get("changed_at")?,
            upgraded_at,
            findings: Vec::new(),
            bucket,
            life: row.try_get("life")?,
        })
    }
}
