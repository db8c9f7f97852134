//! A bystander: another session of the same role, at work all the time. It must neither be ended nor cancelled, and nobody may
//! read its statement.

use std::time::Duration;

use sqlx::{Connection, PgConnection};
use tokio::task::JoinHandle;

use super::{
    AttackError, Effect,
    ground::{self, Site},
    ran::Failure,
};

const WORK: &str = "/* rolewright: attack peer */ SELECT 'CANARY_PEERQUERY', pg_catalog.pg_sleep(7200)";

pub(super) struct Peer {
    pub(super) pid: i32,
    work: JoinHandle<Option<Failure>>,
}

impl Peer {
    pub(super) async fn start(site: &Site<'_>) -> Result<Self, AttackError> {
        let failed = AttackError::database("logging in beside the attempts");
        // Its work outlasts every timeout but its end.
        let login = site.login().options([("statement_timeout", "0"), ("idle_session_timeout", "0")]);
        let mut conn = PgConnection::connect_with(&login).await.map_err(&failed)?;
        let pid = ground::pid(&mut conn).await.map_err(&failed)?;
        let work = tokio::spawn(async move {
            let outcome = sqlx::raw_sql(WORK).execute(&mut conn).await;
            let _ = tokio::time::timeout(Duration::from_secs(1), conn.close()).await;
            outcome.err().map(|error| Failure::from(&error))
        });
        Ok(Self { pid, work })
    }

    /// What has happened to it. `patience` is given where it is likely that something has.
    pub(super) async fn harm(&mut self, patience: Duration) -> Option<Effect> {
        if !self.work.is_finished() && patience.is_zero() {
            return None;
        }
        match tokio::time::timeout(patience, &mut self.work).await {
            Err(_) => None,
            Ok(Ok(Some(Failure::Timeout))) => Some(Effect::CancelledPeer),
            Ok(_) => Some(Effect::KilledPeer),
        }
    }

    pub(super) async fn stop(self, site: &Site<'_>) {
        ground::end(&site.ground.core, &site.login(), self.pid).await;
        ground::gone(&site.ground.core, &site.login(), self.pid).await;
        self.work.abort();
    }
}
