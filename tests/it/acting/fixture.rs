//! A module with some tenants, each with a table of one row.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::{BoxFuture, FutureExt as _};
use rolewright_core::{ConnInfo, Ident, Password, TenantId, settings::PoolSettings};
use rolewright_sessions::{
    TenantTransaction, Tenants,
    tenant::{Directory, OpenTenants, Place, Unavailable},
};
use rolewright_testkit::Database;
use sea_orm::{ConnectionTrait as _, DbErr, Statement};
use sqlx::AssertSqlSafe;

const PASSWORD: &str = "sesame-4711";

pub(crate) struct Module {
    pub(crate) db: Database,
    pub(crate) list: Arc<List>,
    pub(crate) login: String,
}

/// The list of tenants, which tests may change.
#[derive(Default)]
pub(crate) struct List(pub(crate) Mutex<BTreeMap<TenantId, Result<Place, Unavailable>>>);

impl Directory for List {
    fn find<'a>(&'a self, tenant: &'a TenantId) -> BoxFuture<'a, Result<Place, Unavailable>> {
        let found = self.0.lock().unwrap().get(tenant).cloned().unwrap_or(Err(Unavailable::Unknown));
        async { found }.boxed()
    }

    fn password<'a>(
        &'a self,
        _: &'a Ident,
        refused: Option<&'a Password>,
    ) -> BoxFuture<'a, Option<Password>> {
        let password = refused.is_none().then(|| Password::new(PASSWORD));
        async { password }.boxed()
    }
}

impl Module {
    /// A module that serves these tenants.
    pub(crate) async fn of(tenants: &[&str]) -> Self {
        let db = Database::fresh().await;
        let (app, list) = (db.app(), Arc::new(List::default()));
        let login = format!("{app}_login");
        run(&db, &format!("CREATE ROLE {login} LOGIN NOINHERIT PASSWORD '{PASSWORD}'")).await;
        let modern: bool = sqlx::query_scalar("SELECT current_setting('server_version_num')::int >= 160000")
            .fetch_one(&db.admin())
            .await
            .unwrap();
        let options = if modern { "WITH INHERIT FALSE, SET TRUE" } else { "" };
        for tenant in tenants {
            let role = format!("{app}_{tenant}");
            let sql = format!(
                "CREATE ROLE {role} NOLOGIN NOINHERIT; GRANT {role} TO {login} {options};
                 CREATE SCHEMA {role} AUTHORIZATION {role}; CREATE TABLE {role}.item (id serial, owner text);
                 ALTER TABLE {role}.item OWNER TO {role}; INSERT INTO {role}.item (owner) VALUES ('{tenant}')"
            );
            run(&db, &sql).await;
            let ident = |name: &str| Ident::new(name).unwrap();
            let place = Place { login: ident(&login), role: ident(&role), schema: ident(&role) };
            list.0.lock().unwrap().insert(TenantId::new(*tenant).unwrap(), Ok(place));
        }
        Self { db, list, login }
    }

    pub(crate) fn open(&self, connections: u32) -> Tenants {
        Tenants::open(self.options(connections))
    }

    pub(crate) fn options(&self, connections: u32) -> OpenTenants {
        let (server, _) = ConnInfo::parse(&self.db.admin_url()).unwrap();
        OpenTenants {
            server,
            app: Ident::new("acting").unwrap(),
            directory: self.list.clone(),
            fresh: Duration::from_secs(60),
            pool: PoolSettings {
                max: connections,
                min: 0,
                idle: None,
                acquire: Duration::from_secs(30),
                max_lifetime: None,
            },
            max_in_flight: 100,
            max_tenants: 1000,
            statement_timeout: Duration::from_secs(20),
            reports: None,
        }
    }

    pub(crate) fn role(&self, tenant: &str) -> String {
        format!("{}_{tenant}", self.db.app())
    }

    /// Whose items this tenant's table has, as an administrator sees it.
    pub(crate) async fn owners(&self, tenant: &str) -> Vec<String> {
        let sql = format!("SELECT owner FROM {}.item ORDER BY id", self.role(tenant));
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&self.db.admin()).await.unwrap()
    }

    /// Waits until so many backends of the module are left.
    pub(crate) async fn settled(&self, backends: i64) {
        for _ in 0..400 {
            if self.backends().await == backends {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("there are {} backends, not {backends}", self.backends().await);
    }

    pub(crate) async fn backends(&self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM pg_stat_activity WHERE usename = $1")
            .bind(&self.login)
            .fetch_one(&self.db.admin())
            .await
            .unwrap()
    }
}

pub(crate) async fn run(db: &Database, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&db.admin()).await.unwrap();
}

/// The first column of the only row, as text.
pub(crate) async fn value(tx: &TenantTransaction, sql: &str) -> Result<String, DbErr> {
    let statement = Statement::from_string(tx.get_database_backend(), sql);
    let row = tx.query_one_raw(statement).await?.unwrap();
    Ok(row.try_get_by_index::<Option<String>>(0)?.unwrap_or_default())
}

/// The SQLSTATE the server gave.
pub(crate) fn sqlstate(error: &DbErr) -> String {
    let (DbErr::Exec(sea_orm::RuntimeErr::SqlxError(error))
    | DbErr::Query(sea_orm::RuntimeErr::SqlxError(error))) = error
    else {
        panic!("{error} is none of the driver's");
    };
    error.as_database_error().and_then(|said| said.code()).map_or_else(String::new, |code| code.into_owned())
}
