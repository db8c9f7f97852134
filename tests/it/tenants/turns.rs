//! By HTTP: what was asked last is what comes to be, and nobody else's work is done by the way.

use super::{
    gateway::{asked, open},
    module::{admin, number},
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
