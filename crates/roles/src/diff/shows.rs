//! Readable relations that show rows of denied ones: views run with their owner's rights, materialized views hold
//! copies, and a parent shows its children's rows. They are reported, not refused, because some are made for just that.

use std::collections::{BTreeMap, BTreeSet};

use crate::{DesiredRole, computed::Computed, observed::Shows};

use super::{
    Context, Draft,
    relations::{Wanted, wanted},
};

type Name<'a> = (&'a str, &'a str);

pub(super) fn diff(context: &Context<'_>, roles: &[&DesiredRole], draft: &mut Draft) {
    let mut edges: BTreeMap<Name<'_>, Vec<&Shows>> = BTreeMap::new();
    for shows in &context.observed.shows {
        edges.entry((&shows.schema, &shows.name)).or_default().push(shows);
    }
    for role in roles {
        for relation in &context.observed.relations {
            let start = (relation.schema.as_str(), relation.name.as_str());
            if edges.contains_key(&start) && wanted(context, role, relation) != Wanted::Nothing {
                follow(role, start, &edges, draft);
            }
        }
    }
}

/// Follows what is shown, through other views too, and reports what is denied.
fn follow(role: &DesiredRole, start: Name<'_>, edges: &BTreeMap<Name<'_>, Vec<&Shows>>, draft: &mut Draft) {
    // What the columns shown are computed from was looked up with them.
    let read = Computed::default();
    let mut seen = BTreeSet::from([start]);
    let mut next = vec![start];
    while let Some(at) = next.pop() {
        for shows in edges.get(&at).into_iter().flatten() {
            let to = (shows.of_schema.as_str(), shows.of_name.as_str());
            let above = shows.of_ancestors.as_slice();
            let whole = role.denies_table(to.0, to.1, above);
            let columns: Vec<&str> = shows
                .of_columns
                .iter()
                .filter(|column| role.denies_column(to.0, to.1, column, &read, above))
                .map(String::as_str)
                .collect();
            if whole || !columns.is_empty() {
                let object = format!("{}.{}", start.0, start.1);
                let what = if whole {
                    format!("{}.{}", to.0, to.1)
                } else {
                    format!("{}.{} ({})", to.0, to.1, columns.join(", "))
                };
                let kind = &shows.kind;
                let name = role.name.as_str();
                let message =
                    format!("{object}, which {name} reads, shows {what}, which is denied to it ({kind})");
                let fix = format!("add \"{object}\" to roles.{}.deny", role.connection);
                draft.finding(Some(name), "shows-denied", &object, message, Some(fix));
            }
            if seen.insert(to) {
                next.push(to);
            }
        }
    }
}
