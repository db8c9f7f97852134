//! A tenant's id that was purged and is given out again: what was known of the one that is gone opens nothing of the next.

use rolewright::sessions::Report;
use rolewright_testkit::{Database, Options};
use sea_orm::{ConnectionTrait as _, SqlxPostgresConnector};
use sea_orm_migration::MigratorTrait as _;
use sqlx::{Connection as _, PgConnection};

use super::{
    fixture::Migrator,
    module::{configure, number, start},
    reporting::{query, wards},
};
use crate::server::cli::Host;

async fn url(host: &Host) -> String {
    host.run(&["tenant", "url", "diku", "--reports"]).await.exit(0).out.trim().to_owned()
}

/// Who a URL logs in as, or the code of the refusal.
async fn who(url: &str) -> Result<String, String> {
    let refused = |error: sqlx::Error| error.as_database_error().unwrap().code().unwrap().into_owned();
    let mut login = PgConnection::connect(url).await.map_err(refused)?;
    Ok(sqlx::query_scalar("SELECT current_user::text").fetch_one(&mut login).await.unwrap())
}

#[tokio::test]
async fn a_url_of_a_tenant_that_was_purged_is_refused_by_the_next_of_its_id() {
    let host = wards().await;
    host.run(&["tenant", "add", "diku"]).await.exit(0);
    let reporter = Ok(format!("_r_diku_{}", host.db.app()));
    let app = start(&host).await;
    let diku = app.tenant("diku").await.unwrap();
    let report = Report::new("SELECT name FROM ward");
    diku.query(&report).await.unwrap().collect().await.unwrap();
    let mut before: Vec<String> = Vec::new();
    for life in 0..3 {
        let now = url(&host).await;
        assert_eq!(who(&now).await, reporter, "life {life}");
        for old in &before {
            assert_eq!(who(old).await, Err("28P01".to_owned()), "life {life}");
        }
        // Nothing but a purge changes it.
        host.run(&["tenant", "disable", "diku"]).await.exit(0);
        host.run(&["tenant", "enable", "diku"]).await.exit(0);
        let json = host.run(&["tenant", "upgrade", "--format", "json"]).await.exit(0).json();
        assert_eq!(json["tenants"][0]["changes"], serde_json::json!([]), "{json}");
        assert_eq!(url(&host).await, now);
        assert_eq!(who(&now).await, reporter);
        before.push(now);
        host.run(&["tenant", "purge", "diku", "--yes"]).await.exit(0);
        assert_eq!(who(before.last().unwrap()).await, Err("28P01".to_owned()));
        host.run(&["tenant", "add", "diku"]).await.exit(0);
        host.run(&query("tenant:diku", "SELECT name FROM ward")).await.exit(0);
    }
    // A process that knew the first goes on with the last.
    let rows = diku.query(&report).await.unwrap().collect().await.unwrap();
    assert_eq!(rows, [[Some(format!("diku_{}", host.db.app()))]]);
    app.drain().await;

    let last = url(&host).await;
    host.run(&["secret", "rotate-roles"]).await.exit(0);
    host.run(&["tenant", "upgrade"]).await.exit(0);
    assert_eq!(who(&last).await, Err("28P01".to_owned()));
    assert_eq!(who(&url(&host).await).await, reporter);
    host.db.drop().await;
}

/// One whose reports came after a purge has the password of its own life as well.
#[tokio::test]
async fn reports_that_come_later_are_those_of_the_life_that_has_them() {
    let host = wards().await;
    host.run(&["tenant", "add", "diku"]).await.exit(0);
    let old = url(&host).await;
    host.run(&["tenant", "purge", "diku", "--yes"]).await.exit(0);
    let config = std::fs::read_to_string(host.folder.path().join("rolewright.toml")).unwrap();
    configure(&host, "[tenancy.migrate]\nfolder = \"migrations\"");
    host.run(&["tenant", "add", "diku"]).await.exit(0);
    assert_eq!(number(&host, "SELECT count(*) FROM pg_roles WHERE rolname = '_r_diku_{}'").await, 0);
    host.config(&config);
    host.run(&["tenant", "upgrade"]).await.exit(0);
    assert_eq!(who(&old).await, Err("28P01".to_owned()));
    assert_eq!(who(&url(&host).await).await, Ok(format!("_r_diku_{}", host.db.app())));
    host.db.drop().await;
}

#[tokio::test]
async fn who_was_there_before_lives_counted_keeps_the_password() {
    let db = Database::with(Options::new()).await;
    let core = SqlxPostgresConnector::from_sqlx_postgres_pool(db.core());
    core.execute_unprepared("CREATE SCHEMA rolewright").await.unwrap();
    Migrator::up(&core, Some(4)).await.unwrap();
    let rows = "INSERT INTO rolewright.tenant (module, id, role, role_oid, bucket, state) \
                SELECT 'm', state, state || '_m', 1, 1, state FROM unnest(ARRAY['adding', 'active', 'disabled', 'purging', 'purged']) AS state";
    core.execute_unprepared(rows).await.unwrap();
    Migrator::up(&core, None).await.unwrap();
    let first: Vec<String> =
        sqlx::query_scalar("SELECT id FROM rolewright.tenant WHERE life IS NULL ORDER BY id")
            .fetch_all(&db.core())
            .await
            .unwrap();
    assert_eq!(first, ["active", "adding", "disabled", "purging"]);
    db.drop().await;
}
