//! What the server says of a text, as its author may hear it: a role learns from an error no name that it did not write itself.

use rolewright_core::sqlstate;

use crate::QueryError;

/// `invalid_schema_name` and `undefined_object`.
const NO_SCHEMA: &str = "3F000";
const UNDEFINED_OBJECT: &str = "42704";

/// Quotation marks in the languages that the server speaks.
const MARKS: [char; 8] = ['"', '«', '»', '“', '”', '„', '「', '」'];

/// An error of parsing: what is in a schema that the role may not look into is told like what is not there. `offset` is where the server
/// points to.
pub(crate) fn parsed(error: QueryError, offset: Option<usize>, text: &str) -> QueryError {
    let QueryError::Database { sqlstate: code, message } = &error else { return error };
    let name = offset.map(|offset| written(text, offset)).unwrap_or_default();
    let qualified = name.split('.').count() == 2;
    // It is named only where the server points to it whether there is such a schema or not.
    let told = |named: bool| absent(if named { &name } else { "something that the query names" });
    match code.as_str() {
        sqlstate::UNDEFINED_TABLE if name.split('.').count() > 2 => told(false),
        sqlstate::UNDEFINED_TABLE if qualified && mentions(message, &name) => told(true),
        sqlstate::INSUFFICIENT_PRIVILEGE | NO_SCHEMA => told(qualified),
        // The server's messages have no full stop; a name with its schema has one.
        UNDEFINED_OBJECT if message.contains('.') => told(false),
        _ => veiled(error, text),
    }
}

fn mentions(message: &str, name: &str) -> bool {
    message.to_lowercase().contains(&name.to_lowercase())
}

fn absent(what: &str) -> QueryError {
    let message = format!("{what} is not there, or not for this role");
    QueryError::Database { sqlstate: sqlstate::UNDEFINED_TABLE.to_owned(), message }
}

/// An error about names without those that are not in the text; any other as it is.
pub(crate) fn veiled(error: QueryError, text: &str) -> QueryError {
    match error {
        // Class 42 is "syntax error or access rule violation".
        QueryError::Database { sqlstate: code, message } if code.starts_with("42") => {
            let message = veil(&message, code == sqlstate::INSUFFICIENT_PRIVILEGE, text);
            QueryError::Database { sqlstate: code, message }
        }
        error => error,
    }
}

/// Names stand in quotation marks; a refused right ends with one that does not.
fn veil(message: &str, ends_with_name: bool, text: &str) -> String {
    let text = text.to_lowercase();
    let known = |name: &str| name.to_lowercase().split('.').all(|part| text.contains(part));
    let mut out = String::with_capacity(message.len());
    for (index, part) in message.split_inclusive(MARKS).enumerate() {
        let name = part.trim_end_matches(MARKS);
        let quoted = index % 2 == 1 && part.len() > name.len();
        out.push_str(if quoted && !known(name) { "…" } else { name });
        out.push_str(&part[name.len()..]);
    }
    match out.rsplit_once(' ') {
        Some((before, name)) if ends_with_name && !name.contains(MARKS) && !known(name) => {
            format!("{before} …")
        }
        _ => out,
    }
}

/// The name that is written at this place of the text, with its schema.
fn written(text: &str, offset: usize) -> String {
    let mut name = String::new();
    let mut quoted = false;
    // A string between `$$` is no name.
    if text.chars().nth(offset) == Some('$') {
        return name;
    }
    for c in text.chars().skip(offset) {
        match c {
            '"' => quoted = !quoted,
            _ if quoted || c.is_alphanumeric() || "_$.".contains(c) => name.push(c),
            _ => break,
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(code: &str, message: &str) -> QueryError {
        QueryError::Database { sqlstate: code.to_owned(), message: message.to_owned() }
    }

    #[test]
    fn a_closed_schema_is_like_none() {
        let text = "select * from closed.t, \"a b\".\"c\"";
        let closed = parsed(database("42501", "permission denied for schema closed"), Some(14), text);
        let absent = parsed(database("42P01", "relation \"closed.t\" does not exist"), Some(14), text);
        assert_eq!(closed, absent);
        assert_eq!(closed, database("42P01", "closed.t is not there, or not for this role"));
        assert_eq!(
            parsed(database("3F000", "schema \"a b\" does not exist"), Some(24), text),
            database("42P01", "a b.c is not there, or not for this role")
        );
        let parameter = "select to_tsvector($$closed.c$$, '')";
        let string = parsed(database("42501", "permission denied for schema closed"), Some(19), parameter);
        assert_eq!(
            string,
            parsed(database("42704", "configuration \"closed.c\" does not exist"), Some(19), parameter)
        );
        let whole = parsed(database("42501", "permission denied for schema closed"), None, text);
        assert_eq!(whole, parsed(database("42P01", "missing FROM-clause entry"), Some(7), "select nope.t.a"));
        let plain = database("42P01", "relation \"vists\" does not exist");
        assert_eq!(parsed(plain.clone(), Some(14), "select * from vists"), plain);
        let alias = database("42P01", "missing FROM-clause entry for table \"p\"");
        assert_eq!(parsed(alias.clone(), Some(7), "select p.id"), alias);
    }

    #[test]
    fn names_that_the_text_does_not_have_are_left_out() {
        let said = |code: &str, message: &str, text: &str| veiled(database(code, message), text).to_string();
        let group = "column \"u.password\" must appear in the GROUP BY clause";
        assert_eq!(
            said("42803", group, "select u.* from u"),
            "column \"…\" must appear in the GROUP BY clause (42803)"
        );
        assert!(said("42803", group, "select Password from U u").contains("u.password"));
        assert_eq!(said("42803", "die Spalte „a.b“ fehlt", "select 1"), "die Spalte „…“ fehlt (42803)");
        assert_eq!(
            said("42501", "permission denied for table hidden", "table v"),
            "permission denied for table … (42501)"
        );
        assert_eq!(
            said("42501", "permission denied for table v", "table v"),
            "permission denied for table v (42501)"
        );
        assert_eq!(said("22P02", "invalid input: \"x\"", "select 1"), "invalid input: \"x\" (22P02)");
    }
}
