//! Partitions and children of denied tables, and of tables with denied columns, which have other names: what is denied of a table is denied of
//! these, and they are named, because `deny` does not.

use std::collections::BTreeMap;

use crate::{DesiredRole, observed::Relation};

use super::{Context, Draft, children::few};

/// A denied table, or one with its denied columns, by a role.
type Denied<'a> = BTreeMap<(String, &'a str, &'a str), Vec<String>>;

/// Says of each role what `read` covers and is denied to it with what it is a partition or child of.
pub(super) fn diff(context: &Context<'_>, roles: &[&DesiredRole], draft: &mut Draft) {
    let mut denied = Denied::new();
    for relation in context.observed.relations.iter().filter(|one| !one.ancestors.is_empty()) {
        for role in roles.iter().filter(|role| role.asks_for(&relation.schema, &relation.name)) {
            for parent in parents(role, relation) {
                let object = format!("{}.{}", relation.schema, relation.name);
                denied.entry((parent, role.name.as_str(), &role.connection)).or_default().push(object);
            }
        }
    }
    for ((parent, name, connection), children) in denied {
        let message = format!(
            "{}: of {parent}, which roles.{connection}.deny denies; {name} does not read it of partitions and children either, whatever they are \
             called",
            few(&children)
        );
        let fix = format!(
            "nothing, where that is meant; else name in roles.{connection}.deny what is not to be read, instead of {parent}: `read` opens none of it"
        );
        draft.finding(Some(name), "denied-children", &parent, message, Some(fix));
    }
}

/// Above a relation of this schema, a table that is denied, or has columns that are: what is made below it would have to be left out.
pub(super) fn parent_in(context: &Context<'_>, role: &DesiredRole, schema: &str) -> Option<String> {
    let here = context.observed.relations.iter().filter(|one| one.schema == schema);
    here.flat_map(|one| parents(role, one)).next()
}

/// What a relation, or a column of it, is denied with and not by its own name: tables, with the columns where these alone are denied.
fn parents(role: &DesiredRole, relation: &Relation) -> Vec<String> {
    let Relation { schema, name, columns, ancestors, .. } = relation;
    if role.names_table(schema, name) {
        return Vec::new();
    }
    if let Some(parent) = role.denied_ancestor(ancestors) {
        return vec![parent.full_name()];
    }
    let mut found: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for column in columns.iter().filter(|column| !role.names_column(schema, name, column)) {
        if let Some(parent) = role.denied_ancestor_of(column, ancestors) {
            found.entry(parent.full_name()).or_default().push(column);
        }
    }
    found.into_iter().map(|(parent, columns)| format!("{parent} ({})", columns.join(", "))).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use rolewright_core::pattern::{Deny, Read};

    use super::super::{
        model,
        worlds::{desired, empty},
    };
    use crate::{Change, Desired, Observed, Plan, ancestors::Ancestor};

    fn diff(desired: &Desired, observed: &mut Observed) -> Plan {
        let plan = crate::diff(desired, observed, &BTreeMap::new(), &BTreeSet::new());
        plan.changes.iter().for_each(|change| model::apply(observed, change));
        plan
    }

    fn below(schema: &str, name: &str) -> Vec<Ancestor> {
        let columns = ["id", "name"].map(str::to_owned).into();
        vec![Ancestor { schema: schema.to_owned(), name: name.to_owned(), columns }]
    }

    fn deny(desired: &mut Desired, role: &str, entry: &str) {
        desired.roles.get_mut(role).unwrap().deny.push(Deny::parse(entry).unwrap());
    }

    fn told(plan: &Plan) -> Vec<(&str, &str)> {
        plan.findings.iter().map(|one| (one.kind.as_str(), one.object.as_str())).collect()
    }

    #[test]
    fn a_child_of_a_denied_table_is_taken_and_told_though_read_names_it() {
        let (mut desired, mut observed) = (desired(), empty());
        desired.roles.get_mut("app_raw").unwrap().read.push(Read::parse("public.plain").unwrap());
        diff(&desired, &mut observed);
        assert!(observed.relations[2].selects("app_raw"));
        observed.relations[2].ancestors = below("public", "old_tokens");
        observed.relations[2].bypasses = Some("public.old_tokens".to_owned());
        let plan = diff(&desired, &mut observed);
        assert_eq!(plan.changes.iter().map(Change::kind).collect::<Vec<_>>(), ["revoke"]);
        assert_eq!(told(&plan), [("denied-children", "public.old_tokens")]);
        assert!(!observed.relations[2].selects("app_raw"));
        assert!(diff(&desired, &mut observed).in_sync());
        // By its own name it is denied without a word.
        deny(&mut desired, "app_raw", "public.plain");
        let plan = diff(&desired, &mut observed);
        assert_eq!((plan.in_sync(), told(&plan)), (true, Vec::new()));
    }

    #[test]
    fn a_column_that_a_parent_has_is_denied_with_it() {
        let (mut desired, mut observed) = (desired(), empty());
        diff(&desired, &mut observed);
        deny(&mut desired, "app_raw", "apart.far.name");
        observed.relations[2].ancestors = below("apart", "far");
        let plan = diff(&desired, &mut observed);
        assert_eq!(plan.changes.iter().map(Change::kind).collect::<Vec<_>>(), ["revoke", "grant-columns"]);
        assert_eq!(told(&plan), [("denied-children", "apart.far (name)")]);
        assert_eq!(observed.relations[2].selected_columns("app_raw"), BTreeSet::from(["id"]));
        // A column that the parent does not have is the child's own.
        observed.relations[2].ancestors[0].columns.remove("name");
        diff(&desired, &mut observed);
        assert!(observed.relations[2].selects("app_raw"));
    }

    #[test]
    fn nothing_is_promised_beside_a_child_of_a_denied_table() {
        let (mut desired, mut observed) = (desired(), empty());
        deny(&mut desired, "app_reporting", "public.pat*.name");
        diff(&desired, &mut observed);
        assert!(!observed.defaults.is_empty());
        observed.relations[3].ancestors = below("public", "patients");
        let plan = diff(&desired, &mut observed);
        assert!(observed.defaults.is_empty(), "{:?}", observed.defaults);
        assert!(plan.refusals.is_empty(), "{:?}", plan.refusals);
        assert!(told(&plan).contains(&("future-tables-deny", "reporting")), "{plan:?}");
    }
}
