//! Whether a text chooses among rows of which a view keeps one: by telling values apart that the view takes for equal.

use std::collections::BTreeSet;

use super::Judge;
use crate::check::{
    denial::Denial,
    facts::{FIRST_NORMAL, Type},
    tree::TypeOf,
};

/// Types of the server's own that have no two values that are equal and differ: `bool`, `bytea`, `"char"`, `name`, whole numbers, `text`,
/// `oid`, dates and times without a zone, `timestamptz`, `varchar`, `uuid`. In a text a collation that is deterministic tells all apart.
const TOLD_APART: [u32; 15] = [16, 17, 18, 19, 20, 21, 23, 25, 26, 1043, 1082, 1083, 1114, 1184, 2950];
/// What compares values as the types' equality does.
const COMPARISONS: [&str; 6] = ["=", "<>", "<", "<=", ">", ">="];

impl Judge<'_> {
    /// Where a view keeps one of several rows that it takes for equal, a text compares what they are equal by as the view does, or not at all.
    pub(super) fn keeps(&self) -> Result<(), Denial> {
        for ((oid, number), uses) in &self.conditions.uses {
            let otherwise = uses.iter().any(|by| !by.is_some_and(|operator| self.is_comparison(operator)));
            self.keeps_below(*oid, *number, otherwise)?;
        }
        Ok(())
    }

    fn keeps_below(&self, oid: u32, number: i32, otherwise: bool) -> Result<(), Denial> {
        let (mut seen, mut open) = (BTreeSet::new(), vec![(oid, number, otherwise)]);
        while let Some((oid, number, otherwise)) = open.pop() {
            let found = self.facts.relations.get(&oid).filter(|found| found.kind == "v");
            let Some(found) = found.filter(|_| seen.insert((oid, number, otherwise))) else { continue };
            // A whole row is each of its columns, and told apart by all of them.
            let otherwise = otherwise || number == 0;
            for (column, kept) in found.kept.iter().filter(|(of, _)| number == 0 || **of == number) {
                let mut own = kept.own.iter();
                let chooses = own.any(|(of, collation, as_it_is)| {
                    (otherwise || !as_it_is) && !self.is_told_apart(*of, *collation)
                });
                let body = found.body.as_ref().filter(|_| chooses && !found.invoker);
                if body.map(|body| self.hides(body)).transpose()? == Some(true) {
                    let column = found.columns.get(column).cloned().unwrap_or_default();
                    return Err(Denial::Kept { view: found.full_name(), column });
                }
                open.extend(
                    kept.behind.iter().map(|((oid, of), as_it_is)| (*oid, *of, otherwise || !as_it_is)),
                );
            }
        }
        Ok(())
    }

    fn is_comparison(&self, operator: u32) -> bool {
        let found = self.facts.operators.get(&operator);
        operator == 0 || found.is_some_and(|found| COMPARISONS.contains(&found.name.as_str()))
    }

    /// Whether no two values of a type are equal and differ.
    fn is_told_apart(&self, of: TypeOf, collation: u32) -> bool {
        let TypeOf::Oid(mut oid) = of else { return false };
        let mut domains = 0;
        while oid >= FIRST_NORMAL && domains < 100 {
            match self.facts.types.get(&oid) {
                Some(Type { base, .. }) if *base != 0 => oid = *base,
                _ => return false,
            }
            domains += 1;
        }
        // Those that a cluster begins with are deterministic.
        TOLD_APART.contains(&oid) && collation < FIRST_NORMAL
    }
}
