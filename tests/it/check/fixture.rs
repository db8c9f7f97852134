//! The objects that attempts to escape speak of, a role that may not read their secrets, and a checker.

use std::time::Duration;

use rolewright_core::{
    ConnInfo, Ident, Password, RoleSecret,
    pattern::{Deny, Read},
    settings::{PoolSettings, SandboxSettings},
};
use rolewright_roles::{Desired, DesiredRole, ProvisionOptions, Purpose, password, provision};
use rolewright_sessions::{Check, Checked, Checker, OpenChecker, OpenRole, Policy, QueryError, RolePool};
use rolewright_testkit::Database;
use sea_orm::{ConnectionTrait, DatabaseConnection, SqlxPostgresConnector};
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, postgres::PgConnectOptions};

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        rolewright_roles::migrations()
    }
}

pub(crate) struct Ground {
    pub(crate) db: Database,
    pub(crate) core: DatabaseConnection,
    pub(crate) checker: Checker,
    pub(crate) raw: Policy,
    pub(crate) rep: Policy,
    secret: RoleSecret,
}

impl Ground {
    pub(crate) async fn new() -> Self {
        let db = Database::fresh().await;
        let core = SqlxPostgresConnector::from_sqlx_postgres_pool(db.core());
        core.execute_unprepared("CREATE SCHEMA rolewright").await.unwrap();
        core.execute_unprepared(include_str!("../attack/fixture.sql")).await.unwrap();
        // The fixture's unsafe functions would make provisioning refuse, and are not what is tried here.
        core.execute_unprepared("REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public, shared, ehr FROM PUBLIC")
            .await
            .unwrap();
        Migrator::up(&core, None).await.unwrap();
        let policy = |name: &str, read: &str, deny: &[&str], functions: &[&str]| Policy {
            connection: name.to_owned(),
            role: Ident::new(format!("{}_{name}", db.app())).unwrap(),
            read: vec![Read::parse(read).unwrap()],
            deny: deny.iter().map(|text| Deny::parse(text).unwrap()).collect(),
            functions: functions.iter().map(|text| Read::parse(text).unwrap()).collect(),
            definer_functions: Vec::new(),
        };
        let secrets = ["public.local_system_secrets", "public.*_tokens", "public.users.password"];
        let raw = policy("raw", "public", &secrets, &["public.nhi_ok"]);
        let rep = policy("rep", "reporting", &[], &[]);
        let mut desired = Desired {
            installation: uuid::Uuid::new_v4(),
            previous: Vec::new(),
            module: None,
            roles: Default::default(),
        };
        let sandbox =
            SandboxSettings { checker: Ident::new(format!("{}_checker", db.app())).unwrap(), adopt: false };
        for policy in [&raw, &rep] {
            let mut role = DesiredRole::checker(&sandbox, 1, std::iter::empty());
            role.name = policy.role.clone();
            role.purpose = Purpose::Read;
            role.connection.clone_from(&policy.connection);
            role.read.clone_from(&policy.read);
            role.deny.clone_from(&policy.deny);
            desired.roles.insert(role.name.to_string(), role);
        }
        let checker = DesiredRole::checker(&sandbox, 1, desired.roles.values());
        desired.roles.insert(checker.name.to_string(), checker);
        let secret = RoleSecret::new([7; 32]);
        provision(&core, &desired, &secret, &ProvisionOptions::default()).await.unwrap();
        let (server, _) = ConnInfo::parse(&db.url()).unwrap();
        let password: Password = password::derive(&secret, &sandbox.checker);
        let open = OpenChecker { server, role: sandbox.checker, password, renew: None };
        let checker = Checker::open(&open).await.unwrap();
        Self { db, core, checker, raw, rep, secret }
    }

    /// What it takes to open the sandbox of a role, by way of this server.
    pub(crate) fn open(&self, policy: &Policy, url: &str) -> OpenRole {
        let (server, _) = ConnInfo::parse(url).unwrap();
        OpenRole {
            connection: policy.connection.clone(),
            server,
            role: policy.role.clone(),
            password: password::derive(&self.secret, &policy.role),
            search_path: policy.read.iter().map(|read| read.schema.clone()).collect(),
            statement_timeout: Duration::from_secs(60),
            max_rows: u64::MAX - 1,
            max_queue: 100,
            max_bytes: Some(u64::MAX),
            renew: None,
            pool: PoolSettings {
                max: 2,
                min: 0,
                idle: None,
                acquire: Duration::from_secs(10),
                max_lifetime: None,
            },
        }
    }

    /// The role's sandbox by way of this server, with the check.
    pub(crate) async fn pool(&self, policy: &Policy, url: &str) -> RolePool {
        RolePool::open(&self.open(policy, url), self.check_of(policy)).await.unwrap()
    }

    pub(crate) fn check_of(&self, policy: &Policy) -> Check {
        Check { checker: self.checker.clone(), policy: policy.clone() }
    }

    pub(crate) async fn check(&self, policy: &Policy, text: &str) -> Result<Checked, QueryError> {
        let path: Vec<Ident> = policy.read.iter().map(|read| read.schema.clone()).collect();
        self.checker.check_text(text, &[], &path, policy).await
    }

    /// What raw is told.
    pub(crate) async fn said(&self, text: &str) -> String {
        match self.check(&self.raw, text).await {
            Ok(_) => "taken".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    /// The server's version, as a number.
    pub(crate) async fn version(&self) -> i32 {
        let sql = "SELECT current_setting('server_version_num')::int";
        sqlx::query_scalar(sql).fetch_one(&self.db.admin()).await.unwrap()
    }

    /// A plain connection of the role.
    pub(crate) async fn log_in(&self, policy: &Policy) -> Result<PgConnection, String> {
        let (name, password) = (policy.role.as_str(), password::derive(&self.secret, &policy.role));
        let options: PgConnectOptions = self.db.url().parse().unwrap();
        let options = options.username(name).password(password.expose());
        let mut connection = options.connect().await.map_err(|error| error.to_string())?;
        let path: Vec<&str> = policy.read.iter().map(|read| read.schema.as_str()).collect();
        let set = format!("SET search_path = {}", path.join(", "));
        sqlx::raw_sql(AssertSqlSafe(set))
            .execute(&mut connection)
            .await
            .map_err(|error| error.to_string())?;
        Ok(connection)
    }

    /// What the role sees on a plain connection, or the server's error.
    pub(crate) async fn seen(&self, policy: &Policy, text: &str) -> Result<String, String> {
        let mut connection = self.log_in(policy).await?;
        let rows = sqlx::raw_sql(AssertSqlSafe(text.to_owned())).fetch_all(&mut connection).await;
        let seen = rows.map(|rows| rows.len().to_string()).map_err(|error| error.to_string());
        connection.close().await.unwrap();
        seen
    }

    /// Which of these texts, each for a row that is hidden and for none, is refused, or fails and so tells of that row.
    pub(crate) async fn not_taken(&self, pairs: impl IntoIterator<Item = [String; 2]>) -> Vec<String> {
        let mut wrong = Vec::new();
        for pair in pairs {
            if let Err(error) = self.check(&self.rep, &pair[0]).await {
                wrong.push(format!("refused: {}: {error}", pair[0]));
            }
            for text in &pair {
                if let Err(error) = self.seen(&self.rep, text).await {
                    wrong.push(format!("fails: {text}: {error}"));
                }
            }
        }
        wrong
    }

    /// Which of these is not refused in one of these words; and how many tell the hidden row from none on a plain connection.
    pub(crate) async fn not_refused(
        &self,
        pairs: impl IntoIterator<Item = [String; 2]>,
        words: &[&str],
    ) -> (Vec<String>, usize) {
        let (mut wrong, mut told) = (Vec::new(), 0);
        for pair in pairs {
            let mut seen = Vec::new();
            for text in &pair {
                match self.check(&self.rep, text).await {
                    Ok(_) => wrong.push(format!("taken: {text}")),
                    Err(error) if words.iter().any(|words| error.to_string().contains(words)) => {}
                    Err(error) => wrong.push(format!("{text}: {error}")),
                }
                seen.push(self.seen(&self.rep, text).await);
            }
            println!("{}: {seen:?}", pair[0]);
            told += usize::from(seen[0].is_err() && seen[1].is_ok());
        }
        println!("{told} of these tell a hidden row from none on a plain connection");
        (wrong, told)
    }

    pub(crate) async fn sql(&self, sql: &str) {
        self.core.execute_unprepared(&sql.replace("{}", &self.db.app())).await.unwrap();
    }

    pub(crate) async fn end(self) {
        self.checker.close().await;
        self.db.drop().await;
    }
}
