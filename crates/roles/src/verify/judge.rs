//! Effective rights against promises: pure.

use rolewright_core::settings::NewTables;

use crate::{
    Desired, DesiredRole,
    quote::{ident, idents, qualified},
};

use super::{
    Held, RelationRights, Rights, RoleRights, SchemaRights, Verified, Violation, ViolationKind, Why, others,
};

/// Holds every role's rights against what it was promised and denied.
pub(super) fn judge(desired: &Desired, rights: &Rights) -> Verified {
    let mut verified = Verified::default();
    for role in desired.roles.values() {
        let name = role.name.as_str();
        let Some(found) = rights.roles.get(name) else {
            verified.violations.push(violation(
                name,
                ViolationKind::MissingRole,
                name,
                &[],
                Why::Missing,
                "rolewright apply".to_owned(),
            ));
            continue;
        };
        judge_role(role, found, rights, &mut verified);
        judge_schemas(role, found, rights, &mut verified);
        let readable: Vec<String> = rights
            .relations
            .iter()
            .filter_map(|relation| {
                let mut told = Verified::default();
                let read = judge_relation(role, found, relation, rights, &mut told);
                tell(&mut verified, rights.owns(&relation.owner), told);
                read
            })
            .collect();
        verified.readable.insert(name.to_owned(), readable);
    }
    verified.violations.sort();
    verified.warnings.sort();
    verified
}

pub(super) fn violation(
    role: &str,
    kind: ViolationKind,
    object: &str,
    rights: &[String],
    why: Why,
    fix: String,
) -> Violation {
    Violation { role: role.to_owned(), kind, object: object.to_owned(), rights: rights.to_vec(), why, fix }
}

/// What is told of one object. What a role of the module's gave of its own (`given`) breaks no promise, for any text of a tenant's could
/// give it: the next `apply` takes it back. What is denied stays so.
fn tell(verified: &mut Verified, given: bool, told: Verified) {
    let lighter = |one: &Violation| {
        given
            && one.is_excess()
            && one.kind != ViolationKind::DeniedReadable
            && matches!(one.why, Why::Direct | Why::Public)
    };
    let (light, heavy): (Vec<_>, Vec<_>) = told.violations.into_iter().partition(lighter);
    verified.violations.extend(heavy);
    verified.warnings.extend(light.into_iter().chain(told.warnings));
}

fn judge_role(role: &DesiredRole, found: &RoleRights, rights: &Rights, verified: &mut Verified) {
    let name = role.name.as_str();
    if !found.attributes.is_empty() {
        let words = found.attributes.iter().map(|word| format!("NO{word}")).collect::<Vec<_>>().join(" ");
        let fix = format!("ALTER ROLE {} WITH {words}", ident(name));
        verified.violations.push(violation(
            name,
            ViolationKind::Attribute,
            name,
            &found.attributes,
            Why::Attribute,
            fix,
        ));
    }
    for through in &found.memberships {
        let why = Why::Membership(through.clone());
        let fix = why.fix(name, "");
        verified.violations.push(violation(name, ViolationKind::Membership, through, &[], why, fix));
    }
    let database = format!("DATABASE {}", ident(&rights.database));
    if found.create {
        let fix = format!("REVOKE CREATE ON {database} FROM {}, PUBLIC", ident(name));
        let why = Why::Direct;
        verified.violations.push(violation(
            name,
            ViolationKind::Creates,
            &format!("database {}", rights.database),
            &["CREATE".to_owned()],
            why,
            fix,
        ));
    }
    if found.temporary {
        verified.warnings.push(violation(
            name,
            ViolationKind::Temporary,
            &format!("database {}", rights.database),
            &["TEMPORARY".to_owned()],
            Why::Public,
            format!("REVOKE TEMPORARY ON {database} FROM PUBLIC"),
        ));
    }
    others::judge(role, found, rights, verified);
}

fn judge_schemas(role: &DesiredRole, found: &RoleRights, rights: &Rights, verified: &mut Verified) {
    let name = role.name.as_str();
    let creates = |schema: &&SchemaRights| {
        schema.create.iter().any(|role| role == name) && !role.creates_in(&schema.name)
    };
    for schema in rights.schemas.iter().filter(creates) {
        let acl: Vec<(String, String)> =
            schema.create_acl.iter().map(|grantee| (grantee.clone(), "CREATE".to_owned())).collect();
        let words = ["CREATE".to_owned()];
        let why = Why::find(name, &schema.owner, &found.memberships, is_superuser(found), &acl, &words);
        let fix = why.fix(name, &format!("CREATE ON SCHEMA {}", ident(&schema.name)));
        let object = format!("schema {}", schema.name);
        let one = violation(name, ViolationKind::Creates, &object, &words, why, fix);
        tell(verified, rights.owns(&schema.owner), Verified { violations: vec![one], ..Verified::default() });
    }
}

fn is_superuser(found: &RoleRights) -> bool {
    found.attributes.iter().any(|word| word == "SUPERUSER")
}

/// Judges one relation; gives its name if the role can read any of it.
fn judge_relation(
    role: &DesiredRole,
    found: &RoleRights,
    relation: &RelationRights,
    rights: &Rights,
    verified: &mut Verified,
) -> Option<String> {
    let name = role.name.as_str();
    let RelationRights { schema, name: table, owner, ancestors, .. } = relation;
    let object = format!("{schema}.{table}");
    let usage =
        rights.schemas.iter().any(|one| one.name == *schema && one.usage.iter().any(|user| user == name));
    let none = Held::default();
    let held = relation.rights.get(name).unwrap_or(&none);
    let why = |privileges: &[String]| {
        Why::find(name, owner, &found.memberships, is_superuser(found), &relation.acl, privileges)
    };

    if !held.write.is_empty() {
        let why = why(&held.write);
        let what = format!("{} ON TABLE {}", held.write.join(", "), qualified(schema, table));
        let fix = why.fix(name, &what);
        verified.violations.push(violation(name, ViolationKind::Writable, &object, &held.write, why, fix));
    }

    let sequence = relation.kind == 'S';
    let denies = |column: &&String| role.denies_column(schema, table, column, &relation.computed, ancestors);
    let denied_columns: Vec<String> = relation.columns.iter().filter(denies).cloned().collect();
    let denied = role.denies_table(schema, table, ancestors);
    let held_back = role.new_tables == NewTables::Hold
        && rights.accepted.get(name).is_some_and(|accepted| !accepted.contains(&relation.oid));
    let withheld = role.withholds(schema, table, relation.bypasses.as_deref());
    let asked = role.asks_for(schema, table) && !denied && !held_back && !withheld;
    let reads_any = held.select || !held.columns.is_empty();
    let select = ["SELECT".to_owned()];

    if reads_any && denied {
        push_readable(verified, ViolationKind::DeniedReadable, name, &object, &[], why(&select), relation);
    } else if reads_any && asked {
        let bad: Vec<String> = denied_columns
            .iter()
            .filter(|column| held.select || held.columns.contains(column))
            .cloned()
            .collect();
        if !bad.is_empty() {
            let named = format!("{object} ({})", bad.join(", "));
            push_readable(
                verified,
                ViolationKind::DeniedReadable,
                name,
                &named,
                &bad,
                why(&select),
                relation,
            );
        }
        if relation.bypasses.is_some() {
            // It is named in full, so that no promise is broken.
            let fix = format!("ALTER TABLE {} ENABLE ROW LEVEL SECURITY", qualified(schema, table));
            let kind = ViolationKind::BypassesPolicies;
            verified.warnings.push(violation(name, kind, &object, &select, why(&select), fix));
        }
    } else if reads_any && !sequence && held_back && role.asks_for(schema, table) {
        push_readable(verified, ViolationKind::HeldReadable, name, &object, &[], why(&select), relation);
    } else if reads_any && withheld {
        push_readable(verified, ViolationKind::BypassesPolicies, name, &object, &[], why(&select), relation);
    } else if reads_any && !sequence && usage {
        push_readable(verified, ViolationKind::UnaskedReadable, name, &object, &[], why(&select), relation);
    }

    if asked && !sequence && relation.grantable {
        let missing = if held.select {
            !usage
        } else if denied_columns.is_empty() || denied_columns.len() == relation.columns.len() {
            denied_columns.is_empty()
        } else {
            let wanted = relation.columns.len() - denied_columns.len();
            !usage || held.columns.iter().filter(|column| !denied_columns.contains(column)).count() < wanted
        };
        if missing {
            // Core may grant it, and knows which columns are to stay out.
            let fix = "rolewright apply".to_owned();
            verified.violations.push(violation(
                name,
                ViolationKind::PromisedUnreadable,
                &object,
                &select,
                Why::Missing,
                fix,
            ));
        }
    }
    (reads_any && usage && !sequence).then_some(object)
}

fn push_readable(
    verified: &mut Verified,
    kind: ViolationKind,
    role: &str,
    object: &str,
    columns: &[String],
    why: Why,
    relation: &RelationRights,
) {
    let table = qualified(&relation.schema, &relation.name);
    let what = if columns.is_empty() {
        format!("SELECT ON TABLE {table}")
    } else {
        format!("SELECT ({}) ON TABLE {table}", idents(columns.iter().map(String::as_str)))
    };
    let fix = match (&why, kind) {
        (Why::Public, _) if !columns.is_empty() => why.fix(role, &format!("SELECT ON TABLE {table}")),
        _ => why.fix(role, &what),
    };
    let words = ["SELECT".to_owned()];
    let found = violation(role, kind, object, &words, why, fix);
    // What everyone may read is not this role's excess, unless it is denied.
    if kind == ViolationKind::UnaskedReadable && found.why == Why::Public {
        verified.warnings.push(found);
    } else {
        verified.violations.push(found);
    }
}
