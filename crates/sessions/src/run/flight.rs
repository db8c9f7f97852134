//! The one round trip: begin, guard, cursor and first rows leave together, and the answers come back together.

use futures_util::future::join5;
use tokio_postgres::types::{ToSql, Type};

use super::{Run, fetch};
use crate::{
    DEFAULT_MAX_BYTES, QueryError, Report, gate,
    memory::Known,
    placeholders::Template,
    run::taken::Taken,
    wire::{Text, text_type},
};

/// How a flight ended.
pub(super) enum Landed {
    /// The rows are handed on.
    Done,
    /// What the verdict depends on is not what it was; nothing of the text has run.
    #[expect(dead_code, reason = "texts are not remembered yet")]
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
        let client = self.session.work()?;
        // The first poll of each sends its request; only the rows are waited for one by one.
        let flight = join5(
            client.batch_execute(&begin),
            async { Ok::<_, tokio_postgres::Error>(()) },
            client.execute_typed(&known.declare.sql, &values),
            client.simple_query_raw(&first_sql),
            client.simple_query_raw(&second_sql),
        );
        let (begun, guarded, declared, first_rows, second_rows) = self.clock.run(flight).await?;
        self.settle(begun).map_err(|error| QueryError::of_driver(&error))?;
        if let Err(error) = self.settle(guarded) {
            return Err(QueryError::of_driver(&error));
        }
        if let Err(error) = self.settle(declared) {
            let error = self.timeouts(gate::refusal(&error, template, &known.declare));
            return Err(self.blame(error, template, report, &known.types).await);
        }
        let streams = [(first, first_rows), (second, second_rows)];
        match self.fetch(streams, &mut taken).await {
            Ok(()) => Ok(Landed::Done),
            Err(error @ QueryError::Database { .. }) => {
                Err(self.blame(error, template, report, &known.types).await)
            }
            Err(error) => Err(error),
        }
    }
}
