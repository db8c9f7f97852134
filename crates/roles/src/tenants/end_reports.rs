//! The end of what runs as the login of a tenant's own reports, or only rests there with locks.

use rolewright_core::Ident;

use crate::quote::{ident, literal};

/// The statements, for one transaction, that end every session of a login, in whatever database; the third gives how many. Only a
/// member of a role may end its sessions, so whoever made it is one for so long: its keeper, or core where there is none.
#[must_use]
pub fn end_reports(reporter: &Ident, keeper: Option<&Ident>, core: &str, strict: bool) -> Vec<String> {
    ending(reporter, keeper, core, strict, "")
}

/// The same of those sessions alone that do nothing, for more than a second, in a transaction that holds locks on what is in the schema.
#[must_use]
pub fn end_idle_reports(
    reporter: &Ident,
    schema: &Ident,
    keeper: Option<&Ident>,
    core: &str,
    strict: bool,
) -> Vec<String> {
    let which = format!(
        " AND a.state = 'idle in transaction' AND a.state_change < pg_catalog.clock_timestamp() - interval '1 second' \
         AND EXISTS (SELECT FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE l.pid = a.pid AND l.granted AND n.nspname = {} \
         AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()))",
        literal(schema.as_str())
    );
    ending(reporter, keeper, core, strict, &which)
}

fn ending(reporter: &Ident, keeper: Option<&Ident>, core: &str, strict: bool, which: &str) -> Vec<String> {
    let (role, by) = (reporter.quoted(), keeper.map_or_else(|| ident(core), Ident::quoted));
    let (with, of) = if strict {
        (" WITH INHERIT TRUE, SET FALSE", format!(" GRANTED BY {by}"))
    } else {
        ("", String::new())
    };
    vec![
        format!("SET LOCAL ROLE {}", keeper.map_or_else(|| "NONE".to_owned(), Ident::quoted)),
        format!("GRANT {role} TO {by}{with}"),
        format!(
            "SELECT pg_catalog.count(pg_catalog.pg_terminate_backend(a.pid)) FROM pg_catalog.pg_stat_activity a WHERE a.usename = {}{which}",
            literal(reporter.as_str())
        ),
        format!("REVOKE {role} FROM {by}{of}"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_to_end_them_is_had_for_no_longer_than_that() {
        let (reporter, keeper) = (Ident::new("_r_diku_mod").unwrap(), Ident::new("_k1_mod").unwrap());
        let strict = end_reports(&reporter, Some(&keeper), "core", true);
        assert_eq!(strict[0], "SET LOCAL ROLE \"_k1_mod\"");
        assert_eq!(strict[1], "GRANT \"_r_diku_mod\" TO \"_k1_mod\" WITH INHERIT TRUE, SET FALSE");
        assert!(strict[2].ends_with("a.usename = '_r_diku_mod'"));
        assert_eq!(strict[3], "REVOKE \"_r_diku_mod\" FROM \"_k1_mod\" GRANTED BY \"_k1_mod\"");
        let by_core = end_reports(&reporter, None, "co\"re", false);
        assert_eq!(by_core[0], "SET LOCAL ROLE NONE");
        assert_eq!(by_core[1], "GRANT \"_r_diku_mod\" TO \"co\"\"re\"");
        assert_eq!(by_core[3], "REVOKE \"_r_diku_mod\" FROM \"co\"\"re\"");
        let schema = Ident::new("diku_mod").unwrap();
        let idle = end_idle_reports(&reporter, &schema, Some(&keeper), "core", true);
        assert_eq!((&idle[..2], &idle[3]), (&strict[..2], &strict[3]));
        assert!(idle[2].starts_with(&strict[2]) && idle[2].contains("n.nspname = 'diku_mod'"), "{}", idle[2]);
    }
}
