//! How a transaction ends: committed as whom it began, or not at all.

use rolewright_sessions::{SubjectError, SubjectTransaction, SubjectTransactionError};
use sea_orm::{ConnectionTrait as _, DbErr};
use serde_json::json;

use super::fixture::{Clinic, token, value};

const ADD: &str = "INSERT INTO note (owner, body) VALUES ('alice', 'second')";

#[tokio::test]
async fn what_was_tampered_with_is_not_committed() {
    let clinic = Clinic::of(&["alice", "bob"]).await;
    let subjects = clinic.open(1).await;
    let alice = subjects.verify(&token("alice", json!({ "ward": 3 }))).await.unwrap();
    let app = clinic.db.app();
    for tampering in [
        "RESET ROLE".to_owned(),
        format!("SET LOCAL ROLE {}", clinic.role("bob")),
        format!("SELECT set_config('role', '{app}_role_nurse', true)"),
        "SET LOCAL rolewright.subject = 'bob'".to_owned(),
        "SELECT set_config('rolewright.subject', 'bob', false)".to_owned(),
        "SET LOCAL rolewright.claims = '{\"ward\": 4}'".to_owned(),
        "RESET rolewright.claims".to_owned(),
        "RESET ALL".to_owned(),
        "SET LOCAL search_path = pg_temp, public".to_owned(),
        format!("ROLLBACK; BEGIN; SET LOCAL ROLE {}", clinic.role("alice")),
    ] {
        let work = async |tx: &SubjectTransaction| {
            tx.execute_unprepared(ADD).await?;
            tx.execute_unprepared(&tampering).await
        };
        let error = alice.transaction(work).await.unwrap_err();
        let SubjectTransactionError::Subject(SubjectError::Tampered(of)) = error else {
            panic!("{tampering}: {error}")
        };
        assert_eq!(of.to_string(), "the subject `alice`");
        assert_eq!(clinic.notes("alice").await, ["first"], "{tampering}");
    }
    // A function that changes them for itself only hurts nobody.
    clinic
        .admin("CREATE FUNCTION calm() RETURNS int LANGUAGE sql SET rolewright.subject = 'x' AS 'SELECT 1'")
        .await;
    alice.transaction(async |tx| tx.execute_unprepared("SELECT calm()").await).await.unwrap();
}

#[tokio::test]
async fn work_that_fails_is_rolled_back() {
    let clinic = Clinic::of(&["alice"]).await;
    let subjects = clinic.open(1).await;
    let alice = subjects.verify(&token("alice", json!({}))).await.unwrap();
    let gives_up = async |tx: &SubjectTransaction| {
        tx.execute_unprepared(ADD).await?;
        Err::<(), _>(DbErr::Custom("no".to_owned()))
    };
    let error = alice.transaction(gives_up).await.unwrap_err();
    assert_eq!(error, SubjectTransactionError::Work(DbErr::Custom("no".to_owned())));
    let goes_on = async |tx: &SubjectTransaction| {
        tx.execute_unprepared(ADD).await?;
        let _ = tx.execute_unprepared("SELECT 1/0").await;
        Ok::<_, DbErr>(())
    };
    let error = alice.transaction(goes_on).await.unwrap_err();
    assert!(matches!(error, SubjectTransactionError::Subject(SubjectError::Aborted(_))), "{error}");
    assert_eq!(clinic.notes("alice").await, ["first"]);
    alice.transaction(async |tx| tx.execute_unprepared(ADD).await).await.unwrap();
    assert_eq!(clinic.notes("alice").await, ["first", "second"]);
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_nothing() {
    let clinic = Clinic::of(&["alice"]).await;
    let subjects = clinic.open(1).await;
    let alice = subjects.verify(&token("alice", json!({}))).await.unwrap();
    let (begun, told) = tokio::sync::oneshot::channel();
    let task = tokio::spawn({
        let alice = alice.clone();
        async move {
            let work = async |tx: &SubjectTransaction| {
                tx.execute_unprepared(ADD).await?;
                let _ = begun.send(());
                tx.execute_unprepared("SELECT pg_sleep(20)").await
            };
            alice.transaction(work).await.map(|_| ())
        }
    });
    told.await.unwrap();
    task.abort();
    // The only connection comes back, and is nobody's.
    let subject = alice.transaction(async |tx| value(tx, "SELECT count(*)::text FROM note").await).await;
    assert_eq!(subject.unwrap(), "1");
    assert_eq!(clinic.notes("alice").await, ["first"]);
}
