//! The one writer for tenants: looks, plans, and only where something differs takes the lock, looks again and applies.

use std::collections::BTreeMap;

use rolewright_core::{Ident, KeepRoleSecret, tenant::TenantId};
use sea_orm::DatabaseConnection;
use serde::Serialize;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::{Aim, TenantChange, TenantPlan, Wanted, apply::apply, diff::diff, look::look};
use crate::{
    Finding, ProvisionError, ProvisionOptions, Refusal,
    provision::{
        attempt::{Outcome, begin_sql},
        current, lock,
        retry::Patience,
    },
};

/// What was done for a batch of tenants.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TenantsProvisioned {
    /// The changes that were applied, in order; empty when there was nothing to change.
    pub changes: Vec<TenantChange>,
    /// What did not stop the rest, and should be known.
    pub findings: Vec<Finding>,
    /// The tenants that stand in their own way; nothing of them was changed.
    pub refused: BTreeMap<TenantId, Vec<Refusal>>,
    /// The names under which the logins of their reports are there: their own, or others that somebody gave them.
    #[serde(skip)]
    pub reporters: BTreeMap<TenantId, Vec<Ident>>,
    /// How often the transaction was begun; 0 when in sync.
    pub attempts: u32,
}

/// What [`provision`] would do; changes nothing and takes no lock.
///
/// # Errors
/// What the server or the connection said. What stands in a tenant's way is no error, but a refusal in the plan.
pub async fn plan(
    db: &DatabaseConnection,
    wanted: &Wanted,
    kept: &dyn KeepRoleSecret,
) -> Result<TenantPlan, ProvisionError> {
    let mut connection = db
        .get_postgres_connection_pool()
        .acquire()
        .await
        .map_err(|error| ProvisionError::sql("look", &error))?;
    planned(&mut connection, wanted, kept).await
}

/// Makes a batch of tenants what is wanted of them, in one transaction.
///
/// In sync it is a look: no lock, no DDL. The batch should not be larger than some hundreds, which is for the caller to see to: the
/// transaction holds a lock on every role and schema it makes.
///
/// # Errors
/// [`ProvisionError::Busy`] when the lock was not to be had; else what the server or the connection said. Nothing is changed then.
pub async fn provision(
    db: &DatabaseConnection,
    wanted: &Wanted,
    kept: &dyn KeepRoleSecret,
    options: &ProvisionOptions,
) -> Result<TenantsProvisioned, ProvisionError> {
    let seen = plan(db, wanted, kept).await?;
    if seen.is_empty() {
        return Ok(report(seen, 0));
    }
    let mut patience = Patience::new(options);
    let mut done = None;
    let mut attempts = 0;
    while patience.lasts() {
        attempts += 1;
        let outcome = attempt(db, wanted, kept, options, &mut done).await;
        if patience.done(outcome).await? {
            return Ok(report(done.unwrap_or_default(), attempts));
        }
    }
    Err(patience.gave_up())
}

fn report(plan: TenantPlan, attempts: u32) -> TenantsProvisioned {
    let TenantPlan { changes, findings, refused, reporters, .. } = plan;
    TenantsProvisioned { changes, findings, refused, reporters, attempts }
}

async fn attempt(
    db: &DatabaseConnection,
    wanted: &Wanted,
    kept: &dyn KeepRoleSecret,
    options: &ProvisionOptions,
    done: &mut Option<TenantPlan>,
) -> Result<Outcome, ProvisionError> {
    let sql = |label: &'static str| move |error: sqlx::Error| ProvisionError::sql(label, &error);
    let mut connection = db.get_postgres_connection_pool().acquire().await.map_err(sql("begin"))?;
    let mut transaction =
        connection.begin_with(AssertSqlSafe(begin_sql(options))).await.map_err(sql("begin"))?;
    if let lock::Waited::TimedOut(waited) = lock::acquire(&mut transaction).await? {
        transaction.rollback().await.map_err(sql("rollback"))?;
        lock::free(&mut connection, &wanted.taken, waited).await?;
        return Ok(Outcome::Again);
    }
    let plan = planned(&mut transaction, wanted, kept).await?;
    if !plan.is_empty() {
        apply(&mut transaction, wanted, &plan, &options.version).await?;
    }
    transaction.commit().await.map_err(sql("commit"))?;
    *done = Some(plan);
    Ok(Outcome::Done)
}

async fn planned(
    connection: &mut PgConnection,
    wanted: &Wanted,
    kept: &dyn KeepRoleSecret,
) -> Result<TenantPlan, ProvisionError> {
    let look = look(connection, wanted).await?;
    let numbers = wanted.logins.iter().copied().chain(look.assigned.iter().map(|one| one.bucket));
    let found = look.observed.roles.keys().filter_map(|name| Ident::new(name.clone()).ok());
    let names =
        numbers.map(|number| wanted.module.login(number)).chain(found.filter(|name| is_login(wanted, name)));
    let reporters = look
        .assigned
        .iter()
        .filter(|one| matches!(one.aim, Aim::Present | Aim::Mended | Aim::Enabled | Aim::Reopened));
    let reporters = reporters.filter_map(|one| Some((one.reporter.clone()?, one.life)));
    let names = names.map(|name| (name, None)).chain(reporters.filter(|_| wanted.reports.is_some()));
    let secret = current(connection, kept).await?.secret;
    let credentials = wanted.derived.of(&secret, names);
    Ok(diff(wanted, &look.assigned, &look.observed, &credentials))
}

/// Whether a role has the name of one of the module's login roles.
fn is_login(wanted: &Wanted, name: &Ident) -> bool {
    let digits = name.as_str().strip_suffix(wanted.module.as_str()).and_then(|head| head.strip_suffix('_'));
    digits.and_then(|head| head.strip_prefix('_')).is_some_and(|digits| digits.parse::<u32>().is_ok())
}
