//! Who is refused, in what words, and that nothing has reached the database then.

use std::time::Duration;

use rolewright_core::{Advice as _, Exit};
use rolewright_sessions::{
    SubjectError, SubjectTransaction, SubjectTransactionError, Subjects, subject::Standing, token::TokenError,
};
use sea_orm::DbErr;
use serde_json::json;

use super::fixture::{Clinic, now, token, token_until, value};

async fn user(tx: &SubjectTransaction) -> Result<String, DbErr> {
    value(tx, "SELECT CURRENT_USER::text").await
}

#[tokio::test]
async fn before_any_sql() {
    let clinic = Clinic::of(&["alice"]).await;
    let mut options = clinic.options(2).await;
    let words = async |subjects: &Subjects, token: &str| {
        let error = subjects.verify(token).await.unwrap_err();
        assert!(error.hint().is_some() && error.exit() == Exit::Refused);
        (error.http_status(), error.to_string())
    };
    let subjects = Subjects::open(options.clone());
    options.rules.role_precedence = true;
    let by_role = Subjects::open(options);
    let revoked = clinic.role("revoked");
    clinic.list.0.lock().unwrap().insert(revoked, Standing::Revoked);
    let expired = token_until(now() - 5, "alice", json!({}));
    let (status, told) = words(&subjects, &expired).await;
    assert!(status == 401 && told.starts_with("the token expired "), "{told}");
    let none = |name: &str| token(name, json!({}));
    let roles = |roles: serde_json::Value| token("alice", json!({ "roles": roles }));
    for (subjects, token, status, expected) in [
        (&subjects, none("mallory"), 403, "the subject `mallory` has no database role"),
        // A role, a database role, or the one that all share, as the name of a subject.
        (&subjects, none("nurse"), 403, "the subject `nurse` has no database role"),
        (&subjects, none(&clinic.role("alice")), 403, ""),
        (&subjects, none("Alice"), 403, "the subject `Alice` has no database role"),
        (&subjects, none("alice "), 403, "the subject `alice ` has no database role"),
        (&subjects, none("revoked"), 403, "the database role of the subject `revoked` was revoked"),
        (&subjects, none(&"x".repeat(200)), 403, ""),
        (
            &by_role,
            roles(json!(["admin"])),
            403,
            "none of the roles of the subject `alice` is among those that tokens may ask for",
        ),
        (
            &by_role,
            roles(json!(["nurse,physician"])),
            403,
            "none of the roles of the subject `alice` is among those that tokens may ask for",
        ),
        (
            &subjects,
            roles(json!([1])),
            401,
            "`roles` of the token is neither a list of texts nor a text of roles between commas",
        ),
    ] {
        let (said, told) = words(subjects, &token).await;
        assert_eq!(said, status, "{told}");
        assert!(expected.is_empty() || told == expected, "{told}");
    }
    let alice = subjects.verify(&roles(json!(["nurse"]))).await.unwrap();
    for (role, expected) in [
        ("physician", "the token does not list the role `physician` that is asked for"),
        ("nurse\"", "the token does not list the role `nurse\"` that is asked for"),
    ] {
        assert_eq!(alice.as_role(role).await.unwrap_err().to_string(), expected);
    }
    assert_eq!(clinic.backends().await, 0, "somebody logged in for nothing");
}

/// The server knows better than what is remembered.
#[tokio::test]
async fn a_role_that_is_revoked_meanwhile() {
    let clinic = Clinic::of(&["alice", "bob"]).await;
    let subjects = clinic.open(2).await;
    let alice = subjects.verify(&token("alice", json!({}))).await.unwrap();
    alice.transaction(user).await.unwrap();
    let role = clinic.role("alice");
    clinic.admin(&format!("REVOKE {role} FROM {{login}}")).await;
    clinic.list.0.lock().unwrap().insert(role.clone(), Standing::Revoked);
    let revoked = alice.transaction(user).await.unwrap_err();
    assert_eq!(revoked.to_string(), "the database role of the subject `alice` was revoked");
    assert!(subjects.verify(&token("alice", json!({}))).await.is_err());

    let bob = subjects.verify(&token("bob", json!({}))).await.unwrap();
    bob.transaction(user).await.unwrap();
    let role = clinic.role("bob");
    clinic.admin(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
    clinic.list.0.lock().unwrap().remove(&role);
    let gone = bob.transaction(user).await.unwrap_err();
    assert_eq!(gone.to_string(), "the subject `bob` has no database role");
}

/// Where the server refuses what is said to be there, it is told as it is.
#[tokio::test]
async fn a_role_that_only_the_list_has() {
    let clinic = Clinic::of(&["alice"]).await;
    clinic.list.0.lock().unwrap().insert(clinic.role("ghost"), Standing::Provisioned);
    let ghost = clinic.open(1).await.verify(&token("ghost", json!({}))).await.unwrap();
    let refused = ghost.transaction(user).await.unwrap_err();
    let SubjectTransactionError::Subject(error @ SubjectError::Begin { .. }) = &refused else {
        panic!("{refused}")
    };
    assert_eq!(error.http_status(), 500);
}

#[tokio::test]
async fn a_token_that_expires_meanwhile() {
    let clinic = Clinic::of(&["alice"]).await;
    let subjects = clinic.open(1).await;
    let token = token_until(now() + 3, "alice", json!({}));
    let alice = subjects.verify(&token).await.unwrap();
    alice.transaction(user).await.unwrap();
    while now() < alice.identity().expires().unsigned_abs() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let refused = alice.transaction(user).await.unwrap_err();
    let since = SubjectError::Token(TokenError::ExpiredSince { seconds: 0 });
    assert!(
        refused == SubjectTransactionError::Subject(since)
            || refused.to_string().contains("has expired since"),
        "{refused}"
    );
    assert!(subjects.verify(&token).await.unwrap_err().to_string().contains("has expired since"));
}
