//! Setting, reading, listing and deleting, alone and all at once.

use std::collections::BTreeSet;

use rolewright_core::{Advice, Exit, RoleSecret};
use rolewright_secrets::{Lookup, SecretError, SecretValue, Unreadable};
use sea_orm::{ConnectionTrait, TransactionTrait};
use tokio::task::JoinSet;

use super::fixture::{Fixture, value};

#[tokio::test]
async fn missing_empty_and_unreadable_are_three_answers() {
    let f = Fixture::fresh().await;
    let store = f.store(&[1]);
    assert_eq!(store.get(&f.c, "a").await.unwrap(), Lookup::Missing);
    store.set(&f.c, "a", &value("")).await.unwrap();
    assert_eq!(store.get(&f.c, "a").await.unwrap(), Lookup::Found(value("")));
    let error = f.store(&[2]).get(&f.c, "a").await.unwrap_err();
    assert!(matches!(error, SecretError::Unreadable { why: Unreadable::WrongKey { .. }, .. }));
    assert_eq!(error.exit(), Exit::NoPermission);
    assert!(error.hint().unwrap().contains(&store.ring().first_id().to_string()), "it names what to mount");
}

#[tokio::test]
async fn set_replaces_and_nothing_clear_is_stored() {
    let f = Fixture::fresh().await;
    let store = f.store(&[1]);
    for text in ["first", "canary", "S1:x", "RW1:y", "line\nbreak\0and nul"] {
        store.set(&f.c, "a", &value(text)).await.unwrap();
        assert_eq!(store.get(&f.c, "a").await.unwrap(), Lookup::Found(value(text)));
        let stored = f.stored("a").await;
        assert!(stored.starts_with("RW1:") && !stored.contains(text));
    }
    let binary = SecretValue::new((0..=255).collect());
    store.set(&f.c, "b", &binary).await.unwrap();
    assert_eq!(store.get(&f.c, "b").await.unwrap().found(), Some(binary));
    assert!(store.delete(&f.c, "a").await.unwrap());
    assert!(!store.delete(&f.c, "a").await.unwrap());
    assert_eq!(store.get(&f.c, "a").await.unwrap(), Lookup::Missing);
}

#[tokio::test]
async fn names_are_refused_before_anything_is_sent() {
    let f = Fixture::fresh().await;
    let store = f.store(&[1]);
    f.c.execute_unprepared("DROP TABLE rolewright.local_system_secrets").await.unwrap();
    for name in ["", " x", "a\0b", &"x".repeat(201)] {
        assert!(matches!(store.get(&f.c, name).await, Err(SecretError::Name(_))));
        assert!(matches!(store.set(&f.c, name, &value("")).await, Err(SecretError::Name(_))));
        assert!(matches!(store.set_if_absent(&f.c, name, &value("")).await, Err(SecretError::Name(_))));
        assert!(matches!(store.delete(&f.c, name).await, Err(SecretError::Name(_))));
    }
    let error = store.get(&f.c, "a").await.unwrap_err();
    assert!(matches!(&error, SecretError::Database(e) if e.sqlstate() == Some("42P01")), "{error}");
    assert!(error.hint().unwrap().contains("rolewright apply"));
}

#[tokio::test]
async fn a_value_moved_to_another_name_or_installation_does_not_open() {
    let f = Fixture::fresh().await;
    let store = f.store(&[1]);
    store.set(&f.c, "a", &value("canary")).await.unwrap();
    f.plant("b", &f.stored("a").await).await;
    let moved = store.get(&f.c, "b").await.unwrap_err();
    assert!(matches!(moved, SecretError::Unreadable { why: Unreadable::Damaged, .. }), "{moved}");
    let elsewhere =
        rolewright_secrets::SecretStore::new(super::fixture::ring(&[1]), uuid::Uuid::from_u128(5));
    assert!(matches!(
        elsewhere.get(&f.c, "a").await,
        Err(SecretError::Unreadable { why: Unreadable::Damaged, .. })
    ));
    assert!(store.get(&f.c, "a").await.is_ok(), "looking did no harm");
}

#[tokio::test]
async fn fifty_at_once_get_the_one_winner() {
    let f = Fixture::fresh().await;
    let mut tasks = JoinSet::new();
    for number in 0..50 {
        let (c, store) = (f.c.clone(), f.store(&[1]));
        tasks.spawn(async move { store.set_if_absent(&c, "a", &value(&format!("{number}"))).await.unwrap() });
    }
    let got = tasks.join_all().await;
    let winners: BTreeSet<_> = got.iter().map(|value| value.expose().to_vec()).collect();
    assert_eq!((got.len(), winners.len()), (50, 1));
    let stored = f.store(&[1]).get(&f.c, "a").await.unwrap().found().unwrap();
    assert_eq!(&got[0], &stored);
}

#[tokio::test]
async fn fifty_transactions_at_once_get_the_one_winner_and_losers_that_roll_back_take_nothing_along() {
    let f = Fixture::fresh().await;
    let mut tasks = JoinSet::new();
    for number in 0..50 {
        let (c, store) = (f.c.clone(), f.store(&[1]));
        tasks.spawn(async move {
            let outer = c.begin().await.unwrap();
            let inner = outer.begin().await.unwrap();
            let got = store.set_if_absent(&inner, "a", &value(&format!("{number}"))).await.unwrap();
            inner.commit().await.unwrap();
            // One in five thinks better of it; what it saw does not count then.
            if number % 5 == 0 {
                outer.rollback().await.unwrap();
                None
            } else {
                outer.commit().await.unwrap();
                Some((got, number))
            }
        });
    }
    let got: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    let winners: BTreeSet<_> = got.iter().map(|(value, _)| value.expose().to_vec()).collect();
    assert_eq!((got.len(), winners.len()), (40, 1));
    assert_eq!(f.store(&[1]).get(&f.c, "a").await.unwrap(), Lookup::Found(got[0].0.clone()));
}

#[tokio::test]
async fn every_method_joins_the_callers_transaction() {
    let f = Fixture::fresh().await;
    let store = f.store(&[1]);
    let transaction = f.c.begin().await.unwrap();
    store.set(&transaction, "a", &value("1")).await.unwrap();
    store.set_if_absent(&transaction, "b", &value("2")).await.unwrap();
    store.role_secret(&transaction).await.unwrap();
    assert_eq!(store.list(&transaction).await.unwrap().len(), 3);
    transaction.rollback().await.unwrap();
    assert_eq!(store.list(&f.c).await.unwrap(), []);
}

#[tokio::test]
async fn list_tells_names_ages_keys_and_forms_without_opening() {
    let f = Fixture::fresh().await;
    let (old, new) = (f.store(&[1]), f.store(&[2, 1]));
    old.set(&f.c, "a", &value("canary")).await.unwrap();
    new.set(&f.c, "b", &value("canary")).await.unwrap();
    f.plant("c", "canary").await;
    f.plant("d", "RW1:damaged").await;
    let list = f.store(&[9]).list(&f.c).await.unwrap();
    let told: Vec<_> = list.iter().map(|info| (info.name.as_str(), info.key, info.legacy)).collect();
    let (one, two) = (old.ring().first_id(), new.ring().first_id());
    let expected = [("a", Some(one), false), ("b", Some(two), false), ("c", None, true), ("d", None, false)];
    assert_eq!(told, expected);
    assert!(list.iter().all(|info| info.created_at <= info.updated_at));
    assert!(!format!("{list:?}").contains("canary"));
}

#[tokio::test]
async fn the_role_secret_is_one_for_all_and_stays() {
    let f = Fixture::fresh().await;
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let (c, store) = (f.c.clone(), f.store(&[1]));
        tasks.spawn(async move { *store.role_secret(&c).await.unwrap().expose() });
    }
    let secrets: BTreeSet<_> = tasks.join_all().await.into_iter().collect();
    assert_eq!(secrets.len(), 1);
    assert!(secrets.contains(f.store(&[2, 1]).role_secret(&f.c).await.unwrap().expose()));
    assert!(f.store(&[2]).role_secret(&f.c).await.is_err(), "a wrong key makes no new one");
    assert!(secrets.contains(f.store(&[1]).role_secret(&f.c).await.unwrap().expose()));
}

#[tokio::test]
async fn a_role_secret_that_rolewright_did_not_seal_is_refused() {
    let f = Fixture::fresh().await;
    let store = f.store(&[1]);
    f.plant(RoleSecret::KEY, &"k".repeat(32)).await;
    assert_eq!(store.role_secret(&f.c).await.unwrap_err(), SecretError::ForeignRoleSecret);
    store.set(&f.c, RoleSecret::KEY, &value("short")).await.unwrap();
    assert_eq!(store.role_secret(&f.c).await.unwrap_err(), SecretError::ForeignRoleSecret);
}

#[tokio::test]
async fn errors_and_debug_show_no_value() {
    let f = Fixture::fresh().await;
    let store = f.store(&[1]);
    store.set(&f.c, "a", &value("canary")).await.unwrap();
    let found = store.get(&f.c, "a").await.unwrap();
    let error = f.store(&[2]).get(&f.c, "a").await.unwrap_err();
    let shown = format!("{found:?} {store:?} {error} {error:?} {:?}", error.hint());
    assert!(shown.contains("***"));
    assert!(!shown.contains("canary") && !shown.contains(&"01".repeat(8)) && !shown.contains("1, 1, 1"));
}
