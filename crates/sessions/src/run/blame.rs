//! When a report fails on its data: whether a parameter's value is to blame, and whose.

use super::Run;
use crate::{
    ParameterError, QueryError, Report,
    memory::Known,
    placeholders::Template,
    wire::{Text, text_type},
};

/// The type of a parameter of which nothing is known.
const TEXT: u32 = 25;

impl Run<'_> {
    /// Names the parameter whose value is not one of its type; the server's own message would repeat the value and
    /// not name the parameter. Any other error stays as it is.
    pub(super) async fn blame(
        &mut self,
        error: QueryError,
        template: &Template,
        report: &Report,
        known: &Known,
    ) -> QueryError {
        let QueryError::Database { sqlstate, .. } = &error else { return error };
        // Class 22 is "data exception"; 23514 is a domain's check, 23502 its NOT NULL.
        if !(sqlstate.starts_with("22") || sqlstate == "23514" || sqlstate == "23502") {
            return error;
        }
        match self.invalid(template, report, known).await {
            Ok(None) => error,
            Ok(Some(invalid)) => invalid.into(),
            Err(error) => error,
        }
    }

    /// The first parameter whose value, where it is given one, is not one of its type.
    pub(crate) async fn invalid(
        &mut self,
        template: &Template,
        report: &Report,
        known: &Known,
    ) -> Result<Option<ParameterError>, QueryError> {
        for (index, name) in template.names().iter().enumerate() {
            let Some(value) = report.params.get(name) else { continue };
            let oid = known.oids.get(index).copied().unwrap_or(TEXT);
            if let Some(sqlstate) = self.is_valid(oid, value.as_text()).await? {
                let type_name = known.types.get(index).map_or("text", |known| &known.display).to_owned();
                return Ok(Some(ParameterError::Invalid { name: name.clone(), type_name, sqlstate }));
            }
        }
        Ok(None)
    }

    /// Whether a value is one of a type; if not, the SQLSTATE of the type's input function. It is bound as the report's own is: a cast of
    /// text could be a function of the application's, which no check has seen.
    async fn is_valid(&mut self, oid: u32, value: Option<&str>) -> Result<Option<String>, QueryError> {
        self.begin().await?;
        let sql = "/* rolewright: parameter */ SELECT $1 IS NULL";
        let value = Text(value.map(str::to_owned));
        let outcome =
            self.ask(async |client| client.execute_typed(sql, &[(&value, text_type(oid))]).await).await?;
        match outcome.map_err(|error| QueryError::of_driver(&error)) {
            Ok(_) => Ok(None),
            Err(QueryError::Database { sqlstate, .. }) => Ok(Some(sqlstate)),
            Err(error) => Err(error),
        }
    }
}
