//! Plans as SQL, for a reviewer's eye.

use std::collections::{BTreeMap, BTreeSet};

use rolewright_core::pattern::Deny;

use crate::{
    Change, Plan,
    ancestors::Ancestor,
    diff,
    observed::{AclItem, Membership, Setting},
};

use super::{
    model,
    worlds::{desired, empty},
};

fn sql(plan: &Plan) -> String {
    plan.changes.iter().map(|change| format!("{};\n", change.sql())).collect()
}

fn item(grantee: &str, privilege: &str) -> AclItem {
    AclItem {
        grantee: Some(grantee.to_owned()),
        privilege: privilege.to_owned(),
        grantable: false,
        grantor: "core".to_owned(),
        revocable: true,
    }
}

#[test]
fn a_first_apply() {
    let plan = diff(&desired(), &empty(), &BTreeMap::new(), &BTreeSet::new());
    insta::assert_snapshot!(sql(&plan));
}

#[test]
fn a_repair() {
    let (desired, none) = (desired(), BTreeMap::new());
    let mut observed = empty();
    observed.server.version = 160_000;
    for change in &diff(&desired, &observed, &none, &BTreeSet::new()).changes {
        model::apply(&mut observed, change);
    }
    assert!(diff(&desired, &observed, &none, &BTreeSet::new()).in_sync());
    let role = observed.roles.get_mut("app_raw").unwrap();
    (role.login, role.inherit, role.createrole, role.comment) = (false, true, true, None);
    role.fingerprint = Some("kept".to_owned());
    role.valid_until = Some("2020-01-01".to_owned());
    role.settings.push(Setting {
        database: Some("clinic".to_owned()),
        name: "role".to_owned(),
        value: "x".to_owned(),
        resettable: true,
    });
    role.member_of.push(Membership {
        role: "pg_write_all_data".to_owned(),
        grantor: "postgres".to_owned(),
        revocable: true,
    });
    for relation in &mut observed.relations {
        relation.acl.push(item("app_raw", "INSERT"));
        relation.acl.push(item("app_raw", "SELECT"));
    }
    observed.schemas.get_mut("public").unwrap().acl.push(item("app_raw", "CREATE"));
    let plan = diff(&desired, &observed, &none, &BTreeSet::new());
    insta::assert_snapshot!(sql(&plan));
}

#[test]
fn what_an_administrator_makes_and_alters() {
    let (mut desired, none) = (desired(), BTreeMap::new());
    let mut observed = empty();
    (observed.core.createrole, observed.server.version) = (false, 160_000);
    desired.roles.get_mut("app_raw").unwrap().adopt = true;
    desired.roles.remove("app_reporting");
    let told = |plan: &Plan| {
        assert!(plan.changes.is_empty(), "{:?}", plan.changes);
        plan.refusals
            .iter()
            .map(|one| format!("{}: {}\n{}\n", one.kind, one.message, one.fix))
            .collect::<String>()
    };
    let missing = told(&diff(&desired, &observed, &none, &BTreeSet::new()));
    (observed.core.createrole, observed.server.version) = (true, 150_000);
    for change in &diff(&desired, &observed, &none, &BTreeSet::new()).changes {
        model::apply(&mut observed, change);
    }
    (observed.core.createrole, observed.server.version) = (false, 160_000);
    let role = observed.roles.get_mut("app_raw").unwrap();
    (role.login, role.comment, role.held) = (false, Some("the reader's".to_owned()), false);
    let secret = rolewright_core::RoleSecret::new([1; 32]);
    let credentials = crate::password::credentials(&secret, &desired);
    let plan = diff(&desired, &observed, &credentials, &BTreeSet::new());
    insta::assert_snapshot!(format!("{missing}\n{}", told(&plan)));
}

#[test]
fn names_cannot_leave_their_quotes() {
    let change = Change::GrantSelect {
        schema: "we\"ird".to_owned(),
        tables: vec!["a; DROP TABLE b".to_owned()],
        roles: vec!["\"".to_owned()],
    };
    insta::assert_snapshot!(change.sql(), @r#"GRANT SELECT ON TABLE "we""ird"."a; DROP TABLE b" TO """""#);
}

#[test]
fn what_is_denied_of_parents() {
    let (mut desired, mut observed) = (desired(), empty());
    for change in &diff(&desired, &observed, &BTreeMap::new(), &BTreeSet::new()).changes {
        model::apply(&mut observed, change);
    }
    let deny = ["public.visits", "apart.people.name"].map(|entry| Deny::parse(entry).unwrap());
    desired.roles.get_mut("app_raw").unwrap().deny.extend(deny);
    for (at, schema, name) in [(1, "public", "visits"), (2, "apart", "people")] {
        let columns = ["id", "name"].map(str::to_owned).into();
        observed.relations[at].ancestors =
            vec![Ancestor { schema: schema.to_owned(), name: name.to_owned(), columns }];
    }
    let plan = diff(&desired, &observed, &BTreeMap::new(), &BTreeSet::new());
    let told = plan.findings.iter().map(|one| {
        format!(
            "-- {} {}: {}\n--   {}\n",
            one.kind,
            one.object,
            one.message,
            one.fix.as_deref().unwrap_or_default()
        )
    });
    insta::assert_snapshot!(sql(&plan) + &told.collect::<String>());
}
