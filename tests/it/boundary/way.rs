//! The runner as a way for the escape corpus: one session for all texts, scrubbed between two of them, and a watchdog.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use rolewright::{
    attack::{Boundary, Failure, Ran, Sender},
    core::{Ident, Password},
};
use tokio::time::timeout;
use tokio_postgres::{Error, Row};

use super::runner::{Call, Runner};

/// A runner for each connection.
#[derive(Debug)]
pub(super) struct Runners(pub(super) BTreeMap<String, Runner>);

#[async_trait]
impl Boundary for Runners {
    fn login(&self, connection: &str) -> (Ident, Password) {
        (Ident::new(&*self.0[connection].caller).unwrap(), Password::new(Runner::password()))
    }

    async fn open(&self, connection: &str, deadline: Duration) -> Box<dyn Sender> {
        let runner = self.0[connection].clone();
        let watchdog = runner.open().await.unwrap();
        Box::new(Way { runner, watchdog, session: None, deadline })
    }
}

struct Way {
    runner: Runner,
    watchdog: Call,
    session: Option<Call>,
    deadline: Duration,
}

impl Way {
    async fn send(&mut self, text: &str) -> Ran {
        let mut ran = Ran::default();
        let start = Instant::now();
        let session = match self.session.take() {
            Some(session) => session,
            None => self.runner.open().await.unwrap(),
        };
        match timeout(self.deadline + Duration::from_millis(100), session.run(text, self.deadline)).await {
            Ok(Ok(rows)) => rows.iter().for_each(|row| take(&mut ran, row)),
            Ok(Err(error)) => ran.fail(failure(&error)),
            Err(_) => {
                let end = "SELECT pg_catalog.pg_terminate_backend($1)";
                self.watchdog.client.execute(end, &[&session.pid]).await.unwrap();
                ran.fail(Failure::Timeout);
                ran.elapsed = start.elapsed();
                return ran;
            }
        }
        ran.elapsed = start.elapsed();
        if !session.client.is_closed() {
            self.session = Some(session);
        }
        ran
    }
}

/// A row's text; one of nothing but NULLs and empty strings is no value.
fn take(ran: &mut Ran, row: &Row) {
    let text: &str = row.get(0);
    let all = text.matches("\":").count();
    let empty = text.matches("\":null").count() + text.matches("\":\"\"").count();
    ran.take((all > empty).then_some(text.as_bytes()));
}

fn failure(error: &Error) -> Failure {
    let Some(said) = error.as_db_error() else { return Failure::Lost(error.to_string()) };
    let mut message = said.message().to_owned();
    for more in [said.detail(), said.hint(), said.where_()].into_iter().flatten() {
        message.push_str("; ");
        message.push_str(more);
    }
    match said.code().code() {
        "57014" => Failure::Timeout,
        code if code.starts_with("57P") => Failure::Lost(message),
        // As the sandbox tells it, whichever boundary it has: what a value was is nobody's to hear.
        code if code.starts_with("22") => {
            Failure::Server { sqlstate: code.to_owned(), message: String::new() }
        }
        code => Failure::Server { sqlstate: code.to_owned(), message },
    }
}

#[async_trait]
impl Sender for Way {
    async fn run(&mut self, statements: &[String]) -> Ran {
        self.send(&statements.join("; ")).await
    }

    async fn release(&mut self) {
        if let Some(session) = self.session.take()
            && session.scrub().await
        {
            self.session = Some(session);
        }
    }

    async fn next(&mut self, sql: &str) -> Ran {
        let ran = self.send(sql).await;
        self.release().await;
        ran
    }

    async fn end(&mut self) {
        self.release().await;
    }

    async fn close(self: Box<Self>) {}
}
