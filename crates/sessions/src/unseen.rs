//! What the server says of a text, as its author may hear it: a role learns from an error no name and no value that it did not write itself.
//!
//! Nothing here depends on the language that the server speaks: where its words are not known to be safe, ours stand in their place.

use rolewright_core::sqlstate;

use crate::{
    Denial, QueryError, Refusal,
    check::{may_be_made_of_values, words},
};

/// `invalid_schema_name` and `undefined_object`.
const NO_SCHEMA: &str = "3F000";
const UNDEFINED_OBJECT: &str = "42704";

/// How looking a name up fails: no such relation, schema, object or function, several of one name, and no right to look.
const LOOKS: [&str; 6] = [
    sqlstate::UNDEFINED_TABLE,
    NO_SCHEMA,
    UNDEFINED_OBJECT,
    "42883",
    "42725",
    sqlstate::INSUFFICIENT_PRIVILEGE,
];

/// Quotation marks in the languages that the server speaks.
const MARKS: [char; 8] = ['"', '«', '»', '“', '”', '„', '「', '」'];

/// What a right can be missing for, as the server says it in English.
const KINDS: [&str; 9] = [
    "table",
    "view",
    "materialized view",
    "foreign table",
    "sequence",
    "function",
    "aggregate",
    "type",
    "schema",
];

/// An error of parsing: what is in a schema that the role may not look into is told like what is not there. `offset` is where the server
/// points to.
pub(crate) fn parsed(error: QueryError, offset: Option<usize>, text: &str) -> QueryError {
    let QueryError::Database { sqlstate: code, message } = &error else { return error };
    let name = offset.map(|offset| written(text, offset)).unwrap_or_default();
    let parts = name.split('.').count();
    if LOOKS.contains(&code.as_str()) && offset.is_some_and(|offset| is_string(text, offset)) {
        // A constant that names an object: whether there is one is not told.
        return Refusal::from(Denial::LookedUp).into();
    }
    // It is named only where the server points to it whether there is such a schema or not.
    let told = |named: bool| absent(if named { &name } else { "something that the query names" });
    match code.as_str() {
        sqlstate::UNDEFINED_TABLE if parts > 2 => told(false),
        // The server's messages have no full stop; a name with its schema has one, however it is written in the text.
        sqlstate::UNDEFINED_TABLE if message.contains('.') => told(parts == 2),
        sqlstate::INSUFFICIENT_PRIVILEGE | NO_SCHEMA => told(parts == 2),
        UNDEFINED_OBJECT if message.contains('.') => told(false),
        // Nothing has run but what reads constants, and, where those may be made of a domain's values, the checks of that: but for these, a
        // value that is told is one of the text's own.
        code if code.starts_with("22") && !may_be_made_of_values(text) => error,
        _ => veiled(error, text),
    }
}

fn absent(what: &str) -> QueryError {
    let message = format!("{what} is not there, or not for this role");
    QueryError::Database { sqlstate: sqlstate::UNDEFINED_TABLE.to_owned(), message }
}

/// An error of a text that runs, or is planned: of the text's form without the names that are not in it; of anything else, which may
/// repeat what a view hides, what kind of error it is.
pub(crate) fn veiled(error: QueryError, text: &str) -> QueryError {
    let QueryError::Database { sqlstate: code, message } = error else { return error };
    let message = match code.as_str() {
        sqlstate::INSUFFICIENT_PRIVILEGE => right(&message, text),
        // It says who cancelled, and no more.
        sqlstate::QUERY_CANCELED => message,
        // "Syntax error or access rule violation", and "feature not supported".
        _ if code.starts_with("42") || code.starts_with("0A") => veil(&message, text),
        _ => kind(&code).to_owned(),
    };
    QueryError::Database { sqlstate: code, message }
}

/// What kind of error it is (PostgreSQL manual, appendix A).
fn kind(code: &str) -> &'static str {
    match (code, code.get(..2).unwrap_or_default()) {
        ("22012", _) => "division by zero",
        ("22003", _) => "a number is out of the range of its type",
        ("22P02", _) => "a value is not of the form that its type takes",
        ("22007" | "22008", _) => "a value is no date or time, or out of the range of its type",
        ("22001", _) => "a value is too long for its type",
        ("2201B", _) => "a regular expression is not valid",
        (_, "22") => "a value is not one that the expression takes",
        ("21000", _) => "a subquery gave more than one row where one is taken",
        (_, "23") => "a value breaks a rule of its type",
        (_, "08" | "HV") => "a foreign table could not be read",
        (_, "40") => "another transaction was in the way",
        (_, "53") => "the server ran out of memory, disk or connections",
        (_, "54") => "the query goes beyond a limit of the server",
        (_, "P0") => "a function gave up",
        _ => "the server cannot run this query",
    }
}

/// Which right is missing, where the name is one of the text's.
fn right(message: &str, text: &str) -> String {
    let names = words(text).names;
    let named = message.strip_prefix("permission denied for ").is_some_and(|what| {
        let name = |kind: &&str| what.strip_prefix(*kind).and_then(|rest| rest.strip_prefix(' '));
        KINDS.iter().filter_map(name).any(|name| names.contains(name))
    });
    if named { message.to_owned() } else { "a right is missing to something that the query reads".to_owned() }
}

/// Names stand in quotation marks, those with a schema without them too.
fn veil(message: &str, text: &str) -> String {
    let text = text.to_lowercase();
    let known = |name: &str| name.to_lowercase().split('.').all(|part| text.contains(part));
    let (first, last) = (message.find(MARKS).unwrap_or(0), message.rfind(MARKS).unwrap_or(0));
    if message.matches(MARKS).count() % 2 == 1 {
        // A name has a mark in it.
        let first = first + message[first..].chars().next().map_or(0, char::len_utf8);
        return format!("{}…{}", &message[..first], &message[last.max(first)..]);
    }
    let mut out = String::with_capacity(message.len());
    for (index, part) in message.split_inclusive(MARKS).enumerate() {
        let inner = part.trim_end_matches(MARKS);
        if index % 2 == 1 && !known(inner) {
            // Whatever follows may be of the same name, up to the last mark.
            return format!("{out}…{}", &message[last..]);
        }
        if index % 2 == 1 {
            out.push_str(inner);
        } else {
            out.push_str(&inner.split(' ').map(|word| plain(word, &known)).collect::<Vec<_>>().join(" "));
        }
        out.push_str(&part[inner.len()..]);
    }
    out
}

/// A word outside of quotation marks: one with a full stop in it is a name.
fn plain<'a>(word: &'a str, known: &impl Fn(&str) -> bool) -> &'a str {
    let parts = || word.split(|c: char| !(c.is_alphanumeric() || "_$.".contains(c)));
    if parts().all(|part| !part.trim_end_matches('.').contains('.') || known(part)) { word } else { "…" }
}

/// Whether a string begins at this place of the text.
fn is_string(text: &str, offset: usize) -> bool {
    let begins: String = text.chars().skip(offset).take(3).collect::<String>().to_lowercase();
    let prefixes = ["'", "$", "e'", "n'", "u&'"];
    prefixes.iter().any(|prefix| begins.starts_with(prefix))
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
        // However it is written.
        for text in ["from {} . t", "from {}/**/.t", "from U&\"{}\".t", "from {} .t"] {
            let closed = parsed(
                database("42501", "permission denied for schema shut"),
                Some(5),
                &text.replace("{}", "shut"),
            );
            let message = database("42P01", "relation \"nope.t\" does not exist");
            assert_eq!(closed, parsed(message, Some(5), &text.replace("{}", "nope")), "{text}");
        }
        let parameter = "select to_tsvector($$closed.c$$, '')";
        let string = parsed(database("42501", "permission denied for schema closed"), Some(19), parameter);
        assert_eq!(
            string,
            parsed(database("42704", "configuration \"closed.c\" does not exist"), Some(19), parameter)
        );
        assert_eq!(string, Refusal::from(Denial::LookedUp).into());
        let role = "select 1, E'app'::regrole";
        let absent = parsed(database("42704", "role \"app\" does not exist"), Some(10), role);
        assert_eq!(absent, Refusal::from(Denial::LookedUp).into());
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
        let missing = "a right is missing to something that the query reads (42501)";
        for (message, text) in [
            ("permission denied for table hidden", "table v"),
            ("permission denied for table v w", "select v, w"),
            ("permission denied for table b", "table a_b"),
            ("keine Berechtigung für Tabelle hidden", "table v"),
        ] {
            assert_eq!(said("42501", message, text), missing);
        }
        assert_eq!(
            said("42501", "permission denied for materialized view v w", "table \"v w\""),
            "permission denied for materialized view v w (42501)"
        );
        assert_eq!(
            said("42501", "permission denied for table v", "table v"),
            "permission denied for table v (42501)"
        );
        let of_view = "operator does not exist: hidden.mood = integer";
        assert_eq!(said("42883", of_view, "select 1"), "operator does not exist: … = integer (42883)");
        assert_eq!(
            said("42883", "function f(a.b, c) does not exist", "f a.b"),
            "function f(a.b, c) does not exist (42883)"
        );
        // A name with a mark in it.
        assert_eq!(said("42803", "column \"a\" b\" is", "select a"), "column \"…\" is (42803)");
    }

    #[test]
    fn what_ran_tells_no_value() {
        for code in ["22P02", "23514", "55000", "58P01", "HV000", "08001", "P0001", "XX000"] {
            let said = veiled(
                database(code, "invalid input: \"CANARY\", /var/CANARY, CANARY.t"),
                "select 1 /* canary */",
            );
            assert!(!said.to_string().contains("CANARY"), "{said}");
        }
        let own = database("22P02", "invalid input syntax for type integer: \"x\"");
        assert_eq!(parsed(own.clone(), None, "select 'x'::int"), own);
    }
}
