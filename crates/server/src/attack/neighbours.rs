//! Who lives beside a tenant: the names by which its attempts speak of itself, of another tenant and of the module's own roles.

use rolewright_core::tenant::TenantId;
use sqlx::PgPool;

use super::{AttackError, Attempt};

/// The names, quoted where an attempt has them as names; of another tenant where there is one with a table.
pub(super) struct Neighbours {
    own: String,
    module: String,
    other: Option<[String; 2]>,
}

/// Another tenant that is served, and one of its tables; `$1` is the id of the one that tries.
const OTHER: &str = "/* rolewright: attack neighbours */
    SELECT t.role, pg_catalog.quote_ident(c.relname) FROM rolewright.tenant mine
    JOIN rolewright.tenant t ON t.module OPERATOR(pg_catalog.=) mine.module AND t.id OPERATOR(pg_catalog.<>) mine.id
    JOIN pg_catalog.pg_namespace n ON n.nspname::text = t.role
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relkind = 'r' AND c.relname <> 'rolewright_migrations'
    WHERE mine.id = $1 AND mine.role = $2 AND t.state = 'active' ORDER BY t.id, c.relname LIMIT 1";

impl Neighbours {
    pub(super) async fn find(core: &PgPool, id: &TenantId, role: &str) -> Result<Self, AttackError> {
        let other: Option<(String, String)> = sqlx::query_as(OTHER)
            .bind(id.as_str())
            .bind(role)
            .fetch_optional(core)
            .await
            .map_err(AttackError::database("looking for another tenant"))?;
        let module = role.strip_prefix(id.as_str()).unwrap_or(role).trim_start_matches('_').to_owned();
        Ok(Self { own: role.to_owned(), module, other: other.map(|(role, table)| [role, table]) })
    }

    /// An attempt that speaks of these: `tenant_a` is the one that tries, `tenant_b` another, `t` a table of either, `{module}` the module.
    pub(super) fn speak(&self, attempt: &Attempt) -> Result<Attempt, String> {
        let texts = || attempt.sql.iter().chain(&attempt.bounded).chain(&attempt.next_user_sql);
        if self.other.is_none() && texts().any(|text| text.contains("tenant_b")) {
            return Err("there is no other tenant with a table".to_owned());
        }
        let [other, table] = self.other.clone().unwrap_or_default();
        let one = |text: &String| {
            text.replace("tenant_b.t", &format!("{other}.{table}"))
                .replace("tenant_b", &other)
                .replace("tenant_a.t", "{readable}")
                .replace("tenant_a", &self.own)
                .replace("{module}", &self.module)
        };
        let all = |texts: &[String]| texts.iter().map(one).collect();
        let (sql, bounded) = (all(&attempt.sql), all(&attempt.bounded));
        Ok(Attempt { sql, bounded, next_user_sql: all(&attempt.next_user_sql), ..attempt.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_speaks_of_the_tenants_at_hand() {
        let mut here = Neighbours { own: "diku_m".to_owned(), module: "m".to_owned(), other: None };
        let text = "SELECT * FROM tenant_b.t, tenant_a.t, _k1_{module}, _r_tenant_b";
        let attempt = Attempt { sql: vec![text.to_owned()], ..Attempt::default() };
        assert!(here.speak(&attempt).unwrap_err().contains("no other tenant"));
        here.other = Some(["oslo_m".to_owned(), "loan".to_owned()]);
        let sql = here.speak(&attempt).unwrap().sql;
        assert_eq!(sql, ["SELECT * FROM oslo_m.loan, {readable}, _k1_m, _r_oslo_m"]);
    }
}
