//! Looks beside the fingerprint: locks that are still held, notifications that were heard, what the server has spent, and whether
//! the role can still log in.

use std::time::Duration;

use sqlx::{Connection, PgConnection, PgPool, postgres::PgListener};
use tokio::time::{sleep, timeout};

use super::{AttackError, error::starved, ground::Site, ran::Failure};
use rolewright_core::sqlstate;

/// The channel that attempts notify.
const CHANNEL: &str = "rolewright_attack";

/// Locks and open transactions of the role's sessions that do nothing. What is being let go is waited for.
pub(super) async fn locks(site: &Site<'_>, others: &[i32], waits: u32) -> Result<Vec<String>, AttackError> {
    for look in 0.. {
        let held: Result<Vec<(i32, String)>, sqlx::Error> = sqlx::query_as(include_str!("sql/locks.sql"))
            .bind(site.role.as_str())
            .bind(others)
            .fetch_all(&site.ground.core)
            .await;
        let held = match held {
            Ok(held) => held,
            Err(error) => match starved(&error) {
                Some(words) => return Ok(vec![words]),
                None => return Err(AttackError::database("looking at locks")(error)),
            },
        };
        if held.is_empty() || look == waits {
            return Ok(held.into_iter().map(|(_, what)| what).collect());
        }
        sleep(Duration::from_millis(50)).await;
    }
    Ok(Vec::new())
}

/// A listener of core's.
pub(super) struct Ear {
    listener: PgListener,
    core: PgPool,
    count: u64,
}

impl Ear {
    pub(super) async fn open(core: &PgPool) -> Result<Self, AttackError> {
        let failed = AttackError::database("listening");
        let mut listener = PgListener::connect_with(core).await.map_err(&failed)?;
        listener.listen(CHANNEL).await.map_err(&failed)?;
        Ok(Self { listener, core: core.clone(), count: 0 })
    }

    /// How many notifications were heard. Core sends one of its own, and what was sent before arrives before it.
    pub(super) async fn heard(&mut self) -> Result<usize, AttackError> {
        let failed = AttackError::database("listening");
        self.count += 1;
        let own = format!("rolewright {}", self.count);
        sqlx::query("/* rolewright: attack */ SELECT pg_catalog.pg_notify($1, $2)")
            .bind(CHANNEL)
            .bind(&own)
            .execute(&self.core)
            .await
            .map_err(&failed)?;
        let mut others = 0;
        loop {
            match timeout(Duration::from_secs(10), self.listener.recv()).await {
                Ok(Ok(heard)) if heard.payload() == own => return Ok(others),
                Ok(Ok(_)) => others += 1,
                Ok(Err(error)) => return Err(failed(error)),
                Err(_) => return Err(failed(sqlx::Error::PoolTimedOut)),
            }
        }
    }
}

/// Temporary bytes written and transaction numbers used, so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spent {
    pub(super) temp_bytes: i64,
    pub(super) xids: i64,
}

impl Spent {
    pub(super) async fn look(core: &PgPool) -> Result<Self, AttackError> {
        let sql = "/* rolewright: attack spent */ SELECT s.temp_bytes, pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint \
             FROM pg_catalog.pg_stat_database s WHERE s.datname = pg_catalog.current_database()";
        let (temp_bytes, xids) = sqlx::query_as(sql)
            .fetch_one(core)
            .await
            .map_err(AttackError::database("looking at what was spent"))?;
        Ok(Self { temp_bytes, xids })
    }
}

/// Whether the role can log in as it could before.
pub(super) enum Login {
    Fine,
    /// The password is another.
    Password,
    /// Something else stands in the way.
    Locked(String),
}

pub(super) async fn login(site: &Site<'_>) -> Login {
    let work = async {
        let mut conn = PgConnection::connect_with(&site.login()).await?;
        sqlx::raw_sql("/* rolewright: attack login */ SELECT 1").execute(&mut conn).await?;
        conn.close().await
    };
    match timeout(Duration::from_secs(10), work).await {
        Ok(Ok(())) => Login::Fine,
        Ok(Err(sqlx::Error::Database(error)))
            if error.code().as_deref() == Some(sqlstate::INVALID_PASSWORD) =>
        {
            Login::Password
        }
        Ok(Err(error)) => Login::Locked(match Failure::from(&error) {
            Failure::Server { sqlstate, .. } => format!("the login fails with {sqlstate}"),
            Failure::Timeout => "the first statement times out".to_owned(),
            _ => "the session is closed".to_owned(),
        }),
        Err(_) => Login::Locked("no answer".to_owned()),
    }
}
