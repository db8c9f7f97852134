//! A transaction inside of one: a savepoint of the same subject by the same token, and nobody else's.

use rolewright_sessions::{SubjectError, SubjectTransaction, SubjectTransactionError};
use sea_orm::{ConnectionTrait as _, DbErr};
use serde_json::json;

use super::fixture::{Clinic, token, value};
use crate::acting::fixture::Module;

#[tokio::test]
async fn of_the_same_subject_only() {
    let clinic = Clinic::of(&["alice", "bob"]).await;
    let subjects = clinic.open(3).await;
    let alice = subjects.verify(&token("alice", json!({ "roles": "nurse" }))).await.unwrap();
    let nurse = alice.as_role("nurse").await.unwrap();
    let with_another_token = subjects.verify(&token("alice", json!({ "ward": 3 }))).await.unwrap();
    let bob = subjects.verify(&token("bob", json!({}))).await.unwrap();
    let tenants = Module::of(&["diku"]).await;
    let diku = tenants.open(1).get("diku").await.unwrap();
    let work = async |_: &SubjectTransaction| {
        let nested = alice.transaction(async |tx| {
            tx.execute_unprepared("INSERT INTO note (owner, body) VALUES ('alice', 'undone')").await?;
            Err::<(), _>(DbErr::Custom("no".to_owned()))
        });
        assert!(matches!(nested.await, Err(SubjectTransactionError::Work(_))));
        alice
            .transaction(async |tx| {
                assert_eq!(value(tx, "SELECT current_setting('rolewright.subject')").await?, "alice");
                tx.execute_unprepared("INSERT INTO note (owner, body) VALUES ('alice', 'kept')").await
            })
            .await
            .unwrap();
        for other in [&bob, &nurse, &with_another_token] {
            let refused = other.transaction(async |_| Ok::<_, DbErr>(())).await.unwrap_err();
            let inside =
                SubjectTransactionError::Subject(SubjectError::Inside { asked: other.acts_for().clone() });
            assert_eq!(refused, inside);
        }
        let tenant = diku.transaction(async |_| Ok::<_, DbErr>(())).await.unwrap_err();
        assert!(tenant.to_string().contains("`diku` was refused: it was asked for inside"), "{tenant}");
        Ok::<_, DbErr>(())
    };
    alice.transaction(work).await.unwrap();
    assert_eq!(clinic.notes("alice").await, ["first", "kept"]);
}
