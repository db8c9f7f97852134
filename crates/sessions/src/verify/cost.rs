//! What a report would cost: the planner's own estimate, for parameters whose values are not known.

use std::error::Error;

use serde::Deserialize;
use tokio_postgres::types::{FromSql, Type};

use crate::{
    QueryError,
    memory::Known,
    placeholders::Template,
    run::{Run, quoted},
    unseen,
    verify::Estimate,
    wire::{Text, text_type},
};

const EXPLAIN: &str = "/* rolewright: cost */ EXPLAIN (FORMAT JSON) ";

impl Run<'_> {
    /// The total cost and the rows that the planner expects.
    pub(crate) async fn estimate(
        &mut self,
        template: &Template,
        known: &Known,
    ) -> Result<Estimate, QueryError> {
        // The result of a sub-select is not known when the plan is made, so the planner takes what is usual, and not
        // what would hold for NULL.
        let unknown = |index: usize| {
            let type_name = quoted(&known.types, index);
            format!("CAST((SELECT CAST(NULL AS {type_name})) AS {type_name})")
        };
        match self.explain(&template.render(EXPLAIN, unknown).sql, &[], template.text()).await {
            // Some places take a parameter but no sub-select.
            Err(QueryError::Database { .. }) => {
                self.begin().await?;
                let numbered = template.render(EXPLAIN, |index| format!("${}", index + 1));
                self.explain(&numbered.sql, &known.oids, template.text()).await
            }
            outcome => outcome,
        }
    }

    async fn explain(&mut self, sql: &str, oids: &[u32], text: &str) -> Result<Estimate, QueryError> {
        let nulls: Vec<(Text, Type)> = oids.iter().map(|oid| (Text(None), text_type(*oid))).collect();
        let nulls: Vec<(&(dyn tokio_postgres::types::ToSql + Sync), Type)> =
            nulls.iter().map(|(value, known)| (value as _, known.clone())).collect();
        let rows = self.ask(async |client| client.query_typed(sql, &nulls).await).await?;
        let rows =
            rows.map_err(|error| self.timeouts(unseen::veiled(QueryError::of_driver(&error), text)))?;
        let odd = || QueryError::Lost { cause: "the server's plan could not be read".to_owned() };
        let plan: Raw =
            rows.first().ok_or_else(odd)?.try_get(0).map_err(|error| QueryError::of_driver(&error))?;
        let plans: Vec<Explained> = serde_json::from_str(&plan.0).map_err(|_| odd())?;
        let estimate = |plan: &Plan| Estimate { cost: plan.cost, rows: plan.rows };
        plans.first().map(|explained| estimate(&explained.plan)).ok_or_else(odd)
    }
}

#[derive(Deserialize)]
struct Explained {
    #[serde(rename = "Plan")]
    plan: Plan,
}

#[derive(Deserialize)]
struct Plan {
    #[serde(rename = "Total Cost")]
    cost: f64,
    #[serde(rename = "Plan Rows")]
    rows: f64,
}

/// A value as the server wrote it: what it writes of `json` is its text.
struct Raw(String);

impl<'a> FromSql<'a> for Raw {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(std::str::from_utf8(raw)?.to_owned()))
    }

    fn accepts(known: &Type) -> bool {
        *known == Type::JSON
    }
}
