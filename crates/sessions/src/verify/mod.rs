//! Looking at a report without running it: the gate, its types, its columns, and what it would cost.

mod cost;
mod elsewhere;

use std::sync::Arc;

use tokio_postgres::{Client, types::Type};

pub use elsewhere::Elsewhere;

use crate::{
    Check, Column, ParameterError, QueryError, Report,
    check::Question,
    gate,
    memory::{Key, Known},
    placeholders::Template,
    pool::Inner,
    run::Run,
    types::TypeName,
    wire::text_type,
};

/// What the server says of a report that it has not run.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    /// The columns of its result.
    pub columns: Vec<Column>,
    /// Its parameters, in the order of their first use.
    pub params: Vec<Parameter>,
    /// What the planner expects of it; not told where it reads a view with its owner's rights, or a table with row level security, since
    /// that is reckoned from statistics of rows that the role may not see.
    pub estimate: Option<Estimate>,
}

/// What the planner expects of a report.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// What its plan costs, in the planner's units (PostgreSQL manual, 14.1): about the pages it reads, one after another.
    pub cost: f64,
    /// How many rows it gives.
    pub rows: f64,
}

/// A parameter of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name, without the colon.
    pub name: String,
    /// Its type, in PostgreSQL's words.
    pub type_name: String,
}

/// Verifies a report for its author.
pub(crate) async fn verify(inner: &Arc<Inner>, report: &Report) -> Result<Verified, QueryError> {
    let template = Template::parse(&report.text)?;
    let (sender, _receiver) = tokio::sync::mpsc::channel(1);
    let mut run = Run::new(inner, report, &sender).await?;
    let known = run.look(&template, report).await?;
    inner.memory.put(Key::of(report), &known);
    if let Some(invalid) = run.invalid(&template, report, &known).await? {
        return Err(invalid.into());
    }
    // That it can be planned is seen in any case.
    let estimate = Some(run.estimate(&template, &known).await?).filter(|_| known.own);
    let params = template.names().iter().zip(&known.types);
    Ok(Verified {
        columns: known.columns.clone(),
        params: params
            .map(|(name, known)| Parameter { name: name.clone(), type_name: known.display.clone() })
            .collect(),
        estimate,
    })
}

impl Run<'_> {
    /// Takes a text through the gate and the check. Nothing of it runs.
    pub(crate) async fn look(
        &mut self,
        template: &Template,
        report: &Report,
    ) -> Result<Arc<Known>, QueryError> {
        let search_path = &self.inner.open.search_path;
        if let Some(Check { checker, policy }) = &self.inner.check {
            let declared: Vec<&str> = report.types.values().map(String::as_str).collect();
            checker
                .constants(&Question { template, param_types: &[], search_path, policy }, &declared)
                .await?;
        }
        self.begin().await?;
        let declared = self.declared(template, report).await?;
        let declare = gate::numbered(template);
        let parsed = self.ask(async |client| client.prepare_typed(&declare.sql, &declared).await).await?;
        let params = match parsed {
            Ok(statement) => statement.params().to_vec(),
            Err(error) => {
                let (refused, offset) =
                    (gate::refusal(&error, template, &declare), gate::offset(&error, &declare));
                let refused = self.timeouts(refused);
                return Err(self.elsewhere(refused, &error, offset, template).await);
            }
        };
        let oids: Vec<u32> = params.iter().map(Type::oid).collect();
        let types = self.names(&oids).await?;
        let (columns, copies, own, settings, guard) = match &self.inner.check {
            Some(Check { checker, policy }) => {
                let checked =
                    checker.check(&Question { template, param_types: &oids, search_path, policy }).await?;
                (checked.columns, checked.copies, checked.own, checked.settings, Some(checked.guard))
            }
            None => (self.columns(template, &params).await?, Vec::new(), false, None, None),
        };
        Ok(Arc::new(Known { declare, oids, types, columns, copies, own, settings, guard }))
    }

    /// The columns of a text that went through the gate, as the server tells them of a text that it parses.
    async fn columns(&mut self, template: &Template, params: &[Type]) -> Result<Vec<Column>, QueryError> {
        let plain = gate::plain(template);
        let described = self.ask(async |client| client.prepare_typed(&plain, params).await).await?;
        let described = described.map_err(|error| self.timeouts(QueryError::of_driver(&error)))?;
        let oids: Vec<u32> = described.columns().iter().map(|column| column.type_().oid()).collect();
        let names = self.names(&oids).await?;
        let column = |(column, known): (&tokio_postgres::Column, TypeName)| Column {
            name: column.name().to_owned(),
            type_name: known.display,
            oid: column.type_().oid(),
        };
        Ok(described.columns().iter().zip(names).map(column).collect())
    }

    /// The types that parameters are declared to have; those that are not are for the server to tell.
    async fn declared(&mut self, template: &Template, report: &Report) -> Result<Vec<Type>, QueryError> {
        if report.types.is_empty() {
            return Ok(Vec::new());
        }
        let unused = report.types.keys().filter(|name| !template.names().contains(name));
        let unused: Vec<String> = unused.cloned().collect();
        if !unused.is_empty() {
            return Err(ParameterError::Unknown(unused).into());
        }
        let mut types = Vec::new();
        for name in template.names() {
            let oid = match report.types.get(name) {
                Some(declared) => self.type_oid(name, declared).await?,
                None => 0,
            };
            types.push(text_type(oid));
        }
        Ok(types)
    }

    /// The OID of a type by the name people write.
    async fn type_oid(&mut self, parameter: &str, type_name: &str) -> Result<u32, QueryError> {
        let sql = "/* rolewright: parameter */ SELECT pg_catalog.to_regtype($1)::pg_catalog.oid";
        let rows =
            self.ask(async |client| client.query_typed(sql, &[(&type_name, Type::TEXT)]).await).await?;
        let oid = match rows {
            Ok(rows) => rows.first().and_then(|row| row.try_get::<_, Option<u32>>(0).ok().flatten()),
            // Not even the form of a type's name.
            Err(error) if error.as_db_error().is_some() => None,
            Err(error) => return Err(QueryError::of_driver(&error)),
        };
        let unknown =
            || ParameterError::NoSuchType { name: parameter.to_owned(), type_name: type_name.to_owned() };
        Ok(oid.ok_or_else(unknown)?)
    }

    /// The names of types, asked for only where one is not known yet.
    async fn names(&mut self, oids: &[u32]) -> Result<Vec<TypeName>, QueryError> {
        if let Some(names) = self.inner.sessions.types.known(oids) {
            return Ok(names);
        }
        let inner = self.inner;
        let names =
            self.ask(async |client: &Client| inner.sessions.types.look_up(client, oids).await).await?;
        names.map_err(|error| QueryError::of_driver(&error))
    }
}
