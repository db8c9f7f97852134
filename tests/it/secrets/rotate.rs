//! Rotation: everything under the first key, resumed after a kill, and no concurrent `set` lost.

use std::time::Duration;

use rolewright_secrets::{Lookup, Progress, Proof, Rotation, SecretInfo, Unreadable};
use sea_orm::TransactionTrait;

use super::fixture::{Fixture, orm, value};

async fn fill(f: &Fixture, count: usize) {
    let transaction = f.c.begin().await.unwrap();
    for number in 0..count {
        f.store(&[1]).set(&transaction, &format!("n{number:04}"), &value(&number.to_string())).await.unwrap();
    }
    transaction.commit().await.unwrap();
}

async fn assert_all_open(f: &Fixture, keys: &[u8], count: u64) {
    let proof = f.store(keys).prove(&f.c).await.unwrap();
    assert_eq!(proof, Proof::Opens { values: count, legacy: 0, stale: 0, damaged: vec![] });
    assert_eq!(f.store(keys).get(&f.c, "n0007").await.unwrap(), Lookup::Found(value("7")));
}

#[tokio::test]
async fn everything_goes_under_the_first_key_and_a_second_time_nothing_happens() {
    let f = Fixture::fresh().await;
    fill(&f, 450).await;
    f.plant("plain", "canary").await;
    let ages = |list: Vec<SecretInfo>| list.into_iter().map(|info| info.updated_at).collect::<Vec<_>>();
    let set_at = ages(f.store(&[1]).list(&f.c).await.unwrap());
    let mut seen = Vec::new();
    let rotation = f.store(&[2, 1]).rotate(&f.c, |p| seen.push(p)).await.unwrap();
    assert_eq!(rotation, Rotation { resealed: 451, ..Rotation::default() });
    assert!(rotation.is_complete());
    assert_eq!(seen.first(), Some(&Progress { resealed: 0, pending: 451 }));
    assert_eq!(seen.last(), Some(&Progress { resealed: 451, pending: 451 }));
    assert_all_open(&f, &[2], 451).await;
    assert_eq!(ages(f.store(&[2]).list(&f.c).await.unwrap()), set_at, "the values are as old as before");
    let before = f.table().await;
    let again = f.store(&[2, 1]).rotate(&f.c, |_| {}).await.unwrap();
    assert_eq!(again, Rotation { already: 451, ..Rotation::default() });
    assert_eq!(f.table().await, before, "not a row was written");
}

#[tokio::test]
async fn killed_in_the_middle_it_is_resumed() {
    let f = Fixture::fresh().await;
    fill(&f, 300).await;
    // The task is cut off between two awaits, as by a kill.
    let (store, c) = (f.store(&[2, 1]), orm(f.db.core()));
    let (tell, told) = tokio::sync::oneshot::channel();
    let mut tell = Some(tell);
    let task = tokio::spawn(async move {
        let progress = |p: Progress| {
            if p.resealed == 120
                && let Some(tell) = tell.take()
            {
                tell.send(()).unwrap();
            }
        };
        store.rotate(&c, progress).await
    });
    told.await.unwrap();
    task.abort();
    assert!(task.await.is_err(), "it was ended before it was done");
    // Whatever was under way on the server has ended a moment later.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let Proof::Opens { stale, .. } = f.store(&[2, 1]).prove(&f.c).await.unwrap() else { panic!() };
    assert!((1..=180).contains(&stale), "{stale}");
    let rotation = f.store(&[2, 1]).rotate(&f.c, |_| {}).await.unwrap();
    assert_eq!((rotation.resealed, rotation.already), (stale, 300 - stale));
    assert!(rotation.is_complete());
    assert_all_open(&f, &[2], 300).await;
}

#[tokio::test]
async fn in_a_transaction_that_is_rolled_back_nothing_happened() {
    let f = Fixture::fresh().await;
    fill(&f, 30).await;
    let before = f.table().await;
    let transaction = f.c.begin().await.unwrap();
    assert_eq!(f.store(&[2, 1]).rotate(&transaction, |_| {}).await.unwrap().resealed, 30);
    transaction.rollback().await.unwrap();
    assert_eq!(f.table().await, before);
}

#[tokio::test]
async fn a_value_set_meanwhile_is_kept() {
    let f = Fixture::fresh().await;
    fill(&f, 10).await;
    // A process with the old key file holds a row it is setting while the rotation comes by.
    let writer = f.c.begin().await.unwrap();
    f.store(&[1]).set(&writer, "n0003", &value("new")).await.unwrap();
    let (store, c) = (f.store(&[2, 1]), f.c.clone());
    let task = tokio::spawn(async move { store.rotate(&c, |_| {}).await.unwrap() });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!task.is_finished(), "it waits for the writer");
    writer.commit().await.unwrap();
    let rotation = task.await.unwrap();
    assert_eq!((rotation.resealed, rotation.is_complete()), (10, true));
    assert_eq!(f.store(&[2]).get(&f.c, "n0003").await.unwrap(), Lookup::Found(value("new")));
    assert_all_open(&f, &[2], 10).await;
}

#[tokio::test]
async fn rotations_and_writers_at_once_lose_nothing() {
    let f = Fixture::fresh().await;
    fill(&f, 60).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (store, c) = (f.store(&[2, 1]), f.c.clone());
        tasks.spawn(async move { drop(store.rotate(&c, |_| {}).await.unwrap()) });
    }
    let (store, c) = (f.store(&[1]), f.c.clone());
    tasks.spawn(async move {
        for number in 0..60 {
            store.set(&c, &format!("n{number:04}"), &value(&format!("new {number}"))).await.unwrap();
        }
    });
    tasks.join_all().await;
    let rotation = f.store(&[2, 1]).rotate(&f.c, |_| {}).await.unwrap();
    assert!(rotation.is_complete());
    for number in 0..60 {
        let got = f.store(&[2]).get(&f.c, &format!("n{number:04}")).await.unwrap();
        assert_eq!(got, Lookup::Found(value(&format!("new {number}"))));
    }
}

#[tokio::test]
async fn what_does_not_open_is_left_and_reported() {
    let f = Fixture::fresh().await;
    fill(&f, 10).await;
    f.plant("damaged", "RW1:damaged").await;
    f.store(&[9]).set(&f.c, "foreign", &value("v")).await.unwrap();
    let rotation = f.store(&[2, 1]).rotate(&f.c, |_| {}).await.unwrap();
    assert_eq!((rotation.resealed, rotation.remaining), (10, 2));
    assert!(!rotation.is_complete());
    let names: Vec<_> = rotation.unreadable.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["damaged", "foreign"]);
    assert_eq!(rotation.unreadable[0].1, Unreadable::Damaged);
    assert_eq!(f.store(&[9]).get(&f.c, "foreign").await.unwrap(), Lookup::Found(value("v")));
}
