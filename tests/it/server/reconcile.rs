//! A running application: tables of others, drift, broken promises, and passwords that change under it.

use rolewright::{NoMigrations, Rolewright, core::Advice, sessions::Report};
use sqlx::AssertSqlSafe;

use super::{cli::Host, embedding::configured};

async fn start(host: &Host) -> Rolewright {
    let unlocked = configured(host).connect().await.unwrap().unlock().await.unwrap();
    let migrated = unlocked.migrate(&NoMigrations).await.unwrap();
    migrated.provision().await.unwrap().verify().await.unwrap().open().await.unwrap()
}

async fn admin(host: &Host, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&host.db.admin()).await.unwrap();
}

async fn reads(app: &Rolewright, connection: &str, sql: &str) -> Result<usize, String> {
    let pool = app.role(connection).map_err(|error| error.to_string())?;
    let mut rows = pool.query(&Report::new(sql)).await.map_err(|error| error.to_string())?;
    rows.collect().await.map(|rows| rows.len()).map_err(|error| error.to_string())
}

/// Ends the role's sessions, so that the next report logs in anew.
async fn end_sessions(host: &Host, role: &str) {
    admin(host, format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'"))
        .await;
}

#[tokio::test]
async fn tables_of_others_are_readable_after_one_call() {
    let host = Host::fresh().await;
    let app = start(&host).await;
    assert!(app.provision().await.unwrap().changes.is_empty());
    sqlx::raw_sql("CREATE TABLE public.visits AS SELECT 1 AS id; CREATE TABLE public.new_tokens AS SELECT 'CANARY' AS t")
        .execute(&host.db.core())
        .await
        .unwrap();
    assert!(reads(&app, "raw", "SELECT * FROM visits").await.is_err());
    assert_eq!(app.provision().await.unwrap().changes.len(), 1);
    assert_eq!(reads(&app, "raw", "SELECT * FROM visits").await, Ok(1));
    assert!(
        reads(&app, "raw", "SELECT * FROM new_tokens").await.unwrap_err().contains("is denied to this role")
    );
    app.drain().await;
}

#[tokio::test]
async fn a_role_that_can_do_too_much_is_refused_until_it_cannot() {
    let host = Host::fresh().await;
    let app = start(&host).await;
    sqlx::raw_sql("GRANT INSERT ON public.patients TO PUBLIC").execute(&host.db.core()).await.unwrap();
    let said = match app.provision().await {
        Ok(done) => format!("{:?}", done.violations),
        Err(error) => format!("{error} {:?}", error.hint()),
    };
    assert!(said.contains("patients"), "{said}");
    let refused = reads(&app, "raw", "SELECT * FROM patients").await;
    assert!(refused.as_ref().is_err_and(|reason| reason.contains("patients")), "{refused:?}");
    assert!(!app.health().report().roles.is_empty());
    sqlx::raw_sql("REVOKE INSERT ON public.patients FROM PUBLIC").execute(&host.db.core()).await.unwrap();
    app.provision().await.unwrap();
    assert_eq!(reads(&app, "raw", "SELECT * FROM patients").await, Ok(2));
    app.drain().await;
}

#[tokio::test]
async fn passwords_that_change_under_a_running_application() {
    let host = Host::fresh().await;
    let app = start(&host).await;
    let raw = host.role("raw");
    for round in 0..3 {
        host.run(&["secret", "rotate-roles"]).await.exit(0);
        end_sessions(&host, &raw).await;
        assert_eq!(reads(&app, "raw", "SELECT * FROM patients").await, Ok(2), "rotation {round}");
    }
    admin(&host, format!("ALTER ROLE {raw} PASSWORD 'changed by hand'")).await;
    end_sessions(&host, &raw).await;
    assert_eq!(reads(&app, "raw", "SELECT * FROM patients").await, Ok(2));
    assert!(app.provision().await.unwrap().changes.is_empty());
    app.drain().await;
}

/// A process that looked with the old secret must not set old passwords again.
#[tokio::test]
async fn an_old_secret_sets_no_old_passwords() {
    let host = Host::fresh().await;
    let app = start(&host).await;
    let provisions = async {
        for _ in 0..20 {
            app.provision().await.unwrap();
        }
    };
    let rotations = async {
        for _ in 0..5 {
            host.run(&["secret", "rotate-roles"]).await.exit(0);
        }
    };
    tokio::join!(provisions, rotations);
    let log: i64 =
        sqlx::query_scalar("SELECT count(*) FROM rolewright.provision_log WHERE kind = 'set-password'")
            .fetch_one(&host.db.core())
            .await
            .unwrap();
    assert_eq!(log, 15, "each of five rotations sets three passwords, and nobody sets them back");
    host.run(&["query", "--as", "role:raw", "SELECT 1"]).await.exit(0);
    assert_eq!(host.run(&["apply"]).await.exit(0).out, "nothing to change\n");
    app.drain().await;
}
