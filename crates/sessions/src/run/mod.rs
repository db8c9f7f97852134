//! A report from its text to its rows: begin, gate, declare, fetch; the rollback is the scrub's.

mod blame;
mod fetch;
mod taken;

use std::{sync::Arc, time::Duration};

use rolewright_core::sqlstate;
use sqlx::{
    AssertSqlSafe, Row as _,
    postgres::{PgDatabaseError, PgSeverity},
};
use tokio::{sync::mpsc, time::timeout};
use tracing::Instrument;

use crate::{
    DEFAULT_MAX_BYTES, ParameterError, QueryError, Report, clock::Clock, gate, placeholders::Template,
    pool::Inner, rows::News, session::Session, startup::millis, types::TypeName,
};

/// How long the BEGIN may take, and other things that do not depend on the text.
const PATIENCE: Duration = Duration::from_secs(10);

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
    check_names(&template, report)?;
    let time = report
        .limits
        .timeout
        .map_or(inner.open.statement_timeout, |asked| asked.min(inner.open.statement_timeout));
    let mut run = Run { inner, session: inner.session().await?, clock: Clock::new(time), sender };
    run.begin(time).await?;
    let types = run.parse(&template).await?;
    run.declare(&template, report, &types).await?;
    let most = report.limits.rows.map_or(inner.open.max_rows, |asked| asked.min(inner.open.max_rows));
    let role_bytes = inner.open.max_bytes.unwrap_or(DEFAULT_MAX_BYTES);
    let most_bytes = report.limits.bytes.map_or(role_bytes, |asked| asked.min(role_bytes));
    match run.fetch(most, most_bytes).await {
        Err(error @ QueryError::Database { .. }) => Err(run.blame(error, &template, report, &types).await),
        outcome => outcome,
    }
}

/// Each parameter has a value, and each value a parameter.
fn check_names(template: &Template, report: &Report) -> Result<(), ParameterError> {
    let used = template.names();
    let missing: Vec<String> =
        used.iter().filter(|name| !report.params.contains_key(*name)).cloned().collect();
    let unknown: Vec<String> = report.params.keys().filter(|name| !used.contains(name)).cloned().collect();
    if !missing.is_empty() {
        Err(ParameterError::Missing(missing))
    } else if !unknown.is_empty() {
        Err(ParameterError::Unknown(unknown))
    } else {
        Ok(())
    }
}

struct Run<'a> {
    inner: &'a Inner,
    session: Session,
    clock: Clock,
    sender: &'a Sender,
}

impl Run<'_> {
    /// Sorts the outcome of an exchange, and lets the session rest where the server waits for the next.
    fn settle<T>(&mut self, outcome: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        match &outcome {
            Ok(_) => self.session.rest(),
            // After an error of a statement the server is ready again; after FATAL it is gone.
            Err(sqlx::Error::Database(error)) => {
                if error.downcast_ref::<PgDatabaseError>().severity() == PgSeverity::Error {
                    self.session.rest();
                }
            }
            Err(_) => {}
        }
        outcome
    }

    /// Tells a timeout from a cancel by someone else.
    fn timeouts(&self, error: QueryError) -> QueryError {
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

    /// A read-only transaction whose snapshot is taken, so that it cannot be made anything else any more.
    async fn begin(&mut self, time: Duration) -> Result<(), QueryError> {
        let idle = time.max(Duration::from_secs(60));
        let sql = format!(
            "/* rolewright: report */ BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
             SET LOCAL statement_timeout = '{}'; SET LOCAL idle_in_transaction_session_timeout = '{}'; \
             SELECT pg_catalog.pg_backend_pid()",
            millis(time),
            millis(idle),
        );
        let conn = self.session.work()?;
        let outcome = timeout(PATIENCE, sqlx::raw_sql(AssertSqlSafe(sql)).fetch_one(conn)).await;
        let lost = || QueryError::Lost { cause: "the server does not answer".to_owned() };
        let row = self.settle(outcome.map_err(|_| lost())?).map_err(QueryError::of_driver)?;
        self.session.pid = Some(row.try_get(0).map_err(QueryError::of_driver)?);
        Ok(())
    }

    /// Takes the text through the gate: the types of its parameters.
    async fn parse(&mut self, template: &Template) -> Result<Vec<TypeName>, QueryError> {
        self.clock.send();
        let outcome = self.clock.run(gate::parse(self.session.work()?, template)).await?;
        let oids = match self.settle(outcome) {
            Ok(oids) => oids,
            Err(error) => {
                let error = gate::refusal(error, template, &gate::numbered(template));
                return Err(self.timeouts(error));
            }
        };
        if let Some(names) = self.inner.types.known(&oids) {
            return Ok(names);
        }
        let outcome = self.clock.run(self.inner.types.look_up(self.session.work()?, &oids)).await?;
        self.settle(outcome).map_err(QueryError::of_driver)
    }

    /// Opens the cursor. Every value travels as text, bound, and the server reads it as the type it told.
    async fn declare(
        &mut self,
        template: &Template,
        report: &Report,
        types: &[TypeName],
    ) -> Result<(), QueryError> {
        let cast =
            |index: usize| format!("(CAST(${}::pg_catalog.text AS {}))", index + 1, quoted(types, index));
        let rendered = template.render(gate::BEFORE, cast);
        let mut query = sqlx::query(AssertSqlSafe(rendered.sql.clone())).persistent(false);
        for name in template.names() {
            query = query.bind(report.params.get(name).and_then(|value| value.as_text()));
        }
        self.clock.send();
        let outcome = self.clock.run(query.execute(self.session.work()?)).await?;
        match self.settle(outcome) {
            Ok(_) => Ok(()),
            Err(error) => {
                let error = self.timeouts(gate::refusal(error, template, &rendered));
                Err(self.blame(error, template, report, types).await)
            }
        }
    }
}

fn quoted(types: &[TypeName], index: usize) -> &str {
    types.get(index).map_or("pg_catalog.text", |known| &known.quoted)
}
