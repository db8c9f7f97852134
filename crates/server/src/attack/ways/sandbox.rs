//! The way of a report: a pool of one session, so that the next report gets what the last one left.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use rolewright_sessions::{Limits, QueryError, Report, RolePool};
use tokio::time::{sleep, timeout};

use super::Sender;
use crate::attack::{
    AttackError,
    ground::Site,
    ran::{Failure, Ran},
};

/// How long after its deadline a report may take to come back. The deadline is the sandbox's own to keep; this is for telling
/// whether it does, on a machine that is busy.
const GRACE: Duration = Duration::from_secs(8);

pub(super) struct Sandbox {
    pool: RolePool,
    /// The same session, for looking at what a text left in it: that asks for what the check is there to refuse.
    next: RolePool,
    deadline: Duration,
}

impl Sandbox {
    /// As reports have it.
    pub(super) async fn open(site: &Site<'_>) -> Result<Self, AttackError> {
        let pool = site.sandbox().await?;
        Ok(Self { next: pool.unchecked(), pool, deadline: site.deadline })
    }

    /// Without the check.
    pub(super) async fn open_boundary(site: &Site<'_>) -> Result<Self, AttackError> {
        let mut sandbox = Self::open(site).await?;
        sandbox.pool = sandbox.next.clone();
        Ok(sandbox)
    }

    /// What the check says of a text, which does not run.
    pub(super) async fn verify(&self, text: &str) -> Result<(), Failure> {
        let report = Report::new(text).limits(Limits { timeout: Some(self.deadline), ..Limits::default() });
        self.pool.verify(&report).await.map(drop).map_err(|error| Failure::from(&error))
    }

    async fn report(&self, pool: &RolePool, text: String) -> Ran {
        let mut ran = Ran::default();
        let start = Instant::now();
        let limits = Limits { timeout: Some(self.deadline), ..Limits::default() };
        let report = Report::new(text).limits(limits);
        match timeout(self.deadline + GRACE, collect(pool, &report, &mut ran)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => ran.fail(Failure::from(&error)),
            Err(_) => ran.overran = true,
        }
        ran.elapsed = start.elapsed();
        ran
    }
}

async fn collect(pool: &RolePool, report: &Report, ran: &mut Ran) -> Result<(), QueryError> {
    let mut rows = pool.query(report).await?;
    while let Some(batch) = rows.next_batch().await? {
        for value in batch.iter().flatten() {
            ran.take(value.as_ref().map(String::as_bytes));
        }
    }
    Ok(())
}

#[async_trait]
impl Sender for Sandbox {
    async fn run(&mut self, statements: &[String]) -> Ran {
        self.report(&self.pool, statements.join("; ")).await
    }

    async fn release(&mut self) {
        // The scrub follows the last row; the next report waits for it anyway, and the look at the locks should too.
        for _ in 0..600 {
            let (open, idle) = self.pool.size();
            if open as usize == idle {
                return;
            }
            sleep(Duration::from_millis(5)).await;
        }
    }

    async fn next(&mut self, sql: &str) -> Ran {
        let ran = self.report(&self.next, sql.to_owned()).await;
        self.release().await;
        ran
    }

    async fn end(&mut self) {}

    async fn close(self: Box<Self>) {
        self.pool.close().await;
    }
}
