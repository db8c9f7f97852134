//! The other boundary: a report's text is the bound value of a function that runs it as a role nobody can log in as, called by a login
//! that may call it and nothing else.
//!
//! The function is STABLE, so that the server refuses whatever writes; `FOR … IN EXECUTE` refuses a second statement; and inside of a
//! definer function no role can be set. It hands rows on as JSON text.

use std::{str::FromStr, time::Duration};

use rolewright_testkit::Database;
use sqlx::AssertSqlSafe;
use tokio_postgres::{Client, Config, Error, NoTls, Row, types::Type};

const PASSWORD: &str = "runner-0815";

/// A role's runner: what it takes to call it.
#[derive(Clone, Debug)]
pub(super) struct Runner {
    pub(super) caller: String,
    url: String,
    call: String,
}

/// The settings of the sandbox's own logins.
const SETTINGS: &str = "-c default_transaction_read_only=on -c search_path=pg_temp -c row_security=on -c lock_timeout=10s \
     -c client_min_messages=error -c standard_conforming_strings=on -c backslash_quote=safe_encoding -c array_nulls=on \
     -c transform_null_equals=off -c xmloption=content -c client_connection_check_interval=500ms";

/// What the sandbox sends between two users of a session.
const SCRUB: &str = "ROLLBACK; CLOSE ALL; UNLISTEN *; SELECT pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES; \
     RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; SELECT setseed(";

impl Runner {
    /// Makes the runner of a role that has its grants already.
    pub(super) async fn install(db: &Database, role: &str, search_path: &str) -> Self {
        let (owner, caller) = (format!("{role}_owner"), format!("{role}_caller"));
        let sql = include_str!("runner.sql")
            .replace("{role}", role)
            .replace("{owner}", &owner)
            .replace("{caller}", &caller)
            .replace("{password}", PASSWORD)
            .replace("{path}", search_path);
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&db.admin()).await.unwrap();
        let call = format!("SELECT r FROM rolewright_runner.{role}($1) AS r");
        Self { caller, url: db.admin_url(), call }
    }

    pub(super) fn password() -> &'static str {
        PASSWORD
    }

    /// The same by way of another address.
    pub(super) fn by(&self, url: impl FnOnce(&str) -> String) -> Self {
        Self { url: url(&self.url), ..self.clone() }
    }

    /// Logs in as the caller.
    pub(super) async fn open(&self) -> Result<Call, Error> {
        let mut config = Config::from_str(&self.url)?;
        config.user(&self.caller).password(PASSWORD).options(SETTINGS);
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        let pid = client.query_one("SELECT pg_catalog.pg_backend_pid()", &[]).await?.get(0);
        Ok(Call { client, pid, sql: self.call.clone() })
    }
}

/// A session of the caller.
pub(super) struct Call {
    pub(super) client: Client,
    pub(super) pid: i32,
    sql: String,
}

impl Call {
    /// Runs a text in one round trip: a read-only transaction whose snapshot is taken, and the call.
    pub(super) async fn run(&self, text: &str, deadline: Duration) -> Result<Vec<Row>, Error> {
        let begin = format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; SET LOCAL statement_timeout = {}; SELECT 1",
            deadline.as_millis()
        );
        let values = [(&text as &(dyn tokio_postgres::types::ToSql + Sync), Type::TEXT)];
        let (begun, rows) = tokio::join!(
            biased;
            self.client.batch_execute(&begin),
            self.client.query_typed(&self.sql, &values),
        );
        begun.and(rows)
    }

    /// The call, with the text as `$1`.
    pub(super) fn sql(&self) -> &str {
        &self.sql
    }

    /// Makes the session as new; `false` means that it is to be thrown away.
    pub(super) async fn scrub(&self) -> bool {
        // Not made by the server's own generator, which the last user may have set.
        let seed = f64::from(uuid::Uuid::new_v4().as_u64_pair().0 as u32) / f64::from(u32::MAX);
        self.client.batch_execute(&format!("{SCRUB}{seed})")).await.is_ok()
    }
}
