//! A module with tenants, on a database whose core may give CREATE away.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use rolewright_core::{
    Ident, RoleSecret,
    tenant::{Module, TenantId},
};
use rolewright_roles::{
    ProvisionOptions, password,
    tenants::{Aim, TenantsProvisioned, Wanted, provision},
};
use rolewright_testkit::{Database, Options};
use sea_orm::{ConnectionTrait, DatabaseConnection, SqlxPostgresConnector};
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use sqlx::{AssertSqlSafe, Connection, PgConnection, postgres::PgConnectOptions};
use uuid::Uuid;

pub(super) struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        rolewright_roles::migrations()
    }
}

/// A module's database. The module has the database's name, so that its roles vanish with it.
pub(super) struct House {
    pub(super) db: Database,
    pub(super) core: DatabaseConnection,
    pub(super) secret: RoleSecret,
    pub(super) wanted: Wanted,
}

impl House {
    pub(super) async fn new() -> Self {
        Self::with(Options::new().may_grant_create()).await
    }

    pub(super) async fn with(options: Options) -> Self {
        let db = Database::with(options).await;
        let core = SqlxPostgresConnector::from_sqlx_postgres_pool(db.core());
        core.execute_unprepared("CREATE SCHEMA rolewright").await.unwrap();
        Migrator::up(&core, None).await.unwrap();
        let wanted = Wanted {
            installation: Uuid::new_v4(),
            previous: Vec::new(),
            module: Module::new(db.app()).unwrap(),
            bucket: 500,
            adopt: false,
            taken: vec![db.core_role()],
            proved: BTreeSet::new(),
            refused: Vec::new(),
            derived: Arc::default(),
            aims: BTreeMap::new(),
            logins: Vec::new(),
            reports: None,
            rehearsal: false,
        };
        Self { db, core, secret: RoleSecret::new([7; 32]), wanted }
    }

    /// What is wanted of some tenants.
    pub(super) fn want(&self, aims: &[(&str, Aim)]) -> Wanted {
        let aims = aims.iter().map(|(id, aim)| (TenantId::new(*id).unwrap(), *aim)).collect();
        Wanted { aims, ..self.wanted.clone() }
    }

    pub(super) async fn provision(&self, wanted: &Wanted) -> TenantsProvisioned {
        let options =
            ProvisionOptions { lock_timeout: Duration::from_secs(20), ..ProvisionOptions::default() };
        provision(&self.core, wanted, &self.secret, &options).await.unwrap()
    }

    /// The same, and nothing may stand in the way.
    pub(super) async fn done(&self, aims: &[(&str, Aim)]) -> TenantsProvisioned {
        let done = self.provision(&self.want(aims)).await;
        assert!(done.refused.is_empty(), "{:?}", done.refused);
        done
    }

    pub(super) fn role(&self, id: &str) -> String {
        format!("{id}_{}", self.db.app())
    }

    /// A connection logged in as the module, for a bucket.
    pub(super) async fn login(&self, bucket: u32) -> PgConnection {
        let role: Ident = self.wanted.module.login(bucket);
        let password = password::derive(&self.secret, &role);
        let options: PgConnectOptions = self.db.url().parse().unwrap();
        PgConnection::connect_with(&options.username(role.as_str()).password(password.expose()))
            .await
            .unwrap()
    }

    /// Runs SQL as the superuser; `{}` stands for the module's name.
    pub(super) async fn admin(&self, sql: &str) {
        let sql = sql.replace("{}", &self.db.app()).replace("{core}", &self.db.core_role());
        for attempt in 0.. {
            match sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&self.db.admin()).await {
                Ok(_) => return,
                Err(error) if attempt < 20 && error.to_string().contains("concurrently") => {}
                Err(error) => panic!("{sql}: {error}"),
            }
        }
    }

    pub(super) async fn strict(&self) -> bool {
        let version: i32 = sqlx::query_scalar("SELECT current_setting('server_version_num')::int")
            .fetch_one(&self.db.core())
            .await
            .unwrap();
        version >= 160_000
    }
}

/// The SQLSTATE of some statements sent as one message; nothing where they succeed. The transaction is ended.
pub(super) async fn state(connection: &mut PgConnection, sql: &str) -> Option<String> {
    let outcome =
        sqlx::raw_sql(AssertSqlSafe(format!("BEGIN; {sql}; COMMIT"))).execute(&mut *connection).await;
    sqlx::raw_sql("ROLLBACK").execute(connection).await.unwrap();
    outcome.err().map(|error| error.as_database_error().unwrap().code().unwrap().into_owned())
}

pub(super) fn kinds(done: &TenantsProvisioned) -> Vec<&'static str> {
    done.changes.iter().map(|change| change.kind).collect()
}
