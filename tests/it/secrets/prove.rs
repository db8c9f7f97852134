//! Proving a key ring at a start: a wrong one is told precisely, and changes nothing.

use rolewright_core::{Advice, Exit};
use rolewright_secrets::{
    InstallationError, Proof, RoleSecretState, SecretError, SecretStore, Unreadable, installation,
};
use rolewright_testkit::Database;
use uuid::Uuid;

use super::fixture::{Fixture, orm, ring, value};

#[tokio::test]
async fn before_the_tables_there_is_nothing_to_prove() {
    let db = Database::fresh().await;
    let c = orm(db.core());
    assert_eq!(installation::read(&c).await.unwrap(), None);
    let store = SecretStore::new(ring(&[1]), Uuid::nil());
    assert_eq!(store.prove(&c).await.unwrap(), Proof::Nothing);
}

#[tokio::test]
async fn the_right_ring_is_proved_on_every_value() {
    let f = Fixture::fresh().await;
    assert_eq!(f.store(&[1]).prove(&f.c).await.unwrap(), Proof::Nothing);
    f.store(&[1]).set(&f.c, "a", &value("1")).await.unwrap();
    f.store(&[2]).set(&f.c, "b", &value("2")).await.unwrap();
    f.plant("c", "plain").await;
    let before = f.table().await;
    let proof = f.store(&[2, 1]).prove(&f.c).await.unwrap();
    assert_eq!(proof, Proof::Opens { values: 3, legacy: 1, stale: 1, damaged: vec![] });
    assert_eq!(f.table().await, before, "not even the legacy value was sealed anew");
}

#[tokio::test]
async fn a_wrong_ring_is_told_and_changes_nothing() {
    let f = Fixture::fresh().await;
    let right = f.store(&[1]);
    for number in 0..1_100 {
        right.set(&f.c, &format!("n{number:04}"), &value("v")).await.unwrap();
    }
    f.plant("a", "plain").await;
    f.plant("b", "RW1:damaged").await;
    let before = f.table().await;
    let wrong = f.store(&[2]);
    let error = wrong.prove(&f.c).await.unwrap_err();
    let SecretError::WrongRing { unreadable, total, name, why } = &error else { panic!("{error}") };
    assert_eq!((*unreadable, *total, name.as_str()), (1_101, 1_102, "n0000"));
    let missing = right.ring().first_id();
    assert_eq!(why, &Unreadable::WrongKey { id: missing, have: vec![wrong.ring().first_id()] });
    assert_eq!(error.exit(), Exit::NoPermission);
    assert!(error.hint().unwrap().contains(&format!("holds key {missing}")));
    assert_eq!(f.table().await, before);
    let proof = right.prove(&f.c).await.unwrap();
    assert_eq!(proof.damaged(), [("b".to_owned(), Unreadable::Damaged)]);
}

#[tokio::test]
async fn one_damaged_value_of_many_does_not_stop_a_start() {
    let f = Fixture::fresh().await;
    let (store, here) = (f.store(&[1]), f.db.name());
    store.role_secret(&f.c).await.unwrap();
    store.set(&f.c, "smtp.password", &value("canary")).await.unwrap();
    let whole = f.stored("smtp.password").await;
    f.plant("smtp.password", &whole[..whole.len() - 4]).await;
    f.plant("later", "RW2:whatever").await;
    let before = f.table().await;
    let proof = store.prove(&f.c).await.unwrap();
    let damaged: Vec<_> = proof.damaged().iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(damaged, ["later", "smtp.password"]);
    let (_, opened) = installation::unlock(&f.c, &ring(&[1]), "7301", &here).await.unwrap().unwrap();
    assert_eq!(f.table().await, before);
    let error = opened.get(&f.c, "smtp.password").await.unwrap_err();
    assert!(error.hint().unwrap().contains("rolewright secret set smtp.password"));
    opened.set(&f.c, "smtp.password", &value("new")).await.unwrap();
    assert!(opened.delete(&f.c, "later").await.unwrap());
    assert_eq!(store.prove(&f.c).await.unwrap().damaged(), []);
}

#[tokio::test]
async fn an_unreadable_role_secret_stops_a_start_and_can_be_deleted() {
    let f = Fixture::fresh().await;
    let (store, here) = (f.store(&[1]), f.db.name());
    assert_eq!(store.role_secret_state(&f.c).await.unwrap(), RoleSecretState::Missing);
    store.set(&f.c, "mine", &value("canary")).await.unwrap();
    store.role_secret(&f.c).await.unwrap();
    assert_eq!(store.role_secret_state(&f.c).await.unwrap(), RoleSecretState::Readable);
    let whole = f.stored("roles.secret").await;
    let short = "RW1:".to_owned() + "x";
    for planted in [&whole[..whole.len() - 4], &short, "plain", "rw1:x"] {
        f.plant("roles.secret", planted).await;
        let error = store.prove(&f.c).await.unwrap_err();
        assert!(matches!(error, SecretError::Unreadable { .. } | SecretError::ForeignRoleSecret), "{error}");
        assert!(error.hint().unwrap().contains("rolewright secret delete roles.secret"), "{planted}");
        assert_eq!(store.role_secret_state(&f.c).await.unwrap(), RoleSecretState::Unreadable(error));
        let (_, opened) = installation::open(&f.c, &ring(&[1]), "7301", &here).await.unwrap().unwrap();
        assert_eq!(opened.list(&f.c).await.unwrap().len(), 2);
        assert!(opened.delete(&f.c, "roles.secret").await.unwrap());
        assert!(store.prove(&f.c).await.is_ok());
    }
    let moved = installation::open(&f.c, &ring(&[1]), "7302", &here).await.unwrap_err();
    assert!(matches!(moved, InstallationError::Moved { .. }));
}

#[tokio::test]
async fn a_value_of_a_later_version_says_upgrade() {
    let f = Fixture::fresh().await;
    f.plant("a", "RW2:whatever").await;
    let error = f.store(&[1]).prove(&f.c).await.unwrap_err();
    assert!(error.to_string().contains("RW2") && error.hint().unwrap().contains("version"));
}

#[tokio::test]
async fn unlock_asks_everything_and_changes_nothing() {
    let f = Fixture::fresh().await;
    let here = f.db.name();
    f.store(&[1]).set(&f.c, "a", &value("1")).await.unwrap();
    f.plant("b", "plain").await;
    let before = f.table().await;
    let (made, store) = installation::unlock(&f.c, &ring(&[1]), "7301", &here).await.unwrap().unwrap();
    assert_eq!((made.id, store.installation()), (f.installation, f.installation));
    let wrong = installation::unlock(&f.c, &ring(&[2]), "7301", &here).await.unwrap_err();
    assert!(matches!(wrong, InstallationError::Secret(SecretError::WrongRing { .. })));
    let moved = installation::unlock(&f.c, &ring(&[2]), "7302", &here).await.unwrap_err();
    assert!(matches!(moved, InstallationError::Moved { .. }));
    assert_eq!(f.table().await, before);
    f.core("DELETE FROM rolewright.installation").await;
    let lost = installation::unlock(&f.c, &ring(&[1]), "7301", &here).await.unwrap_err();
    assert_eq!((&lost, lost.exit()), (&InstallationError::Lost, Exit::NoPermission));
    f.core("DELETE FROM rolewright.local_system_secrets").await;
    assert!(installation::unlock(&f.c, &ring(&[1]), "7301", &here).await.unwrap().is_none());
    f.core("DROP SCHEMA rolewright CASCADE").await;
    assert!(installation::unlock(&f.c, &ring(&[1]), "7301", &here).await.unwrap().is_none());
}
