//! Properties of the planner: what is applied is not planned again, and nothing denied is ever granted.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use proptest::{collection::vec, prelude::*, sample::select};
use rolewright_core::{
    Ident, RoleSecret,
    pattern::{Deny, Read},
    settings::FutureTables,
};
use uuid::Uuid;

use crate::{
    Change, Desired, DesiredRole, Observed, diff, marker,
    observed::{
        AclItem, ColumnAcl, Core, DefaultAcl, Membership, Other, Relation, Role, Schema, Server, Setting,
    },
    password,
};

use super::model;

/// Derived once: deriving is slow by design.
static CREDENTIALS: LazyLock<password::Credentials> =
    LazyLock::new(|| password::credentials(&RoleSecret::new([1; 32]), &desired()));

pub(super) const COLUMNS: [&str; 3] = ["id", "name", "secret"];

pub(super) fn desired() -> Desired {
    let role = |name: &str, read: &[&str], deny: &[&str], future_tables| DesiredRole {
        name: Ident::new(name).unwrap(),
        connection: name.trim_start_matches("app_").to_owned(),
        read: read.iter().map(|text| Read::parse(text).unwrap()).collect(),
        deny: deny.iter().map(|text| Deny::parse(text).unwrap()).collect(),
        settings: BTreeMap::from([("statement_timeout".to_owned(), "60000ms".to_owned())]),
        search_path: read.iter().map(|text| Read::parse(text).unwrap().schema).collect(),
        conn_limit: 5,
        creators: vec![Ident::new("etl").unwrap()],
        future_tables,
        adopt: false,
    };
    let roles = [
        role("app_reporting", &["reporting"], &[], FutureTables::Immediately),
        role("app_raw", &["public"], &["public.*_tokens", "public.*.secret"], FutureTables::OnProvision),
    ];
    Desired {
        installation: Uuid::nil(),
        roles: roles.into_iter().map(|role| (role.name.as_str().to_owned(), role)).collect(),
    }
}

/// A database in which nothing was done yet.
pub(super) fn empty() -> Observed {
    let schema = || Schema { owner: "core".to_owned(), grantable: true, acl: Vec::new() };
    Observed {
        server: Server {
            version: 150_018,
            recovery: false,
            database: "clinic".to_owned(),
            migrated: true,
            public_connect: true,
            connect_grantable: true,
        },
        core: Core {
            name: "core".to_owned(),
            superuser: false,
            createrole: true,
            createdb: false,
            replication: false,
            bypassrls: false,
        },
        roles: BTreeMap::new(),
        creators: BTreeMap::from([("etl".to_owned(), crate::observed::Creator { member: true })]),
        schemas: BTreeMap::from([("public".to_owned(), schema()), ("reporting".to_owned(), schema())]),
        relations: ["public.access_tokens", "public.patients", "public.plain", "reporting.daily"]
            .iter()
            .map(|name| {
                let (schema, name) = name.split_once('.').unwrap();
                let columns = if name == "plain" { &COLUMNS[..2] } else { &COLUMNS[..] };
                Relation {
                    schema: schema.to_owned(),
                    name: name.to_owned(),
                    kind: 'r',
                    owner: "core".to_owned(),
                    grantable: true,
                    columns: columns.iter().map(|name| (*name).to_owned()).collect(),
                    acl: Vec::new(),
                    column_acl: Vec::new(),
                }
            })
            .collect(),
        others: Vec::new(),
        defaults: Vec::new(),
        shows: Vec::new(),
    }
}

fn role_name() -> impl Strategy<Value = String> {
    select(vec!["app_raw", "app_reporting"]).prop_map(str::to_owned)
}

fn item(privileges: &'static [&'static str]) -> impl Strategy<Value = AclItem> {
    (role_name(), select(privileges), any::<bool>()).prop_map(|(role, privilege, grantable)| AclItem {
        grantee: Some(role),
        privilege: privilege.to_owned(),
        grantable,
        grantor: "core".to_owned(),
        revocable: true,
    })
}

prop_compose! {
    fn role()(
        flags in any::<(bool, bool, bool, bool, bool)>(),
        conn_limit in select(vec![-1, 5, 100]),
        valid_until in select(vec![None, Some("2020-01-01".to_owned())]),
        comment in select(vec![Some(marker::text(Uuid::nil())), None, Some("hello".to_owned())]),
        settings in vec((select(vec![None, Some("clinic".to_owned())]),
            select(vec!["search_path", "statement_timeout", "work_mem"])), 0..4),
        member_of in vec(select(vec!["pg_write_all_data", "friend"]), 0..2),
        members in vec(select(vec!["alice", "bob"]), 0..2),
        fingerprint in select(vec!["stale", "other"]),
    ) -> Role {
        let (createdb, createrole, login, inherit, held) = flags;
        let membership = |role: &str| Membership {
            role: role.to_owned(), grantor: "postgres".to_owned(), revocable: true,
        };
        Role {
            oid: 1, superuser: false, createrole, createdb, login, inherit, replication: false, bypassrls: false,
            conn_limit, valid_until, comment, admin: true, held,
            settings: settings.into_iter().map(|(database, name)| Setting {
                database, name: name.to_owned(), value: "x".to_owned(), resettable: true,
            }).collect(),
            member_of: member_of.into_iter().map(membership).collect(),
            members: members.into_iter().map(membership).collect(),
            owned: Vec::new(), elsewhere: Vec::new(), fingerprint: Some(fingerprint.to_owned()),
        }
    }
}

const TABLE_RIGHTS: &[&str] = &["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"];

prop_compose! {
    fn observed()(
        roles in (proptest::option::of(role()), proptest::option::of(role())),
        schemas in vec((any::<bool>(), item(&["USAGE", "CREATE"])), 0..4),
        relations in vec((0_usize..4, item(TABLE_RIGHTS)), 0..8),
        columns in vec((0_usize..4, select(&COLUMNS[..]), item(&["SELECT", "UPDATE"])), 0..6),
        others in vec(item(&["EXECUTE"]), 0..2),
        defaults in vec((any::<bool>(), any::<bool>(), item(&["SELECT", "INSERT"])), 0..4),
        new in any::<bool>(),
        public_connect in any::<bool>(),
    ) -> Observed {
        let mut observed = empty();
        observed.server.public_connect = public_connect;
        if new {
            observed.server.version = 170_000;
            observed.core.createdb = true;
        }
        for (name, role) in [("app_raw", roles.0), ("app_reporting", roles.1)] {
            if let Some(role) = role {
                observed.roles.insert(name.to_owned(), role);
            }
        }
        let known: BTreeSet<String> = observed.roles.keys().cloned().collect();
        let exists = |item: &AclItem| item.grantee.as_ref().is_some_and(|name| known.contains(name));
        for (public, item) in schemas.into_iter().filter(|(_, item)| exists(item)) {
            let name = if public { "public" } else { "reporting" };
            observed.schemas.get_mut(name).unwrap().acl.push(item);
        }
        for (at, item) in relations.into_iter().filter(|(_, item)| exists(item)) {
            observed.relations[at].acl.push(item);
        }
        for (at, column, item) in columns.into_iter().filter(|(_, _, item)| exists(item)) {
            observed.relations[at].column_acl.push(ColumnAcl { column: column.to_owned(), item });
        }
        for item in others.into_iter().filter(exists) {
            observed.others.push(Other {
                target: Some("ROUTINE public.f()".to_owned()), description: "function f()".to_owned(), item,
            });
        }
        for (etl, everywhere, item) in defaults.into_iter().filter(|(_, _, item)| exists(item)) {
            observed.defaults.push(DefaultAcl {
                owner: if etl { "etl" } else { "core" }.to_owned(),
                schema: (!everywhere).then(|| "reporting".to_owned()),
                class: 'r',
                item,
            });
        }
        observed
    }
}

proptest! {
    #[test]
    fn what_is_applied_is_not_planned_again(mut observed in observed()) {
        let (desired, none) = (desired(), BTreeSet::new());
        let credentials = &*CREDENTIALS;
        let plan = diff(&desired, &observed, credentials, &none);
        prop_assert!(plan.refusals.is_empty(), "{:?}", plan.refusals);
        for change in &plan.changes {
            model::apply(&mut observed, change);
        }
        let again = diff(&desired, &observed, credentials, &none);
        prop_assert!(again.in_sync(), "{:?}\nafter {:?}", again, plan);
    }

    #[test]
    fn nothing_denied_is_ever_granted(observed in observed()) {
        let desired = desired();
        let plan = diff(&desired, &observed, &BTreeMap::new(), &BTreeSet::new());
        for change in &plan.changes {
            match change {
                Change::GrantSelect { schema, tables, roles } => {
                    for (role, table) in roles.iter().flat_map(|role| tables.iter().map(move |table| (role, table))) {
                        let role = &desired.roles[role];
                        prop_assert!(!role.denies_table(schema, table));
                        let relation = observed.relations.iter().find(|one| one.name == *table).unwrap();
                        prop_assert!(!relation.columns.iter().any(|name| role.denies_column(schema, table, name)));
                    }
                }
                Change::GrantColumns { schema, table, columns, role } => {
                    let role = &desired.roles[role];
                    prop_assert!(!columns.iter().any(|name| role.denies_column(schema, table, name)));
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
