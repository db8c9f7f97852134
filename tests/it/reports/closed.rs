//! No managed role reads the tables of stored reports, nor calls their function, whatever is configured.

use sqlx::{AssertSqlSafe, Connection};

use super::fixture::{admin, applied, daily, start};

const TABLES: [&str; 3] = ["report", "report_version", "report_publication"];

#[tokio::test]
async fn not_by_a_login_of_its_own() {
    let host = applied().await;
    let app = start(&host).await;
    app.reports().save(&daily(), true).await.unwrap();
    app.drain().await;
    for role in ["raw", "reporting"] {
        let url = host.run(&["url", role]).await.exit(0).out;
        let mut connection = sqlx::PgConnection::connect(url.trim()).await.unwrap();
        for table in TABLES {
            let sql = format!("SELECT * FROM rolewright.{table}");
            let error = sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap_err();
            assert!(error.to_string().contains("permission denied"), "{role} {table}: {error}");
        }
        let said = host
            .run(&["query", "--as", &format!("role:{role}"), "SELECT * FROM rolewright.report_version"])
            .await;
        assert!(matches!(said.code, 5 | 6), "{}", said.err);
        let may: bool = sqlx::query_scalar(
            "SELECT has_function_privilege($1, 'rolewright.refuse_to_change()', 'EXECUTE')",
        )
        .bind(host.role(role))
        .fetch_one(&host.db.admin())
        .await
        .unwrap();
        assert!(!may, "{role}");
    }
}

#[tokio::test]
async fn not_by_a_configuration_that_asks_for_the_schema() {
    let host = applied().await;
    for read in ["rolewright", "rolewright.report*", "rolewright.report_version"] {
        let asks =
            host.default_config().replace("read = [\"public\"]", &format!("read = [\"public\", \"{read}\"]"));
        host.config(&asks);
        host.run(&["apply"]).await.fails(78, "never readable", "roles.raw.read");
    }
    host.config(&host.default_config());
    // A grant by hand is drift: it is named, and taken away.
    admin(&host, format!("GRANT SELECT ON rolewright.report_version TO {}", host.role("raw"))).await;
    host.run(&["check"]).await.exit(2);
    host.run(&["apply"]).await.exit(0);
    let may: bool =
        sqlx::query_scalar("SELECT has_table_privilege($1, 'rolewright.report_version', 'SELECT')")
            .bind(host.role("raw"))
            .fetch_one(&host.db.admin())
            .await
            .unwrap();
    assert!(!may);
}
