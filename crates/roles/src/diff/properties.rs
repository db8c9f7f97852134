//! Properties of the planner: what is applied is not planned again, nothing denied is ever granted, what waits is named, and
//! what everyone may do is refused or harmless.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use proptest::prelude::*;
use rolewright_core::{RoleSecret, settings::NewTables};

use crate::{Change, Desired, DesiredRole, Finding, diff, observed::AclItem, password};

use super::{
    model,
    worlds::{desired, observed, open},
};

/// Derived once: deriving is slow by design.
static CREDENTIALS: LazyLock<password::Credentials> =
    LazyLock::new(|| password::credentials(&RoleSecret::new([1; 32]), &desired()));

/// What is desired, with or without a role whose new relations wait.
fn wanted(hold: bool) -> Desired {
    let mut desired = desired();
    if hold {
        desired.roles.get_mut("app_raw").unwrap().new_tables = NewTables::Hold;
    }
    desired
}

proptest! {
    #[test]
    fn what_is_applied_is_not_planned_again(mut observed in observed(), hold in any::<bool>()) {
        let (desired, none) = (wanted(hold), BTreeSet::new());
        let credentials = &*CREDENTIALS;
        let plan = diff(&desired, &observed, credentials, &none);
        prop_assert!(plan.refusals.is_empty(), "{:?}", plan.refusals);
        for change in &plan.changes {
            model::apply(&mut observed, change);
        }
        let again = diff(&desired, &observed, credentials, &none);
        prop_assert!(again.is_empty() && again.refusals.is_empty(), "{:?}\nafter {:?}", again, plan);
        prop_assert_eq!(again.in_sync(), !again.findings.iter().any(Finding::needs_decision));
    }

    #[test]
    fn a_relation_that_waits_is_named_and_unreadable_until_it_is_accepted(mut observed in observed()) {
        let (desired, none) = (wanted(true), BTreeSet::new());
        observed.relations.iter_mut().for_each(|one| one.ancestors.clear());
        let begun = observed.accepted.get("app_raw").cloned();
        for change in &diff(&desired, &observed, &CREDENTIALS, &none).changes {
            model::apply(&mut observed, change);
        }
        let plan = diff(&desired, &observed, &CREDENTIALS, &none);
        // Denied tables are no decision, and what is there at first is accepted.
        let waiting: BTreeSet<u32> = match begun {
            Some(accepted) => [2, 3].into_iter().filter(|oid| !accepted.contains(oid)).collect(),
            None => BTreeSet::new(),
        };
        prop_assert_eq!(plan.findings.iter().filter(|one| one.needs_decision()).count(), waiting.len());
        for relation in observed.relations.iter().filter(|one| one.schema == "public") {
            let readable = relation.selects("app_raw") || !relation.selected_columns("app_raw").is_empty();
            prop_assert_eq!(readable, [2, 3].contains(&relation.oid) && !waiting.contains(&relation.oid));
        }
        let accept = Change::Accept {
            role: "app_raw".to_owned(), relations: Vec::new(), oids: waiting.into_iter().collect(),
        };
        model::apply(&mut observed, &accept);
        for change in &diff(&desired, &observed, &CREDENTIALS, &none).changes {
            model::apply(&mut observed, change);
        }
        prop_assert!(diff(&desired, &observed, &CREDENTIALS, &none).in_sync());
        prop_assert!(observed.relations[2].selects("app_raw"));
    }

    #[test]
    fn what_everyone_may_do_is_refused_with_its_statement_or_harmless(mut observed in open(), hold in any::<bool>()) {
        let (desired, none) = (wanted(hold), BTreeSet::new());
        let plan = diff(&desired, &observed, &CREDENTIALS, &none);
        for refusal in &plan.refusals {
            prop_assert!(["public-right", "definer-routine"].contains(&refusal.kind.as_str()), "{:?}", refusal);
            prop_assert!(refusal.fix.contains("REVOKE ") && refusal.fix.contains(" FROM PUBLIC"), "{:?}", refusal);
        }
        if plan.refusals.is_empty() {
            prop_assert!(!observed.server.public_create);
            let public = |item: &AclItem| item.grantee.is_none();
            for relation in &observed.relations {
                let writes = |item: &AclItem| public(item) && item.privilege != "SELECT";
                prop_assert!(!relation.acl.iter().any(writes));
                prop_assert!(!relation.column_acl.iter().any(|acl| writes(&acl.item)));
                for acl in relation.column_acl.iter().filter(|acl| public(&acl.item)) {
                    let crate::observed::Relation { schema, name, computed, ancestors, .. } = relation;
                    let denies = |role: &DesiredRole| {
                        // A child may be in a schema that the role does not read.
                        (role.asks_for(schema, name) || role.denies_table(schema, name, ancestors))
                            && role.denies_column(schema, name, &acl.column, computed, ancestors)
                    };
                    prop_assert!(!desired.roles.values().any(denies));
                }
            }
            prop_assert!(observed.definers.iter().all(|one| one.schema == "hidden" || one.name == "mask_f"));
        }
        model::revoke_public(&mut observed);
        prop_assert!(diff(&desired, &observed, &CREDENTIALS, &none).refusals.is_empty());
    }

    #[test]
    fn a_core_without_createrole_touches_no_role_and_knows_what_is_proved(mut observed in observed()) {
        observed.core.createrole = false;
        for (name, role) in &mut observed.roles {
            role.proved = Some(CREDENTIALS[name].fingerprint.clone());
        }
        for change in &diff(&desired(), &observed, &CREDENTIALS, &BTreeSet::new()).changes {
            let by_hand = ["create-role", "alter-role", "set-password", "comment", "set", "reset", "grant-membership"];
            prop_assert!(!by_hand.contains(&change.kind()), "{}", change.sql());
        }
        let unknown = |plan: &crate::Plan| plan.refusals.iter().any(|one| one.kind == crate::UNKNOWN_PASSWORD);
        prop_assert!(!unknown(&diff(&desired(), &observed, &CREDENTIALS, &BTreeSet::new())));
    }

    #[test]
    fn nothing_denied_is_ever_granted(observed in open(), hold in any::<bool>()) {
        let desired = wanted(hold);
        let plan = diff(&desired, &observed, &BTreeMap::new(), &BTreeSet::new());
        for change in &plan.changes {
            match change {
                Change::GrantSelect { schema, tables, roles } => {
                    for (role, table) in roles.iter().flat_map(|role| tables.iter().map(move |table| (role, table))) {
                        let role = &desired.roles[role];
                        let relation = observed.relations.iter().find(|one| one.name == *table).unwrap();
                        prop_assert!(!role.denies_table(schema, table, &relation.ancestors));
                        prop_assert!(!relation.columns.iter().any(|name| role.denies_column(schema, table, name, &relation.computed, &relation.ancestors)));
                    }
                }
                Change::GrantColumns { schema, table, columns, role } => {
                    let role = &desired.roles[role];
                    let relation = observed.relations.iter().find(|one| one.name == *table).unwrap();
                    prop_assert!(!columns.iter().any(|name| role.denies_column(schema, table, name, &relation.computed, &relation.ancestors)));
                }
                _ => {}
            }
        }
    }

    #[test]
    fn the_same_input_gives_the_same_plan_and_no_plan_shows_a_verifier(observed in observed()) {
        let (desired, none) = (desired(), BTreeSet::new());
        let credentials = &*CREDENTIALS;
        let plan = diff(&desired, &observed, credentials, &none);
        prop_assert_eq!(&plan, &diff(&desired, &observed, credentials, &none));
        let shown = format!("{}{plan:?}", serde_json::to_string(&plan).unwrap());
        prop_assert!(!shown.contains("SCRAM-SHA-256"));
    }
}
