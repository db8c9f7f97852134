//! The two ways a value of the catalogs may stand in SQL: as a quoted identifier or as a quoted literal.

use postgres_protocol::escape;

/// A name as an identifier: always in double quotes (PostgreSQL manual, 4.1.1).
pub(crate) fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// `schema.name`, both quoted.
pub(crate) fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", ident(schema), ident(name))
}

/// A text as a literal, safe whatever `standard_conforming_strings` says (as libpq's `PQescapeLiteral`).
pub(crate) fn literal(text: &str) -> String {
    escape::escape_literal(text).trim_start().to_owned()
}

/// Several names as identifiers, with commas.
pub(crate) fn idents<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(ident).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts_cannot_leave_their_quotes() {
        assert_eq!(ident(r#"a"; DROP"#), r#""a""; DROP""#);
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal(r"a\' b"), r"E'a\\'' b'");
    }
}
