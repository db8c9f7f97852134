//! By HTTP: what was asked last is what comes to be, and nobody else's work is done by the way.

use serde_json::Value;

use super::{
    gateway::{asked, call, open},
    module::{admin, listed, number},
};
use crate::server::serve::{end, serve, until};

/// A purge that a person has cut short is gone on with by a person.
#[tokio::test]
async fn what_a_command_has_left_is_not_taken_up() {
    let host = open().await;
    host.run(&["tenant", "add", "one"]).await.exit(0);
    admin(
        &host,
        "WITH job AS (INSERT INTO rolewright.tenant_job (module, kind, adopt) VALUES ('{}', 'purge', false) RETURNING id) \
         INSERT INTO rolewright.tenant_job_item (job_id, tenant) SELECT id, 'one' FROM job",
    )
    .await;
    let (child, address) = serve(&host);
    until(&address, |status, _| status == 200);
    let job = asked(&address, "two", &format!(r#"{{"module_to":"{}-1.0.0"}}"#, host.db.app()));
    assert!(job["error"].is_null(), "{job}");
    end(child);
    assert_eq!(number(&host, "SELECT count(*) FROM rolewright.tenant WHERE state = 'active'").await, 2);
    host.run(&["tenant", "resume"]).await.exit(0);
    assert_eq!(number(&host, "SELECT count(*) FROM rolewright.tenant WHERE state = 'active'").await, 1);
    host.db.drop().await;
}
/// A gateway that has waited for long enough, or an operator who has clicked twice.
#[tokio::test]
async fn one_that_is_enabled_while_it_is_being_disabled_is_served() {
    let host = open().await;
    let (child, address) = serve(&host);
    until(&address, |status, _| status == 200);
    let to = format!(r#"{{"module_to":"{}-1.0.0"}}"#, host.db.app());
    asked(&address, "diku", &to);
    let url = host.run(&["tenant", "url", "diku"]).await.exit(0).out;
    let pool = sqlx::PgPool::connect(url.trim()).await.unwrap();
    // It keeps the disable waiting for its end.
    let mut slow = pool.begin().await.unwrap();
    sqlx::raw_sql("SELECT count(*) FROM wards").execute(&mut *slow).await.unwrap();
    assert_eq!(call(&address, "POST /_/tenant", "diku", "{}").0, 201);
    let disabled = "SELECT count(*) FROM rolewright.tenant WHERE state = 'disabled'";
    while number(&host, disabled).await == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let job: Value = asked(&address, "diku", &to);
    assert!(job["error"].is_null(), "{job}");
    assert_eq!(listed(&host).await[0].1, "active");
    drop(slow);
    end(child);
    host.db.drop().await;
}
