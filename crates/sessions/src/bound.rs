//! The values of a report's parameters, before they are bound: one for each name, and not more of them than the server should copy. The planner
//! puts a value in each place where the query names it, each time whole, and nothing interrupts it there.

use crate::{ParameterError, Report, placeholders::Template};

/// The most bytes of values, each as often as it is copied; a copied byte takes up to 12 of the server's memory.
const MOST: u64 = 32 << 20;
/// The most `%` of a value where a query has LIKE.
const MOST_WILDCARDS: usize = 1_000;
/// What an element of an array or a JSON document weighs besides its text: the planner makes a constant of some 300 bytes of each that a
/// column is compared with.
const ELEMENT: u64 = 24;

/// Whether each parameter has a value, each value a parameter, and the query names none of them too often.
pub(crate) fn fits(template: &Template, report: &Report) -> Result<(), ParameterError> {
    let used = template.names();
    let missing: Vec<String> =
        used.iter().filter(|name| !report.params.contains_key(*name)).cloned().collect();
    let unknown: Vec<String> = report.params.keys().filter(|name| !used.contains(name)).cloned().collect();
    if !missing.is_empty() {
        Err(ParameterError::Missing(missing))
    } else if !unknown.is_empty() {
        Err(ParameterError::Unknown(unknown))
    } else {
        patterns(template, report)?;
        bounded(template, report, &[])
    }
}

/// Whether no value has more wildcards than a pattern may.
fn patterns(template: &Template, report: &Report) -> Result<(), ParameterError> {
    let text = template.text().to_lowercase();
    if !text.contains("like") && !text.contains("~~") {
        return Ok(());
    }
    let wild = |name: &&String| {
        let value = report.params.get(*name).and_then(|value| value.as_text()).unwrap_or_default();
        value.bytes().filter(|byte| *byte == b'%').count() > MOST_WILDCARDS
    };
    match template.names().iter().find(wild) {
        Some(name) => Err(ParameterError::Wildcards { name: name.clone(), most: MOST_WILDCARDS }),
        None => Ok(()),
    }
}

/// Whether the server may copy the values, each as often as the query names it, or so often as the planner would.
pub(crate) fn bounded(template: &Template, report: &Report, copies: &[u64]) -> Result<(), ParameterError> {
    let weights = template.names().iter().zip(template.named()).enumerate().map(|(index, (name, named))| {
        let value = report.params.get(name).and_then(|value| value.as_text()).unwrap_or_default();
        weight(value).saturating_mul(named.max(copies.get(index).copied().unwrap_or_default()))
    });
    let weights: Vec<u64> = weights.collect();
    let weight = weights.iter().fold(0, |all: u64, weight| all.saturating_add(*weight));
    if weight <= MOST {
        return Ok(());
    }
    let heaviest = weights.iter().zip(template.names()).max_by_key(|(weight, _)| **weight);
    let name = heaviest.map(|(_, name)| name.clone()).unwrap_or_default();
    Err(ParameterError::Copied { name, weight, most: MOST })
}

/// What a value weighs where it stands once.
fn weight(value: &str) -> u64 {
    let has_elements = value.trim_start().starts_with(['{', '[']);
    let elements = if has_elements { value.bytes().filter(|byte| *byte == b',').count() } else { 0 };
    (value.len() as u64).saturating_add((elements as u64).saturating_mul(ELEMENT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, value: &str) -> Result<(), ParameterError> {
        fits(&Template::parse(text).unwrap(), &Report::new(text).bind("p", value))
    }

    #[test]
    fn a_value_weighs_as_often_as_it_is_named() {
        let named = |count: usize| format!("select {}", vec![":p"; count].join(","));
        let value = "x".repeat(100_000);
        assert_eq!(said(&named(300), &value), Ok(()));
        let refused = ParameterError::Copied { name: "p".to_owned(), weight: 40_000_000, most: MOST };
        assert_eq!(said(&named(400), &value), Err(refused));
        assert_eq!(said(&named(10_000), "x"), Ok(()));
        // What is within quotes names nothing.
        assert_eq!(said(&format!("select :p, '{}'", ":p".repeat(400)), &value), Ok(()));
    }

    #[test]
    fn the_elements_of_a_list_weigh_more() {
        let list = |count: usize| format!("{{{}}}", vec!["1"; count].join(","));
        assert_eq!(said("select :p", &list(1_000_000)), Ok(()));
        assert!(said("select :p", &list(1_400_000)).is_err());
        assert_eq!(said("select :p", &"1,".repeat(1_400_000)), Ok(()));
    }

    #[test]
    fn a_pattern_has_not_too_many_wildcards() {
        let value = "%a".repeat(1_001);
        let refused = ParameterError::Wildcards { name: "p".to_owned(), most: MOST_WILDCARDS };
        assert_eq!(said("select 1 where 'a' LiKe :p", &value), Err(refused));
        assert_eq!(said("select :p", &value), Ok(()));
        assert_eq!(said("select 1 where 'a' like :p", &value[2..]), Ok(()));
    }

    #[test]
    fn the_heaviest_is_named_and_no_value_is_shown() {
        let text = "select :a, :b, :b";
        let report = Report::new(text).bind("a", "s3cret").bind("b", "s3cret".repeat(3_000_000));
        let error = fits(&Template::parse(text).unwrap(), &report).unwrap_err();
        assert!(error.to_string().contains("`:b`") && !format!("{error:?}").contains("s3cret"), "{error}");
    }

    #[test]
    fn what_the_planner_copies_counts_where_it_is_more() {
        let text = "select :p";
        let (template, report) =
            (Template::parse(text).unwrap(), Report::new(text).bind("p", "x".repeat(1_000)));
        assert_eq!(bounded(&template, &report, &[30_000]), Ok(()));
        assert!(bounded(&template, &report, &[40_000]).is_err());
    }
}
