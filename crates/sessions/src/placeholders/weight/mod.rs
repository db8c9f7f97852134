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
    /// The stars that stand for columns.
    pub(super) stars: usize,
    /// The words, each of which may be a name.
    pub(super) words: usize,
}

/// How many fields a row may have of which nothing is known: what a star stands for, what a function or a query gives.
const FIELDS: u64 = 1_600;
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
    let (mut joins, mut stars, mut before) = (0, 0, String::new());
    for (at, (part, token)) in parts.iter().enumerate() {
        let follows = |ahead: usize| parts.get(at + ahead).map(|(part, _)| *part);
        let word = if *token == Token::Word { part.to_ascii_uppercase() } else { String::new() };
        let Some(top) = open.last_mut() else { break };
        match (*part, word.as_str()) {
            ("(" | "[", _) => open.push(Open { after: After::of(&before), ..Open::default() }),
            (")" | "]", _) => {
                while open.len() > 2 && open.last().is_some_and(|top| top.after == After::Case) {
                    close(&mut open, false, false);
                }
                let starred = follows(1) == Some(".") && follows(2) == Some("*");
                close(&mut open, starred, *part == "]");
            }
            (",", _) => {
                top.end_of_part();
                top.commas += 1;
                joins += usize::from(top.reads);
            }
            (_, "CASE") if before != "." => open.push(Open { after: After::Case, ..Open::default() }),
            (_, "END") if top.after == After::Case && before != "." => close(&mut open, false, false),
            ("*", _) if matches!(before.as_str(), "." | "," | "SELECT" | "ALL" | "DISTINCT") => {
                stars += 1;
                let bracket = at > 1 && matches!(parts[at - 2].0, ")" | "]");
                top.star(bracket);
            }
            // What is JSON already is kept twice.
            (_, "FORMAT") if follows(1).is_some_and(|next| next.eq_ignore_ascii_case("JSON")) => {
                top.part = top.part.saturating_mul(2);
                top.token();
            }
            (_, "BETWEEN") if before != "." => {
                let symmetric = follows(1).is_some_and(|next| next.eq_ignore_ascii_case("SYMMETRIC"));
                top.part = top.part.saturating_mul(if symmetric { 4 } else { 2 });
            }
            // The name of a column may be any of these after a dot.
            (_, word) if !word.is_empty() && before != "." => top.word(word, &before, follows(1)),
            _ => {
                top.words |= !word.is_empty() || part.starts_with('"');
                top.token();
            }
        }
        before = if word.is_empty() { (*part).to_owned() } else { word };
    }
    while open.len() > 1 {
        close(&mut open, false, false);
    }
    let tokens = open.first().map_or(0, |all| all.done.saturating_add(all.part));
    let words = parts.iter().filter(|(part, token)| *token == Token::Word || part.starts_with('"')).count();
    Weight { tokens, joins, stars, words }
}

/// What a bracket stands after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum After {
    /// Nothing that matters: where it has commas it is a row, and its fields are its items.
    #[default]
    Nothing,
    /// `ROW`
    Row,
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
            "ROW" => Self::Row,
            "AND" | "OR" | "NOT" | "SELECT" | "WHERE" | "BY" | "ON" | "WHEN" | "THEN" | "ELSE"
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
    /// What stands in it beside brackets.
    beside: u64,
    /// The fields beyond one of each row in it that a star spreads, and those of the widest other bracket.
    spread: u64,
    widest: u64,
    /// Whether it has words, and so what is no constant.
    words: bool,
    /// Whether it is a query, and whether there is one anywhere in it.
    query: bool,
    queries: bool,
    /// Whether commas stand between what is read.
    reads: bool,
}

impl Open {
    fn token(&mut self) {
        self.part = self.part.saturating_add(1);
        self.beside = self.beside.saturating_add(1);
    }

    /// A star: of a bracket, which was reckoned when it was closed, or of something with as many columns as there can be. Those of a
    /// query's result are none of an expression's, which could be copied.
    fn star(&mut self, of_bracket: bool) {
        self.token();
        if !of_bracket {
            self.spread = self.spread.saturating_add(FIELDS);
            if !self.query {
                self.part = self.part.saturating_add(FIELDS);
            }
        }
    }

    fn end_of_part(&mut self) {
        self.done = self.done.saturating_add(self.part);
        self.part = 0;
    }

    fn word(&mut self, word: &str, before: &str, next: Option<&str>) {
        // All of these but VALUES are reserved, so that they are no column's name; nor are the others below.
        if matches!(word, "SELECT" | "TABLE" | "WITH") || word == "VALUES" && next == Some("(") {
            self.query |= self.done == 0 && self.part == 0;
            self.queries = true;
        }
        match word {
            "FROM" if before == "DISTINCT" => {}
            "FROM" => self.reads = true,
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
        if word == "ROW" {
            self.part = self.part.saturating_add(1);
        } else {
            self.token();
        }
    }

    /// The fields of the row that it may be: a row's own, those of the one bracket in it, or any number.
    fn fields(&self) -> u64 {
        let own = self.commas.saturating_add(1).saturating_add(self.spread);
        match self.after {
            After::Row => own,
            After::Nothing if self.commas > 0 && !self.queries => own,
            After::Nothing if self.beside == 0 => self.widest,
            _ => own.max(FIELDS),
        }
    }
}

/// Closes the innermost bracket; `starred` where `.*` follows it, which after a subscript is of all that stands before.
fn close(open: &mut Vec<Open>, starred: bool, subscript: bool) {
    if open.len() < 2 {
        return;
    }
    let Some(inner) = open.pop() else { return };
    let Some(outer) = open.last_mut() else { return };
    let (items, fields) = (inner.commas.saturating_add(1), inner.fields());
    let mut weight = inner.done.saturating_add(inner.part);
    if inner.after == After::JsonArray && inner.queries {
        weight = weight.saturating_mul(JSON_ARRAY);
    }
    if inner.after == After::In && !inner.query && inner.words {
        outer.part = outer.part.saturating_mul(items);
    }
    // Rows are compared one by one, whatever they are made of.
    outer.words |= inner.words || outer.after == After::In;
    outer.queries |= inner.queries;
    outer.part = outer.part.saturating_add(1);
    if starred && subscript {
        outer.part = outer.part.saturating_add(weight).saturating_mul(FIELDS);
        outer.spread = outer.spread.saturating_add(FIELDS);
        return;
    }
    if starred {
        weight = weight.saturating_mul(fields.max(2));
        outer.spread = outer.spread.saturating_add(fields.saturating_sub(1));
    } else if inner.after == After::Case || subscript {
        outer.beside = outer.beside.saturating_add(1);
    } else {
        outer.widest = outer.widest.max(fields);
    }
    outer.part = outer.part.saturating_add(weight);
}

#[cfg(test)]
mod tests;
