//! Values in older forms: opened, and sealed anew in place at the first read.

use rolewright_secrets::{Lookup, SecretError, Unreadable};
use sea_orm::{AccessMode, IsolationLevel, TransactionTrait};
use tokio::task::JoinSet;

use super::fixture::{Fixture, value};

/// `legacy canary` under the key of 32 bytes 0x01, sealed by another implementation (Python's `cryptography`).
const OLDER: &str = "S1:AAECAwQFBgcICQoL:18PyR0OHJhqfBIa2WaHCs1aC9a3pPISwvCTliVw=";

#[tokio::test]
async fn legacy_values_are_read_and_sealed_anew_in_place() {
    let f = Fixture::fresh().await;
    let store = f.store(&[2, 1]);
    f.plant("plain", "canary").await;
    f.plant("older", OLDER).await;
    f.plant("empty", "").await;
    for (name, clear) in [("plain", "canary"), ("older", "legacy canary"), ("empty", "")] {
        for _ in 0..2 {
            assert_eq!(store.get(&f.c, name).await.unwrap(), Lookup::Found(value(clear)), "{name}");
            let prefix = format!("RW1:{}:", store.ring().first_id());
            assert!(f.stored(name).await.starts_with(&prefix), "{name}");
        }
    }
}

#[tokio::test]
async fn what_merely_looks_sealed_is_unreadable_and_left_alone() {
    let f = Fixture::fresh().await;
    let store = f.store(&[1]);
    for stored in ["RW1:hello", "S1:hello", "RW2:a:b:c", "S7:x", "RW1:", "S1:AAAA:AAAA"] {
        f.plant("a", stored).await;
        assert!(matches!(store.get(&f.c, "a").await, Err(SecretError::Unreadable { .. })), "{stored}");
        let absent = store.set_if_absent(&f.c, "a", &value("new")).await;
        assert!(matches!(absent, Err(SecretError::Unreadable { .. })), "{stored}");
        assert_eq!(f.stored("a").await, stored);
    }
    f.plant("a", OLDER).await;
    let error = f.store(&[9]).get(&f.c, "a").await.unwrap_err();
    assert!(matches!(error, SecretError::Unreadable { why: Unreadable::Older { .. }, .. }));
    assert_eq!(f.stored("a").await, OLDER);
}

#[tokio::test]
async fn fifty_first_readers_all_read_it() {
    let f = Fixture::fresh().await;
    f.plant("a", "canary").await;
    let mut tasks = JoinSet::new();
    for _ in 0..50 {
        let (c, store) = (f.c.clone(), f.store(&[1]));
        tasks.spawn(async move { store.get(&c, "a").await.unwrap() });
    }
    assert!(tasks.join_all().await.into_iter().all(|got| got == Lookup::Found(value("canary"))));
    assert!(f.stored("a").await.starts_with("RW1:"));
}

#[tokio::test]
async fn a_reader_does_not_wait_for_a_writer_nor_undo_it() {
    let f = Fixture::fresh().await;
    let store = f.store(&[1]);
    f.plant("a", "canary").await;
    let writer = f.c.begin().await.unwrap();
    store.set(&writer, "a", &value("new")).await.unwrap();
    assert_eq!(store.get(&f.c, "a").await.unwrap(), Lookup::Found(value("canary")));
    assert_eq!(f.stored("a").await, "canary");
    writer.commit().await.unwrap();
    assert_eq!(store.get(&f.c, "a").await.unwrap(), Lookup::Found(value("new")));
}

#[tokio::test]
async fn a_transaction_that_may_not_write_reads_and_goes_on() {
    let f = Fixture::fresh().await;
    let store = f.store(&[1]);
    f.plant("a", "canary").await;
    for (level, access) in [(None, Some(AccessMode::ReadOnly)), (Some(IsolationLevel::RepeatableRead), None)]
    {
        let transaction = f.c.begin_with_config(level, access).await.unwrap();
        for _ in 0..2 {
            assert_eq!(store.get(&transaction, "a").await.unwrap(), Lookup::Found(value("canary")));
        }
        transaction.commit().await.unwrap();
        assert_eq!(f.stored("a").await, "canary");
    }
}

#[tokio::test]
async fn no_clear_value_is_in_what_the_server_saw() {
    let f = Fixture::fresh().await;
    let store = f.store(&[1]);
    f.plant("a", "seen before").await;
    store.get(&f.c, "a").await.unwrap();
    store.set(&f.c, "b", &value("canary-b")).await.unwrap();
    store.set_if_absent(&f.c, "c", &value("canary-c")).await.unwrap();
    let sent: Vec<String> = sqlx::query_scalar(
        "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .fetch_all(&f.db.admin())
    .await
    .unwrap();
    assert!(sent.iter().any(|query| query.starts_with("/* rolewright: secret")), "{sent:?}");
    assert!(sent.iter().all(|query| !query.contains("canary") && !query.contains("seen before")));
}
