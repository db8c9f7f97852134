//! The end of what runs as the login of a tenant's own reports.

use rolewright_core::Ident;

use crate::quote::{ident, literal};

/// The statements, for one transaction, that end every session of a login, in whatever database; the third gives how many. Only a
/// member of a role may end its sessions, so whoever made it is one for so long: its keeper, or core where there is none.
#[must_use]
pub fn end_reports(reporter: &Ident, keeper: Option<&Ident>, core: &str, strict: bool) -> Vec<String> {
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
            "SELECT pg_catalog.count(pg_catalog.pg_terminate_backend(a.pid)) FROM pg_catalog.pg_stat_activity a WHERE a.usename = {}",
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
    }
}
