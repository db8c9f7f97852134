//! Partitions and inheritance children of tables with row level security: a query that names one is asked the policies of that one alone,
//! so that it shows what its parent's hide. A pattern does not open them, and reading the parent needs no right on them.

use std::collections::BTreeMap;

use crate::{DesiredRole, observed::Relation, quote::qualified};

use super::{
    Context, Draft,
    relations::{Wanted, wanted},
};

/// As many are named in one finding.
const FEW: usize = 3;

/// Whether `read` covers the relation without naming it, though it goes past row level security.
pub(super) fn is_withheld(role: &DesiredRole, relation: &Relation) -> bool {
    role.withholds(&relation.schema, &relation.name, relation.bypasses.as_deref())
}

/// Says of each role what it is not given, by the table that it is of, and what it is given because it is named.
pub(super) fn diff(context: &Context<'_>, roles: &[&DesiredRole], draft: &mut Draft) {
    let mut withheld: BTreeMap<(&str, &str, &str), Vec<String>> = BTreeMap::new();
    for relation in &context.observed.relations {
        let Some(parent) = relation.bypasses.as_deref() else { continue };
        for role in roles {
            let (name, object) = (role.name.as_str(), format!("{}.{}", relation.schema, relation.name));
            if is_withheld(role, relation) {
                if !role.denies_table(&relation.schema, &relation.name, &relation.ancestors) {
                    withheld.entry((parent, name, &role.connection)).or_default().push(object);
                }
            } else if wanted(context, role, relation) != Wanted::Nothing {
                let message = format!(
                    "{object}, which roles.{}.read names, shows {name} what the row level security of {parent}, of which it is a partition or child, hides",
                    role.connection
                );
                let fix = format!(
                    "ALTER TABLE {} ENABLE ROW LEVEL SECURITY, with policies of its own; or take it out of roles.{}.read: {parent} shows its rows",
                    qualified(&relation.schema, &relation.name),
                    role.connection
                );
                draft.finding(Some(name), "bypasses-policies", &object, message, Some(fix));
            }
        }
    }
    for ((parent, name, connection), children) in withheld {
        let few = few(&children);
        let message = format!(
            "{few}: of {parent}, whose row level security binds nobody who reads them by their own names; roles.{connection}.read covers and \
             does not name them, so that {name} does not read them"
        );
        let fix = format!(
            "read {parent}, which shows their rows by its policies; or ENABLE ROW LEVEL SECURITY, with policies, on them; or name one in full in \
             roles.{connection}.read"
        );
        draft.finding(Some(name), "withheld-children", parent, message, Some(fix));
    }
}

/// The first of them, with how many more there are.
pub(super) fn few(names: &[String]) -> String {
    let more = names.len().saturating_sub(FEW);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", names.iter().take(FEW).cloned().collect::<Vec<_>>().join(", "))
}

/// A table of this schema with row level security of which there are, or will be, partitions or children.
pub(super) fn secured_in(context: &Context<'_>, schema: &str) -> Option<String> {
    let observed = context.observed;
    let is_parent = |one: &Relation| {
        let shows = |name: &str| {
            let edge = |edge: &crate::observed::Shows| {
                edge.kind == "parent" && edge.schema == schema && edge.name == name
            };
            observed.shows.iter().any(edge)
        };
        one.secured && (one.kind == 'p' || shows(&one.name))
    };
    observed.relations.iter().filter(|one| one.schema == schema).find_map(|one| {
        one.bypasses.clone().or_else(|| is_parent(one).then(|| format!("{schema}.{}", one.name)))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use rolewright_core::pattern::Read;

    use super::super::{
        model,
        worlds::{desired, empty},
    };
    use crate::{Desired, Observed, Plan};

    /// `public.plain`, a child of a table with row level security, and what is then planned.
    fn diff(desired: &Desired, observed: &mut Observed) -> Plan {
        let plan = crate::diff(desired, observed, &BTreeMap::new(), &BTreeSet::new());
        plan.changes.iter().for_each(|change| model::apply(observed, change));
        plan
    }

    fn child() -> Observed {
        let mut observed = empty();
        observed.relations[2].bypasses = Some("public.patients".to_owned());
        observed
    }

    #[test]
    fn a_child_is_withheld_and_told_with_its_parent() {
        let (desired, mut observed) = (desired(), child());
        diff(&desired, &mut observed);
        assert!(!observed.relations[2].selects("app_raw"));
        let plan = diff(&desired, &mut observed);
        assert!(plan.in_sync(), "{plan:?}");
        let told: Vec<(&str, &str)> =
            plan.findings.iter().map(|one| (one.kind.as_str(), one.object.as_str())).collect();
        assert_eq!(told, [("withheld-children", "public.patients")]);
        // It is given when the parent hides nothing any more, and taken when it does again.
        observed.relations[2].bypasses = None;
        assert_eq!(diff(&desired, &mut observed).changes.len(), 1);
        assert!(observed.relations[2].selects("app_raw"));
        observed.relations[2].bypasses = Some("public.patients".to_owned());
        let plan = diff(&desired, &mut observed);
        assert_eq!(plan.changes.iter().map(crate::Change::kind).collect::<Vec<_>>(), ["revoke"]);
        assert!(!observed.relations[2].selects("app_raw"));
    }

    #[test]
    fn one_that_is_named_is_given_and_one_that_is_denied_is_not() {
        let (mut desired, mut observed) = (desired(), child());
        let raw = desired.roles.get_mut("app_raw").unwrap();
        raw.read.push(Read::parse("public.plain").unwrap());
        diff(&desired, &mut observed);
        assert!(observed.relations[2].selects("app_raw"));
        let plan = diff(&desired, &mut observed);
        let kinds: Vec<&str> = plan.findings.iter().map(|one| one.kind.as_str()).collect();
        assert_eq!((plan.in_sync(), kinds), (true, vec!["bypasses-policies"]));
        let raw = desired.roles.get_mut("app_raw").unwrap();
        raw.deny.push(rolewright_core::pattern::Deny::parse("public.plain").unwrap());
        diff(&desired, &mut observed);
        assert!(!observed.relations[2].selects("app_raw"));
    }

    #[test]
    fn nothing_is_promised_where_a_partition_may_come() {
        let (desired, mut observed) = (desired(), empty());
        diff(&desired, &mut observed);
        assert!(!observed.defaults.is_empty());
        (observed.relations[3].secured, observed.relations[3].kind) = (true, 'p');
        let plan = diff(&desired, &mut observed);
        assert!(observed.defaults.is_empty(), "{:?}", observed.defaults);
        assert_eq!(plan.findings[0].kind, "future-tables-policies");
    }
}
