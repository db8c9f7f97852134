//! Constants: the server reads them while it parses a text, and with the elements of an array, the attributes of a row or the bounds of a
//! range it runs the checks of domains. So it is looked first whether a text has a constant that could be such a value, and what
//! would be called.

use tokio_postgres::{
    Row,
    types::{ToSql, Type},
};

use super::{
    Inner, Policy, Question,
    denial::Denial,
    facts::FIRST_NORMAL,
    judge::{Volatility, is_open},
    words::words,
};
use crate::{QueryError, Refusal};

/// Whether a constant of the text may be an array, a row or a range: more rather than less, whatever follows a quotation mark, and
/// everything where characters may be escaped.
pub(crate) fn may_be_made_of_values(text: &str) -> bool {
    let begins = |(at, _): (usize, &str)| text[at + 1..].trim_start().starts_with(['{', '[', '(']);
    let lower = text.to_lowercase();
    let escaped = text.contains('\\') && lower.contains("e'") || lower.contains("u&'");
    escaped || text.match_indices(['\'', '$']).any(begins)
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
        let role = question.policy.role.as_str();
        let looked = async {
            let begin = "/* rolewright: check */ BEGIN READ ONLY; SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL jit = off";
            client.batch_execute(begin).await?;
            let sql = include_str!("sql/constants.sql");
            let params: [(&(dyn ToSql + Sync), Type); 3] =
                [(&names, Type::TEXT_ARRAY), (&!words.all, Type::BOOL), (&role, Type::NAME)];
            client.query_typed(sql, &params).await
        };
        let rows = looked.await.map_err(|error| QueryError::of_driver(&error));
        if !matches!(rows, Err(QueryError::Lost { .. })) {
            session.rest();
        }
        for row in rows? {
            let called = Called::of(&row).map_err(|error| QueryError::of_driver(&error))?;
            if let Some(why) = called.denied(question.policy) {
                return Err(Refusal::from(why).into());
            }
        }
        Ok(())
    }
}

/// A function that the checks of a domain call.
struct Called {
    domain: String,
    oid: u32,
    schema: String,
    name: String,
    volatility: String,
    definer: bool,
    /// Whether the role may look into the schemas of both.
    seen: bool,
}

impl Called {
    fn of(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            domain: row.try_get("domain")?,
            oid: row.try_get("oid")?,
            schema: row.try_get("schema")?,
            name: row.try_get("name")?,
            volatility: row.try_get("volatility")?,
            definer: row.try_get("definer")?,
            seen: row.try_get("seen")?,
        })
    }

    /// Why it may not be called, unless it may. What the role may not look up is not named to it.
    fn denied(&self, policy: &Policy) -> Option<Denial> {
        let Self { domain, oid, schema, name, .. } = self;
        let key = |key| format!("roles.{}.{key}", policy.connection);
        let function = |key| Denial::Function { function: format!("{schema}.{name}"), key };
        let why = if *oid < FIRST_NORMAL {
            let open = is_open(*oid, name, Volatility::of(&self.volatility));
            (!open).then(|| Denial::Builtin { name: name.clone() })?
        } else if !policy.lists(schema, name) {
            function(key("functions"))
        } else if self.definer && !policy.lists_definer(schema, name) {
            function(key("definer_functions"))
        } else {
            return None;
        };
        if !self.seen {
            return Some(Denial::Constant);
        }
        Some(Denial::Through { what: format!("a constant that may be made of {domain}"), why: Box::new(why) })
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
