//! The outcome's table: for each class how many attempts there were, and how many of them had an effect in each way.

use std::collections::BTreeMap;

use crate::attack::{Cell, Class, Way};

/// The header, and a line for each class, then one for all; as narrow as the names allow.
pub(super) fn lines(classes: &[Class]) -> (Vec<&'static str>, Vec<Vec<String>>) {
    let ways: Vec<Way> =
        Way::ALL.into_iter().filter(|way| classes.iter().any(|c| c.ways.contains_key(way))).collect();
    let mut all: BTreeMap<Way, Cell> = BTreeMap::new();
    for (way, cell) in classes.iter().flat_map(|class| &class.ways) {
        let sum = all.entry(*way).or_default();
        sum.attempts += cell.attempts;
        sum.with_effect += cell.with_effect;
    }
    let all = Class { class: "all".to_owned(), ways: all };
    let header = ["class", "attempts"].into_iter().chain(ways.iter().map(|way| way.word())).collect();
    (header, classes.iter().chain([&all]).map(|class| line(class, &ways)).collect())
}

/// A way in which there were fewer attempts says how many.
fn line(class: &Class, ways: &[Way]) -> Vec<String> {
    let most = class.ways.values().map(|cell| cell.attempts).max().unwrap_or_default();
    let cell = |way: &Way| match class.ways.get(way) {
        None => "-".to_owned(),
        Some(cell) if cell.attempts == most => cell.with_effect.to_string(),
        Some(cell) => format!("{} of {}", cell.with_effect, cell.attempts),
    };
    [class.class.clone(), most.to_string()].into_iter().chain(ways.iter().map(cell)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_one_line_and_says_what_was_not_tried() {
        let cell = |attempts, with_effect| Cell { attempts, with_effect, effects: BTreeMap::new() };
        let class = |name: &str, ways: &[(Way, Cell)]| Class {
            class: name.to_owned(),
            ways: ways.iter().cloned().collect(),
        };
        let classes = [
            class("control", &[(Way::Sandbox, cell(20, 0))]),
            class("write", &[(Way::Sandbox, cell(9, 0)), (Way::Simple, cell(9, 4))]),
        ];
        let (header, lines) = lines(&classes);
        assert_eq!(header, ["class", "attempts", "sandbox", "simple"]);
        assert_eq!(lines[0], ["control", "20", "0", "-"]);
        assert_eq!(lines[1], ["write", "9", "0", "4"]);
        assert_eq!(lines[2], ["all", "29", "0", "4 of 9"]);
    }
}
