//! The fingerprint: the state of rows, catalogs, roles and settings, taken on the core connection before and after an attempt.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{AssertSqlSafe, PgPool};

use super::{AttackError, Effect};

/// Tables of one statement.
const CHUNK: usize = 100;

/// The state, by parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fingerprint(BTreeMap<String, String>);

/// Takes fingerprints, and forgets parts that change while nothing is tried.
#[derive(Debug)]
pub(super) struct Watch {
    core: PgPool,
    roles: Vec<String>,
    /// Parts that others change, so that a difference says nothing.
    pub(super) moving: BTreeSet<String>,
}

impl Watch {
    /// Of the core role and these managed roles.
    pub(super) fn new(core: PgPool, roles: Vec<String>) -> Self {
        Self { core, roles, moving: BTreeSet::new() }
    }

    /// The state now.
    pub(super) async fn take(&self) -> Result<Fingerprint, AttackError> {
        let failed = AttackError::database("taking the fingerprint");
        let mut core = self.core.acquire().await.map_err(&failed)?;
        let parts: Vec<(String, String)> = sqlx::query_as(include_str!("sql/fingerprint.sql"))
            .bind(&self.roles)
            .fetch_all(&mut *core)
            .await
            .map_err(&failed)?;
        let mut all: BTreeMap<String, String> = parts.into_iter().collect();
        let tables: Vec<(String, i64, bool, String)> =
            sqlx::query_as(include_str!("sql/tables.sql")).fetch_all(&mut *core).await.map_err(&failed)?;
        for chunk in tables.chunks(CHUNK) {
            let sql: Vec<String> = chunk.iter().map(rows_of).collect();
            let sql = format!("/* rolewright: attack rows */ {}", sql.join(" UNION ALL "));
            let states: Vec<(String, String)> = sqlx::query_as(AssertSqlSafe(sql))
                .persistent(false)
                .fetch_all(&mut *core)
                .await
                .map_err(&failed)?;
            all.extend(states);
        }
        all.retain(|part, _| !self.moving.contains(part));
        Ok(Fingerprint(all))
    }

    /// What has changed since `before`, and the state now. What goes on changing while nothing is tried is not an attempt's doing,
    /// and is not watched any more.
    pub(super) async fn compare(
        &mut self,
        before: &Fingerprint,
    ) -> Result<(Vec<String>, Fingerprint), AttackError> {
        let after = self.take().await?;
        let changed = after.differs(before, &self.moving);
        if changed.is_empty() {
            return Ok((changed, after));
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let later = self.take().await?;
        self.moving.extend(later.differs(&after, &self.moving));
        let changed = later.differs(before, &self.moving);
        Ok((changed, later))
    }
}

impl Fingerprint {
    /// The parts that differ.
    fn differs(&self, other: &Self, moving: &BTreeSet<String>) -> Vec<String> {
        let parts: BTreeSet<&String> = self.0.keys().chain(other.0.keys()).collect();
        let differ = |part: &&String| self.0.get(*part) != other.0.get(*part) && !moving.contains(*part);
        parts.into_iter().filter(differ).cloned().collect()
    }
}

/// What a changed part means.
pub(super) fn effect_of(part: &str) -> Effect {
    match part {
        "sequences" => Effect::WroteRows,
        part if part.starts_with("rows ") => Effect::WroteRows,
        "grants" => Effect::GrantsChanged,
        "settings" => Effect::SettingPersisted,
        "default privileges" => Effect::DefaultPrivileges,
        "large objects" => Effect::LargeObject,
        "prepared transactions" => Effect::PreparedTransaction,
        "roles" | "members" | "databases" => Effect::RoleChanged,
        _ => Effect::SchemaChanged,
    }
}

/// The statement for one table: small ones by content, large ones by what the server counts. The counters follow a little late, so
/// that a change may be seen with a later attempt; that it is seen is what matters.
fn rows_of((name, oid, large, row): &(String, i64, bool, String)) -> String {
    let part = format!("'rows {}'", name.replace('\'', "''"));
    if *large {
        format!(
            "SELECT {part}::text, pg_catalog.concat_ws(' ', pg_catalog.pg_stat_get_tuples_inserted({oid}), \
             pg_catalog.pg_stat_get_tuples_updated({oid}), pg_catalog.pg_stat_get_tuples_deleted({oid}))"
        )
    } else {
        format!(
            "SELECT {part}::text, pg_catalog.md5(coalesce(string_agg(({row})::text, E'\\n' ORDER BY ({row})::text), '')) FROM ONLY {name} t"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(parts: &[(&str, &str)]) -> Fingerprint {
        Fingerprint(parts.iter().map(|(part, state)| ((*part).to_owned(), (*state).to_owned())).collect())
    }

    #[test]
    fn what_differs_is_named_and_what_moves_is_not() {
        let before = of(&[("roles", "a"), ("rows x", "1"), ("types", "t")]);
        let after = of(&[("roles", "b"), ("rows x", "2"), ("rows y", "1"), ("types", "t")]);
        assert_eq!(after.differs(&before, &BTreeSet::new()), ["roles", "rows x", "rows y"]);
        assert_eq!(after.differs(&before, &BTreeSet::from(["rows x".to_owned()])), ["roles", "rows y"]);
        assert_eq!(effect_of("rows x"), Effect::WroteRows);
        assert_eq!(effect_of("triggers"), Effect::SchemaChanged);
    }

    #[test]
    fn a_table_cannot_leave_its_literal() {
        let sql = rows_of(&("public.\"it's\"".to_owned(), 1, false, "t".to_owned()));
        assert!(sql.contains("'rows public.\"it''s\"'"), "{sql}");
    }
}
