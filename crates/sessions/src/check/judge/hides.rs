//! Whether rows are hidden from a role by what it reads, and whether a text's conditions are such as the server keeps from these.

use std::collections::BTreeSet;

use super::{Judge, Volatility};
use crate::check::{
    denial::Denial,
    tree::{Loose, Mentions},
};

impl Judge<'_> {
    /// Where rows are hidden, be it by a barrier or by row level security, a text's conditions may have nothing in them that the server takes
    /// for what tells nothing of a row, though it does.
    pub(super) fn soundly(&self, mentions: &Mentions) -> Result<(), Denial> {
        let unsound = self.conditions.compared.unsound.first().copied();
        let loose = self.conditions.loose.iter().any(|loose| self.fails_late(loose));
        if (unsound.is_none() && !loose) || !self.anything_hides(mentions)? {
            return Ok(());
        }
        Err(unsound.map_or(Denial::Loose, Denial::Unsound))
    }

    /// Whether something that is only computed when a row asks for it may fail.
    fn fails_late(&self, loose: &Loose) -> bool {
        let immutable = |oid: &u32| {
            let found = self.facts.functions.get(oid);
            found.is_some_and(|function| function.volatility == Volatility::Immutable)
        };
        if let Some(quiet) = &loose.quiet {
            let none = BTreeSet::new();
            let views = quiet
                .relations
                .iter()
                .any(|oid| self.view_tells(*oid, quiet.computed.columns.get(oid).unwrap_or(&none)));
            return views || self.tells(&quiet.computed);
        }
        let beforehand = loose.folded.as_ref().is_some_and(|functions| functions.iter().all(immutable));
        !beforehand && self.tells(&loose.computed)
    }

    /// Whether rows of anything that is read may be hidden: by row level security, by a view, or by a function that is put in its place.
    fn anything_hides(&self, mentions: &Mentions) -> Result<bool, Denial> {
        let (mut seen, mut open) = (BTreeSet::new(), vec![mentions]);
        while let Some(mentions) = open.pop() {
            let inlined = |oid: &u32| self.facts.functions.get(oid).is_some_and(|found| found.inlined);
            if mentions.functions.iter().any(inlined) {
                return Ok(true);
            }
            for (oid, _) in mentions.relations.iter().filter(|(_, used)| !used.idle) {
                let found = self.found(*oid)?;
                let Some(body) = found.body.as_ref().filter(|_| found.kind == "v") else {
                    if found.secured {
                        return Ok(true);
                    }
                    continue;
                };
                if !found.invoker && body.filters && self.hides(body)? {
                    return Ok(true);
                }
                open.extend(seen.insert(*oid).then_some(body));
            }
        }
        Ok(false)
    }

    /// Whether a view's body reads what the role may not read itself, so that its conditions hide something: by the settings, by its
    /// rights as they are, which lag behind where new tables wait, and by row level security; or makes rows of its own.
    pub(super) fn hides(&self, body: &Mentions) -> Result<bool, Denial> {
        if body.makes {
            return Ok(true);
        }
        for (inner, used) in body.relations.iter().filter(|(_, used)| !used.idle) {
            let read = self.found(*inner)?;
            let by_right = read.whole || !read.open.is_empty() && used.columns.is_subset(&read.open);
            if self.asked(read).is_err() || self.denied(read, used)?.is_some() || !by_right || read.secured {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
