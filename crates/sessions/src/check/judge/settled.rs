//! What is asked before a text, so that it cannot tell of a row any more.

use std::collections::BTreeSet;

use super::others::is_secured_for;
use crate::check::{facts::Facts, tree::Mentions};

/// What the policies of all that a text reads compare with settings: SQL that is asked before it runs, and may fail there for all rows or none.
pub(crate) fn settled(mentions: &Mentions, facts: &Facts) -> BTreeSet<String> {
    let (mut all, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let read = |mentions: &Mentions| {
        mentions.relations.iter().filter(|(_, used)| !used.idle).map(|(oid, _)| *oid).collect::<Vec<_>>()
    };
    let mut open: Vec<(u32, Option<u32>)> = read(mentions).into_iter().map(|oid| (oid, None)).collect();
    while let Some((oid, reader)) = open.pop() {
        let Some(found) = facts.relations.get(&oid).filter(|_| seen.insert((oid, reader))) else { continue };
        if is_secured_for(found, reader) {
            // Those for the owner of a view are not known to be these.
            all.extend(found.policies.settled.iter().filter(|_| reader.is_none()).cloned());
            let read = if reader.is_none() { &found.policies.of_applied } else { &found.policies.relations };
            open.extend(read.iter().map(|oid| (*oid, reader)));
        }
        if let Some(body) = found.body.as_ref().filter(|_| found.kind == "v") {
            let reader = (!found.invoker).then_some(found.owner);
            open.extend(read(body).into_iter().map(|oid| (oid, reader)));
        }
    }
    all
}
