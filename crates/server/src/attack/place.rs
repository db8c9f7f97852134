//! The database at hand, as far as attempts speak of it: the names their placeholders stand for, and what they need.

use std::collections::BTreeSet;

use sqlx::PgPool;

use super::{AttackError, Attempt};

const OBJECTS: &str = include_str!("sql/objects.sql");
const NAMES: &str = include_str!("sql/names.sql");

/// The names attempts may speak of.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// A relation the role may read, and one that it may not, with their schemas: quoted, and bare.
    readable: Option<[String; 2]>,
    denied: Option<[String; 2]>,
    schema: Option<[String; 2]>,
    role: [String; 2],
    core: [String; 2],
    database: [String; 2],
    major: u32,
    objects: BTreeSet<String>,
}

/// An attempt's text for this database.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    pub(super) sql: Vec<String>,
    /// The same text for other rows, where it asks for one.
    pub(super) beside: Vec<Vec<String>>,
    pub(super) next: Vec<String>,
}

/// Two columns, quoted and bare; absent where there is no such relation.
type Pair = (Option<String>, Option<String>);

impl Place {
    /// Asks the server, as core.
    pub(super) async fn find(
        core: &PgPool,
        role: &str,
        schemas: &[String],
        needs: &[&str],
        major: u32,
    ) -> Result<Self, AttackError> {
        let failed = AttackError::database("looking for what the role may read");
        let objects: Vec<String> =
            sqlx::query_scalar(OBJECTS).bind(needs).fetch_all(core).await.map_err(&failed)?;
        let named: Vec<Pair> =
            sqlx::query_as(NAMES).bind(role).bind(schemas).fetch_all(core).await.map_err(&failed)?;
        let mut named = named.into_iter().map(|(quoted, bare)| Some([quoted?, bare?]));
        let mut next = || named.next().flatten();
        Ok(Self {
            readable: next(),
            denied: next(),
            schema: next(),
            role: next().unwrap_or_default(),
            core: next().unwrap_or_default(),
            database: next().unwrap_or_default(),
            major,
            objects: objects.into_iter().collect(),
        })
    }

    /// Takes relations for there that will be made.
    pub(super) fn will_have(&mut self, names: impl Iterator<Item = String>) {
        self.objects.extend(names);
    }

    /// The relation that the role may read, quoted.
    pub(super) fn readable_table(&self) -> Option<String> {
        self.readable.as_ref().map(|[quoted, _]| quoted.clone())
    }

    /// The attempt's text, or why it proves nothing here.
    pub(super) fn text(&self, attempt: &Attempt, heavy: bool) -> Result<Text, String> {
        if let Some(from) = attempt.min_version.filter(|from| *from > self.major) {
            return Err(format!("it needs PostgreSQL {from}"));
        }
        if let Some(missing) = attempt.needs.iter().find(|name| !self.objects.contains(*name)) {
            return Err(format!("this database has no {missing}"));
        }
        let sql = match (attempt.heavy, heavy) {
            (false, _) | (true, true) => &attempt.sql,
            (true, false) if attempt.bounded.is_empty() => {
                return Err("it burdens the server; --heavy runs it".to_owned());
            }
            (true, false) => &attempt.bounded,
        };
        let fill = |texts: &[String]| texts.iter().map(|text| self.fill(text)).collect::<Result<Vec<_>, _>>();
        let next = fill(&attempt.next_user_sql)?;
        let Some(at) = &attempt.at else { return Ok(Text { sql: fill(sql)?, next, ..Text::default() }) };
        let of = |value| fill(&sql.iter().map(|text| text.replace("{at}", value)).collect::<Vec<_>>());
        let mut texts = at.values().map(of).collect::<Result<Vec<_>, _>>()?;
        Ok(Text { sql: texts.remove(0), beside: texts, next })
    }

    fn fill(&self, text: &str) -> Result<String, String> {
        let known = [
            ("readable", self.readable.as_ref(), "relation that the role may read"),
            ("denied", self.denied.as_ref(), "relation that the role may not read"),
            ("schema", self.schema.as_ref(), "schema that the role may read"),
            ("role", Some(&self.role), "role"),
            ("core", Some(&self.core), "core role"),
            ("database", Some(&self.database), "database"),
        ];
        let mut text = text.to_owned();
        for (name, value, what) in known {
            let places = [format!("{{{name}}}"), format!("{{{name}.name}}")];
            if !places.iter().any(|place| text.contains(place)) {
                continue;
            }
            let Some(value) = value else { return Err(format!("there is no {what}")) };
            // Some stand inside of literals and dollar quotes, which such characters would end.
            if value[1].contains(['\'', '\\', '$', '"']) {
                return Err(format!("the {what} has quotes, backslashes or dollars in its name"));
            }
            for (place, value) in places.iter().zip(value) {
                text = text.replace(place, value);
            }
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        let name = |quoted: &str, bare: &str| [quoted.to_owned(), bare.to_owned()];
        Place {
            readable: Some(name("public.\"A b\"", "public.A b")),
            denied: Some(name("public.it's", "public.it's")),
            role: name("app_raw", "app_raw"),
            major: 15,
            objects: ["public.f".to_owned()].into(),
            ..Place::default()
        }
    }

    fn attempt(sql: &str) -> Attempt {
        Attempt { sql: vec![sql.to_owned()], ..Attempt::default() }
    }

    #[test]
    fn placeholders_are_filled_or_the_attempt_is_left_out() {
        let text = |sql| place().text(&attempt(sql), false).map(|text| text.sql.concat());
        assert_eq!(
            text("SELECT '{readable.name}' FROM {readable}").unwrap(),
            "SELECT 'public.A b' FROM public.\"A b\""
        );
        assert_eq!(text("SELECT '{a}', ARRAY['{x,y}']").unwrap(), "SELECT '{a}', ARRAY['{x,y}']");
        assert!(text("TABLE {denied}").unwrap_err().contains("quotes"));
        assert!(text("SELECT '{schema.name}'").unwrap_err().contains("no schema"));
    }

    #[test]
    fn what_does_not_apply_says_why() {
        let mut later = attempt("SELECT 1");
        later.min_version = Some(17);
        assert!(place().text(&later, false).unwrap_err().contains("17"));
        let mut needs = attempt("SELECT public.f()");
        needs.needs = vec!["public.f".to_owned()];
        assert!(place().text(&needs, false).is_ok());
        needs.needs.push("public.g".to_owned());
        assert!(place().text(&needs, false).unwrap_err().contains("public.g"));
        let mut heavy = attempt("SELECT 'long'");
        heavy.heavy = true;
        assert!(place().text(&heavy, false).unwrap_err().contains("--heavy"));
        heavy.bounded = vec!["SELECT 'short'".to_owned()];
        assert_eq!(place().text(&heavy, false).unwrap().sql, heavy.bounded);
        assert_eq!(place().text(&heavy, true).unwrap().sql, heavy.sql);
    }
}
