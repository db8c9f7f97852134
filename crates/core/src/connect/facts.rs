//! What the server is, and what the core role may do there.

use sqlx::Row;

use crate::{headroom::ServerLimits, sqlstate};

const FETCH: &str = include_str!("../sql/fetch_server_facts.sql");
const IDENTIFIER: &str =
    "(SELECT c.system_identifier::pg_catalog.text FROM pg_catalog.pg_control_system() AS c)";

/// What one query tells about the server and about ourselves.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ServerFacts {
    /// `server_version_num`, such as 150018.
    pub version_num: u32,
    /// `server_version`, such as `15.18`.
    pub version: String,
    /// Whether it is a standby.
    pub in_recovery: bool,
    /// Whether transactions are read-only unless they say otherwise.
    pub default_read_only: bool,
    /// The cluster's identifier, a number too large for JSON's; absent where the server keeps it from this role.
    pub system_identifier: Option<String>,
    /// The database's name.
    pub database: String,
    /// The database's OID.
    pub database_oid: u32,
    /// The role we are logged in as.
    pub user: String,
    /// Whether it is a superuser, which it should not be.
    pub superuser: bool,
    /// Whether it has CREATEROLE, which it needs.
    pub createrole: bool,
    /// Whether it has CREATEDB.
    pub createdb: bool,
    /// Its CONNECTION LIMIT, where it has one and is held to it.
    pub connection_limit: Option<u32>,
    /// The database's CONNECTION LIMIT, for all roles together, where it has one and the role is held to it.
    pub database_connection_limit: Option<u32>,
    /// Whether it has CREATE on the database, which it needs.
    pub may_create_in_database: bool,
    /// Whether it owns the database, itself or through a role it inherits from.
    pub owns_database: bool,
    /// `max_connections`.
    pub max_connections: u32,
    /// `superuser_reserved_connections`.
    pub superuser_reserved: u32,
    /// `reserved_connections`; 0 before PostgreSQL 16.
    pub reserved_connections: u32,
    /// Whether this connection is encrypted.
    pub ssl: bool,
}

impl ServerFacts {
    /// The major version, such as 15.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.version_num / 10_000
    }

    /// What the headroom is computed from.
    #[must_use]
    pub fn limits(&self) -> ServerLimits {
        ServerLimits {
            max_connections: self.max_connections,
            superuser_reserved: self.superuser_reserved,
            reserved_connections: self.reserved_connections,
        }
    }

    /// Asks the server, in one query.
    ///
    /// Where an administrator has revoked `pg_control_system()`, it is asked again without the identifier.
    ///
    /// # Errors
    /// Whatever the driver reports.
    pub async fn fetch(connection: &mut sqlx::PgConnection) -> Result<Self, sqlx::Error> {
        match sqlx::query(FETCH).fetch_one(&mut *connection).await {
            Err(sqlx::Error::Database(error))
                if error.code().as_deref() == Some(sqlstate::INSUFFICIENT_PRIVILEGE) =>
            {
                let without = FETCH.replace(IDENTIFIER, "NULL::pg_catalog.text");
                sqlx::query(sqlx::AssertSqlSafe(without)).fetch_one(connection).await
            }
            answer => answer,
        }
        .and_then(|row| Self::from_row(&row))
    }

    fn from_row(row: &sqlx::postgres::PgRow) -> Result<Self, sqlx::Error> {
        let number = |name| row.try_get::<i32, _>(name).map(|n| u32::try_from(n).unwrap_or(0));
        let superuser: bool = row.try_get("superuser")?;
        let limit =
            |name| row.try_get::<i32, _>(name).map(|limit| u32::try_from(limit).ok().filter(|_| !superuser));
        Ok(Self {
            version_num: number("version_num")?,
            version: row.try_get("version")?,
            in_recovery: row.try_get("in_recovery")?,
            default_read_only: row.try_get("default_read_only")?,
            system_identifier: row.try_get("system_identifier")?,
            database: row.try_get("database")?,
            database_oid: u32::try_from(row.try_get::<i64, _>("database_oid")?).unwrap_or(0),
            user: row.try_get("user_name")?,
            superuser,
            createrole: row.try_get("createrole")?,
            createdb: row.try_get("createdb")?,
            connection_limit: limit("connection_limit")?,
            database_connection_limit: limit("database_connection_limit")?,
            may_create_in_database: row.try_get("may_create_in_database")?,
            owns_database: row.try_get("owns_database")?,
            max_connections: number("max_connections")?,
            superuser_reserved: number("superuser_reserved")?,
            reserved_connections: number("reserved_connections")?,
            ssl: row.try_get("ssl")?,
        })
    }
}
