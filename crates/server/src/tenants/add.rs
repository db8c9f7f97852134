//! Making tenants, a batch in one transaction, and then the module's migrations in each.

use std::collections::BTreeMap;

use futures_util::StreamExt as _;
use rolewright_core::tenant::TenantId;
use rolewright_roles::{Finding, tenants::Aim};

use super::{Ground, Item, TenantError, Tenants, item::Done, job::Left, upgrade::Logins};

impl Tenants<'_> {
    /// Makes a batch; where a statement fails, which undoes all of it, one tenant after the other, so that each failure is its own.
    pub(super) async fn add_some(
        &self,
        left: &Left,
        ids: &[TenantId],
        logins: &Logins,
    ) -> Result<Vec<Item>, TenantError> {
        match (self.add_batch(left, ids, logins).await, ids) {
            (Err(error), [id]) if error.is_of_tenant() => Ok(vec![Item::new(id, Err(error))]),
            (Err(error), _) if error.is_of_tenant() => {
                let mut items = Vec::new();
                for id in ids {
                    let one = std::slice::from_ref(id);
                    items.extend(Box::pin(self.add_some(left, one, logins)).await?);
                }
                Ok(items)
            }
            (outcome, _) => outcome,
        }
    }

    /// Makes a batch. Each tenant that stands in its own way is left out; the others go on.
    async fn add_batch(
        &self,
        left: &Left,
        ids: &[TenantId],
        logins: &Logins,
    ) -> Result<Vec<Item>, TenantError> {
        let (held, busy) = self.ground.hold(left.job, ids, |busy| self.waits(busy)).await?;
        let mut failed: BTreeMap<TenantId, TenantError> = busy
            .into_iter()
            .filter_map(|error| match &error {
                TenantError::Busy { id, .. } => Some((id.clone(), error)),
                _ => None,
            })
            .collect();
        let free: Vec<TenantId> = ids.iter().filter(|id| !failed.contains_key(id)).cloned().collect();
        let (open, _) = self.ground.open(left.job, &free).await?;
        let replaced = free.into_iter().filter(|id| !open.contains(id));
        failed.extend(replaced.map(|id| (id.clone(), TenantError::Superseded(id))));
        let done = self.ground.provision(&open, Aim::Present, left.adopt).await?;
        failed.extend(Ground::refusals(&done));
        let module = &self.ground.tenancy.module;
        let of = |id: &TenantId, finding: &Finding| {
            let own = [module.tenant(id).ok(), module.reporter(id).ok()];
            own.iter().flatten().any(|own| finding.role.as_deref() == Some(own.as_str()))
        };
        let found = |id: &TenantId| done.findings.iter().filter(|one| of(id, one)).cloned().collect();
        // Of the module's own roles, which all of them share.
        let shared = done.findings.iter().filter(|one| !ids.iter().any(|id| of(id, one)));
        shared.for_each(Ground::log);
        let made: Vec<TenantId> = open.into_iter().filter(|id| !failed.contains_key(id)).collect();
        let mut items: Vec<Item> = failed.into_iter().map(|(id, error)| Item::new(&id, Err(error))).collect();
        let changed = |id: &TenantId| -> Vec<String> {
            let role = module.tenant(id).map(|role| role.to_string()).unwrap_or_default();
            let of = |object: &str| object.split(", ").any(|name| name == role);
            done.changes
                .iter()
                .filter(|change| of(&change.object) || change.role == role)
                .map(|change| change.kind.to_owned())
                .collect()
        };
        if !self.migrates() {
            // Nothing is to be run in it: it is whole.
            let sql = "/* rolewright: tenant add */ UPDATE rolewright.tenant SET state = 'active', \
                       changed_at = pg_catalog.clock_timestamp() WHERE module = $1 AND id = ANY ($2) AND state = 'adding'";
            self.ground.update("note that the tenants are made", sql.to_owned(), &made).await?;
            items.extend(
                made.iter().map(|id| Item::new(id, Ok(Done { changes: changed(id), findings: found(id) }))),
            );
            return Ok(items);
        }
        let held = &held;
        let mut work = futures_util::stream::iter(made.into_iter().map(|id| async move {
            let work = async {
                let halted = self.ground.halted(left.job).await?;
                if halted || self.stops() {
                    return Err(left.stopped(&id, halted));
                }
                held.during(&id, self.upgrade_one(&id, logins, held)).await
            };
            let outcome = work.await;
            (id, outcome)
        }))
        .buffer_unordered(self.at_once());
        while let Some((id, outcome)) = work.next().await {
            let outcome = match outcome {
                Err(error) if error.is_lost() => return Err(error),
                outcome => outcome.map(|migrations| Done {
                    changes: changed(&id).into_iter().chain(migrations).collect(),
                    findings: found(&id),
                }),
            };
            items.push(Item::new(&id, outcome));
        }
        Ok(items)
    }
}
