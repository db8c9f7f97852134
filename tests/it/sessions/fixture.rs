//! A database with a few tables, and a role that may read some of them.

use std::time::Duration;

use rolewright_core::{ConnInfo, Ident, Password, settings::PoolSettings};
use rolewright_sessions::{
    Batch, Check, Checker, OpenChecker, OpenRole, Policy, QueryError, Report, RolePool,
};
use rolewright_testkit::Database;
use sqlx::AssertSqlSafe;

pub(crate) const PASSWORD: &str = "sesame-4711";

pub(crate) struct House {
    pub(crate) db: Database,
    pub(crate) role: String,
}

impl House {
    pub(crate) async fn new() -> Self {
        let db = Database::fresh().await;
        let role = format!("{}_reporting", db.app());
        let setup = format!(
            "CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}';
             CREATE SCHEMA reporting;
             CREATE TABLE reporting.visits (id int PRIMARY KEY, ward text, day date);
             INSERT INTO reporting.visits SELECT n, 'W' || n % 7, date '2026-01-01' + n FROM generate_series(1, 1000) n;
             CREATE TABLE public.secrets (value text);
             INSERT INTO public.secrets VALUES ('canary');
             CREATE FUNCTION reporting.make_temp() RETURNS int LANGUAGE plpgsql AS
                 'BEGIN CREATE TEMP TABLE visits AS SELECT 1 AS fake; RETURN 1; END';
             CREATE FUNCTION reporting.write_visit() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS
                 'BEGIN INSERT INTO reporting.visits VALUES (0); RETURN 1; END';
             CREATE TYPE reporting.mood AS ENUM ('sad', 'happy');
             GRANT USAGE ON SCHEMA reporting TO {role};
             GRANT SELECT ON reporting.visits TO {role};"
        );
        sqlx::raw_sql(AssertSqlSafe(setup)).execute(&db.admin()).await.unwrap();
        Self { db, role }
    }

    pub(crate) fn open_role(&self) -> OpenRole {
        let (server, _) = ConnInfo::parse(&self.db.admin_url()).unwrap();
        OpenRole {
            connection: "reporting".to_owned(),
            server,
            role: Ident::new(self.role.clone()).unwrap(),
            password: Password::new(PASSWORD),
            search_path: vec![Ident::new("reporting").unwrap()],
            statement_timeout: Duration::from_secs(20),
            max_rows: 1_000_000,

            max_queue: 100,
            max_bytes: None,
            renew: None,
            pool: PoolSettings {
                max: 3,
                min: 0,
                idle: None,
                acquire: Duration::from_secs(10),
                max_lifetime: None,
            },
        }
    }

    /// The login of a checker whose role is made, with so many connections.
    pub(crate) async fn checker(&self, most: u32) -> OpenChecker {
        let (open, name) = (self.open_role(), format!("{}_checker{most}", self.db.app()));
        let sql = format!("CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}' CONNECTION LIMIT {most}");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&self.db.admin()).await.unwrap();
        let role = Ident::new(name).unwrap();
        OpenChecker { server: open.server, role, password: open.password, renew: None }
    }

    /// A checker of texts that no report of this role passes: it has no scratch schema.
    pub(crate) async fn check(&self) -> Check {
        let (open, login) = (self.open_role(), self.checker(10).await);
        let policy = Policy {
            connection: open.connection,
            role: open.role,
            read: Vec::new(),
            deny: Vec::new(),
            functions: Vec::new(),
            definer_functions: Vec::new(),
        };
        Check { checker: Checker::open(&login).await.unwrap(), policy }
    }

    /// A pool in which every report gets the same connection.
    pub(crate) async fn pool_of_one(&self) -> RolePool {
        let mut open = self.open_role();
        open.pool.max = 2;
        RolePool::open_unchecked(&open).await.unwrap()
    }

    /// What a report could have changed: rows, objects, settings, memberships.
    pub(crate) async fn fingerprint(&self) -> String {
        let sql = format!(
            "SELECT (SELECT count(*) || ':' || sum(id) FROM reporting.visits) || '/' ||
                    (SELECT string_agg(value, ',') FROM public.secrets) || '/' ||
                    (SELECT count(*) FROM pg_class) || '/' || (SELECT count(*) FROM pg_proc) || '/' ||
                    (SELECT count(*) FROM pg_largeobject_metadata) || '/' ||
                    (SELECT count(*) FROM pg_roles WHERE rolname LIKE '{}%') || '/' ||
                    (SELECT count(*) FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole WHERE rolname = '{}') || '/' ||
                    (SELECT rolpassword FROM pg_authid WHERE rolname = '{}')",
            self.db.app(),
            self.role,
            self.role,
        );
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&self.db.admin()).await.unwrap()
    }

    /// Backends of the role that are at work, besides idle ones.
    pub(crate) async fn at_work(&self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM pg_stat_activity WHERE usename = $1 AND state <> 'idle'")
            .bind(&self.role)
            .fetch_one(&self.db.admin())
            .await
            .unwrap()
    }
}

pub(crate) async fn all(pool: &RolePool, report: &Report) -> Result<Batch, QueryError> {
    pool.query(report).await?.collect().await
}

pub(crate) async fn text(pool: &RolePool, sql: &str) -> Result<Batch, QueryError> {
    all(pool, &Report::new(sql)).await
}

/// The one value of a query.
pub(crate) async fn value(pool: &RolePool, report: &Report) -> Result<Option<String>, QueryError> {
    Ok(all(pool, report).await?.remove(0).remove(0))
}
