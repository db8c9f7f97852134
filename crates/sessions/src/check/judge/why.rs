//! What it is that could tell of hidden rows, in words for who wrote the query or the view.

use super::{
    Judge,
    early::Early,
    total::{is_total, is_total_in_views},
};
use crate::check::{facts::Relation, tree::Computed};

impl Judge<'_> {
    /// What of a view's columns, or of the text, is why its conditions come too early; and whether a barrier would not help.
    pub(super) fn why(&self, oid: u32, view: &Relation, early: &Early) -> (String, bool) {
        let by_column = |number: &i32| {
            let columns = [*number].into();
            let mut behind = self.behind_all(oid, &columns, true).into_iter();
            let teller = behind.find_map(|computed| self.teller(computed, is_total_in_views))?;
            let name = view.columns.get(number).map_or("a column", String::as_str);
            Some(format!("it computes {name} by {teller}"))
        };
        if let Some(why) = early.compared.iter().find_map(by_column) {
            return (why, true);
        }
        let by_text =
            || self.teller(&self.conditions.all, is_total).map(|teller| format!("{teller} can fail"));
        let by_other = || {
            let other = self.read.contains_key(&oid).then(|| self.other_that_tells(oid)).flatten()?;
            Some(format!("what {} computes, or hides rows by, can fail", other.full_name()))
        };
        let by_view = || {
            let by = early.by.and_then(|by| self.facts.relations.get(&by))?;
            Some(format!("what {} hides rows by, or joins, can fail", by.full_name()))
        };
        let why = by_view().or_else(by_text).or_else(|| early.columns.iter().find_map(by_column));
        let why = why.or_else(by_other);
        let otherwise = || "something that a view computes, or hides rows by, can fail".to_owned();
        (why.unwrap_or_else(otherwise), view.barrier)
    }

    /// The first thing of what something is computed by that could tell what it saw.
    fn teller(&self, computed: &Computed, is_total: fn(u32) -> bool) -> Option<String> {
        let named = |schema: &str, name: &str| match (schema, format!("{schema}.{name}")) {
            ("pg_catalog", _) => name.to_owned(),
            (_, full) if self.facts.hidden.contains(&full) => "…".to_owned(),
            (_, full) => full,
        };
        let operator = computed.operators.iter().find(|oid| !self.is_silent_operator(**oid, is_total));
        let function = computed.functions.iter().find(|oid| !self.is_silent(**oid, is_total));
        let operator = operator
            .and_then(|oid| self.facts.operators.get(oid))
            .map(|found| format!("the operator {}", named(&found.schema, &found.name)));
        let function = function
            .and_then(|oid| self.facts.functions.get(oid))
            .map(|found| format!("{}(…)", named(&found.schema, &found.name)));
        let other = (computed.telling || !computed.unsound.is_empty())
            .then(|| "a cast, or another expression that can fail".to_owned());
        function.or(operator).or(other)
    }
}
