//! The attack's own schema: rows that views and a policy hide from the roles, made for the attempts that ask for one, and removed after them.
//!
//! Where nothing is hidden, nothing can be told, and whether the application's own views hide a row that an attempt knows the key of, nobody
//! can say beforehand. Core makes it, gives the roles what they may read of it, and nothing else.

use rolewright_core::pattern::Read;
use sqlx::{AssertSqlSafe, PgPool};

use super::{AttackError, Attempt, ground::Ground};

/// Its name.
pub(super) const SCHEMA: &str = "attack_by_rolewright";
/// What the roles read of it. What these stand on, `notes`, `allowed`, `amounts`, `divided` and `failing`, they do not.
const SHOWN: [&str; 17] = [
    "barred",
    "plain",
    "visits",
    "people",
    "pairs",
    "kinds",
    "ratio",
    "latest",
    "grouped",
    "ranked",
    "of_divided",
    "of_divided_barred",
    "over_divided",
    "placed",
    "left_failing",
    "noisy",
    "small_groups",
];

/// It is there.
pub(super) struct Own {
    core: PgPool,
    /// Who reads what is shown, quoted, and who looks names up.
    readers: Vec<String>,
    checker: String,
}

impl Own {
    /// Why it cannot be made here, where it cannot.
    pub(super) async fn hindrance(core: &PgPool) -> Result<Option<String>, AttackError> {
        sqlx::query_scalar(include_str!("sql/hindrance.sql"))
            .bind(SCHEMA)
            .fetch_one(core)
            .await
            .map_err(AttackError::database("looking for a schema of its own"))
    }

    /// Makes it, for these roles; what a run that was killed has left of it goes first.
    pub(super) async fn make(ground: &Ground<'_>, readers: Vec<String>) -> Result<Self, AttackError> {
        let failed = AttackError::database("making a schema of its own");
        let checker = ground.provisioned.settings().sandbox.checker.quoted();
        let own = Self { core: ground.core.clone(), readers, checker };
        let mut all = own.core.begin().await.map_err(&failed)?;
        for sql in [REMOVE, include_str!("sql/own.sql")] {
            sqlx::raw_sql(sql).execute(&mut *all).await.map_err(&failed)?;
        }
        sqlx::raw_sql(AssertSqlSafe(own.grants())).execute(&mut *all).await.map_err(&failed)?;
        all.commit().await.map_err(&failed)?;
        Ok(own)
    }

    /// Gives the roles again what putting back has taken.
    pub(super) async fn grant(&self) -> Result<(), AttackError> {
        sqlx::raw_sql(AssertSqlSafe(self.grants()))
            .execute(&self.core)
            .await
            .map(drop)
            .map_err(AttackError::database("opening a schema of its own"))
    }

    fn grants(&self) -> String {
        let shown: Vec<String> = SHOWN.iter().map(|name| format!("{SCHEMA}.{name}")).collect();
        let (readers, checker, shown) = (self.readers.join(", "), &self.checker, shown.join(", "));
        // Default privileges may have given more.
        format!(
            "/* rolewright: attack own */ REVOKE ALL ON ALL TABLES IN SCHEMA {SCHEMA} FROM PUBLIC, {readers}, {checker}; \
             GRANT USAGE ON SCHEMA {SCHEMA} TO {readers}, {checker}; GRANT SELECT ON {shown} TO {readers}"
        )
    }
}

const REMOVE: &str = "/* rolewright: attack own */ DROP SCHEMA IF EXISTS attack_by_rolewright CASCADE";

/// Removes it, where it is there and is an attack's.
pub(super) async fn remove(core: &PgPool) -> Result<(), AttackError> {
    if Own::hindrance(core).await?.is_some() {
        return Ok(());
    }
    sqlx::raw_sql(REMOVE)
        .execute(core)
        .await
        .map(drop)
        .map_err(AttackError::database("removing a schema of its own"))
}

/// Whether an attempt is about it.
pub(super) fn is_of(attempt: &Attempt) -> bool {
    attempt.needs.iter().any(|name| name.strip_prefix(SCHEMA).is_some_and(|rest| rest.starts_with('.')))
}

/// The relations that attempts may ask for, as `schema.name`.
pub(super) fn names() -> impl Iterator<Item = String> {
    SHOWN.iter().map(|name| format!("{SCHEMA}.{name}"))
}

/// What the check has to know of them: that the role reads them.
pub(super) fn reads() -> impl Iterator<Item = Read> {
    names().filter_map(|name| Read::parse(&name).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_read_and_what_hides_behind_it_is_not() {
        let reads: Vec<Read> = reads().collect();
        let covered = |name| reads.iter().any(|read| read.covers_table(SCHEMA, name));
        assert!(
            SHOWN.into_iter().all(covered) && !covered("notes") && !covered("allowed") && !covered("divided")
        );
        let needs = |name: &str| Attempt { needs: vec![name.to_owned()], ..Attempt::default() };
        assert!(is_of(&needs("attack_by_rolewright.barred")) && !is_of(&needs("attack_by_rolewright_2.x")));
    }
}
