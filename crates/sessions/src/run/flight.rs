//! The one round trip: begin, guard, settings, cursor and first rows leave together, and the answers come back together.

use tokio_postgres::{
    Client, Error, Statement,
    types::{ToSql, Type},
};

use super::{Run, fetch};
use crate::{
    DEFAULT_MAX_BYTES, QueryError, Report,
    check::{Guard, STALE},
    gate,
    memory::Known,
    placeholders::Template,
    run::taken::Taken,
    unseen,
    wire::{Text, text_type},
};

/// How a flight ended.
pub(super) enum Landed {
    /// The rows are handed on.
    Done,
    /// What the verdict depends on is not what it was; nothing of the text has run.
    Stale,
}

impl Run<'_> {
    /// Runs a verified text.
    ///
    /// If one part of the flight fails, the server refuses all that come after it in the same transaction, so that
    /// nothing of the text runs where the transaction could not be begun or the guard does not hold.
    pub(super) async fn fly(
        &mut self,
        template: &Template,
        report: &Report,
        known: &Known,
    ) -> Result<Landed, QueryError> {
        let open = &self.inner.open;
        let most_rows = report.limits.rows.map_or(open.max_rows, |asked| asked.min(open.max_rows));
        let role_bytes = open.max_bytes.unwrap_or(DEFAULT_MAX_BYTES);
        let most_bytes = report.limits.bytes.map_or(role_bytes, |asked| asked.min(role_bytes));
        let mut taken = Taken::new(self.sender, known.columns.clone(), most_rows, most_bytes);

        let value = |(name, oid): (&String, &u32)| {
            let text = report.params.get(name).and_then(|value| value.as_text()).map(str::to_owned);
            (Text(text), text_type(*oid))
        };
        let values: Vec<(Text, Type)> = template.names().iter().zip(&known.oids).map(value).collect();
        let values: Vec<(&(dyn ToSql + Sync), Type)> =
            values.iter().map(|(value, known)| (value as _, known.clone())).collect();
        let begin = self.begin_sql();
        let (first, second) = taken.first_sizes();
        let (first_sql, second_sql) = (fetch::sql(first), fetch::sql(second));
        self.clock.send();
        let guard = self.session.guard()?;
        let client = self.session.work()?;
        let check = || held(known.guard.as_ref(), &guard, client);
        // The first poll of each sends its request; only the rows are waited for one by one. The guard stands on both
        // sides of the cursor: in front, so that nothing changed is even planned; behind, when the cursor's locks are
        // taken, so that nothing has changed in between.
        let flight = async {
            tokio::join!(
                biased;
                client.batch_execute(&begin),
                check(),
                settled(known.settings.as_deref(), client),
                client.execute_typed(&known.declare.sql, &values),
                check(),
                client.simple_query_raw(&first_sql),
                client.simple_query_raw(&second_sql),
            )
        };
        let (begun, before, settled, declared, after, first_rows, second_rows) =
            self.clock.run(flight).await?;
        self.began(begun)?;
        if let Some(stale) = self.stale(before) {
            return stale;
        }
        self.settings(settled)?;
        if let Err(error) = self.settle(declared) {
            let error = self.timeouts(gate::failure(&error, template, &known.declare));
            return Err(self.blame(error, template, report, known).await);
        }
        if let Some(stale) = self.stale(after) {
            return stale;
        }
        let streams = [(first, first_rows), (second, second_rows)];
        match self.fetch(streams, &mut taken).await {
            Ok(()) => Ok(Landed::Done),
            Err(error @ QueryError::Database { .. }) => {
                let error = unseen::veiled(error, template.text());
                Err(self.blame(error, template, report, known).await)
            }
            Err(error) => Err(error),
        }
    }

    /// What the server says of the settings that policies ask for.
    fn settings(&mut self, outcome: Result<(), Error>) -> Result<(), QueryError> {
        self.settle(outcome).map_err(|error| {
            let error = QueryError::of_driver(&error);
            // What has not its column's type is named with its value, which is not the author's to see; the setting that is none is.
            let of_data =
                matches!(&error, QueryError::Database { sqlstate, .. } if sqlstate.starts_with("22"));
            match if of_data { unseen::veiled(error, "") } else { error } {
                QueryError::Database { sqlstate, message } => QueryError::Setting { sqlstate, message },
                error => error,
            }
        })
    }

    /// What the guard's answer means, unless the verdict holds.
    fn stale(&mut self, outcome: Result<(), Error>) -> Option<Result<Landed, QueryError>> {
        match self.settle(outcome).map_err(|error| QueryError::of_driver(&error)) {
            Ok(()) => None,
            Err(QueryError::Database { sqlstate, .. }) if sqlstate == STALE => Some(Ok(Landed::Stale)),
            Err(error) => Some(Err(error)),
        }
    }
}

/// Asks for the settings that policies compare with, where there are any.
async fn settled(asked: Option<&str>, client: &Client) -> Result<(), Error> {
    match asked {
        Some(sql) => client.batch_execute(sql).await,
        None => Ok(()),
    }
}

/// Asks whether a verdict holds; where there is no check, there is none.
async fn held(guard: Option<&Guard>, prepared: &Statement, client: &Client) -> Result<(), Error> {
    match guard {
        Some(guard) => guard.hold(client, prepared).await,
        None => Ok(()),
    }
}
