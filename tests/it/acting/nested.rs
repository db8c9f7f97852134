//! Transactions in transactions: savepoints of the same tenant, and nobody else's.

use rolewright_sessions::{TenantError, TenantTransaction, TransactionError, tenant::Access};
use sea_orm::{ConnectionTrait as _, DbErr, TransactionSession as _, TransactionTrait as _};

use super::fixture::{Module, run, value};

async fn add(tx: &TenantTransaction, owner: &str) -> Result<(), DbErr> {
    tx.execute_unprepared(&format!("INSERT INTO item (owner) VALUES ('{owner}')")).await.map(drop)
}

fn no() -> DbErr {
    DbErr::Custom("no".to_owned())
}

#[tokio::test]
async fn savepoints() {
    let module = Module::of(&["diku"]).await;
    let diku = module.open(1).get("diku").await.unwrap();
    let work = async |tx: &TenantTransaction| {
        add(tx, "outer").await?;
        let kept = tx.begin().await?;
        add(&kept, "kept").await?;
        let inner = kept.begin().await?;
        add(&inner, "undone").await?;
        inner.rollback().await?;
        kept.commit().await?;
        // One that is dropped is undone before anything else is done.
        let dropped = tx.begin().await?;
        add(&dropped, "dropped").await?;
        assert!(dropped.execute_unprepared("SELECT 1 / 0").await.is_err());
        drop(dropped);
        add(tx, "after").await?;
        // The last one is dropped with the transaction.
        let last = tx.begin().await?;
        add(&last, "last").await?;
        Ok::<_, DbErr>(last)
    };
    let escaped = diku.transaction(work).await.unwrap();
    assert_eq!(module.owners("diku").await, ["diku", "outer", "kept", "after"]);
    let refused = escaped.execute_unprepared("SELECT 1").await.unwrap_err();
    assert!(refused.to_string().contains("has ended"), "{refused}");
}

#[tokio::test]
async fn by_the_tenants_own_name() {
    let module = Module::of(&["diku", "oslo"]).await;
    let tenants = module.open(1);
    let (diku, oslo) = (tenants.get("diku").await.unwrap(), tenants.get("oslo").await.unwrap());
    let elsewhere = module.open(1).get("diku").await.unwrap();
    let work = async |tx: &TenantTransaction| {
        add(tx, "outer").await?;
        let pid = value(tx, "SELECT pg_backend_pid()::text").await?;
        // One connection serves both, or this would wait for ever.
        diku.transaction(async |tx| {
            assert_eq!(value(tx, "SELECT pg_backend_pid()::text").await?, pid);
            add(tx, "kept").await
        })
        .await
        .unwrap();
        let undone = diku.transaction(async |tx| {
            add(tx, "undone").await?;
            Err::<(), _>(no())
        });
        assert_eq!(undone.await, Err(TransactionError::Work(no())));

        let inside = TenantError::Inside { inside: diku.id().clone(), asked: oslo.id().clone() };
        let other = oslo.transaction(async |_| Ok::<_, DbErr>(())).await;
        assert_eq!(other, Err(TransactionError::Tenant(inside)));
        // The same id of another list is another tenant, and a savepoint has no access mode of its own.
        let inside = TenantError::Inside { inside: diku.id().clone(), asked: diku.id().clone() };
        let other = elsewhere.transaction(async |_| Ok::<_, DbErr>(())).await;
        assert_eq!(other, Err(TransactionError::Tenant(inside.clone())));
        let other = diku.transaction_with(Access::read_only(), async |_| Ok::<_, DbErr>(())).await;
        assert_eq!(other, Err(TransactionError::Tenant(inside)));
        Ok::<_, DbErr>(())
    };
    diku.transaction(work).await.unwrap();
    assert_eq!(module.owners("diku").await, ["diku", "outer", "kept"]);
}

#[tokio::test]
async fn the_transaction_itself_is_ended_by_its_work() {
    let module = Module::of(&["diku"]).await;
    let diku = module.open(1).get("diku").await.unwrap();
    let work = async |tx: &TenantTransaction| {
        let options = sea_orm::TransactionOptions {
            access_mode: Some(sea_orm::AccessMode::ReadOnly),
            ..Default::default()
        };
        assert!(tx.begin_with_options(options).await.is_err(), "a savepoint cannot be read only");
        let nested = tx.transaction(|tx| Box::pin(async move { add(tx, "nested").await })).await;
        assert!(nested.is_ok());
        Ok::<_, DbErr>(())
    };
    diku.transaction(work).await.unwrap();
    assert_eq!(module.owners("diku").await, ["diku", "nested"]);
}

#[tokio::test]
async fn one_after_another() {
    let module = Module::of(&["diku"]).await;
    let diku = module.open(1).get("diku").await.unwrap();
    let work = async |tx: &TenantTransaction| {
        let first = tx.begin().await?;
        // Whoever is not the innermost would write into what another one undoes.
        assert!(add(tx, "outer").await.is_err());
        assert!(tx.begin().await.is_err());
        let inner = first.begin().await?;
        assert!(add(&first, "first").await.is_err());
        add(&inner, "inner").await?;
        inner.commit().await?;
        add(&first, "first").await?;
        first.commit().await?;
        // One that ends around an open one does not end, and is undone.
        let around = tx.begin().await?;
        let open = around.begin().await?;
        add(&open, "open").await?;
        assert!(around.commit().await.is_err());
        assert!(add(&open, "open").await.is_err());
        add(tx, "after").await
    };
    diku.transaction(work).await.unwrap();
    assert_eq!(module.owners("diku").await, ["diku", "inner", "first", "after"]);
}

#[tokio::test]
async fn a_rollback_that_is_cut_short_dooms_the_whole() {
    let module = Module::of(&["diku"]).await;
    let table = format!("{}.item", module.role("diku"));
    let diku = module.open(1).get("diku").await.unwrap();
    for polls in 1..4 {
        let work = async |tx: &TenantTransaction| {
            add(tx, "outer").await?;
            let nested = tx.begin().await?;
            add(&nested, "nested").await?;
            drop(nested);
            // The next statement rolls it back first; its caller goes away meanwhile.
            {
                let next = add(tx, "next");
                tokio::pin!(next);
                for _ in 0..polls {
                    if futures_util::poll!(&mut next).is_ready() {
                        break;
                    }
                }
            }
            Ok::<_, DbErr>(())
        };
        let outcome = diku.transaction(work).await;
        let owners = module.owners("diku").await;
        assert!(!owners.contains(&"nested".to_owned()), "{polls}: {outcome:?} {owners:?}");
        assert_eq!(outcome.is_ok(), owners.contains(&"outer".to_owned()), "{polls}: {outcome:?} {owners:?}");
        run(&module.db, &format!("DELETE FROM {table} WHERE owner <> 'diku'")).await;
    }
}

#[tokio::test]
async fn what_escapes_dies_with_the_outermost() {
    let module = Module::of(&["diku"]).await;
    let diku = module.open(1).get("diku").await.unwrap();
    let escaped = std::sync::Mutex::new(None);
    let work = async |tx: &TenantTransaction| {
        add(tx, "outer").await?;
        *escaped.lock().unwrap() = Some(tx.begin().await?);
        std::future::pending::<Result<(), DbErr>>().await
    };
    let cut = tokio::time::timeout(std::time::Duration::from_millis(500), diku.transaction(work)).await;
    assert!(cut.is_err());
    let escaped = escaped.into_inner().unwrap().unwrap();
    let refused = escaped.execute_unprepared("SELECT 1").await.unwrap_err();
    assert!(refused.to_string().contains("has ended"), "{refused}");
    // Its connection, the only one, is free for the next.
    module.settled(0).await;
    diku.transaction(async |tx| add(tx, "next").await).await.unwrap();
    assert_eq!(module.owners("diku").await, ["diku", "next"]);
}

#[tokio::test]
async fn siblings_at_once() {
    let module = Module::of(&["diku"]).await;
    let diku = module.open(1).get("diku").await.unwrap();
    // One is refused whole, and the other is kept whole, with what it asks for by the tenant's name.
    let tried = tokio::sync::Notify::new();
    let sibling = async |name: &'static str| {
        let work = async |tx: &TenantTransaction| {
            add(tx, name).await?;
            diku.transaction(async |tx| add(tx, name).await).await.map_err(|_| no())?;
            // Open until the other has tried.
            tried.notified().await;
            Ok::<_, DbErr>(())
        };
        let ended = diku.transaction(work).await;
        tried.notify_one();
        ended
    };
    let work = async |_: &TenantTransaction| {
        let (one, two) = tokio::join!(sibling("one"), sibling("two"));
        let (kept, refused) = if one.is_ok() { ("one", two) } else { ("two", one) };
        assert!(matches!(refused, Err(TransactionError::Tenant(TenantError::Nested { .. }))), "{refused:?}");
        Ok::<_, DbErr>(kept)
    };
    let kept = diku.transaction(work).await.unwrap();
    assert_eq!(module.owners("diku").await, ["diku", kept, kept]);
}

#[tokio::test]
async fn by_name_within_a_handle() {
    let module = Module::of(&["diku"]).await;
    let diku = module.open(1).get("diku").await.unwrap();
    let work = async |tx: &TenantTransaction| {
        let inner = diku.clone();
        let nested = tx.transaction(|_| {
            let within = async move { inner.transaction(async |tx| add(tx, "by name").await).await };
            Box::pin(async move { within.await.map_err(|_| no()) })
        });
        nested.await.map_err(|_| no())
    };
    diku.transaction(work).await.unwrap();
    assert_eq!(module.owners("diku").await, ["diku", "by name"]);
}
