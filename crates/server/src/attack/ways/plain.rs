//! The plain way: a connection logged in as the role, as psql or a BI tool has it, with nothing between it and the server.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::{StreamExt, stream::BoxStream};
use sqlx::{
    AssertSqlSafe, Connection, Either, Executor, PgConnection, PgPool, Row as _, ValueRef as _,
    postgres::{PgConnectOptions, PgQueryResult, PgRow},
};
use tokio::time::timeout;

use super::Sender;
use crate::attack::{
    ground::{self, Site},
    ran::{Failure, Ran},
};

/// How long after the server's own timeout a session is ended from outside.
const GRACE: Duration = Duration::from_millis(700);

/// Which of PostgreSQL's two ways of sending a query.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Simple,
    Extended,
}

pub(super) struct Plain {
    protocol: Protocol,
    login: PgConnectOptions,
    core: PgPool,
    deadline: Duration,
    session: Option<Session>,
}

struct Session {
    conn: PgConnection,
    pid: i32,
}

impl Plain {
    pub(super) fn new(site: &Site<'_>, protocol: Protocol) -> Self {
        Self {
            protocol,
            login: site.login(),
            core: site.ground.core.clone(),
            deadline: site.deadline,
            session: None,
        }
    }

    /// The session at hand, or a new one.
    async fn session(&mut self) -> Result<Session, Failure> {
        if let Some(session) = self.session.take() {
            return Ok(session);
        }
        let open = async {
            let mut conn = PgConnection::connect_with(&self.login).await?;
            let pid = ground::pid(&mut conn).await?;
            Ok(Session { conn, pid })
        };
        match timeout(Duration::from_secs(10), open).await {
            Ok(outcome) => outcome.map_err(|error: sqlx::Error| Failure::from(&error)),
            Err(_) => Err(Failure::Lost("no answer to a login".to_owned())),
        }
    }

    /// Sends texts one after the other, and keeps the session if it is still one.
    async fn send(&mut self, texts: &[&str], protocol: Protocol) -> Ran {
        let mut ran = Ran::default();
        let mut session = match self.session().await {
            Ok(session) => session,
            Err(failure) => {
                ran.fail(failure);
                return ran;
            }
        };
        let start = Instant::now();
        for text in texts {
            let work = exchange(&mut session.conn, text, protocol, &mut ran);
            match timeout(self.deadline + GRACE, work).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => ran.fail(Failure::from(&error)),
                Err(_) => {
                    ran.overran = true;
                    ground::end(&self.core, &self.login, session.pid).await;
                }
            }
            if ran.lost() {
                break;
            }
        }
        ran.elapsed = start.elapsed();
        if ran.lost() {
            let Session { conn, pid } = session;
            drop(conn);
            ground::gone(&self.core, &self.login, pid).await;
        } else {
            self.session = Some(session);
        }
        ran
    }
}

/// One text, to its end.
async fn exchange(
    conn: &mut PgConnection,
    text: &str,
    protocol: Protocol,
    ran: &mut Ran,
) -> Result<(), sqlx::Error> {
    let head = text.trim_start().to_ascii_uppercase();
    if head.starts_with("COPY") && head.contains("TO STDOUT") {
        let mut bytes = conn.copy_out_raw(text).await?;
        while let Some(line) = bytes.next().await {
            ran.take(Some(&line?));
        }
        return Ok(());
    }
    let mut results: BoxStream<'_, Result<Either<PgQueryResult, PgRow>, sqlx::Error>> = match protocol {
        Protocol::Simple => sqlx::raw_sql(AssertSqlSafe(text)).fetch_many(conn),
        Protocol::Extended => conn.fetch_many(sqlx::query(AssertSqlSafe(text)).persistent(false)),
    };
    while let Some(result) = results.next().await {
        let Either::Right(row) = result? else { continue };
        for index in 0..row.len() {
            let value = row.try_get_raw(index)?;
            ran.take(if value.is_null() { None } else { value.as_bytes().ok() });
        }
    }
    Ok(())
}

#[async_trait]
impl Sender for Plain {
    async fn run(&mut self, statements: &[String]) -> Ran {
        let whole = statements.join("; ");
        let ran = self.send(&[&whole], self.protocol).await;
        let several = matches!(&ran.failure, Some(Failure::Server { sqlstate, .. }) if sqlstate == "42601");
        if self.protocol == Protocol::Extended && several && statements.len() > 1 {
            let each: Vec<&str> = statements.iter().map(String::as_str).collect();
            return self.send(&each, self.protocol).await;
        }
        ran
    }

    async fn release(&mut self) {}

    async fn next(&mut self, sql: &str) -> Ran {
        self.send(&[sql], Protocol::Simple).await
    }

    async fn end(&mut self) {
        if let Some(Session { conn, pid }) = self.session.take() {
            let _ = timeout(Duration::from_secs(2), conn.close()).await;
            ground::gone(&self.core, &self.login, pid).await;
        }
    }

    async fn close(mut self: Box<Self>) {
        self.end().await;
    }
}
