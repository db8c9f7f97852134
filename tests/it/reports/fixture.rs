//! An application that is open, on the database of the commands' tests.

use rolewright::{
    Configured, NoMigrations, Rolewright,
    core::settings::{Settings, Sources},
    reports::{Definition, Parameter},
};
use sqlx::AssertSqlSafe;

use crate::server::cli::Host;

/// A host whose configuration names its key by a path that is right from every folder.
pub(super) async fn host() -> Host {
    let host = Host::fresh().await;
    let key = host.folder.path().join("rolewright.key");
    host.config(&host.default_config().replace("rolewright.key", &key.to_string_lossy()));
    host
}

/// A host on which `apply` was run.
pub(super) async fn applied() -> Host {
    let host = host().await;
    host.run(&["apply"]).await.exit(0);
    host
}

/// All stages.
pub(super) async fn start(host: &Host) -> Rolewright {
    let file = Some(host.folder.path().join("rolewright.toml"));
    let mut sources = Sources { file, ..Sources::default() };
    sources.set("DATABASE_URL", &host.db.url());
    let configured = Configured::new(Settings::load(&sources).unwrap().settings);
    let unlocked = configured.connect().await.unwrap().unlock().await.unwrap();
    let migrated = unlocked.migrate(&NoMigrations).await.unwrap();
    migrated.provision().await.unwrap().verify().await.unwrap().open().await.unwrap()
}

/// A report with one parameter that is required and two that are not.
pub(super) fn daily() -> Definition {
    let text = "SELECT day, ward, admissions FROM daily\n\
                WHERE day >= :from_day AND ward = any(:wards) AND (:most IS NULL OR admissions < :most)\n\
                ORDER BY day";
    let mut report = Definition::new("daily".parse().unwrap(), "reporting", text)
        .param(Parameter::required("from_day", "date"))
        .param(Parameter::optional("wards", "text[]", Some("{ward 0,ward 1}")))
        .param(Parameter::optional("most", "int", None));
    report.title = "Admissions by day".to_owned();
    report
}

/// The same report with another text.
pub(super) fn daily_with(comment: &str) -> Definition {
    let report = daily();
    Definition { text: format!("{}\n-- {comment}", report.text), ..report }
}

pub(super) async fn admin(host: &Host, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&host.db.admin()).await.unwrap();
}
