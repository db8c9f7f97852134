//! What modules' own roles gave to managed roles, or to everyone: taken back with the rights of who gave it, through whoever made that role.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use rolewright_core::{Ident, sqlstate, tenant::Module};
use rolewright_roles::{AppliedChange, Gift, marker};
use rolewright_secrets::Installation;

use super::{TenantError, membership};
use crate::stages::Connected;

/// Those who gave something, of whatever module: by the rows of this database, the configured one's or another's.
#[derive(Debug)]
pub(crate) struct Givers<'a> {
    pub(crate) connected: &'a Connected,
    /// Whose they are by their mark: a copied database has the rows of roles that are another's.
    pub(crate) installation: &'a Installation,
}

/// How long what somebody gave may be locked: a start waits for nobody's transaction, and comes to it again.
const LIMIT: Duration = Duration::from_secs(1);

/// How much of what one role gave is taken back in one transaction.
const AT_ONCE: usize = 200;

impl Givers<'_> {
    /// Those of them that would be taken back: somebody here has made who gave them.
    pub(crate) async fn returnable<'a>(&self, gifts: &'a [Gift]) -> Result<Vec<&'a Gift>, TenantError> {
        let mut known: BTreeMap<&str, bool> = BTreeMap::new();
        let mut returnable = Vec::new();
        for gift in gifts {
            let giver = gift.giver.as_str();
            let made = match known.get(giver) {
                Some(made) => *made,
                None => self.maker(giver).await?.is_some(),
            };
            known.insert(giver, made);
            returnable.extend(made.then_some(gift));
        }
        Ok(returnable)
    }

    /// Takes back what it may; gives that, as changes. What stays is told as a finding, and stops nothing: who keeps what it gave locked is
    /// waited for once, and all of them, as all that is taken, for no longer than one lock.
    pub(crate) async fn take_back(&self, gifts: &[Gift]) -> Vec<AppliedChange> {
        let mut taken = Vec::new();
        let mut locked: usize = 0;
        let patience = self.connected.run.settings.start.lock_timeout;
        let limit = patience.min(LIMIT);
        let most = usize::try_from(patience.as_millis() / limit.as_millis().max(1)).unwrap_or(1);
        let started = Instant::now();
        let mut all: BTreeMap<&str, Vec<&Gift>> = BTreeMap::new();
        for gift in gifts {
            all.entry(&gift.giver).or_default().push(gift);
        }
        for (giver, gifts) in all {
            let (Ok(role), Ok(Some(maker))) = (Ident::new(giver), self.maker(giver).await) else { continue };
            // Whoever gave very much keeps no start waiting: the next look goes on with it.
            for some in gifts.chunks(AT_ONCE) {
                if locked >= most || started.elapsed() >= patience {
                    tracing::warn!(
                        giver,
                        "what was given is not all taken back yet, as there is much of it, or it is locked: the next look goes on"
                    );
                    return taken;
                }
                let (done, is_locked) = self.take(&role, &maker, some, limit).await;
                taken.extend(done);
                if is_locked {
                    locked += 1;
                    break;
                }
            }
        }
        taken
    }

    /// Takes back some of what one role gave, in one transaction; where that fails, one after the other. Says whether it is locked.
    async fn take(
        &self,
        giver: &Ident,
        maker: &Ident,
        gifts: &[&Gift],
        limit: Duration,
    ) -> (Vec<AppliedChange>, bool) {
        let change = |gift: &&Gift| AppliedChange {
            kind: "take-back",
            object: gift.object.clone(),
            role: gift.giver.clone(),
            sql: gift.statement.clone(),
        };
        let statements: Vec<&str> = gifts.iter().map(|gift| gift.statement.as_str()).collect();
        let all = statements.join("; ");
        match membership::with_rights_of(self.connected, giver, maker, &all, limit).await {
            Ok(()) => return (gifts.iter().map(change).collect(), false),
            Err(error) if is_locked(&error) && gifts.len() <= 1 => return (Vec::new(), true),
            Err(error) if gifts.len() <= 1 => {
                tracing::debug!(statement = all, %error, "what was given stays given");
                return (Vec::new(), false);
            }
            Err(_) => {}
        }
        let mut taken = Vec::new();
        for gift in gifts {
            let (one, is_locked) = Box::pin(self.take(giver, maker, std::slice::from_ref(gift), limit)).await;
            taken.extend(one);
            if is_locked {
                return (taken, true);
            }
        }
        (taken, false)
    }

    /// Who made a role of a module's, by the rows: a tenant's keeper, for its reports' login too, and core for the module's own. Nobody here
    /// where it bears another installation's mark.
    async fn maker(&self, giver: &str) -> Result<Option<Ident>, TenantError> {
        let sql = "/* rolewright: take back */ SELECT t.module, coalesce(t.keeper, 0), pg_catalog.shobj_description(r.oid, 'pg_authid') FROM rolewright.tenant t JOIN pg_catalog.pg_roles r ON r.rolname = $1 \
                   WHERE t.state <> 'purged' AND (t.role = $1 AND t.role_oid IN (0, r.oid) OR '_r_' || t.role = $1) \
                   UNION ALL SELECT h.module, 0, pg_catalog.shobj_description(r.oid, 'pg_authid') \
                   FROM rolewright.tenant_holder h JOIN pg_catalog.pg_roles r ON r.rolname = $1 \
                   WHERE h.kind = 'login' AND '_' || h.number || '_' || h.module = $1";
        let made: Option<(String, i32, Option<String>)> = sqlx::query_as(sql)
            .bind(giver)
            .fetch_optional(self.connected.core.get_postgres_connection_pool())
            .await
            .map_err(TenantError::sql("look for who made a role"))?;
        let Some((module, number, comment)) = made else { return Ok(None) };
        let ours = |mark| self.installation.id == mark || self.installation.previous.contains(&mark);
        if comment.as_deref().and_then(marker::installation).is_some_and(|mark| !ours(mark)) {
            return Ok(None);
        }
        Ok(match (u32::try_from(number), Module::new(module)) {
            (Ok(0), _) => Ident::new(self.connected.server.user.clone()).ok(),
            (Ok(number), Ok(module)) => Some(module.keeper(number)),
            _ => None,
        })
    }
}

fn is_locked(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.as_deref() == Some(sqlstate::LOCK_NOT_AVAILABLE)
}
