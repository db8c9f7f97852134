//! Named parameters in a report's text: where they stand, and the text with something else in their places.
//!
//! This finds placeholders and nothing else. It is no security boundary: whatever it makes of a text, the result goes
//! to PostgreSQL's own parser, which decides.

mod lexer;
mod sets;
mod weight;

use std::collections::HashMap;

use lexer::{Token, tokens};

use crate::{Denial, Place, Refusal};

/// The longest text that is taken, in bytes: what is looked at takes memory and time, here and on the server, many times that.
const MOST_BYTES: usize = 64 << 10;
/// The most queries within each other and beside each other, and the most joins: each holds the columns of all that is in it, so that the
/// server's memory for a text grows with their squares.
const MOST_QUERIES: usize = 250;
const MOST_JOINS: usize = 40;
const MOST_READ: usize = 100;
/// The most names, each looked up in the columns of all that is read.
const MOST_LOOKED_UP: usize = 200_000;
/// The most windows: each is a level of the plan, which carries the results of all below it.
const MOST_WINDOWS: usize = 250;
/// The most parts of windows, as often as others copy them.
const MOST_IN_WINDOWS: usize = 1_000_000;
/// The most stars in place of columns.
const MOST_STARS: usize = 250;
/// The most tokens, each as often as the parser copies it.
const MOST_TOKENS: usize = 100_000;
/// The most grouping sets that CUBE, ROLLUP and GROUPING SETS make together, and the most commas beside them: the server multiplies the sets
/// with each other, and what is grouped by with each.
const MOST_SETS: usize = 256;
const MOST_BESIDE_SETS: usize = 250;
/// The most parameters by name, more than the check takes.
const MOST_NAMES: usize = 1_000;

/// A report's text, taken apart at its placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    text: String,
    /// The names, each once, in the order of their first use: the first is `$1`.
    names: Vec<String>,
    /// Byte range of each placeholder with its colon, and the index of its name.
    holes: Vec<(usize, usize, usize)>,
}

/// A text with its placeholders replaced, which still knows where everything came from.
pub(crate) struct Rendered {
    pub(crate) sql: String,
    /// For each stretch: where it begins in `sql` and in the text (in characters), and whether it is the text's own.
    stretches: Vec<(usize, usize, bool)>,
}

impl Template {
    /// Takes a text apart.
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        if text.len() > MOST_BYTES {
            return Err(Refusal::TooLong { bytes: text.len(), most: MOST_BYTES });
        }
        if text.contains('\0') {
            return Err(Refusal::Nul);
        }
        let place = |offset: usize| Place::at(text, text[..offset].chars().count());
        let (mut names, mut holes, mut empty) = (Vec::<String>::new(), Vec::new(), true);
        let mut numbers = HashMap::new();
        let (mut queries, mut joins) = (0, 0);
        for (start, end, token) in tokens(text) {
            empty &= matches!(token, Token::Space | Token::Semicolon);
            match token {
                Token::Positional => return Err(Refusal::Positional { place: place(start) }),
                Token::Word => match text[start..end].to_ascii_uppercase().as_str() {
                    "SELECT" | "TABLE" | "VALUES" => queries += 1,
                    "JOIN" => joins += 1,
                    _ => {}
                },
                Token::BadName => return Err(Refusal::ParameterName { place: place(start) }),
                Token::Placeholder => {
                    let name = &text[start + 1..end];
                    let index = *numbers.entry(name).or_insert_with(|| {
                        names.push(name.to_owned());
                        names.len() - 1
                    });
                    if names.len() > MOST_NAMES {
                        return Err(Denial::TooManyParameters { count: names.len(), most: MOST_NAMES }.into());
                    }
                    holes.push((start, end, index));
                }
                _ => {}
            }
        }
        if empty {
            return Err(Refusal::Empty);
        }
        let (sets, commas) = sets::count(text);
        let beside = if sets > 1 { commas } else { 0 };
        let weight = weight::weigh(text);
        let at_most = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        let (tokens, windows) =
            (at_most(weight.tokens), at_most(weight.windows.saturating_mul(weight.in_windows)));
        for (what, count, most) in [
            ("SELECT", queries, MOST_QUERIES),
            ("JOIN", joins, MOST_JOINS),
            ("JOIN or a comma in FROM", joins + weight.joins, MOST_READ),
            ("a star in place of columns", weight.stars, MOST_STARS),
            (
                "a name for each that is read, and for each query around it",
                weight.words * (joins + weight.joins + weight.depth),
                MOST_LOOKED_UP,
            ),
            ("a window", weight.all_windows, MOST_WINDOWS),
            ("a part of a window, as often as others may begin with it", windows, MOST_IN_WINDOWS),
            ("a set of CUBE, ROLLUP or GROUPING SETS", sets, MOST_SETS),
            ("a comma beside CUBE, ROLLUP or GROUPING SETS", beside, MOST_BESIDE_SETS),
            ("a word, each as often as BETWEEN, IN, .* and JSON copy it", tokens, MOST_TOKENS),
        ] {
            if count > most {
                return Err(Refusal::TooMany { what, count, most });
            }
        }
        Ok(Self { text: text.to_owned(), names, holes })
    }

    /// The parameters' names; the first is number 1.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// How often each is named.
    pub(crate) fn named(&self) -> Vec<u64> {
        let mut named = vec![0; self.names.len()];
        for (_, _, index) in &self.holes {
            named[*index] += 1;
        }
        named
    }

    /// The text as it was given.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// `before`, then the text with each placeholder replaced by what `value` makes of its name's index.
    pub(crate) fn render(&self, before: &str, value: impl Fn(usize) -> String) -> Rendered {
        let mut sql = before.to_owned();
        let mut stretches = Vec::new();
        // Both counted in characters, as the server counts.
        let (mut there, mut here) = (before.chars().count(), 0);
        let mut rest = 0;
        for &(start, end, index) in &self.holes {
            let own = &self.text[rest..start];
            // The spaces keep a name before it, as in `a:b`, from swallowing it.
            let new = format!(" {} ", value(index));
            stretches.push((there, here, true));
            there += own.chars().count();
            here += own.chars().count();
            stretches.push((there, here, false));
            there += new.chars().count();
            here += self.text[start..end].chars().count();
            sql.push_str(own);
            sql.push_str(&new);
            rest = end;
        }
        stretches.push((there, here, true));
        sql.push_str(&self.text[rest..]);
        Rendered { sql, stretches }
    }

    /// The first word of the text, in upper case, if it begins with one.
    pub(crate) fn first_word(&self) -> Option<(usize, String)> {
        let (start, end, token) =
            tokens(&self.text).into_iter().find(|(_, _, t)| !matches!(t, Token::Space | Token::Semicolon))?;
        (token == Token::Word)
            .then(|| (self.text[..start].chars().count(), self.text[start..end].to_ascii_uppercase()))
    }

    /// Whether the text has this word, in upper case, outside of strings, comments and quotes.
    pub(crate) fn has_word(&self, word: &str) -> bool {
        tokens(&self.text).into_iter().any(|(start, end, token)| {
            token == Token::Word && self.text[start..end].eq_ignore_ascii_case(word)
        })
    }

    /// The words that stand right before a character of the text, in upper case and in their order.
    pub(crate) fn words_before(&self, offset: usize) -> Vec<String> {
        let limit = self.text.char_indices().nth(offset).map_or(self.text.len(), |(at, _)| at);
        let mut words = Vec::new();
        for (start, end, token) in tokens(&self.text).into_iter().take_while(|(start, _, _)| *start < limit) {
            match token {
                Token::Space => {}
                Token::Word => words.push(self.text[start..end].to_ascii_uppercase()),
                _ => words.clear(),
            }
        }
        words
    }
}

impl Rendered {
    /// Where a position in `sql` (in characters, from 1, as the server counts) lies in the text (from 0).
    pub(crate) fn origin(&self, position: usize) -> Option<usize> {
        let at = position.checked_sub(1)?;
        let (there, here, own) = self.stretches.iter().rev().find(|(there, _, _)| *there <= at)?;
        Some(if *own { here + (at - there) } else { *here })
    }
}

#[cfg(test)]
mod tests;
