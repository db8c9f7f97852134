//! Texts that differ in one value: one asks for a row that is there, two for rows that are not. Where a role must not see that row, its
//! answer has to be theirs.

use serde::{Deserialize, Serialize};

use super::{
    Sender,
    place::Text,
    ran::{Failure, Ran},
};

/// What `{at}` in an attempt's text stands for: one value a text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct At {
    /// The row that is there. Of an attempt it is hidden from the role, and nothing may tell it from none; of a control it is shown, and
    /// has to be told. A control without it asks for rows that are not there alone, and has to be answered alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub there: Option<String>,
    /// Two rows that are not there. What tells these from one another tells of its own text only.
    pub absent: [String; 2],
}

impl At {
    /// The values, the one that is judged first.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.there.iter().chain(&self.absent).map(String::as_str)
    }

    /// What is wrong with them.
    pub(super) fn problem(&self, control: bool, texts: &[String]) -> Option<&'static str> {
        let mut values: Vec<&str> = self.values().collect();
        let count = values.len();
        values.sort_unstable();
        values.dedup();
        if values.len() < count {
            Some("has a value twice")
        } else if self.there.is_none() && !control {
            Some("needs `there`, which only a control may leave out")
        } else if !texts.iter().any(|text| text.contains("{at}")) {
            Some("needs `{at}` in the text")
        } else {
            None
        }
    }
}

/// What texts that differ in one value were answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// It is one text alone.
    Alone,
    /// All were answered alike.
    Alike,
    /// The first was answered otherwise than the others, and was so again; in words.
    Apart(String),
    /// Those that should be alike are not, so that a difference says nothing.
    Unsteady,
}

/// Sends an attempt's text, and those beside it. A difference counts where it comes again.
pub(super) async fn ask(sender: &mut dyn Sender, text: &Text) -> (Ran, Told) {
    let (ran, told) = round(sender, text).await;
    if !matches!(told, Told::Apart(_)) {
        return (ran, told);
    }
    sender.release().await;
    sender.end().await;
    let (again, told) = round(sender, text).await;
    if again.answer() == ran.answer() { (ran, told) } else { (ran, Told::Unsteady) }
}

async fn round(sender: &mut dyn Sender, text: &Text) -> (Ran, Told) {
    let mut ran = sender.run(&text.sql).await;
    let mut beside = Vec::new();
    for sql in &text.beside {
        sender.release().await;
        sender.end().await;
        let other = sender.run(sql).await;
        ran.marked.extend(other.marked.iter().cloned());
        beside.push(other);
    }
    let told = told(&ran, &beside);
    (ran, told)
}

fn told(first: &Ran, beside: &[Ran]) -> Told {
    let Some(other) = beside.first() else { return Told::Alone };
    if beside.iter().any(|ran| ran.answer() != other.answer()) {
        Told::Unsteady
    } else if first.answer() == other.answer() {
        Told::Alike
    } else {
        Told::Apart(format!("{} where the row is there, {} where it is not", word(first), word(other)))
    }
}

/// How a text came out, without its values.
fn word(ran: &Ran) -> String {
    match &ran.failure {
        None if ran.overran => "ended from outside".to_owned(),
        None => "answered".to_owned(),
        Some(Failure::Refused(_)) => "refused".to_owned(),
        Some(_) => ran.answer(),
    }
}

/// Why a control has failed, where it has: one that has a row to tell must tell it, and one that has none must be answered alike.
pub(super) fn failed(at: &At, ran: &Ran, told: &Told) -> Option<String> {
    let held = match &ran.failure {
        Some(Failure::Refused(words)) => return Some(words.clone()),
        Some(Failure::Timeout | Failure::Lost(_)) => true,
        Some(Failure::Server { .. }) => at.there.is_none(),
        None => ran.overran,
    };
    match told {
        _ if held => Some(word(ran)),
        Told::Apart(_) if at.there.is_some() => None,
        Told::Alike if at.there.is_none() => None,
        Told::Unsteady => Some("rows that are not there are told from one another".to_owned()),
        _ => Some("a row that is shown is not told from none".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gave(value: &str) -> Ran {
        let mut ran = Ran::default();
        ran.take(Some(value.as_bytes()));
        ran
    }

    fn fails(sqlstate: &str) -> Ran {
        let mut ran = Ran::default();
        ran.fail(Failure::Server { sqlstate: sqlstate.to_owned(), message: "x".to_owned() });
        ran
    }

    #[test]
    fn a_difference_counts_where_absent_rows_are_alike() {
        assert_eq!(told(&fails("22012"), &[]), Told::Alone);
        assert_eq!(told(&gave("0"), &[gave("0"), gave("0")]), Told::Alike);
        assert_eq!(told(&gave("770"), &[gave("771"), gave("773")]), Told::Unsteady);
        let apart = told(&fails("22012"), &[gave("0"), gave("0")]);
        let words = "failed with 22012 where the row is there, answered where it is not";
        assert_eq!(apart, Told::Apart(words.to_owned()));
        assert!(matches!(told(&gave("1"), &[gave("0"), gave("0")]), Told::Apart(_)));
    }

    #[test]
    fn a_control_must_tell_what_is_shown_and_nothing_else() {
        let shown = At { there: Some("1".to_owned()), absent: ["8".to_owned(), "9".to_owned()] };
        let none = At { there: None, ..shown.clone() };
        let apart = Told::Apart(String::new());
        assert_eq!(failed(&shown, &fails("22012"), &apart), None);
        assert_eq!(failed(&none, &gave("0"), &Told::Alike), None);
        for (at, ran, told) in [
            (&shown, gave("0"), Told::Alike),
            (&shown, gave("0"), Told::Unsteady),
            (&none, gave("0"), apart.clone()),
            (&none, fails("42501"), Told::Alike),
        ] {
            assert!(failed(at, &ran, &told).is_some(), "{at:?} {told:?}");
        }
        let mut refused = Ran::default();
        refused.fail(Failure::Refused("no".to_owned()));
        assert_eq!(failed(&shown, &refused, &apart).as_deref(), Some("no"));
    }

    #[test]
    fn values_are_of_three_rows_or_of_none_that_is_there() {
        let texts = ["SELECT {at}".to_owned()];
        let at = |there: Option<&str>, absent: [&str; 2]| At {
            there: there.map(str::to_owned),
            absent: absent.map(str::to_owned),
        };
        assert_eq!(at(Some("1"), ["2", "3"]).problem(false, &texts), None);
        assert_eq!(at(None, ["2", "3"]).problem(true, &texts), None);
        assert!(at(None, ["2", "3"]).problem(false, &texts).unwrap().contains("control"));
        assert!(at(Some("2"), ["2", "3"]).problem(false, &texts).unwrap().contains("twice"));
        assert!(at(Some("1"), ["2", "3"]).problem(false, &["SELECT 1".to_owned()]).unwrap().contains("{at}"));
    }
}
