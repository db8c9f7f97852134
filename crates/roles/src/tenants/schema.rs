//! A tenant's schema: made with the tenant, nobody else's, and open to the tenant itself.

use super::{
    State,
    assign::Assigned,
    diff::Context,
    facts::{Observed, Row},
    members::Need,
    present::{self, Power},
};
use crate::quote::ident;

/// Plans what differs; whether the tenant may go on.
pub(super) fn plan(
    context: &mut Context<'_>,
    one: &Assigned,
    power: &Power,
    target: State,
    needs: &mut Vec<Need>,
) -> bool {
    let observed = context.observed;
    let (name, role) = (one.role.as_str(), one.role.quoted());
    let leaving = target.is_leaving();
    let need = |kind, sql| Need { kind, sql, keeper: power.keeper().cloned() };
    match observed.schemas.get(name) {
        Some(owner) if owner == name => {}
        Some(owner) => {
            let message = format!("the schema {name} belongs to {owner}, and not to the tenant's role");
            let fix = format!("ALTER SCHEMA {role} OWNER TO {role}");
            if leaving {
                context.plan.find("foreign-schema", name, name, message, fix);
            } else {
                context.plan.refuse(&one.id, "foreign-schema", name, message, fix);
                return false;
            }
        }
        None if leaving => {}
        None if one.row.as_ref().is_none_or(Row::is_new) => {
            needs.push(need("create-schema", made(observed, power, &role)));
        }
        // An empty one in its place would be served as if nothing had been there.
        None => {
            let message = format!("the schema {name} is gone, and what was in it with it");
            context.plan.refuse(&one.id, "lost", name, message, present::restore_or_begin_anew(&one.id));
            return false;
        }
    }
    if leaving || !observed.closed.iter().any(|closed| closed == name) {
        return true;
    }
    match given_back(observed, power, &role) {
        Some(sql) => needs.push(need("open-schema", sql)),
        None => {
            let message = format!(
                "the role {name} has taken its own rights on its schema away, so that nothing runs there"
            );
            let fix = format!("GRANT ALL ON SCHEMA {role} TO {role} -- as that role, or as a superuser");
            context.plan.refuse(&one.id, "closed-schema", name, message, fix);
            return false;
        }
    }
    true
}

/// The statement that makes the schema, for which its maker must be able to become its owner for a moment.
fn made(observed: &Observed, power: &Power, role: &str) -> Vec<String> {
    let create = format!("CREATE SCHEMA {role} AUTHORIZATION {role}");
    let maker = match power {
        Power::Keeper(keeper) => keeper.quoted(),
        Power::Core => ident(&observed.core.name),
        Power::Nobody => return vec![create],
    };
    let (with, by) = if observed.is_strict() {
        (" WITH INHERIT FALSE, SET TRUE", format!(" GRANTED BY {maker}"))
    } else {
        ("", String::new())
    };
    vec![format!("GRANT {role} TO {maker}{with}"), create, format!("REVOKE {role} FROM {maker}{by}")]
}

/// What an owner took from itself, given back with its own rights: nothing in the schema would be found by its name, and nothing be made there.
fn given_back(observed: &Observed, power: &Power, role: &str) -> Option<Vec<String>> {
    let maker = match power {
        Power::Keeper(keeper) => keeper.quoted(),
        Power::Core => ident(&observed.core.name),
        Power::Nobody => return None,
    };
    let (with, by) = if observed.is_strict() {
        (" WITH INHERIT TRUE, SET TRUE", format!(" GRANTED BY {maker}"))
    } else {
        ("", String::new())
    };
    Some(vec![
        format!("GRANT {role} TO {maker}{with}"),
        format!("GRANT ALL ON SCHEMA {role} TO {role}"),
        format!("REVOKE {role} FROM {maker}{by}"),
    ])
}
