//! What is asked for: the tables of each kind of records, and how subjects are known.

use std::collections::BTreeMap;

use rolewright_core::{
    Ident, Settings,
    settings::{ConsentDefault, KeyColumn, TableName},
};
use uuid::Uuid;

/// The kinds of records, and their tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The installation's id, which the policies' marker carries.
    pub installation: Uuid,
    /// The kinds, by name.
    pub kinds: BTreeMap<String, Kind>,
    /// How subjects are known, where there are any.
    pub subjects: Option<Subjects>,
    /// The managed roles, which have no business with the lock of provisioning.
    pub managed: Vec<String>,
}

/// One kind of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its tables, the root first; there is always that one.
    pub tables: Vec<Table>,
    /// Tables that carry the key and show nothing of a person.
    pub except: Vec<TableName>,
    /// What a record is that nobody has said anything of.
    pub default: ConsentDefault,
    /// The roles that may open a record.
    pub openers: Vec<Ident>,
}

/// A table whose rows belong to records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The column that has the key, or leads on.
    pub key: KeyColumn,
    /// The column that it leads to.
    pub through: Option<KeyColumn>,
}

/// How the policies know a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subjects {
    /// The login on which the setting `rolewright.subject` says who asks.
    pub login: Ident,
    /// What the name of a subject's own database role begins with, where each has one.
    pub prefix: Option<String>,
}

impl Wanted {
    /// What the settings ask for.
    #[must_use]
    pub fn new(settings: &Settings, installation: Uuid) -> Self {
        let kinds = settings.consent.iter().map(|(name, consent)| {
            let root = Table { key: consent.root.clone(), through: None };
            let children = consent.children.iter();
            let children =
                children.map(|child| Table { key: child.key.clone(), through: child.through.clone() });
            let kind = Kind {
                tables: std::iter::once(root).chain(children).collect(),
                except: consent.except.clone(),
                default: consent.default,
                openers: consent.break_glass.clone(),
            };
            (name.clone(), kind)
        });
        let subjects = settings.access.as_ref().map(|access| Subjects {
            login: access.login.clone(),
            prefix: access.db_role.then(|| access.subject_prefix.clone()),
        });
        let managed = settings.roles.values().map(|role| role.role.to_string());
        let managed = managed.chain([settings.sandbox.checker.to_string()]).collect();
        Self { installation, kinds: kinds.collect(), subjects, managed }
    }
}
