//! The planner for subjects on made-up catalogs: what it sends, and what it refuses.

use std::collections::BTreeMap;

use rolewright_core::{Ident, RoleSecret};
use uuid::Uuid;

use super::{
    Wanted,
    diff::diff,
    facts::{Core, Group, Membership, Observed, Role},
};
use crate::room::RoomPlan;
use crate::{marker, password};

fn name(text: &str) -> Ident {
    Ident::new(text).unwrap()
}

fn wanted() -> Wanted {
    Wanted {
        installation: Uuid::nil(),
        login: name("c_access"),
        login_refused: false,
        roles: BTreeMap::from([
            (name("c_role_nurse"), vec![name("staff")]),
            (name("c_subject_o'brien \"x\""), vec![name("staff"), name("doctors")]),
        ]),
        others: vec![name("c_subject")],
        prefixes: vec!["c_subject_".into(), "c_role_".into()],
        taken: vec!["core".into()],
    }
}

fn server(version: i32) -> Observed {
    let group = || Group { admin: true, ..Group::default() };
    Observed {
        version,
        database: "clinic".into(),
        core: Core { name: "core".into(), superuser: false, createrole: true },
        groups: BTreeMap::from([("staff".into(), group()), ("doctors".into(), group())]),
        ..Observed::default()
    }
}

fn planned(observed: &Observed) -> RoomPlan {
    let wanted = wanted();
    diff(&wanted, observed, &password::credential(&RoleSecret::new([7; 32]), &wanted.login))
}

fn told(plan: &RoomPlan) -> String {
    let changes = plan.changes.iter().map(|change| format!("{}: {}", change.kind, change.sql));
    let refused = plan.refused.values().flatten();
    let refused = refused.map(|one| format!("refused {}: {}; {}", one.kind, one.message, one.fix));
    let found = plan.findings.iter().map(|one| format!("found {}: {}", one.kind, one.message));
    changes.chain(refused).chain(found).collect::<Vec<_>>().join("\n")
}

/// What applying a plan makes of the catalogs, as far as the planner looks.
fn applied(mut observed: Observed) -> Observed {
    let wanted = wanted();
    let marker = Some(marker::text(wanted.installation));
    let role =
        || Role { inherit: true, admin: true, connects: true, comment: marker.clone(), ..Role::default() };
    let fingerprint = password::fingerprint(&RoleSecret::new([7; 32]), &wanted.login);
    let login = Role { login: true, inherit: false, fingerprint: Some(fingerprint), ..role() };
    observed.roles.insert(wanted.login.to_string(), login);
    for (name, groups) in &wanted.roles {
        observed.roles.insert(name.to_string(), role());
        for group in groups {
            let edge = membership(&observed, group.as_str(), name.as_str(), true);
            observed.memberships.push(edge);
        }
        let edge = membership(&observed, name.as_str(), wanted.login.as_str(), false);
        observed.memberships.push(edge);
    }
    observed
}

fn membership(observed: &Observed, role: &str, member: &str, inherit: bool) -> Membership {
    let option = |value| observed.is_strict().then_some(value);
    let (role, member, grantor) = (role.to_owned(), member.to_owned(), "core".to_owned());
    Membership { role, member, grantor, admin: false, inherit: option(inherit), set: option(!inherit) }
}

#[test]
fn from_nothing() {
    insta::assert_snapshot!("from_nothing_14", told(&planned(&server(140_000))));
    insta::assert_snapshot!("from_nothing_16", told(&planned(&server(160_000))));
    for version in [140_000, 160_000] {
        let plan = planned(&applied(server(version)));
        assert_eq!(told(&plan), "", "{version}");
    }
}

#[test]
fn what_differs() {
    let mut observed = applied(server(160_000));
    let nurse = observed.roles.get_mut("c_role_nurse").unwrap();
    (nurse.login, nurse.createrole) = (true, true);
    let marker = Some(marker::text(Uuid::nil()));
    let old = Role { inherit: true, admin: true, comment: marker, ..Role::default() };
    observed.roles.insert("c_subject_gone".into(), old);
    let more = [
        ("c_subject_gone", "c_access", "core", false),
        ("reports", "c_access", "core", true),
        ("doctors", "c_role_nurse", "core", true),
        ("staff", "c_role_nurse", "postgres", false),
        ("c_role_nurse", "mallory", "core", true),
    ];
    for (role, member, grantor, inherit) in more {
        let edge = membership(&observed, role, member, inherit);
        observed.memberships.push(Membership { grantor: grantor.into(), ..edge });
    }
    insta::assert_snapshot!(told(&planned(&observed)));
}

#[test]
fn what_is_refused() {
    let mut observed = applied(server(160_000));
    observed.groups.get_mut("doctors").unwrap().reaches = vec!["postgres".into()];
    observed.roles.get_mut("c_role_nurse").unwrap().bypassrls = true;
    observed.groups.get_mut("staff").unwrap().unbound = vec!["note".into()];
    insta::assert_snapshot!("too_much", told(&planned(&observed)));

    let mut observed = server(160_000);
    observed.groups.remove("doctors");
    observed.groups.get_mut("staff").unwrap().admin = false;
    insta::assert_snapshot!("groups", told(&planned(&observed)));

    // Without the login nothing is begun.
    let mut observed = applied(server(160_000));
    observed.roles.get_mut("c_access").unwrap().comment = None;
    let plan = planned(&observed);
    assert!(plan.is_empty());
    assert_eq!(
        told(&plan),
        "refused foreign-role: the role c_access exists and was not made by this installation; set `access.login` to another name"
    );
}
