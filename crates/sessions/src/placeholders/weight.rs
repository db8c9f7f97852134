//! How much the server's parser makes of a text: it copies what stands left of some words, so that a few hundred bytes, one within the
//! other, would take all memory while nothing can interrupt it. More is reckoned rather than less.

use super::lexer::{Token, tokens};

/// What a text weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Weight {
    /// Its tokens, each as often as the parser copies it.
    pub(super) tokens: u64,
    /// The commas between what queries read, each of which is a join.
    pub(super) joins: usize,
}

/// How many fields a function's result may have of which nothing is known.
const FIELDS: u64 = 16;
/// How often the query within JSON_ARRAY is looked at, with what it holds each time.
const JSON_ARRAY: u64 = 4;

/// Weighs a text.
pub(super) fn weigh(text: &str) -> Weight {
    let parts: Vec<(&str, Token)> = tokens(text)
        .into_iter()
        .filter(|(_, _, token)| *token != Token::Space)
        .map(|(start, end, token)| (&text[start..end], token))
        .collect();
    let mut open = vec![Open::default()];
    let (mut joins, mut before) = (0, String::new());
    for (at, (part, token)) in parts.iter().enumerate() {
        let follows = |ahead: usize| parts.get(at + ahead).map(|(part, _)| *part);
        let word = if *token == Token::Word { part.to_ascii_uppercase() } else { String::new() };
        let Some(top) = open.last_mut() else { break };
        match (*part, word.as_str()) {
            ("(" | "[", _) => open.push(Open { after: After::of(&before), ..Open::default() }),
            (")" | "]", _) => {
                while open.len() > 2 && open.last().is_some_and(|top| top.after == After::Case) {
                    close(&mut open, false);
                }
                close(&mut open, follows(1) == Some(".") && follows(2) == Some("*"));
            }
            (",", _) => {
                top.end_of_part();
                top.commas += 1;
                joins += usize::from(top.reads);
            }
            (_, "CASE") if before != "." => open.push(Open { after: After::Case, ..Open::default() }),
            (_, "END") if top.after == After::Case && before != "." => close(&mut open, false),
            (_, "BETWEEN") => {
                let symmetric = follows(1).is_some_and(|next| next.eq_ignore_ascii_case("SYMMETRIC"));
                top.part = top.part.saturating_mul(if symmetric { 4 } else { 2 });
            }
            // The name of a column may be any of these after a dot.
            (_, word) if !word.is_empty() && before != "." => top.word(word, &before),
            _ => top.part = top.part.saturating_add(1),
        }
        before = if word.is_empty() { (*part).to_owned() } else { word };
    }
    while open.len() > 1 {
        close(&mut open, false);
    }
    let tokens = open.first().map_or(0, |all| all.done.saturating_add(all.part));
    Weight { tokens, joins }
}

/// What a bracket stands after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum After {
    /// Nothing that matters: the fields of a row are its items.
    #[default]
    Nothing,
    /// A name, which is a function's.
    Call,
    /// `IN`
    In,
    /// `JSON_ARRAY`
    JsonArray,
    /// It is no bracket, but CASE.
    Case,
}

impl After {
    fn of(before: &str) -> Self {
        match before {
            "IN" => Self::In,
            "JSON_ARRAY" => Self::JsonArray,
            "ROW" | "AND" | "OR" | "NOT" | "SELECT" | "WHERE" | "BY" | "ON" | "WHEN" | "THEN" | "ELSE"
            | "BETWEEN" | "FROM" | "ANY" | "ALL" | "AS" | "DISTINCT" => Self::Nothing,
            word if word.starts_with(|first: char| first.is_alphabetic() || first == '_' || first == '"') => {
                Self::Call
            }
            _ => Self::Nothing,
        }
    }
}

/// A bracket, or CASE, that is open.
#[derive(Clone, Copy, Debug, Default)]
struct Open {
    after: After,
    /// What its finished parts weigh, and the part that could be the left of something still to come.
    done: u64,
    part: u64,
    commas: u64,
    /// The fields beyond one of each row in it that a star spreads, and those of the widest other bracket.
    spread: u64,
    widest: u64,
    /// Whether it has words, and so what is no constant.
    words: bool,
    /// Whether it is a query.
    query: bool,
    /// Whether commas stand between what is read.
    reads: bool,
}

impl Open {
    fn end_of_part(&mut self) {
        self.done = self.done.saturating_add(self.part);
        self.part = 0;
    }

    fn word(&mut self, word: &str, before: &str) {
        match word {
            "SELECT" | "VALUES" | "TABLE" | "WITH" => self.query |= self.done == 0 && self.part == 0,
            _ => {}
        }
        match word {
            "FROM" => self.reads = before != "DISTINCT",
            "SELECT" | "WHERE" | "GROUP" | "HAVING" | "ORDER" | "WINDOW" | "LIMIT" | "OFFSET" | "FETCH"
            | "FOR" | "UNION" | "INTERSECT" | "EXCEPT" => self.reads = false,
            _ => {}
        }
        // None of these stands within what BETWEEN and IN take from their left.
        if matches!(
            word,
            "AND"
                | "OR"
                | "SELECT"
                | "FROM"
                | "WHERE"
                | "ON"
                | "GROUP"
                | "HAVING"
                | "ORDER"
                | "BY"
                | "LIMIT"
                | "OFFSET"
                | "UNION"
                | "INTERSECT"
                | "EXCEPT"
                | "WHEN"
                | "THEN"
                | "ELSE"
        ) {
            self.end_of_part();
        }
        self.words = true;
        self.part = self.part.saturating_add(1);
    }

    /// The fields of a row that it may be.
    fn fields(&self) -> u64 {
        let own = self.commas.saturating_add(1).saturating_add(self.spread);
        match self.after {
            After::Call => own.max(FIELDS),
            _ if self.commas == 0 => own.max(self.widest),
            _ => own,
        }
    }
}

/// Closes the innermost bracket; `starred` where `.*` follows it.
fn close(open: &mut Vec<Open>, starred: bool) {
    if open.len() < 2 {
        return;
    }
    let Some(inner) = open.pop() else { return };
    let Some(outer) = open.last_mut() else { return };
    let (items, fields) = (inner.commas.saturating_add(1), inner.fields());
    let mut weight = inner.done.saturating_add(inner.part);
    if inner.after == After::JsonArray && inner.query {
        weight = weight.saturating_mul(JSON_ARRAY);
    }
    if inner.after == After::In && !inner.query && inner.words {
        outer.part = outer.part.saturating_mul(items);
    }
    if starred {
        weight = weight.saturating_mul(fields.max(2));
        outer.spread = outer.spread.saturating_add(fields.saturating_sub(1));
    } else if inner.after != After::Case {
        outer.widest = outer.widest.max(fields);
    }
    outer.words |= inner.words;
    outer.part = outer.part.saturating_add(weight).saturating_add(1);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::weigh;

    fn nested(levels: usize, before: &str, core: &str, after: &str) -> String {
        format!("SELECT {}{core}{}", before.repeat(levels), after.repeat(levels))
    }

    #[test]
    fn what_is_copied_is_weighed_as_often() {
        let between = |levels| nested(levels, "(", "true", " BETWEEN false AND true)");
        assert!(weigh(&between(10)).tokens < 20_000 && weigh(&between(20)).tokens > 1_000_000);
        let symmetric = nested(10, "(", "true", " between symmetric false and true)");
        assert!(weigh(&symmetric).tokens > 1_000_000);
        let rows = |levels| nested(levels, "row((", "row(1, 2)", ").*, 1)");
        assert!(weigh(&rows(5)).tokens < 50_000 && weigh(&rows(9)).tokens > 1_000_000);
        let arrays = |levels| nested(levels, "json_array(SELECT ", "1", ")");
        assert!(weigh(&arrays(4)).tokens < 5_000 && weigh(&arrays(12)).tokens > 1_000_000);
        let ids = vec!["id"; 2_000];
        let within = format!("SELECT 1 FROM t WHERE ({}) IN ({})", ids.join("+"), ids.join(","));
        assert!(weigh(&within).tokens > 1_000_000);
        assert!(
            weigh("SELECT (CASE WHEN true THEN f(a, b) END BETWEEN 1 AND 2) BETWEEN a AND b").tokens < 60
        );
        assert!(weigh("SELECT (((f(((f(((f(x)).*))).*))).*))").tokens > 4_096);
    }

    #[test]
    fn what_is_only_long_weighs_as_it_is_long() {
        let ranges = vec!["x BETWEEN 1 AND 2"; 1_000];
        assert!(weigh(&format!("SELECT 1 WHERE {}", ranges.join(" AND "))).tokens < 8_000);
        assert!(weigh(&format!("SELECT {}", ranges.join(", "))).tokens < 8_000);
        let cases = vec!["WHEN x BETWEEN 1 AND 2 THEN y"; 500];
        assert!(weigh(&format!("SELECT CASE {} END", cases.join(" "))).tokens < 6_000);
        let list = vec!["'a'"; 5_000];
        assert!(weigh(&format!("SELECT 1 WHERE lower(trim(x)) IN ({})", list.join(","))).tokens < 12_000);
    }

    #[test]
    fn commas_between_what_is_read_are_joins() {
        for (text, joins) in [
            ("SELECT a, b, c FROM t", 0),
            ("SELECT a, b FROM t, u x, (SELECT 1, 2 FROM v, w) y WHERE a IN (1, 2) ORDER BY 1, 2", 3),
            ("SELECT a IS DISTINCT FROM b, c, d", 0),
            ("WITH a AS (SELECT 1), b AS (SELECT 2 FROM a, a a2) TABLE b", 1),
        ] {
            assert_eq!(weigh(text).joins, joins, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(\\(|\\)|\\[|case|end|between|in|\\.|\\*|,|from|[a-z' ]| )*") {
            let _ = weigh(&text);
        }
    }
}
