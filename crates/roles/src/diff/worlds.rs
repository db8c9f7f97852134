//! What the planner's tests start from: two desired roles, and databases in which anything may have been done by hand.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{
    collection::{btree_set, vec},
    prelude::*,
    sample::select,
};
use rolewright_core::{
    Ident,
    pattern::{Deny, Read},
    settings::{FutureTables, NewTables, SandboxSettings},
};
use uuid::Uuid;

use crate::{
    Desired, DesiredRole, Observed,
    ancestors::Ancestor,
    computed::Computed,
    desired::Purpose,
    marker,
    observed::{
        AclItem, ColumnAcl, Core, DefaultAcl, Definer, Membership, Other, Relation, Role, Schema, Server,
        Setting,
    },
};

pub(super) const COLUMNS: [&str; 3] = ["id", "name", "secret"];

pub(super) fn desired() -> Desired {
    let role = |name: &str, read: &[&str], deny: &[&str], future_tables| DesiredRole {
        name: Ident::new(name).unwrap(),
        purpose: Purpose::Read,
        connection: name.trim_start_matches("app_").to_owned(),
        read: read.iter().map(|text| Read::parse(text).unwrap()).collect(),
        deny: deny.iter().map(|text| Deny::parse(text).unwrap()).collect(),
        settings: BTreeMap::from([("statement_timeout".to_owned(), "60000ms".to_owned())]),
        search_path: read.iter().map(|text| Read::parse(text).unwrap().schema).collect(),
        conn_limit: 5,
        creators: vec![Ident::new("etl").unwrap()],
        future_tables,
        new_tables: NewTables::Grant,
        definer_functions: vec![Read::parse("public.mask_*").unwrap()],
        adopt: false,
    };
    let roles = [
        role("app_reporting", &["reporting"], &[], FutureTables::Immediately),
        role("app_raw", &["public"], &["public.*_tokens", "public.*.secret"], FutureTables::OnProvision),
    ];
    let sandbox = SandboxSettings { checker: Ident::new("app_checker").unwrap(), adopt: false };
    let checker = DesiredRole::checker(&sandbox, 1, roles.iter());
    let roles = roles.into_iter().chain([checker]);
    Desired {
        installation: Uuid::nil(),
        previous: Vec::new(),
        module: None,
        roles: roles.map(|role| (role.name.as_str().to_owned(), role)).collect(),
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
            public_create: false,
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
            .zip(1_u32..)
            .map(|(name, oid)| {
                let (schema, name) = name.split_once('.').unwrap();
                let columns = if name == "plain" { &COLUMNS[..2] } else { &COLUMNS[..] };
                Relation {
                    oid,
                    schema: schema.to_owned(),
                    name: name.to_owned(),
                    kind: 'r',
                    owner: "core".to_owned(),
                    grantable: true,
                    columns: columns.iter().map(|name| (*name).to_owned()).collect(),
                    computed: Computed::default(),
                    secured: false,
                    bypasses: None,
                    ancestors: Vec::new(),
                    acl: Vec::new(),
                    column_acl: Vec::new(),
                }
            })
            .collect(),
        others: Vec::new(),
        defaults: Vec::new(),
        shows: Vec::new(),
        policies: Vec::new(),
        definers: Vec::new(),
        accepted: BTreeMap::new(),
        modules: Vec::new(),
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
            owned: Vec::new(), elsewhere: Vec::new(), password_set: None, fingerprint: Some(fingerprint.to_owned()),
            proved: None,
        }
    }
}

const TABLE_RIGHTS: &[&str] = &["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"];

prop_compose! {
    pub(super) fn observed()(
        roles in (proptest::option::of(role()), proptest::option::of(role())),
        schemas in vec((any::<bool>(), item(&["USAGE", "CREATE"])), 0..4),
        relations in vec((0_usize..4, item(TABLE_RIGHTS)), 0..8),
        columns in vec((0_usize..4, select(&COLUMNS[..]), item(&["SELECT", "UPDATE"])), 0..6),
        others in vec(item(&["EXECUTE"]), 0..2),
        defaults in vec((any::<bool>(), any::<bool>(), item(&["SELECT", "INSERT"])), 0..4),
        new in any::<bool>(),
        public_connect in any::<bool>(),
        accepted in proptest::option::of(btree_set(1_u32..5, 0..5)),
        computed in vec(any::<bool>(), 4),
        ancestors in vec(select(vec![None, Some("old_tokens"), Some("old")]), 4),
    ) -> Observed {
        let mut observed = empty();
        for (relation, computed) in observed.relations.iter_mut().zip(computed) {
            if computed && relation.columns.len() == COLUMNS.len() {
                relation.computed = Computed::from([("name", &["id", "secret"][..])]);
            }
        }
        for (relation, name) in observed.relations.iter_mut().zip(ancestors) {
            relation.ancestors.extend(name.map(|name| Ancestor {
                schema: "public".to_owned(), name: name.to_owned(), columns: ["secret".to_owned()].into(),
            }));
        }
        observed.server.public_connect = public_connect;
        observed.accepted.extend(accepted.map(|oids| ("app_raw".to_owned(), oids)));
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
                target: Some("ROUTINE public.f()".to_owned()), description: "function f()".to_owned(),
                routine: Some(("public".to_owned(), "f".to_owned())), item,
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

fn of_everyone(privileges: &'static [&'static str]) -> impl Strategy<Value = AclItem> {
    (select(privileges), any::<bool>()).prop_map(|(privilege, revocable)| AclItem {
        grantee: None,
        privilege: privilege.to_owned(),
        grantable: false,
        grantor: "core".to_owned(),
        revocable,
    })
}

prop_compose! {
    /// The same, with rights of everyone.
    pub(super) fn open()(
        observed in observed(),
        relations in vec((0_usize..4, of_everyone(TABLE_RIGHTS)), 0..3),
        columns in vec((0_usize..4, select(&COLUMNS[..]), of_everyone(&["SELECT", "UPDATE"])), 0..3),
        schemas in vec((any::<bool>(), of_everyone(&["USAGE", "CREATE"])), 0..2),
        defaults in vec(of_everyone(&["SELECT", "INSERT"]), 0..2),
        public_create in any::<bool>(),
        definers in vec((select(vec!["public", "reporting", "hidden"]), select(vec!["f", "mask_f"]), any::<bool>()), 0..2),
    ) -> Observed {
        let mut observed = observed;
        for (at, item) in relations {
            observed.relations[at].acl.push(item);
        }
        for (at, column, item) in columns {
            observed.relations[at].column_acl.push(ColumnAcl { column: column.to_owned(), item });
        }
        observed.server.public_create = public_create;
        for (public, item) in schemas {
            let name = if public { "public" } else { "reporting" };
            observed.schemas.get_mut(name).unwrap().acl.push(item);
        }
        for item in defaults {
            observed.defaults.push(DefaultAcl { owner: "core".to_owned(), schema: None, class: 'r', item });
        }
        for (schema, name, revocable) in definers {
            observed.definers.push(Definer {
                schema: schema.to_owned(),
                name: name.to_owned(),
                identity: format!("{schema}.{name}()"),
                owner: "core".to_owned(),
                revocable,
                public_usage: false,
            });
        }
        observed
    }
}
