//! A host of the binary whose configuration has a module, and a folder of its migrations.

use std::fs;

use rolewright::{
    Configured, NoMigrations, Rolewright,
    core::settings::{Settings, Sources},
};
use rolewright_testkit::{Database, Options};
use sqlx::AssertSqlSafe;

use crate::server::cli::Host;

/// A host on which `apply` was run.
pub(crate) async fn applied() -> Host {
    let host = Host::bare(Database::with(Options::new().may_grant_create()).await);
    configure(&host, "");
    host.run(&["apply"]).await.exit(0);
    host
}

/// The configuration, with more keys of `[tenancy]`.
pub(crate) fn configure(host: &Host, tenancy: &str) {
    let (app, key) = (host.db.app(), host.folder.path().join("rolewright.key"));
    host.config(&format!(
        "app = \"{app}\"\n[crypto]\nkey_file = {:?}\n[http]\nlisten = \"127.0.0.1:0\"\n[tenancy]\nmodule = \"{app}\"\n{tenancy}\n",
        key.to_string_lossy()
    ));
}

/// The same with a folder of migrations.
pub(crate) fn migrating(host: &Host) {
    configure(host, "[tenancy.migrate]\nfolder = \"migrations\"");
    fs::create_dir_all(host.folder.path().join("migrations")).unwrap();
    file(
        host,
        "001_wards.sql",
        "CREATE TABLE wards (id int PRIMARY KEY, name text); CREATE INDEX ON wards (name);",
    );
}

pub(crate) fn file(host: &Host, name: &str, text: &str) {
    fs::write(host.folder.path().join("migrations").join(name), text).unwrap();
}

pub(crate) async fn admin(host: &Host, sql: &str) {
    let sql = sql.replace("{}", &host.db.app());
    sqlx::raw_sql(AssertSqlSafe(sql.clone()))
        .execute(&host.db.admin())
        .await
        .unwrap_or_else(|e| panic!("{sql}: {e}"));
}

/// All stages.
pub(crate) async fn start(host: &Host) -> Rolewright {
    let mut sources =
        Sources { file: Some(host.folder.path().join("rolewright.toml")), ..Sources::default() };
    sources.set("DATABASE_URL", &host.db.url());
    let configured = Configured::new(Settings::load(&sources).unwrap().settings);
    let unlocked = configured.connect().await.unwrap().unlock().await.unwrap();
    let migrated = unlocked.migrate(&NoMigrations).await.unwrap();
    migrated.provision().await.unwrap().verify().await.unwrap().open().await.unwrap()
}

/// One number.
pub(crate) async fn number(host: &Host, sql: &str) -> i64 {
    let sql = sql.replace("{}", &host.db.app());
    sqlx::query_scalar(AssertSqlSafe(sql.clone()))
        .fetch_one(&host.db.admin())
        .await
        .unwrap_or_else(|e| panic!("{sql}: {e}"))
}

/// Each tenant's state and version, as `tenant list` says.
pub(crate) async fn listed(host: &Host) -> Vec<(String, String, String)> {
    let json = host.run(&["tenant", "list", "--purged", "--format", "json"]).await.exit(0).json();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    json.as_array()
        .unwrap()
        .iter()
        .map(|one| (text(&one["id"]), text(&one["state"]), text(&one["version"])))
        .collect()
}

/// A configured database where core may make no roles, and the tenant `hand`, which an administrator has made and core has adopted.
pub(super) async fn with_one_by_hand() -> Host {
    let host = Host::bare(Database::with(Options::new().without_create_role()).await);
    configure(&host, "");
    host.run(&["apply"]).await.exit(0);
    let url = host.run(&["tenant", "url"]).await.exit(0).out;
    let password = url.split_once("://").unwrap().1.split(['@', ':']).nth(1).unwrap().to_owned();
    let options = if number(&host, "SELECT current_setting('server_version_num')::bigint").await >= 160_000 {
        " WITH INHERIT FALSE, SET TRUE"
    } else {
        ""
    };
    admin(
        &host,
        &format!(
            "CREATE ROLE _1_{{}} LOGIN NOINHERIT PASSWORD '{password}'; CREATE ROLE hand_{{}} NOLOGIN NOINHERIT; \
             GRANT hand_{{}} TO _1_{{}}{options}; CREATE SCHEMA hand_{{}} AUTHORIZATION hand_{{}}"
        ),
    )
    .await;
    host.run(&["tenant", "add", "--adopt", "hand"]).await.exit(0);
    host
}
