//! The application beside it: while an attempt runs, and after it, a session of core's changes a table that the role may read. It must
//! not have to wait for the role longer than a reader makes anybody wait.
//!
//! It never queues for a lock, so that nobody queues behind it, and it rolls everything back.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use rolewright_core::sqlstate;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::Notify;

use super::{AttackError, error::starved, ground::Site, memory::Memory};

/// Between two turns while an attempt runs.
const PAUSE: Duration = Duration::from_millis(15);
/// How long something may stand in the way: parsing a text takes the locks it asks for, before rights are looked at, and lets them go
/// when the text is refused.
const PATIENCE: Duration = Duration::from_millis(250);

/// A session of core's, at work.
pub(super) struct Bystander {
    conn: PgConnection,
    role: String,
    /// What is worked on, quoted; nothing where core owns no table that the role may read.
    table: Option<String>,
    memory: Memory,
}

/// What core met with while an attempt ran.
#[derive(Debug, Default)]
pub(super) struct Met {
    /// What stood in its way, in words.
    pub(super) blocked: BTreeSet<String>,
    /// The most memory that a session of the role had of its own, in bytes.
    pub(super) memory: u64,
}

/// What stands in the way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Work {
    /// Rows written, an index built, a trigger made: whoever only reads is in nobody's way.
    Writing,
    /// A column added: waits even for readers, but not for a session that does nothing.
    Altering,
}

impl Bystander {
    /// Logs in as core, and tries the work where nobody is in its way.
    pub(super) async fn open(site: &Site<'_>, table: Option<&str>) -> Result<Self, AttackError> {
        let failed = AttackError::database("working beside the attempts");
        let options = site.ground.core.connect_options();
        let mut conn = PgConnection::connect_with(&options).await.map_err(&failed)?;
        let memory = Memory::of(&mut conn).await.map_err(&failed)?;
        let mut all =
            Self { conn, role: site.role.as_str().to_owned(), table: table.map(ToOwned::to_owned), memory };
        match all.work(Work::Altering).await {
            Ok(()) => {}
            Err(code) if code == sqlstate::LOCK_NOT_AVAILABLE => {}
            Err(_) => all.table = None,
        }
        Ok(all)
    }

    /// What it cannot see here.
    pub(super) fn blind(&self) -> Vec<String> {
        let mut blind = Vec::new();
        if self.table.is_none() {
            let role = &self.role;
            blind.push(format!(
                "whether {role} stands in the way of others on tables: core owns none that it may read"
            ));
        }
        if !self.memory.is_local() {
            blind.push("the memory of the server: it is not on this machine".to_owned());
        }
        blind
    }

    /// Works while `attempt` runs.
    pub(super) async fn beside<T>(
        &mut self,
        others: &[i32],
        attempt: impl Future<Output = T>,
    ) -> Result<(T, Met), AttackError> {
        let over = Notify::new();
        let mut met = Met::default();
        let attempt = async {
            let ran = attempt.await;
            over.notify_one();
            ran
        };
        let turns = async {
            loop {
                self.turn(Work::Writing, others, &mut met).await?;
                tokio::select! {
                    () = over.notified() => return Ok(()),
                    () = tokio::time::sleep(PAUSE) => {}
                }
            }
        };
        let (ran, turns) = tokio::join!(attempt, turns);
        turns.map_err(AttackError::database("working beside an attempt"))?;
        Ok((ran, met))
    }

    /// Works once, now that the attempt is over and its session, if it still is one, does nothing.
    pub(super) async fn after(&mut self, others: &[i32], met: &mut Met) -> Result<(), AttackError> {
        self.turn(Work::Altering, others, met)
            .await
            .map_err(AttackError::database("working after an attempt"))
    }

    async fn turn(&mut self, work: Work, others: &[i32], met: &mut Met) -> Result<(), sqlx::Error> {
        let Err(error) = self.try_turn(work, others, met).await else { return Ok(()) };
        let words = starved(&error).ok_or(error)?;
        met.blocked.insert(words);
        Ok(())
    }

    async fn try_turn(&mut self, work: Work, others: &[i32], met: &mut Met) -> Result<(), sqlx::Error> {
        // A lock on the table counts when the work had to wait for it, and not for the moment in which it was seen.
        self.look(None, others, met).await?;
        let begun = Instant::now();
        let mut outcome = self.work(work).await;
        while begun.elapsed() < PATIENCE && outcome == Err(sqlstate::LOCK_NOT_AVAILABLE.to_owned()) {
            tokio::time::sleep(PAUSE).await;
            outcome = self.work(work).await;
        }
        match outcome {
            Ok(()) => {}
            // Where it was not of the role's doing, nothing is found.
            Err(code) if code == sqlstate::LOCK_NOT_AVAILABLE => self.look(Some(work), others, met).await?,
            Err(code) => {
                met.blocked.insert(format!("core's own work fails with {code}"));
            }
        }
        Ok(())
    }

    /// What the role's sessions hold that others wait for, and how much memory they have; locks on the table where this work was blocked.
    async fn look(
        &mut self,
        blocked: Option<Work>,
        others: &[i32],
        met: &mut Met,
    ) -> Result<(), sqlx::Error> {
        let held: Vec<(i32, Option<String>)> = sqlx::query_as(include_str!("sql/held.sql"))
            .bind(&self.role)
            .bind(others)
            .bind(blocked.and(self.table.as_ref()))
            .bind(blocked == Some(Work::Altering))
            .fetch_all(&mut self.conn)
            .await?;
        for (pid, what) in held {
            met.blocked.extend(what);
            met.memory = met.memory.max(self.memory.own(pid));
        }
        Ok(())
    }

    /// The work, rolled back, or the SQLSTATE it fails with.
    async fn work(&mut self, work: Work) -> Result<(), String> {
        let Some(table) = &self.table else { return Ok(()) };
        let sql = match work {
            Work::Writing => format!(
                "LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE NOWAIT; DELETE FROM {table} WHERE false"
            ),
            Work::Altering => format!(
                "LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE NOWAIT; ALTER TABLE {table} ADD COLUMN rolewright_attack int"
            ),
        };
        let sql = format!("/* rolewright: attack bystander */ BEGIN; {sql}; ROLLBACK");
        let Err(error) = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.conn).await else {
            return Ok(());
        };
        let code = error.as_database_error().and_then(|error| error.code()).map(String::from);
        let rolled_back = sqlx::raw_sql("ROLLBACK").execute(&mut self.conn).await;
        Err(match (code, rolled_back) {
            (Some(code), Ok(_)) => code,
            _ => sqlstate::ADMIN_SHUTDOWN.to_owned(),
        })
    }

    pub(super) async fn close(self) {
        let _ = tokio::time::timeout(Duration::from_secs(2), self.conn.close()).await;
    }
}
