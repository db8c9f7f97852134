//! A report from its text to its rows. A text that was verified before flies in one round trip; the clean-up is not the
//! caller's to wait for.

mod blame;
mod fetch;
mod flight;
mod taken;

use std::{sync::Arc, time::Duration};

use rolewright_core::sqlstate;
use tokio::{sync::mpsc, time::timeout};
use tokio_postgres::{Client, Error};
use tracing::Instrument;

use crate::{
    QueryError, Report, bound,
    clock::Clock,
    memory::Key,
    placeholders::Template,
    pool::Inner,
    rows::News,
    session::Session,
    startup::millis,
    types::TypeName,
    wire::{Spoken, spoken},
};
use flight::Landed;

/// How long the BEGIN may take, and other things that do not depend on the text.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a text is verified anew because what it depends on changed meanwhile.
const LOOKS: usize = 3;
/// How often a session that had ended while it was idle is replaced. Asking each before it is used would be a round trip in front of
/// every report.
const GONE: usize = 20;

type Sender = mpsc::Sender<Result<News, QueryError>>;

/// Starts a report in a task of its own, which ends when nobody listens any more.
pub(crate) fn start(inner: Arc<Inner>, report: Report) -> mpsc::Receiver<Result<News, QueryError>> {
    let (sender, receiver) = mpsc::channel(2);
    let mut cut = inner.cut.subscribe();
    let work = async move {
        // Whichever comes first drops the others; dropping the work drops the session, which ends its backend if it
        // is at work.
        let outcome = tokio::select! {
            biased;
            () = sender.closed() => return,
            _ = cut.wait_for(|cut| *cut) => Err(QueryError::Closed),
            outcome = run(&inner, &report, &sender) => outcome,
        };
        let _ = sender.send(outcome.map(|()| News::End)).await;
    };
    tokio::spawn(work.in_current_span());
    receiver
}

async fn run(inner: &Inner, report: &Report, sender: &Sender) -> Result<(), QueryError> {
    let template = Template::parse(&report.text)?;
    bound::fits(&template, report)?;
    for _ in 0..GONE {
        let mut run = Run::new(inner, report, sender).await?;
        match run.report(&template, report).await {
            // The session had ended while it was idle: nothing of the report has reached the server.
            Err(QueryError::Lost { .. }) if run.stillborn => {}
            outcome => return outcome,
        }
    }
    Run::new(inner, report, sender).await?.report(&template, report).await
}

pub(crate) struct Run<'a> {
    pub(crate) inner: &'a Inner,
    session: Session,
    clock: Clock,
    sender: &'a Sender,
    time: Duration,
    /// Whether a transaction may be open.
    begun: bool,
    /// Whether the session was lost before it could begin.
    stillborn: bool,
}

impl<'a> Run<'a> {
    pub(crate) async fn new(
        inner: &'a Inner,
        report: &Report,
        sender: &'a Sender,
    ) -> Result<Self, QueryError> {
        let most = inner.open.statement_timeout;
        let time = report.limits.timeout.map_or(most, |asked| asked.min(most));
        let session = inner.sessions.get().await?;
        Ok(Self { inner, session, clock: Clock::new(time), sender, time, begun: false, stillborn: false })
    }

    /// The whole of it, verified first where it is not known.
    async fn report(&mut self, template: &Template, report: &Report) -> Result<(), QueryError> {
        let (key, memory) = (Key::of(report), &self.inner.memory);
        for _ in 0..LOOKS {
            let known = match memory.get(key) {
                Some(known) => known,
                None => {
                    let known = self.look(template, report).await?;
                    memory.put(key, &known);
                    known
                }
            };
            bound::bounded(template, report, &known.copies)?;
            match self.fly(template, report, &known).await? {
                Landed::Done => return Ok(()),
                Landed::Stale => memory.forget(key),
            }
        }
        Err(QueryError::Lost { cause: "what the report reads is being changed all the time".to_owned() })
    }

    /// What the server says of a BEGIN.
    fn began(&mut self, outcome: Result<(), Error>) -> Result<(), QueryError> {
        self.settle(outcome).map_err(|error| {
            let error = QueryError::of_driver(&error);
            self.stillborn = matches!(error, QueryError::Lost { .. });
            error
        })
    }

    /// One exchange with the server, on the report's time.
    pub(crate) async fn ask<T>(
        &mut self,
        question: impl AsyncFnOnce(&Client) -> Result<T, Error>,
    ) -> Result<Result<T, Error>, QueryError> {
        self.clock.send();
        let outcome = self.clock.run(question(self.session.work()?)).await?;
        Ok(self.settle(outcome))
    }

    /// Sorts the outcome of an exchange, and lets the session rest where the server waits for the next.
    fn settle<T>(&mut self, outcome: Result<T, Error>) -> Result<T, Error> {
        match &outcome {
            Ok(_) => self.session.rest(),
            // After an error of a statement the server is ready again; after FATAL it is gone.
            Err(error) => {
                if matches!(spoken(error), Spoken::Refused(_)) {
                    self.session.rest();
                }
            }
        }
        outcome
    }

    /// Tells a timeout from a cancel by someone else.
    pub(crate) fn timeouts(&self, error: QueryError) -> QueryError {
        match error {
            // The message is the server's, in its language; the clock tells what the words do not.
            QueryError::Database { sqlstate: code, message, .. }
                if code == sqlstate::QUERY_CANCELED
                    && (self.clock.is_up() || message.contains("statement timeout")) =>
            {
                self.clock.elapsed()
            }
            error => error,
        }
    }

    /// Begins a read-only transaction whose snapshot is taken, so that it cannot be made anything else any more. A cursor
    /// keeps the snapshot it was opened with; the guard behind it sees what was committed until then.
    pub(crate) async fn begin(&mut self) -> Result<(), QueryError> {
        let sql = self.begin_sql();
        let client = self.session.work()?;
        let outcome = timeout(PATIENCE, client.batch_execute(&sql)).await;
        let lost = || QueryError::Lost { cause: "the server does not answer".to_owned() };
        self.began(outcome.map_err(|_| lost())?)
    }

    /// One message of ours: a transaction that is open ends first. What the login set already is not set again.
    fn begin_sql(&mut self) -> String {
        let before = if std::mem::replace(&mut self.begun, true) { "ROLLBACK; " } else { "" };
        let limits = if self.time == self.inner.open.statement_timeout {
            String::new()
        } else {
            format!(
                "SET LOCAL statement_timeout = '{}'; SET LOCAL idle_in_transaction_session_timeout = '{}'; ",
                millis(self.time),
                millis(self.time.max(Duration::from_secs(60))),
            )
        };
        format!(
            "/* rolewright: report */ {before}BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; {limits}SELECT 1"
        )
    }
}

pub(crate) fn quoted(types: &[TypeName], index: usize) -> &str {
    types.get(index).map_or("pg_catalog.text", |known| &known.quoted)
}
