//! The server's log, where it can be read.

use rolewright_testkit::{Database, Options};

use crate::harness::given;

#[tokio::test]
async fn the_log_shows_this_databases_statements_alone() {
    let db = Database::with(Options::new().setting("log_statement = 'all'")).await;
    let other = Database::with(Options::new().setting("log_statement = 'all'")).await;
    sqlx::query("SELECT 'ours',\n 'second line'").execute(&db.core()).await.unwrap();
    sqlx::query("SELECT 'theirs'").execute(&other.core()).await.unwrap();
    let Some(log) = given::log(&db) else { return };
    assert!(log.contains("'ours'") && log.contains("'second line'"), "{log}");
    assert!(!log.contains("'theirs'"));
    assert!(
        !log.contains(&db.core_password()),
        "the fixture's own password statement is not in this database"
    );
}
