//! A clinic's few tables, a role that reads a schema, and a role that reads another but for its secrets.

use std::{collections::BTreeMap, time::Duration};

use rolewright_core::{
    Ident, RoleSecret,
    pattern::{Deny, Read},
    settings::{FutureTables, NewTables, PoolSettings, RoleSettings},
};
use rolewright_roles::{
    Desired, DesiredRole, ProvisionError, ProvisionOptions, Provisioned, password, provision,
};
use rolewright_testkit::Database;
use sea_orm::{ConnectionTrait, DatabaseConnection, SqlxPostgresConnector};
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use sqlx::{PgPool, postgres::PgConnectOptions};
use uuid::Uuid;

/// This crate's migrations alone.
struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        rolewright_roles::migrations()
    }
}

/// A database with tables and two desired roles.
pub(super) struct Clinic {
    pub(super) db: Database,
    pub(super) core: DatabaseConnection,
    pub(super) desired: Desired,
    pub(super) secret: RoleSecret,
    pub(super) options: ProvisionOptions,
}

const TABLES: &str = "
    CREATE SCHEMA rolewright; CREATE SCHEMA reporting;
    CREATE TABLE public.patients (id int PRIMARY KEY, name text, password text);
    CREATE TABLE public.access_tokens (id int, token text);
    CREATE TABLE public.visits (id int);
    CREATE SEQUENCE public.numbers;
    CREATE TABLE rolewright.local_system_secrets (key text, value text);
    CREATE TABLE reporting.daily (day date, n int);
    CREATE TABLE reporting.weekly (week int, n int);
    CREATE VIEW reporting.names AS SELECT name FROM public.patients;
    INSERT INTO reporting.daily VALUES ('2026-01-01', 3);
    INSERT INTO public.patients VALUES (1, 'Ada', 'canary');
    INSERT INTO public.access_tokens VALUES (1, 'canary');
";

impl Clinic {
    pub(super) async fn new() -> Self {
        let db = Database::fresh().await;
        let core = SqlxPostgresConnector::from_sqlx_postgres_pool(db.core());
        core.execute_unprepared(TABLES).await.unwrap();
        Migrator::up(&core, None).await.unwrap();
        let mut clinic = Self {
            desired: Desired {
                installation: Uuid::new_v4(),
                previous: Vec::new(),
                module: None,
                roles: BTreeMap::new(),
            },
            db,
            core,
            secret: RoleSecret::new([7; 32]),
            options: ProvisionOptions {
                lock_timeout: Duration::from_secs(20),
                ..ProvisionOptions::default()
            },
        };
        let mut reporting = clinic.role("reporting", &["reporting"], &[]);
        reporting.future_tables = FutureTables::Immediately;
        clinic.want("reporting", &reporting);
        let raw = clinic.role("raw", &["public"], &["public.*_tokens", "public.patients.password"]);
        clinic.want("raw", &raw);
        clinic
    }

    /// Settings of a role `<app>_<name>`.
    pub(super) fn role(&self, name: &str, read: &[&str], deny: &[&str]) -> RoleSettings {
        let read: Vec<Read> = read.iter().map(|text| Read::parse(text).unwrap()).collect();
        let pool =
            PoolSettings { max: 2, min: 0, idle: None, acquire: Duration::from_secs(5), max_lifetime: None };
        RoleSettings {
            role: Ident::new(self.name(name)).unwrap(),
            search_path: read.iter().map(|one| one.schema.clone()).collect(),
            read,
            deny: deny.iter().map(|text| Deny::parse(text).unwrap()).collect(),
            future_tables: FutureTables::OnProvision,
            new_tables: NewTables::Grant,
            definer_functions: Vec::new(),
            functions: Vec::new(),
            creators: Vec::new(),
            adopt: false,
            statement_timeout: Duration::from_secs(60),
            max_connections: 5,
            max_rows: 1000,
            max_bytes: 1 << 20,
            max_queue: 100,
            pool,
        }
    }

    pub(super) fn want(&mut self, connection: &str, role: &RoleSettings) {
        self.desired.roles.insert(role.role.as_str().to_owned(), DesiredRole::new(connection, role));
    }

    /// The full name of a role.
    pub(super) fn name(&self, name: &str) -> String {
        format!("{}_{name}", self.db.app())
    }

    pub(super) async fn provision(&self) -> Result<Provisioned, ProvisionError> {
        provision(&self.core, &self.desired, &self.secret, &self.options).await
    }

    pub(super) async fn plan(&self) -> rolewright_roles::Plan {
        rolewright_roles::plan(&self.core, &self.desired, Some(&self.secret)).await.unwrap()
    }

    /// Runs SQL with `{name}` standing for the app's prefix, as the superuser.
    pub(super) async fn admin(&self, sql: &str) {
        let sql = sql.replace("{}", &self.db.app()).replace("{core}", &self.db.core_role());
        // Tests beside this one change the same rows of the cluster's catalogs.
        for attempt in 0.. {
            let done = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.clone())).execute(&self.db.admin()).await;
            match done {
                Ok(_) => return,
                Err(error) if attempt < 20 && error.to_string().contains("tuple concurrently updated") => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(error) => panic!("{sql}: {error}"),
            }
        }
    }

    /// Runs SQL as core.
    pub(super) async fn sql(&self, sql: &str) {
        let sql = sql.replace("{}", &self.db.app());
        self.core.execute_unprepared(&sql).await.unwrap();
    }

    /// `server_version_num`.
    pub(super) async fn version(&self) -> i32 {
        sqlx::query_scalar("SELECT current_setting('server_version_num')::int")
            .fetch_one(&self.db.core())
            .await
            .unwrap()
    }

    /// Whether the server is 16 or later, where CREATEROLE alone gives no right over roles and grants of others.
    pub(super) async fn is_strict(&self) -> bool {
        self.version().await >= 160_000
    }

    /// Does as the superuser what the plan's refusals ask for.
    pub(super) async fn mend(&self, refusals: &[rolewright_roles::Refusal]) {
        for refusal in refusals {
            self.admin(&refusal.fix).await;
        }
    }

    /// A pool logged in as a managed role with its derived password.
    pub(super) async fn login(&self, name: &str) -> Result<PgPool, sqlx::Error> {
        let role = Ident::new(self.name(name)).unwrap();
        let password = password::derive(&self.secret, &role);
        let options: PgConnectOptions = self.db.url().parse()?;
        sqlx::postgres::PgPoolOptions::new()
            .max_connections(1)
            .connect_with(options.username(role.as_str()).password(password.expose()))
            .await
    }

    /// The SQLSTATE of a statement run as a managed role; nothing if it succeeds.
    pub(super) async fn state(&self, name: &str, sql: &str) -> Option<String> {
        let pool = self.login(name).await.unwrap();
        let result = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&pool).await;
        pool.close().await;
        result.err().map(|error| error.as_database_error().unwrap().code().unwrap().into_owned())
    }
}

/// The kinds of a plan's changes.
pub(super) fn kinds(plan: &rolewright_roles::Plan) -> Vec<&'static str> {
    plan.changes.iter().map(rolewright_roles::Change::kind).collect()
}
