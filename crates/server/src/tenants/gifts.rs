//! What modules' own roles gave to managed roles, or to everyone: taken back with the rights of who gave it, through whoever made that role.

use std::{
    collections::{BTreeMap, BTreeSet},
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

/// What became of something that was given.
enum Outcome {
    Taken,
    /// Somebody holds it locked, or who gave it.
    Locked,
    /// Nobody here has made who gave it.
    Nobodys,
}

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
    /// waited for once, and all of it takes no longer than one lock is waited for; the next look goes on.
    pub(crate) async fn take_back(&self, gifts: &[Gift]) -> Vec<AppliedChange> {
        let mut taken = Vec::new();
        let mut locked: BTreeSet<&str> = BTreeSet::new();
        let patience = self.connected.run.settings.start.lock_timeout;
        let limit = patience.min(LIMIT);
        let until = Instant::now() + patience;
        for (done, gift) in gifts.iter().enumerate() {
            if Instant::now() >= until {
                let left = gifts.len() - done;
                tracing::warn!(
                    left,
                    "what tenants gave away is not all taken back yet: the next look goes on"
                );
                break;
            }
            if locked.contains(gift.giver.as_str()) {
                tracing::debug!(statement = gift.statement, "what was given stays given: it is locked");
                continue;
            }
            match self.take(gift, limit).await {
                Ok(Outcome::Taken) => taken.push(AppliedChange {
                    kind: "take-back",
                    object: gift.object.clone(),
                    role: gift.giver.clone(),
                    sql: gift.statement.clone(),
                }),
                Ok(Outcome::Locked) => drop(locked.insert(&gift.giver)),
                Ok(Outcome::Nobodys) => {}
                Err(error) => {
                    tracing::debug!(statement = gift.statement, %error, "what was given stays given");
                }
            }
        }
        taken
    }

    async fn take(&self, gift: &Gift, limit: Duration) -> Result<Outcome, TenantError> {
        let (Ok(giver), Some(maker)) = (Ident::new(gift.giver.clone()), self.maker(&gift.giver).await?)
        else {
            return Ok(Outcome::Nobodys);
        };
        match membership::with_rights_of(self.connected, &giver, &maker, &gift.statement, limit).await {
            Ok(()) => Ok(Outcome::Taken),
            Err(error) if is_locked(&error) => Ok(Outcome::Locked),
            Err(error) => Err(TenantError::sql("take back what was given")(error)),
        }
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
