//! Whether a record is visible to somebody, and what decides it: asked of the same rows, in the same words, as the policies ask.

use rolewright_core::{Ident, settings::ConsentDefault};
use serde::Serialize;
use sqlx::{AssertSqlSafe, PgConnection};

use super::{ConsentError, Records, Said, list::COLUMNS};
use crate::{
    consent::policy::{Asking, is_for},
    quote::literal,
};

/// Whether a record is visible, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// The record's key, as the policies compare it.
    pub record: String,
    /// The database role that would ask.
    pub role: String,
    /// The subject it would act for.
    pub subject: Option<String>,
    /// Whether it sees the record.
    pub visible: bool,
    /// What decides.
    pub why: Why,
}

/// What decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "by")]
pub enum Why {
    /// No policy binds the role: it is a superuser, or has BYPASSRLS.
    Unbound,
    /// The role has opened the record.
    Opened {
        /// The number of the opening.
        opening: i64,
        /// Until when.
        #[serde(with = "time::serde::rfc3339")]
        until: time::OffsetDateTime,
    },
    /// This was said, and holds.
    Said(Box<Said>),
    /// Nothing that holds was said of it, and this is the default.
    Default,
}

impl Records<'_> {
    /// Whether a database role, acting for a subject where one is named, sees a record now. `login` is who is logged in, where that is
    /// another one.
    ///
    /// # Errors
    /// [`ConsentError::NoRole`], [`ConsentError::Key`]; else what the server or the connection said.
    pub async fn explain(
        &self,
        record: &str,
        role: &Ident,
        login: Option<&Ident>,
        subject: Option<&str>,
    ) -> Result<Explained, ConsentError> {
        let sql = |error: sqlx::Error| ConsentError::sql("explain", self.name, &error);
        let mut connection = self.db.get_postgres_connection_pool().acquire().await.map_err(sql)?;
        for role in std::iter::once(role).chain(login) {
            if !is_role(&mut connection, self.name, role.as_str()).await? {
                return Err(ConsentError::NoRole(role.to_string()));
            }
        }
        let record = self.canonical(&mut connection, record).await?;
        let explained = |visible, why| Explained {
            record: record.clone(),
            role: role.to_string(),
            subject: subject.map(str::to_owned),
            visible,
            why,
        };
        let unbound: bool =
            sqlx::query_scalar("SELECT rolsuper OR rolbypassrls FROM pg_catalog.pg_roles WHERE rolname = $1")
                .bind(role.as_str())
                .fetch_one(&mut *connection)
                .await
                .map_err(sql)?;
        if unbound {
            return Ok(explained(true, Why::Unbound));
        }
        if let Some((opening, until)) = self.opening(&mut connection, &record, role).await? {
            return Ok(explained(true, Why::Opened { opening, until }));
        }
        let asking = Asking {
            role: &format!("{}::pg_catalog.name", literal(role.as_str())),
            login: &format!("{}::pg_catalog.name", literal(login.unwrap_or(role).as_str())),
            subject: &subject.map_or_else(|| "NULL::pg_catalog.text".to_owned(), literal),
        };
        if let Some(said) = self.holds(&mut connection, &record, "revoke", &asking).await? {
            return Ok(explained(false, Why::Said(Box::new(said))));
        }
        let by_default = self.wanted.kinds.get(self.name).map(|kind| kind.default).unwrap_or_default();
        match self.holds(&mut connection, &record, "allow", &asking).await? {
            Some(said) if by_default == ConsentDefault::Deny => {
                Ok(explained(true, Why::Said(Box::new(said))))
            }
            _ => Ok(explained(by_default == ConsentDefault::Allow, Why::Default)),
        }
    }

    /// The last opening of a record by a role that has not ended.
    async fn opening(
        &self,
        connection: &mut PgConnection,
        record: &str,
        role: &Ident,
    ) -> Result<Option<(i64, time::OffsetDateTime)>, ConsentError> {
        let sql = "/* rolewright: consent */ SELECT o.id, o.ends FROM rolewright_consent.opening o WHERE o.kind = $1 \
                   AND o.record = $2 AND o.role = $3 AND o.ends > pg_catalog.statement_timestamp() ORDER BY o.id DESC LIMIT 1";
        sqlx::query_as(sql)
            .bind(self.name)
            .bind(record)
            .bind(role.as_str())
            .fetch_optional(connection)
            .await
            .map_err(|error| ConsentError::sql("explain", self.name, &error))
    }

    /// The last thing of this effect that holds of a record, for whoever asks.
    async fn holds(
        &self,
        connection: &mut PgConnection,
        record: &str,
        effect: &str,
        asking: &Asking<'_>,
    ) -> Result<Option<Said>, ConsentError> {
        let sql = format!(
            "/* rolewright: consent */ SELECT {COLUMNS} FROM rolewright_consent.term t \
             JOIN rolewright_consent.saying s ON s.id = t.saying WHERE t.kind = $1 AND t.record = $2 AND t.effect = '{effect}' \
             AND t.starts <= pg_catalog.statement_timestamp() AND t.ends > pg_catalog.statement_timestamp() AND {} ORDER BY s.id DESC LIMIT 1",
            is_for(effect, asking, self.wanted.subjects.as_ref())
        );
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(self.name)
            .bind(record)
            .fetch_optional(&mut *connection)
            .await
            .map_err(|error| ConsentError::sql("explain", self.name, &error))?;
        row.map(|row| Said::from_row(&row))
            .transpose()
            .map_err(|error| ConsentError::sql("explain", self.name, &error))
    }

    /// A key as the policies compare it.
    async fn canonical(&self, connection: &mut PgConnection, record: &str) -> Result<String, ConsentError> {
        let canonical: Result<Option<String>, _> =
            sqlx::query_scalar("/* rolewright: consent */ SELECT rolewright_consent.canonical($1, $2)")
                .bind(self.name)
                .bind(record)
                .fetch_one(&mut *connection)
                .await;
        match canonical {
            Ok(Some(record)) => Ok(record),
            Ok(None) => Err(ConsentError::NotProvisioned(self.name.to_owned())),
            Err(error) => Err(self.bad_key(error, &[record.to_owned()])),
        }
    }
}

pub(super) async fn is_role(
    connection: &mut PgConnection,
    kind: &str,
    role: &str,
) -> Result<bool, ConsentError> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1)")
        .bind(role)
        .fetch_one(connection)
        .await
        .map_err(|error| ConsentError::sql("look the role up", kind, &error))
}
