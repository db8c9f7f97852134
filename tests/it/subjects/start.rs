//! Subjects of a real start: their roles are made as configured, kept so, and taken away again.

use rolewright::{
    Configured, NoMigrations, Rolewright, StartError,
    core::settings::{Settings, Sources},
    sessions::SubjectTransaction,
};
use rolewright_testkit::Database;
use sea_orm::ConnectionTrait as _;
use serde_json::json;
use sqlx::AssertSqlSafe;

use super::fixture::{SECRET, token, value};
use crate::server::cli::Host;

const WHO: &str = "SELECT CURRENT_USER || ' ' || coalesce(string_agg(body, ',' ORDER BY id), '') FROM note";

/// A host with a table of notes under a policy, and a group that core made and granted to.
pub(super) async fn host() -> Host {
    let host = Host::bare(Database::fresh().await);
    host.key("jwt.secret", std::str::from_utf8(SECRET).unwrap(), 0o600);
    let app = host.db.app();
    let sql = format!(
        "CREATE ROLE {app}_staff; CREATE ROLE {app}_doctors;
         CREATE TABLE public.note (id serial, owner text, body text); INSERT INTO public.note (owner, body) VALUES ('alice', 'hers'), ('bob', 'his');
         GRANT SELECT ON public.note TO {app}_staff; GRANT INSERT ON public.note TO {app}_doctors;
         GRANT USAGE ON SEQUENCE public.note_id_seq TO {app}_doctors;
         ALTER TABLE public.note ENABLE ROW LEVEL SECURITY;
         CREATE POLICY own ON public.note USING (owner = (SELECT current_setting('rolewright.subject', true)))"
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&host.db.core()).await.unwrap();
    configure(&host, &["alice", "o'brien \"x\""], "");
    host
}

fn configure(host: &Host, subjects: &[&str], more: &str) {
    let (app, folder) = (host.db.app(), host.folder.path());
    host.config(&format!(
        "app = \"{app}\"\n[crypto]\nkey_file = {:?}\n[http]\nlisten = \"127.0.0.1:0\"\n[access]\nroles = [\"physician\", \"nurse\"]\n\
         subjects = {subjects:?}\ngroups = [\"{app}_staff\"]\n{more}\n[access.role_groups]\nphysician = [\"{app}_doctors\"]\n\
         [access.jwt]\nhs256_key_file = {:?}\n",
        folder.join("rolewright.key").to_string_lossy(),
        folder.join("jwt.secret").to_string_lossy(),
    ));
}

async fn try_start(host: &Host) -> Result<Rolewright, StartError> {
    let file = Some(host.folder.path().join("rolewright.toml"));
    let mut sources = Sources { file, ..Sources::default() };
    sources.set("DATABASE_URL", &host.db.url());
    let configured = Configured::new(Settings::load(&sources).unwrap().settings);
    let migrated = configured.connect().await?.unlock().await?.migrate(&NoMigrations).await?;
    migrated.provision().await?.verify().await?.open().await
}

async fn start(host: &Host) -> Rolewright {
    try_start(host).await.unwrap()
}

async fn who(app: &Rolewright, token: &str, role: Option<&str>) -> Result<String, String> {
    let mut subject = app.subject(token).await.map_err(|error| error.to_string())?;
    if let Some(role) = role {
        subject = subject.as_role(role).await.map_err(|error| error.to_string())?;
    }
    subject.transaction(async |tx| value(tx, WHO).await).await.map_err(|error| error.to_string())
}

async fn admin(host: &Host, sql: &str) {
    let sql = sql.replace("{}", &host.db.app());
    sqlx::raw_sql(AssertSqlSafe(sql.clone()))
        .execute(&host.db.admin())
        .await
        .unwrap_or_else(|e| panic!("{sql}: {e}"));
}

#[tokio::test]
async fn from_configured_to_revoked() {
    let host = host().await;
    let name = host.db.app();
    let said = host.run(&["plan"]).await.exit(0);
    assert!(said.out.contains("create-subject") && said.out.contains("create-login"), "{}", said.out);
    let applied = host.run(&["apply", "--format", "json"]).await.exit(0).json();
    let kinds: Vec<&str> =
        applied["changes"].as_array().unwrap().iter().filter_map(|one| one["kind"].as_str()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "create-subject").count(), 4, "{kinds:?}");
    host.run(&["check"]).await.exit(0);
    assert!(host.run(&["apply"]).await.exit(0).out.contains("nothing to change"));

    let app = start(&host).await;
    let alice = token("alice", json!({ "roles": "physician,nurse" }));
    assert_eq!(who(&app, &alice, None).await.unwrap(), format!("{name}_subject_alice hers"));
    assert_eq!(
        who(&app, &token("o'brien \"x\"", json!({})), None).await.unwrap(),
        format!("{name}_subject_o'brien \"x\" ")
    );
    assert_eq!(who(&app, &alice, Some("nurse")).await.unwrap(), format!("{name}_role_nurse hers"));
    assert_eq!(
        who(&app, &token("bob", json!({})), None).await.unwrap_err(),
        "the subject `bob` has no database role"
    );
    // The privileges are the groups'.
    let insert = async |tx: &SubjectTransaction| {
        tx.execute_unprepared("INSERT INTO note (owner, body) VALUES ('alice', 'new')").await
    };
    let subject = app.subject(&alice).await.unwrap();
    let refused = subject.as_role("nurse").await.unwrap().transaction(insert).await.unwrap_err();
    assert!(refused.to_string().contains("permission denied"), "{refused}");
    subject.as_role("physician").await.unwrap().transaction(insert).await.unwrap();

    // New passwords; and one that somebody changed.
    host.run(&["secret", "rotate-roles"]).await.exit(0);
    for change in ["", "ALTER ROLE {}_access PASSWORD 'other';"] {
        admin(&host, &format!("{change} SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{{}}_access'")).await;
        assert_eq!(who(&app, &alice, None).await.unwrap(), format!("{name}_subject_alice hers,new"));
    }

    // No longer configured: another process applies it, and this one is refused at its next transaction.
    configure(&host, &["o'brien \"x\"", "bob"], "");
    let applied = host.run(&["apply", "--format", "json"]).await.exit(0).json();
    assert!(applied["changes"].to_string().contains("revoke-subject"), "{applied}");
    let revoked = subject.transaction(insert).await.unwrap_err();
    assert_eq!(revoked.to_string(), "the database role of the subject `alice` was revoked");
    assert_eq!(
        who(&app, &alice, None).await.unwrap_err(),
        "the database role of the subject `alice` was revoked"
    );
    assert_eq!(who(&app, &token("bob", json!({})), None).await.unwrap(), format!("{name}_subject_bob his"));
    host.run(&["check"]).await.exit(0);
    app.drain().await;
    assert_eq!(app.subject(&alice).await.unwrap_err().http_status(), 503);
}

#[tokio::test]
async fn what_somebody_changed_comes_back() {
    let host = host().await;
    let name = host.db.app();
    let app = start(&host).await;
    admin(&host, "CREATE ROLE {}_more; GRANT {}_more TO {}_subject_alice; GRANT {}_more TO {}_access").await;
    for drift in [
        "ALTER ROLE {}_subject_alice LOGIN NOINHERIT",
        "ALTER ROLE {}_access INHERIT CREATEROLE",
        "REVOKE {}_staff FROM {}_subject_alice",
        "REVOKE {}_subject_alice FROM {}_access",
        "DROP ROLE {}_role_nurse",
        "DROP ROLE {}_access",
    ] {
        // As core, who is the grantor of what is there.
        let sql = drift.replace("{}", &name);
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&host.db.core()).await.unwrap();
        host.run(&["check"]).await.exit(2);
        let done = app.provision().await.unwrap();
        assert!(!done.changes.is_empty(), "{drift}");
        host.run(&["check"]).await.exit(0);
        assert_eq!(
            who(&app, &token("alice", json!({})), None).await.unwrap(),
            format!("{name}_subject_alice hers"),
            "{drift}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let host = host().await;
    let name = host.db.app();
    let words = async || {
        let error = try_start(&host).await.unwrap_err();
        format!("{error}; {}", rolewright::core::Advice::hint(&error).unwrap_or_default())
            .replace(&name, "app")
    };
    // A group that is an administrator, or core, or not there.
    admin(&host, "CREATE ROLE {}_chief CREATEROLE; GRANT {}_chief TO {}_staff").await;
    assert!(
        words().await.starts_with("the group app_staff of app_role_nurse is, or is a member of, app_chief"),
        "{}",
        words().await
    );
    admin(&host, "REVOKE {}_chief FROM {}_staff; DROP ROLE {}_chief").await;
    configure(&host, &["alice"], "");
    host.config(
        &std::fs::read_to_string(host.folder.path().join("rolewright.toml"))
            .unwrap()
            .replace("_staff", "_nobody"),
    );
    let missing = words().await;
    assert!(missing.starts_with("the group app_nobody of app_role_nurse does not exist"), "{missing}");
    assert!(missing.ends_with("; CREATE ROLE \"app_nobody\" NOLOGIN"), "{missing}");
    // Somebody else's role by the name of a subject's.
    configure(&host, &["alice"], "");
    admin(&host, "CREATE ROLE {}_subject_alice").await;
    assert!(
        words().await.starts_with("the role app_subject_alice exists and was not made by this installation")
    );
    // Where roles may be degraded, the others go on.
    let file = host.folder.path().join("rolewright.toml");
    let text =
        std::fs::read_to_string(&file).unwrap().replace("[http]", "[start]\nroles = \"degraded\"\n[http]");
    host.config(&text);
    let app = start(&host).await;
    let alice = token("alice", json!({ "roles": "nurse" }));
    assert_eq!(who(&app, &alice, None).await.unwrap_err(), "the subject `alice` has no database role");
    admin(&host, "DROP ROLE {}_subject_alice").await;
    app.provision().await.unwrap();
    assert_eq!(who(&app, &alice, None).await.unwrap(), format!("{name}_subject_alice hers"));
    // A key file that others may read.
    host.key("jwt.secret", std::str::from_utf8(SECRET).unwrap(), 0o644);
    let app = start(&host).await;
    let closed = app.subject(&alice).await.unwrap_err();
    assert!(closed.to_string().contains("it is open to other users (mode 0644)"), "{closed}");
    assert_eq!(closed.http_status(), 503);
    let said = host.run(&["doctor"]).await.exit(1);
    assert!(said.out.contains("FAIL  tokens"), "{}", said.out);
}

/// Without roles of their own, all share one, and policies tell them apart.
#[tokio::test]
async fn all_as_one_role() {
    let host = host().await;
    configure(&host, &["alice"], "db_role = false");
    let app = start(&host).await;
    let name = host.db.app();
    for (subject, sees) in [("alice", "hers"), ("bob", "his"), ("mallory", "")] {
        let seen = who(&app, &token(subject, json!({})), None).await.unwrap();
        assert_eq!(seen, format!("{name}_subject {sees}"));
    }
}
