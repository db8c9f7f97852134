//! Constants: the server reads them while it parses a text, and with the elements of an array, the attributes of a row or the bounds of a
//! range it runs the checks of domains. So it is looked first whether a text has a constant that could be such a value, and what
//! would be called.

use tokio_postgres::types::Type;

use super::{Inner, Question, denial::Denial, words::words};
use crate::{QueryError, Refusal};

/// Whether a constant of the text may be an array, a row or a range: more rather than less, whatever follows a quotation mark, and
/// everything where characters may be escaped.
pub(crate) fn may_be_made_of_values(text: &str) -> bool {
    let begins = |(at, _): (usize, &str)| text[at + 1..].trim_start().starts_with(['{', '[', '(']);
    text.contains('\\') || text.to_lowercase().contains("u&'") || text.match_indices(['\'', '$']).any(begins)
}

impl Inner {
    /// Refuses a text whose constants could call a function that the role's reports may not call, before anything has read them.
    ///
    /// The types that its parameters are declared to have count among its words.
    pub(super) async fn constants(
        &self,
        question: &Question<'_>,
        declared: &[&str],
    ) -> Result<(), QueryError> {
        let text = question.template.text();
        if !may_be_made_of_values(text) {
            return Ok(());
        }
        let words = words(&format!("{text} {}", declared.join(" ")));
        let names: Vec<&String> = words.names.iter().collect();
        let mut session = self.sessions.get().await?;
        let client = session.work()?;
        let looked = async {
            let begin = "/* rolewright: check */ BEGIN READ ONLY; SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL jit = off";
            client.batch_execute(begin).await?;
            let sql = include_str!("sql/constants.sql");
            client.query_typed(sql, &[(&names, Type::TEXT_ARRAY), (&!words.all, Type::BOOL)]).await
        };
        let rows = looked.await.map_err(|error| QueryError::of_driver(&error));
        if !matches!(rows, Err(QueryError::Lost { .. })) {
            session.rest();
        }
        for row in rows? {
            let read = || -> Result<_, tokio_postgres::Error> {
                Ok((
                    row.try_get("domain")?,
                    row.try_get("schema")?,
                    row.try_get("name")?,
                    row.try_get("definer")?,
                ))
            };
            let (domain, schema, name, definer): (String, String, String, bool) =
                read().map_err(|error| QueryError::of_driver(&error))?;
            let policy = question.policy;
            let key = match (policy.lists(&schema, &name), definer && !policy.lists_definer(&schema, &name)) {
                (true, false) => continue,
                (false, _) => "functions",
                (true, true) => "definer_functions",
            };
            let key = format!("roles.{}.{key}", policy.connection);
            let why = Box::new(Denial::Function { function: format!("{schema}.{name}"), key });
            let what = format!("a constant that may be made of {domain}");
            return Err(Refusal::from(Denial::Through { what, why }).into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::may_be_made_of_values;

    #[test]
    fn what_could_be_made_of_values_is_found() {
        for text in ["SELECT 'x', 1", "SELECT f('a') FROM (VALUES ('b', ']'))", "SELECT '' || x"] {
            assert!(!may_be_made_of_values(text), "{text}");
        }
        for text in [
            "SELECT '{x}'::a[]",
            "SELECT '\t\n {x}'",
            "SELECT $q$[1,2)$q$",
            "SELECT ''\n'(1,2)'",
            r"SELECT E'\x7bx}'",
            "SELECT u&'!007bx}' UESCAPE '!'",
        ] {
            assert!(may_be_made_of_values(text), "{text}");
        }
    }
}
