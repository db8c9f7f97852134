//! Whether a text chooses among rows of which a view keeps one: by telling values apart that the view takes for equal.

use std::collections::BTreeSet;

use super::Judge;
use crate::check::{
    denial::Denial,
    facts::{FIRST_NORMAL, Type},
    tree::{By, Of, TypeOf},
};

/// Types of the server's own that have no two values that are equal and differ: `bool`, `bytea`, `"char"`, `name`, whole numbers, `text`,
/// `oid`, dates and times without a zone, `timestamptz`, `varchar`, `uuid`. In a text a collation that is deterministic tells all apart.
const TOLD_APART: [u32; 15] = [16, 17, 18, 19, 20, 21, 23, 25, 26, 1043, 1082, 1083, 1114, 1184, 2950];
/// `name`, `text` and `varchar`.
const TEXTS: [u32; 3] = [19, 25, 1043];
/// What compares values as the types' equality does.
const COMPARISONS: [&str; 6] = ["=", "<>", "<", "<=", ">", ">="];

impl Judge<'_> {
    /// Where a view keeps one of several rows that it takes for equal, a text compares what they are equal by as the view does, or not at all;
    /// and so do the conditions of views whose columns it compares, since the server puts what is equal in the place of each other.
    pub(super) fn keeps(&self) -> Result<(), Denial> {
        let (mut seen, mut asked) = (BTreeSet::new(), BTreeSet::new());
        let mut open: Vec<(Of, By)> = self.conditions.chosen.behind.iter().copied().collect();
        while let Some(((oid, number), by)) = open.pop() {
            let found = self.facts.relations.get(&oid).filter(|found| found.kind == "v");
            let Some(found) = found.filter(|_| seen.insert((oid, number, by))) else { continue };
            // A whole row is each of its columns, and told apart by all of them.
            let by = if number == 0 { By::Otherwise } else { by };
            let columns = found.kept.iter().filter(|(of, _)| number == 0 || **of == number);
            let columns = columns.map(|(of, kept)| (found.columns.get(of), kept, by));
            // What the view's own conditions do is done once the text compares anything of it.
            let conditions = asked.insert(oid).then_some((None, &found.chosen, By::Plain));
            for (column, kept, by) in columns.chain(conditions) {
                let mut own = kept.own.iter();
                let chooses = own.any(|(of, collation, inner)| {
                    !self.is_as_equal(self.together(by, *inner)) && !self.is_told_apart(*of, *collation)
                });
                let body = found.body.as_ref().filter(|_| chooses && !found.invoker);
                if body.map(|body| self.hides(body)).transpose()? == Some(true) {
                    return Err(Denial::Kept { view: found.full_name(), column: column.cloned() });
                }
                open.extend(kept.behind.iter().map(|(of, inner)| (*of, self.together(by, *inner))));
            }
        }
        Ok(())
    }

    /// What becomes of a value that a view's column makes something of, and the text of that.
    fn together(&self, outer: By, inner: By) -> By {
        match inner {
            By::Plain => outer,
            // Whether it is equal, or less, is the same for all that are equal.
            By::Compared(_) if self.is_as_equal(inner) => inner,
            By::Compared(_) | By::Otherwise => By::Otherwise,
        }
    }

    /// Whether what becomes of a value is the same for all that are equal to it.
    fn is_as_equal(&self, by: By) -> bool {
        let comparison = |operator: u32| {
            self.facts
                .operators
                .get(&operator)
                .is_some_and(|found| COMPARISONS.contains(&found.name.as_str()))
        };
        match by {
            By::Plain => true,
            By::Compared(operator) => operator.is_none_or(comparison),
            By::Otherwise => false,
        }
    }

    /// Whether no two values of a type are equal and differ.
    fn is_told_apart(&self, of: TypeOf, collation: u32) -> bool {
        let TypeOf::Oid(mut oid) = of else { return false };
        let mut domains = 0;
        while oid >= FIRST_NORMAL && domains < 100 {
            match self.facts.types.get(&oid) {
                Some(Type { enumerated: true, .. }) => return true,
                Some(Type { base, .. }) if *base != 0 => oid = *base,
                _ => return false,
            }
            domains += 1;
        }
        // Those that a cluster begins with are deterministic; of a text that is in none nothing is known.
        TOLD_APART.contains(&oid) && collation < FIRST_NORMAL && !(TEXTS.contains(&oid) && collation == 0)
    }
}
