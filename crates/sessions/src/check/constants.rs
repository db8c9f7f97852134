//! Constants: the server reads them while it parses a text, and with the elements of an array, the attributes of a row or the bounds of a
//! range it runs the checks of domains. So it is looked first whether a text has a constant that could be such a value, and what
//! would be called.

use tokio_postgres::types::Type;

use super::{Inner, Question, denial::Denial, words::words};
use crate::{QueryError, Refusal};

/// With which brackets constants of a text begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Brackets {
    brace: bool,
    bracket: bool,
    paren: bool,
}

impl Brackets {
    /// More rather than less: whatever follows a quotation mark, and everything where characters may be escaped.
    fn of(text: &str) -> Self {
        if text.contains('\\') || text.to_lowercase().contains("u&'") {
            return Self { brace: true, bracket: true, paren: true };
        }
        let mut all = Self::default();
        for (at, _) in text.match_indices(['\'', '$']) {
            match text[at + 1..].trim_start().chars().next() {
                Some('{') => all.brace = true,
                Some('[') => all.bracket = true,
                Some('(') => all.paren = true,
                _ => {}
            }
        }
        all
    }
}

impl Inner {
    /// Refuses a text whose constants could call a function that the role's reports may not call, before anything has read them.
    pub(super) async fn constants(&self, question: &Question<'_>) -> Result<(), QueryError> {
        let text = question.template.text();
        let Brackets { brace, bracket, paren } = Brackets::of(text);
        if !(brace || bracket || paren) {
            return Ok(());
        }
        let words = words(text);
        let names: Vec<&String> = words.names.iter().collect();
        let of_arrays = text.contains('[') || text.to_lowercase().contains("array");
        let mut session = self.sessions.get().await?;
        let client = session.work()?;
        let looked = async {
            let begin = "/* rolewright: check */ BEGIN READ ONLY; SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL jit = off";
            client.batch_execute(begin).await?;
            let sql = include_str!("sql/constants.sql");
            let flag = Type::BOOL;
            client
                .query_typed(
                    sql,
                    &[
                        (&names, Type::TEXT_ARRAY),
                        (&!words.all, flag.clone()),
                        (&brace, flag.clone()),
                        (&bracket, flag.clone()),
                        (&paren, flag.clone()),
                        (&of_arrays, flag),
                    ],
                )
                .await
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
    use super::Brackets;

    #[test]
    fn what_could_be_made_of_values_is_found() {
        let of = |text: &str| {
            let Brackets { brace, bracket, paren } = Brackets::of(text);
            (brace, bracket, paren)
        };
        for text in ["SELECT 'x', 1", "SELECT f('a') FROM (VALUES ('b', ']'))", "SELECT '' || x"] {
            assert_eq!(of(text), (false, false, false), "{text}");
        }
        for (text, found) in [
            ("SELECT '{x}'::a[]", (true, false, false)),
            ("SELECT '\t\n {x}'", (true, false, false)),
            ("SELECT $q$[1,2)$q$", (false, true, false)),
            ("SELECT ''\n'(1,2)'", (false, false, true)),
            (r"SELECT E'\x7bx}'", (true, true, true)),
            ("SELECT u&'!007bx}' UESCAPE '!'", (true, true, true)),
        ] {
            assert_eq!(of(text), found, "{text}");
        }
    }
}
