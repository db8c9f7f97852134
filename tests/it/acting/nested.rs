//! Transactions in transactions: savepoints of the same tenant, and nobody else's.

use rolewright_sessions::{TenantError, TenantTransaction, TransactionError, tenant::Access};
use sea_orm::{ConnectionTrait as _, DbErr, TransactionSession as _, TransactionTrait as _};

use super::fixture::{Module, value};

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
