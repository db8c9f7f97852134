//! Health records with versions, data that reach them only through versions, and events in partitions; two subjects, a role that
//! reads views over them, and one that reads the tables.

use rolewright::{
    Configured, NoMigrations, Rolewright, StartError,
    core::settings::{Settings, Sources},
};
use rolewright_testkit::Database;
use sqlx::AssertSqlSafe;

use crate::{server::cli::Host, subjects::SECRET};

pub(super) struct Records {
    pub(super) host: Host,
    pub(super) app: String,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Core, which owns the tables.
    Owner,
    /// The managed roles, logged in as themselves.
    Reporting,
    Raw,
    /// Subjects, by the login that acts for them.
    Alice,
    Bob,
}

pub(super) const ALL: [Who; 5] = [Who::Owner, Who::Reporting, Who::Raw, Who::Alice, Who::Bob];

/// The key of the nth record.
pub(super) fn key(n: usize) -> String {
    format!("00000000-0000-4000-8000-{n:012}")
}

impl Records {
    /// Ten records, configured and applied.
    pub(super) async fn ten() -> Self {
        let records = Self::unapplied("default = \"allow\"").await;
        records.host.run(&["apply"]).await.exit(0);
        records
    }

    /// The same before the first apply, with these keys of `[consent.ehr]` besides.
    pub(super) async fn unapplied(more: &str) -> Self {
        let host = Host::bare(Database::fresh().await);
        host.key("jwt.secret", std::str::from_utf8(SECRET).unwrap(), 0o600);
        let app = host.db.app();
        let records = Self { host, app };
        records
            .core(
                "CREATE ROLE {}_staff; CREATE ROLE {}_emergency; CREATE SCHEMA ehr; CREATE SCHEMA reporting;
                 CREATE TABLE ehr.ehr (id uuid PRIMARY KEY, name text);
                 CREATE TABLE ehr.comp_version (vo_id uuid PRIMARY KEY, ehr_id uuid REFERENCES ehr.ehr);
                 CREATE TABLE ehr.comp_data (vo_id uuid REFERENCES ehr.comp_version, body text);
                 CREATE TABLE ehr.event (ehr_id uuid, day int) PARTITION BY RANGE (day);
                 CREATE TABLE ehr.event_1 PARTITION OF ehr.event FOR VALUES FROM (0) TO (6);
                 CREATE TABLE ehr.event_2 PARTITION OF ehr.event FOR VALUES FROM (6) TO (100);
                 INSERT INTO ehr.ehr SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'patient ' || n FROM generate_series(1, 10) n;
                 INSERT INTO ehr.comp_version SELECT id, id FROM ehr.ehr;
                 INSERT INTO ehr.comp_data SELECT vo_id, 'data' FROM ehr.comp_version;
                 INSERT INTO ehr.event SELECT id, right(id::text, 2)::int FROM ehr.ehr;
                 CREATE VIEW reporting.patients AS SELECT id, name FROM ehr.ehr;
                 CREATE VIEW reporting.days AS SELECT e.id, count(v.day) AS days FROM ehr.ehr e LEFT JOIN ehr.event v ON v.ehr_id = e.id GROUP BY 1;
                 GRANT USAGE ON SCHEMA ehr TO {}_staff, {}_emergency; GRANT SELECT ON ALL TABLES IN SCHEMA ehr TO {}_staff, {}_emergency",
            )
            .await;
        records.configure(more);
        records
    }

    pub(super) fn configure(&self, more: &str) {
        self.write(&format!(
            "[consent.ehr]\nroot = \"ehr.ehr(id)\"\nchildren = [\"ehr.comp_version(ehr_id)\", \
             \"ehr.comp_data(vo_id) -> ehr.comp_version(vo_id)\", \"ehr.event(ehr_id)\"]\n{more}\n"
        ));
    }

    /// The whole configuration, with this in the place of `[consent.ehr]`.
    pub(super) fn write(&self, consent: &str) {
        let (app, folder) = (&self.app, self.host.folder.path());
        self.host.config(&format!(
            "app = \"{app}\"\n[crypto]\nkey_file = {:?}\n[http]\nlisten = \"127.0.0.1:0\"\n\
             [roles.reporting]\nread = [\"reporting\"]\n[roles.raw]\nread = [\"ehr\"]\n\
             [access]\nroles = [\"nurse\"]\nsubjects = [\"alice\", \"bob\"]\ngroups = [\"{app}_staff\"]\n\
             [access.jwt]\nhs256_key_file = {:?}\n{}\n",
            folder.join("rolewright.key").to_string_lossy(),
            folder.join("jwt.secret").to_string_lossy(),
            consent.replace("{}", app),
        ));
    }

    pub(super) async fn core(&self, sql: &str) {
        let sql = sql.replace("{}", &self.app);
        let done = sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&self.host.db.core()).await;
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    pub(super) async fn admin(&self, sql: &str) {
        let sql = sql.replace("{}", &self.app);
        let done = sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&self.host.db.admin()).await;
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    pub(super) fn role(&self, who: Who) -> String {
        match who {
            Who::Owner => self.host.db.core_role(),
            Who::Reporting => format!("{}_reporting", self.app),
            Who::Raw => format!("{}_raw", self.app),
            Who::Alice => format!("{}_subject_alice", self.app),
            Who::Bob => format!("{}_subject_bob", self.app),
        }
    }

    /// What makes a superuser's transaction somebody else's, as their login and their application's BEGIN do.
    pub(super) fn become_them(&self, who: Who) -> String {
        let role = self.role(who);
        match who {
            Who::Alice | Who::Bob => {
                let subject = if who == Who::Alice { "alice" } else { "bob" };
                format!(
                    "SET LOCAL SESSION AUTHORIZATION {}_access; SET LOCAL ROLE {role}; SET LOCAL rolewright.subject = '{subject}'",
                    self.app
                )
            }
            _ => format!("SET LOCAL SESSION AUTHORIZATION {role}"),
        }
    }

    /// The first column of what somebody sees, as text.
    pub(super) async fn seen(&self, who: Who, sql: &str) -> Result<Vec<String>, String> {
        let mut tx = self.host.db.admin().begin().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(self.become_them(who))).execute(&mut *tx).await.unwrap();
        let sql = format!("SELECT x.*::text FROM ({sql}) x (v)");
        let sql = sql.replace("x.*::text", "x.v::text");
        let rows = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut *tx).await;
        tx.rollback().await.unwrap();
        rows.map_err(|error| error.to_string())
    }

    /// How many rows of each table, or of each view, somebody sees.
    pub(super) async fn counts(&self, who: Who) -> Vec<String> {
        let tables: &[&str] = match who {
            Who::Reporting => &["reporting.patients", "reporting.days"],
            _ => &["ehr.ehr", "ehr.comp_version", "ehr.comp_data", "ehr.event", "ehr.event_1", "ehr.event_2"],
        };
        let parts: Vec<String> = tables.iter().map(|table| format!("SELECT count(*) FROM {table}")).collect();
        self.seen(who, &parts.join(" UNION ALL ")).await.unwrap()
    }

    /// Whether somebody sees a record, in every table that has it, which must agree.
    pub(super) async fn sees(&self, who: Who, n: usize) -> bool {
        let id = key(n);
        let sql = match who {
            Who::Reporting => format!("SELECT count(*) FROM reporting.patients WHERE id = '{id}'"),
            _ => format!(
                "SELECT count(*) FROM ehr.ehr WHERE id = '{id}' UNION SELECT count(*) FROM ehr.comp_version WHERE ehr_id = '{id}' \
                 UNION SELECT count(*) FROM ehr.comp_data WHERE vo_id = '{id}' UNION SELECT count(*) FROM ehr.event WHERE ehr_id = '{id}'"
            ),
        };
        let seen = self.seen(who, &sql).await.unwrap();
        assert_eq!(seen.len(), 1, "{who:?} sees {n} in some tables and not in others: {seen:?}");
        seen[0] == "1"
    }

    pub(super) async fn try_start(&self) -> Result<Rolewright, StartError> {
        let file = Some(self.host.folder.path().join("rolewright.toml"));
        let mut sources = Sources { file, ..Sources::default() };
        sources.set("DATABASE_URL", &self.host.db.url());
        let configured = Configured::new(Settings::load(&sources).unwrap().settings);
        let migrated = configured.connect().await?.unlock().await?.migrate(&NoMigrations).await?;
        migrated.provision().await?.verify().await?.open().await
    }

    /// Says something by the command.
    pub(super) async fn say(&self, args: &[&str]) {
        self.host.run(&[&["consent"], args].concat()).await.exit(0);
    }
}
