//! What is open while a text is weighed: a bracket, or CASE, with what it weighs so far.

/// How many fields a row may have of which nothing is known: what a star stands for, what a function or a query gives.
const FIELDS: u64 = 1_600;
/// How often the query within JSON_ARRAY is looked at, with what it holds each time.
const JSON_ARRAY: u64 = 4;
/// What may be copied for each constant of a list without being weighed so.
const LIGHT: u64 = 8;

/// What a bracket stands after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum After {
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
    /// What takes a JSON text, which is kept as it was given and as it is read.
    JsonText,
    /// `JSON_TABLE`, which looks at what it is passed for each of its columns.
    JsonTable,
    /// `OVER`, or a name in WINDOW.
    Window,
    /// It is no bracket, but CASE.
    Case,
}

impl After {
    pub(super) fn of(before: &str, named_windows: bool) -> Self {
        match before {
            "IN" => Self::In,
            "JSON_ARRAY" => Self::JsonArray,
            "JSON_VALUE" | "JSON_QUERY" | "JSON_EXISTS" | "JSON_SERIALIZE" | "JSON_SCALAR" | "JSON" => {
                Self::JsonText
            }
            "JSON_TABLE" => Self::JsonTable,
            "OVER" => Self::Window,
            "AS" if named_windows => Self::Window,
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
pub(super) struct Open {
    pub(super) after: After,
    /// What its finished parts weigh, and the part that could be the left of something still to come.
    pub(super) done: u64,
    pub(super) part: u64,
    pub(super) commas: u64,
    /// The commas in brackets within it.
    inside: u64,
    /// The parts of BETWEEN that are finished, how many have yet to come to their AND, and how many of them are SYMMETRIC.
    bounds: u64,
    between: u64,
    symmetric: u32,
    /// What stands in it beside brackets.
    beside: u64,
    /// The fields beyond one of each row in it that a star spreads, and those of the widest other bracket.
    spread: u64,
    widest: u64,
    /// Whether it has words, and so what is no constant.
    pub(super) words: bool,
    /// Whether it is a query, and whether there is one in it, of its own or anywhere.
    query: bool,
    pub(super) selects: bool,
    queries: bool,
    /// Whether commas stand between what is read.
    pub(super) reads: bool,
    /// Whether windows are named.
    pub(super) windows: bool,
}

impl Open {
    pub(super) fn after(after: After) -> Self {
        Self { after, ..Self::default() }
    }

    pub(super) fn token(&mut self) {
        self.part = self.part.saturating_add(1);
        self.beside = self.beside.saturating_add(1);
    }

    /// What stands left of here in its part is copied so often.
    pub(super) fn copied(&mut self, times: u64) {
        self.part = self.part.saturating_mul(times);
    }

    /// BETWEEN; with SYMMETRIC what stands right of it is compared twice, too.
    pub(super) fn between(&mut self, symmetric: bool) {
        self.copied(if symmetric { 4 } else { 2 });
        self.between += 1;
        self.symmetric += u32::from(symmetric);
    }

    /// A star: of a bracket, which was reckoned when it was closed, of a field of one, or of something with as many columns as there can
    /// be. Those of a query's result are none of an expression's, which could be copied.
    pub(super) fn star(&mut self, of: StarOf) {
        self.token();
        match of {
            StarOf::Bracket => {}
            StarOf::Field => self.spread_all(),
            StarOf::Name => {
                self.spread = self.spread.saturating_add(FIELDS);
                if !self.query {
                    self.part = self.part.saturating_add(FIELDS);
                }
            }
        }
    }

    /// All that stands before is spread, once for each of its fields.
    fn spread_all(&mut self) {
        self.copied(FIELDS);
        self.spread = self.spread.saturating_add(FIELDS);
    }

    /// A bound of BETWEEN ends what could be the left of something.
    fn end_of_bound(&mut self) {
        self.bounds = self.bounds.saturating_add(self.part);
        self.part = 0;
        self.between -= 1;
    }

    pub(super) fn end_of_part(&mut self) {
        let times = 1_u64.checked_shl(self.symmetric).unwrap_or(u64::MAX);
        self.done = self.done.saturating_add(self.bounds.saturating_add(self.part).saturating_mul(times));
        (self.part, self.bounds, self.between, self.symmetric) = (0, 0, 0, 0);
    }

    /// What all of it weighs.
    pub(super) fn weight(&self) -> u64 {
        let mut all = *self;
        all.end_of_part();
        all.done
    }

    pub(super) fn word(&mut self, word: &str, before: &str, next: Option<&str>) {
        // All of these but VALUES are reserved, so that they are no column's name; nor are the others below.
        if matches!(word, "SELECT" | "TABLE" | "WITH") || word == "VALUES" && next == Some("(") {
            self.query |= self.done == 0 && self.part == 0;
            self.selects = true;
            self.queries = true;
        }
        // WITHIN GROUP, and not GROUP BY, is part of an expression.
        let within = word == "GROUP" && next == Some("(");
        match word {
            "FROM" if before == "DISTINCT" => {}
            "FROM" => self.reads = true,
            _ if within => {}
            "SELECT" | "WHERE" | "GROUP" | "HAVING" | "ORDER" | "WINDOW" | "LIMIT" | "OFFSET" | "FETCH"
            | "FOR" | "UNION" | "INTERSECT" | "EXCEPT" => self.reads = false,
            _ => {}
        }
        self.windows |= word == "WINDOW";
        match word {
            "AND" if self.between > 0 => self.end_of_bound(),
            // None of these stands within what BETWEEN and IN take from their left.
            "AND" | "OR" | "SELECT" | "FROM" | "WHERE" | "ON" | "GROUP" | "HAVING" | "ORDER" | "LIMIT"
            | "OFFSET" | "UNION" | "INTERSECT" | "EXCEPT" | "WHEN" | "THEN" | "ELSE"
                if !within =>
            {
                self.end_of_part();
            }
            _ => {}
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

/// What a star spreads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StarOf {
    /// The bracket before it.
    Bracket,
    /// A field of one.
    Field,
    /// Whatever has this name.
    Name,
}

/// Closes the innermost bracket; `starred` where `.*` follows it, which after a subscript is of all that stands before.
pub(super) fn close(open: &mut Vec<Open>, starred: bool, subscript: bool) {
    if open.len() < 2 {
        return;
    }
    let Some(inner) = open.pop() else { return };
    let Some(outer) = open.last_mut() else { return };
    let (items, fields) = (inner.commas.saturating_add(1), inner.fields());
    let mut weight = inner.weight();
    match inner.after {
        After::JsonArray if inner.queries => weight = weight.saturating_mul(JSON_ARRAY),
        After::JsonText => weight = weight.saturating_mul(2),
        After::JsonTable => {
            weight = weight.saturating_mul(inner.commas.saturating_add(inner.inside).saturating_add(2));
        }
        // A list of constants makes one array, which is compared with the left once; but not if that is an array already.
        After::In if !inner.query && (inner.words || outer.part > LIGHT) => outer.copied(items),
        _ => {}
    }
    // Rows are compared one by one, whatever they are made of.
    outer.words |= inner.words || outer.after == After::In;
    outer.queries |= inner.queries;
    outer.inside = outer.inside.saturating_add(inner.commas).saturating_add(inner.inside);
    outer.part = outer.part.saturating_add(1);
    if starred && subscript {
        outer.part = outer.part.saturating_add(weight);
        outer.spread_all();
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
