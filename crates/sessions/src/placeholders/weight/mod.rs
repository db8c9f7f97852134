//! How much the server's parser makes of a text: it copies what stands left of some words, so that a few hundred bytes, one within the
//! other, would take all memory while nothing can interrupt it. More is reckoned rather than less.

mod open;

use super::lexer::{Token, tokens};
use open::{After, Open, StarOf, close};

/// What a text weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Weight {
    /// Its tokens, each as often as the parser copies it.
    pub(super) tokens: u64,
    /// The commas between what queries read, each of which is a join.
    pub(super) joins: usize,
    /// The stars that stand for columns.
    pub(super) stars: usize,
    /// The words, each of which may be a name, and the most queries that stand within each other.
    pub(super) words: usize,
    pub(super) depth: usize,
    /// The windows, those that begin with a copy of another, and what all windows weigh.
    pub(super) all_windows: usize,
    pub(super) windows: u64,
    pub(super) in_windows: u64,
}

/// Weighs a text.
pub(super) fn weigh(text: &str) -> Weight {
    let parts: Vec<(&str, Token)> = tokens(text)
        .into_iter()
        .filter(|(_, _, token)| *token != Token::Space)
        .map(|(start, end, token)| (&text[start..end], token))
        .collect();
    let mut open = vec![Open::default()];
    let (mut joins, mut stars, mut depth, mut windows, mut in_windows) = (0, 0, 1, 0_u64, 0_u64);
    let mut all_windows = 0;
    let mut before = String::new();
    for (at, (part, token)) in parts.iter().enumerate() {
        let follows = |ahead: usize| parts.get(at + ahead).map(|(part, _)| *part);
        let word = if *token == Token::Word { part.to_ascii_uppercase() } else { String::new() };
        let Some(top) = open.last_mut() else { break };
        match (*part, word.as_str()) {
            ("(" | "[", _) => {
                let after = After::of(&before, top.windows);
                all_windows += usize::from(after == After::Window);
                windows += u64::from(after == After::Window && follows(1).is_some_and(names_window));
                open.push(Open::after(after));
            }
            (")" | "]", _) => {
                while open.len() > 2 && open.last().is_some_and(|top| top.after == After::Case) {
                    close(&mut open, false, false);
                }
                in_windows = in_windows.saturating_add(open.last().map_or(0, |top| match top.after {
                    After::Window => top.weight(),
                    _ => 0,
                }));
                let starred = follows(1) == Some(".") && follows(2) == Some("*");
                close(&mut open, starred, *part == "]");
            }
            (",", _) => {
                top.end_of_part();
                top.commas += 1;
                joins += usize::from(top.reads);
            }
            (_, "CASE") if before != "." => open.push(Open::after(After::Case)),
            (_, "END") if top.after == After::Case && before != "." => close(&mut open, false, false),
            ("*", _) if matches!(before.as_str(), "." | "," | "SELECT" | "ALL" | "DISTINCT") => {
                stars += 1;
                top.star(star_of(&parts[..at]));
            }
            // What is JSON already is kept twice.
            (_, "FORMAT") if follows(1).is_some_and(|next| next.eq_ignore_ascii_case("JSON")) => {
                top.copied(2);
                top.token();
            }
            (_, "JSON") if matches!(before.as_str(), "IS" | "NOT") => {
                top.copied(2);
                top.token();
            }
            (_, "BETWEEN") if before != "." => {
                top.between(follows(1).is_some_and(|next| next.eq_ignore_ascii_case("SYMMETRIC")));
            }
            // The name of a column may be any of these after a dot.
            (_, word) if !word.is_empty() && before != "." => {
                let is_level = top.selects;
                top.word(word, &before, follows(1));
                if top.selects && !is_level {
                    depth = depth.max(open.iter().filter(|level| level.selects).count());
                }
            }
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
    let tokens = open.first().map_or(0, |all| all.weight());
    let words = parts.iter().filter(|(part, token)| *token == Token::Word || part.starts_with('"')).count();
    Weight { tokens, joins, stars, words, depth, all_windows, windows, in_windows }
}

/// Whether a window that begins so begins with another's name.
fn names_window(first: &str) -> bool {
    let is_name = first.starts_with(|first: char| first.is_alphabetic() || first == '_' || first == '"');
    is_name
        && !["PARTITION", "ORDER", "ROWS", "RANGE", "GROUPS"]
            .iter()
            .any(|word| first.eq_ignore_ascii_case(word))
}

/// What the star after these spreads.
fn star_of(before: &[(&str, Token)]) -> StarOf {
    let Some((_, mut chain)) = before.split_last().filter(|((dot, _), _)| *dot == ".") else {
        return StarOf::Name;
    };
    let mut of = StarOf::Bracket;
    // A name, and what it is a field of.
    while let [rest @ .., (".", _), (name, token)] = chain
        && (*token == Token::Word || name.starts_with('"'))
    {
        (chain, of) = (rest, StarOf::Field);
    }
    if matches!(chain.last(), Some((")" | "]", _))) { of } else { StarOf::Name }
}

#[cfg(test)]
mod tests;
