//! Reports that a tenant writes itself: on a login of its own, which reads its own schema and nothing else.

use rolewright::sessions::{Report, TenantError, TenantQueryError, tenant::Unavailable};
use rolewright_roles::{
    password,
    tenants::{Aim, Reporting},
};
use rolewright_testkit::Options;
use sqlx::{Connection as _, PgConnection, postgres::PgConnectOptions};

use super::{
    fixture::{House, kinds, state},
    module::{admin, applied, configure, file, number, start},
};
use crate::server::cli::Host;

const REPORTS: &str =
    "[tenancy.migrate]\nfolder = \"migrations\"\n[tenancy.reports]\nmax_connections = 6\nper_tenant = 3";

/// A host whose tenants have a table each, and a login for reports of their own.
pub(super) async fn wards() -> Host {
    let host = applied().await;
    configure(&host, REPORTS);
    host.run(&["apply"]).await.exit(0);
    std::fs::create_dir_all(host.folder.path().join("migrations")).unwrap();
    let sql = "CREATE TABLE ward (id int PRIMARY KEY, name text); INSERT INTO ward VALUES (1, current_schema()); \
               CREATE VIEW names AS SELECT name FROM ward; \
               CREATE FUNCTION raise() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'UPDATE ward SET id = id + 1';";
    file(&host, "001_wards.sql", sql);
    host
}

pub(super) fn query<'a>(tenant: &'a str, sql: &'a str) -> [&'a str; 6] {
    ["query", "--as", tenant, "--format", "csv", sql]
}

#[tokio::test]
async fn a_tenant_reads_its_own_and_nothing_else() {
    let host = wards().await;
    host.run(&["tenant", "add", "diku", "oslo"]).await.exit(0);
    let (app, own) = (host.db.app(), "SELECT name FROM ward");
    for id in ["diku", "oslo"] {
        let said = host.run(&query(&format!("tenant:{id}"), own)).await.exit(0).out;
        assert_eq!(said.lines().collect::<Vec<_>>(), ["name", &format!("{id}_{app}")]);
    }
    host.run(&query("tenant:diku", "SELECT name FROM names")).await.exit(0);
    for sql in [
        format!("SELECT * FROM oslo_{app}.ward"),
        format!("SELECT 'oslo_{app}.ward'::regclass"),
        "SELECT * FROM rolewright.tenant".to_owned(),
        "SELECT * FROM pg_catalog.pg_stat_activity".to_owned(),
        format!("SELECT set_config('role', 'oslo_{app}', false)"),
        format!("SELECT rolewright._k1_{app}(ARRAY['x'], 'y', 'z')"),
        "INSERT INTO ward VALUES (2, 'x')".to_owned(),
        "SELECT raise()".to_owned(),
        "SELECT 1; SELECT 2".to_owned(),
    ] {
        let said = host.run(&query("tenant:diku", &sql)).await;
        assert_ne!(said.code, 0, "{sql}: {}", said.out);
    }
    // The login by itself, with nothing in front of it.
    let url = host.run(&["tenant", "url", "diku", "--reports"]).await.exit(0).out;
    let mut login = PgConnection::connect(url.trim()).await.unwrap();
    assert_eq!(state(&mut login, "SELECT * FROM ward").await, None);
    let denied = |sql: String| (sql, Some("42501"));
    for (sql, code) in [
        denied(format!("SELECT * FROM oslo_{app}.ward")),
        denied(format!("SET LOCAL ROLE diku_{app}")),
        denied(format!("SET LOCAL ROLE oslo_{app}")),
        denied(format!("SET LOCAL ROLE _r_oslo_{app}")),
        denied(format!("SET LOCAL ROLE _1_{app}")),
        denied(format!("SET LOCAL ROLE _k1_{app}")),
        denied(format!("SET TRANSACTION READ WRITE; INSERT INTO diku_{app}.ward VALUES (2, 'x')")),
        denied(format!("SET TRANSACTION READ WRITE; CREATE TABLE diku_{app}.mine ()")),
        ("INSERT INTO ward VALUES (2, 'x')".to_owned(), Some("25006")),
    ] {
        assert_eq!(state(&mut login, &sql).await.as_deref(), code, "{sql}");
    }
    // A table that comes later is read as well, without a further upgrade.
    let later = format!("SET ROLE diku_{app}; CREATE TABLE diku_{app}.later AS SELECT 7 AS n; RESET ROLE");
    admin(&host, &later).await;
    host.run(&query("tenant:diku", "SELECT n FROM later")).await.exit(0);
    // In sync there is nothing to do, and the checker's sight of the schemas is not what `apply` takes away.
    let json = host.run(&["tenant", "upgrade", "--format", "json"]).await.exit(0).json();
    assert!(
        json["tenants"].as_array().unwrap().iter().all(|one| one["changes"].as_array().unwrap().is_empty()),
        "{json}"
    );
    host.run(&["plan"]).await.exit(0);
    // What a tenant lets everybody call in its schema keeps nobody from starting.
    host.run(&["verify"]).await.exit(0);
    drop(login);
    host.db.drop().await;
}

/// The checker is made by `apply`.
#[tokio::test]
async fn a_tenant_that_is_added_before_the_checker_is_there_is_told_so() {
    let host = applied().await;
    configure(&host, REPORTS);
    std::fs::create_dir_all(host.folder.path().join("migrations")).unwrap();
    let words = format!("the checker of reports, the role {}_checker, does not exist", host.db.app());
    host.run(&["tenant", "add", "diku"]).await.fails_in_it(78, &words, "run `rolewright apply`");
    host.run(&["apply"]).await.exit(0);
    host.run(&["tenant", "add", "diku"]).await.exit(0);
    host.db.drop().await;
}

#[tokio::test]
async fn what_runs_ends_when_the_tenant_is_disabled() {
    let host = wards().await;
    host.run(&["tenant", "add", "diku", "oslo"]).await.exit(0);
    let log_in = async |id: &str| {
        let url = host.run(&["tenant", "url", id, "--reports"]).await.exit(0).out;
        PgConnection::connect(url.trim()).await.unwrap()
    };
    let (mut idle, mut busy, mut other) = (log_in("diku").await, log_in("diku").await, log_in("oslo").await);
    let runs = tokio::spawn(async move { sqlx::raw_sql("SELECT pg_sleep(60)").execute(&mut busy).await });
    let said = host.run(&["tenant", "disable", "diku"]).await.exit(0);
    assert!(said.out.contains("ended 2 of its reports' sessions"), "{}", said.out);
    let ended = runs.await.unwrap().unwrap_err();
    assert_eq!(ended.as_database_error().unwrap().code().as_deref(), Some("57P01"));
    sqlx::raw_sql("SELECT 1").execute(&mut idle).await.unwrap_err();
    assert_eq!(state(&mut other, "SELECT * FROM ward").await, None);
    // Whoever ended them is no member of the login any more.
    let members = "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid \
                   WHERE r.rolname = '_r_diku_{}' AND (NOT m.admin_option OR m.grantor = m.member)";
    assert_eq!(number(&host, members).await, 0);
    let said = host.run(&["tenant", "disable", "diku"]).await.exit(0);
    assert!(said.out.contains("nothing to change"), "{}", said.out);
    host.db.drop().await;
}

#[tokio::test]
async fn a_tenant_that_was_disabled_when_reports_came_has_them_when_it_is_enabled() {
    let host = wards().await;
    configure(&host, "[tenancy.migrate]\nfolder = \"migrations\"");
    host.run(&["tenant", "add", "diku"]).await.exit(0);
    host.run(&["tenant", "disable", "diku"]).await.exit(0);
    configure(&host, REPORTS);
    host.run(&["apply"]).await.exit(0);
    host.run(&["tenant", "enable", "diku"]).await.exit(0);
    host.run(&query("tenant:diku", "SELECT name FROM ward")).await.exit(0);
    host.db.drop().await;
}

#[tokio::test]
async fn who_is_not_served_is_refused_in_its_own_words_and_nothing_runs_instead() {
    let host = wards().await;
    host.run(&["tenant", "add", "diku"]).await.exit(0);
    let app = start(&host).await;
    let diku = app.tenant("diku").await.unwrap();
    let report = Report::new("SELECT session_user::text, name FROM ward");
    let rows = diku.query(&report).await.unwrap().collect().await.unwrap();
    let own = |name: String| Some(name.replace("{}", &host.db.app()));
    assert_eq!(rows, [[own("_r_diku_{}".to_owned()), own("diku_{}".to_owned())]]);

    let one = query("tenant:diku", "SELECT 1");
    let logs_in = "SELECT count(*) FROM pg_roles WHERE rolname = '_r_diku_{}' AND rolcanlogin";
    host.run(&["tenant", "disable", "diku"]).await.exit(0);
    host.run(&one).await.fails(5, "is disabled", "tenant enable diku");
    assert_eq!(number(&host, logs_in).await, 0);
    host.run(&["tenant", "enable", "diku"]).await.exit(0);
    assert_eq!(number(&host, logs_in).await, 1);
    host.run(&one).await.exit(0);
    host.run(&query("tenant:nobody", "SELECT 1")).await.fails(
        5,
        "there is no such tenant",
        "tenant add nobody",
    );
    host.run(&["tenant", "purge", "diku", "--yes"]).await.exit(0);
    host.run(&one).await.fails(5, "was purged", "tenant add diku");
    assert_eq!(number(&host, "SELECT count(*) FROM pg_roles WHERE rolname LIKE '%diku\\_{}'").await, 0);
    tokio::time::sleep(std::time::Duration::from_secs(6)).await;
    let error = diku.query(&report).await.unwrap_err();
    let purged = TenantError::Unavailable { tenant: diku.id().clone(), why: Unavailable::Purged };
    assert_eq!(error, TenantQueryError::Tenant(purged));
    app.drain().await;
    host.db.drop().await;
}

#[tokio::test]
async fn all_tenants_share_one_number_of_connections() {
    let host = wards().await;
    let ids = ["a", "b", "c", "d", "e"];
    host.run(&[&["tenant", "add"][..], &ids[..]].concat()).await.exit(0);
    let app = start(&host).await;
    let backends = "SELECT count(*) FROM pg_stat_activity WHERE usename LIKE '\\_r\\_%\\_{}'";
    for id in ids.iter().chain(&ids) {
        let tenant = app.tenant(id).await.unwrap();
        tenant.query(&Report::new("SELECT 1")).await.unwrap().collect().await.unwrap();
        // Two tenants at once, three connections each.
        assert!(number(&host, backends).await <= 6 + 1, "of {id}");
    }
    app.drain().await;
    host.db.drop().await;
}

#[tokio::test]
async fn a_login_that_an_administrator_made_is_taken_over_once_it_is_right() {
    let mut house = House::with(Options::new().without_create_role()).await;
    house.wanted.reports = Some(Reporting {
        connections: 6,
        statement_timeout: std::time::Duration::from_secs(60),
        ..Reporting::default()
    });
    house.wanted.adopt = true;
    let options = if house.strict().await { " WITH INHERIT FALSE, SET TRUE" } else { "" };
    let bucket = house.wanted.module.login(1);
    let known = password::derive(&house.secret, &bucket);
    house
        .admin(&format!(
            "CREATE ROLE _1_{{}} LOGIN NOINHERIT PASSWORD '{}'; CREATE ROLE diku_{{}} NOLOGIN NOINHERIT; \
             GRANT diku_{{}} TO _1_{{}}{options}; CREATE SCHEMA diku_{{}} AUTHORIZATION diku_{{}}",
            known.expose()
        ))
        .await;
    house.wanted.proved.insert(bucket.clone());
    let aims = [("diku", Aim::Present)];
    let why = |done: &rolewright_roles::tenants::TenantsProvisioned| {
        done.refused.values().next().unwrap()[0].clone()
    };
    let missing = why(&house.provision(&house.want(&aims)).await);
    assert_eq!(missing.kind, "missing-createrole");
    let reporter = house.wanted.module.reporter(&"diku".parse().unwrap()).unwrap();
    let derived = password::derive(&house.secret, &reporter);
    let statements = missing.fix.split(" -- ").next().unwrap().replace('…', derived.expose());
    house.admin(&statements).await;
    let unknown = why(&house.provision(&house.want(&aims)).await);
    assert_eq!(unknown.kind, rolewright_roles::tenants::UNKNOWN_PASSWORD);
    house.wanted.reports.as_mut().unwrap().proved.insert(reporter.clone());
    let done = house.done(&aims).await;
    assert_eq!(kinds(&done), ["know-password", "know-password"]);
    assert_eq!(house.done(&aims).await.attempts, 0);
    let options: PgConnectOptions = house.db.url().parse().unwrap();
    let options = options.username(reporter.as_str()).password(derived.expose());
    PgConnection::connect_with(&options).await.unwrap().close().await.unwrap();
    house.db.drop().await;
}
