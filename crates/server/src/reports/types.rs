//! Whether two spellings of a type's name mean one type: `int4` and `integer`, `timestamptz(3)` and its long name.

/// Whether a declared type is the one the server tells.
///
/// The server may leave out a schema that is on its search path; then the names alone are compared.
pub(super) fn agree(declared: &str, told: &str) -> bool {
    let (declared, told) = (canonical(declared), canonical(told));
    declared == told || bare(&declared) == told || declared == bare(&told)
}

/// The name PostgreSQL prints for the type, without length or precision; of arrays, with one pair of brackets.
fn canonical(name: &str) -> String {
    let (name, array) = without_brackets(&plain(name));
    let name = name.strip_prefix("pg_catalog.").unwrap_or(&name);
    let long = match name {
        "int" | "int4" => "integer",
        "int8" => "bigint",
        "int2" => "smallint",
        "bool" => "boolean",
        "float4" => "real",
        "float" | "float8" => "double precision",
        "decimal" | "dec" => "numeric",
        "varchar" | "char varying" => "character varying",
        "char" | "bpchar" => "character",
        "varbit" => "bit varying",
        "timestamp" => "timestamp without time zone",
        "timestamptz" => "timestamp with time zone",
        "time" => "time without time zone",
        "timetz" => "time with time zone",
        other => other,
    };
    format!("{long}{}", if array { "[]" } else { "" })
}

/// Lower case outside of quotes, single spaces, and nothing in parentheses.
fn plain(name: &str) -> String {
    let (mut out, mut quoted, mut depth) = (String::new(), false, 0_u32);
    for c in name.trim().chars() {
        match c {
            '"' => quoted = !quoted,
            _ if quoted => out.push(c),
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            c if c.is_whitespace() => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c => out.extend(c.to_lowercase()),
        }
    }
    out.trim().to_owned()
}

/// A name without `[]`, `[3]`, `[][]` or `ARRAY` at its end, and whether there was one.
fn without_brackets(name: &str) -> (String, bool) {
    let mut rest = name.strip_suffix(" array").unwrap_or(name);
    while let Some((element, _)) = rest.strip_suffix(']').and_then(|open| open.rsplit_once('[')) {
        rest = element.trim_end();
    }
    (rest.to_owned(), rest.len() != name.len())
}

fn bare(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(_, bare)| bare)
}

#[cfg(test)]
mod tests {
    use super::agree;

    #[test]
    fn spellings_of_one_type_agree_and_two_types_do_not() {
        for (declared, told) in [
            ("int", "integer"),
            ("INT4[]", "integer[]"),
            ("integer[3][]", "integer[]"),
            ("integer array", "integer[]"),
            ("timestamptz(3)", "timestamp with time zone"),
            ("timestamp(3)  with time zone", "timestamp with time zone"),
            ("numeric(10, 2)", "numeric"),
            ("varchar(10)[]", "character varying[]"),
            ("pg_catalog.date", "date"),
            ("reporting.mood", "mood"),
            ("mood", "reporting.mood"),
            ("\"Mood\"", "\"Mood\""),
        ] {
            assert!(agree(declared, told), "{declared} and {told}");
        }
        for (declared, told) in [
            ("int", "bigint"),
            ("date", "date[]"),
            ("a.mood", "b.mood"),
            ("timestamp", "timestamp with time zone"),
            ("\"Mood\"", "mood"),
        ] {
            assert!(!agree(declared, told), "{declared} and {told}");
        }
    }
}
