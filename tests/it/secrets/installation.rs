//! The installation: one for all, noticed when it was moved, and moved as a whole.

use std::collections::BTreeSet;

use rolewright_core::{Advice, Exit};
use rolewright_secrets::{InstallationError, Lookup, SecretError, SecretStore, Unreadable, installation};
use rolewright_testkit::Database;
use sea_orm::TransactionTrait;
use tokio::task::JoinSet;

use super::fixture::{Fixture, migrate, orm, ring, value};

#[tokio::test]
async fn all_that_start_at_once_remember_the_same() {
    let db = Database::fresh().await;
    let c = orm(db.core());
    migrate(&db, &c).await;
    assert_eq!(installation::read(&c).await.unwrap(), None, "the table is there, and empty");
    let mut tasks = JoinSet::new();
    for number in 0..30 {
        let c = c.clone();
        tasks.spawn(async move {
            installation::read_or_create(&c, &number.to_string(), "clinic").await.unwrap().id
        });
    }
    let ids: BTreeSet<_> = tasks.join_all().await.into_iter().collect();
    assert_eq!(ids.len(), 1);
    assert!(ids.contains(&installation::read(&c).await.unwrap().unwrap().id));
}

/// Between the question for the installation and the one for its values, another start makes both.
#[tokio::test]
async fn a_start_that_another_overtakes_takes_what_that_one_made() {
    let db = Database::fresh().await;
    let c = orm(db.core());
    migrate(&db, &c).await;
    let mut other = db.core().begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE rolewright.local_system_secrets IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *other)
        .await
        .unwrap();
    let (database, opening) = (db.name(), c.clone());
    let opening =
        tokio::spawn(async move { installation::open(&opening, &ring(&[1]), "7301", &database).await });
    let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND database = \
                 (SELECT oid FROM pg_database WHERE datname = current_database())";
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(&db.admin()).await.unwrap() == 0 {
        assert!(!opening.is_finished());
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let made = "INSERT INTO rolewright.installation (id, system_identifier, database) \
                VALUES ('00000000-0000-0000-0000-000000000007', '7301', current_database()); \
                INSERT INTO rolewright.local_system_secrets (key, value) VALUES ('a', 'b')";
    sqlx::raw_sql(made).execute(&mut *other).await.unwrap();
    other.commit().await.unwrap();
    let (found, _) = opening.await.unwrap().unwrap().unwrap();
    assert_eq!(found.id, uuid::Uuid::from_u128(7));
}

#[tokio::test]
async fn a_copied_or_renamed_database_is_refused() {
    let f = Fixture::fresh().await;
    let here = installation::read(&f.c).await.unwrap().unwrap();
    assert_eq!((here.id, here.database.clone()), (f.installation, f.db.name()));
    assert_eq!(here.check("7301", &f.db.name()), Ok(()));
    for (system, database) in [("7302", f.db.name()), ("7301", "other".to_owned())] {
        let error = here.check(system, &database).unwrap_err();
        assert!(matches!(error, InstallationError::Moved { .. }));
        assert!(error.hint().unwrap().contains("rolewright apply --moved"));
        assert_eq!(error.exit(), Exit::Config);
    }
}

#[tokio::test]
async fn a_move_gives_a_new_id_and_takes_every_value_along() {
    let f = Fixture::fresh().await;
    let old = f.store(&[2, 1]);
    f.store(&[1]).set(&f.c, "a", &value("1")).await.unwrap();
    old.set(&f.c, "b", &value("2")).await.unwrap();
    f.plant("c", "plain").await;
    let moved = installation::adopt_move(&f.c, &ring(&[2, 1]), "7302", "elsewhere").await.unwrap();
    assert_eq!((moved.previous, moved.resealed), (f.installation, 3));
    assert_ne!(moved.installation.id, f.installation);
    assert_eq!(moved.installation.check("7302", "elsewhere"), Ok(()));
    assert_eq!(installation::read(&f.c).await.unwrap().as_ref(), Some(&moved.installation));
    let new = SecretStore::new(ring(&[2]), moved.installation.id);
    for (name, clear) in [("a", "1"), ("b", "2"), ("c", "plain")] {
        assert_eq!(new.get(&f.c, name).await.unwrap(), Lookup::Found(value(clear)));
    }
    let stale = old.get(&f.c, "a").await;
    assert!(matches!(stale, Err(SecretError::Unreadable { why: Unreadable::Damaged, .. })));
    let again = installation::adopt_move(&f.c, &ring(&[2]), "7302", "elsewhere").await.unwrap();
    assert_eq!((again.resealed, again.installation.id), (0, moved.installation.id));
}

#[tokio::test]
async fn a_move_leaves_a_damaged_value_and_tells_it() {
    let f = Fixture::fresh().await;
    f.store(&[1]).set(&f.c, "a", &value("1")).await.unwrap();
    f.plant("b", "RW1:damaged").await;
    let moved = installation::adopt_move(&f.c, &ring(&[1]), "7302", "elsewhere").await.unwrap();
    assert_eq!((moved.resealed, moved.damaged), (1, vec![("b".to_owned(), Unreadable::Damaged)]));
    assert_eq!(f.stored("b").await, "RW1:damaged");
}

#[tokio::test]
async fn a_move_is_all_or_nothing() {
    let f = Fixture::fresh().await;
    f.store(&[1]).set(&f.c, "a", &value("1")).await.unwrap();
    f.store(&[9]).set(&f.c, "z", &value("2")).await.unwrap();
    let before = (f.table().await, installation::read(&f.c).await.unwrap());
    let error = installation::adopt_move(&f.c, &ring(&[1]), "7302", "elsewhere").await.unwrap_err();
    assert!(matches!(error, InstallationError::Secret(SecretError::Unreadable { .. })), "{error}");
    // Inside a caller's transaction it is undone with it.
    let transaction = f.c.begin().await.unwrap();
    installation::adopt_move(&transaction, &ring(&[1, 9]), "7302", "elsewhere").await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!((f.table().await, installation::read(&f.c).await.unwrap()), before);
}

#[tokio::test]
async fn the_core_role_can_learn_where_it_is() {
    let f = Fixture::fresh().await;
    let system: String = sqlx::query_scalar("SELECT system_identifier::text FROM pg_control_system()")
        .fetch_one(&f.db.core())
        .await
        .unwrap();
    assert!(system.parse::<u64>().is_ok());
}
