//! The server's log, where it can be read.

use rolewright_testkit::{Database, Options};

#[tokio::test]
async fn the_log_shows_this_databases_statements_alone() {
    let db = Database::with(Options::new().setting("log_statement = 'all'")).await;
    let other = Database::with(Options::new().setting("log_statement = 'all'")).await;
    sqlx::query("SELECT 'ours',\n 'second line'").execute(&db.core()).await.unwrap();
    sqlx::query("SELECT 'theirs'").execute(&other.core()).await.unwrap();
    // A server named in ROLEWRIGHT_TEST_DATABASE_URL logs elsewhere.
    let Some(log) = db.server_log() else { return };
    assert!(log.contains("'ours'") && log.contains("'second line'"), "{log}");
    assert!(!log.contains("'theirs'"));
    assert!(
        !log.contains(&db.core_password()),
        "the fixture's own password statement is not in this database"
    );
}
