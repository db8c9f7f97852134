//! The five assertions: the module reads nobody's tables, and each tenant reads its own and no other's.

use rolewright_sessions::{TenantError, TransactionError, tenant::Unavailable};
use sea_orm::{ConnectionTrait as _, DbErr, EntityTrait as _};
use sqlx::{AssertSqlSafe, Connection as _};

use super::fixture::{Module, sqlstate, value};

/// An item, as sea-orm sees it; where it is, the search path says.
mod item {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "item")]
    pub(super) struct Model {
        #[sea_orm(primary_key)]
        pub(super) id: i32,
        pub(super) owner: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

#[tokio::test]
async fn five_assertions() {
    let module = Module::of(&["diku", "oslo"]).await;
    let tenants = module.open(2);

    // The module's login by itself.
    let url = module.db.admin_url().parse::<sqlx::postgres::PgConnectOptions>().unwrap();
    let url = url.username(&module.login).password("sesame-4711");
    let mut login = sqlx::PgConnection::connect_with(&url).await.unwrap();
    let sql = format!("SELECT owner FROM {}.item", module.role("diku"));
    let refused = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut login).await.unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "42501");

    for (own, other) in [("diku", "oslo"), ("oslo", "diku")] {
        let tenant = tenants.get(own).await.unwrap();
        let rows = tenant
            .transaction(async |tx| {
                let rows = item::Entity::find().all(tx).await?;
                assert_eq!(value(tx, "SELECT owner FROM item").await?, own);
                Ok::<_, DbErr>(rows)
            })
            .await
            .unwrap();
        assert_eq!(rows, [item::Model { id: 1, owner: Some(own.to_owned()) }]);

        let others = format!("SELECT owner FROM {}.item", module.role(other));
        let refused = tenant.transaction(async |tx| value(tx, &others).await).await.unwrap_err();
        let TransactionError::Work(refused) = refused else { panic!("{refused}") };
        assert_eq!(sqlstate(&refused), "42501");
    }
}

#[tokio::test]
async fn it_runs_in_tasks_of_its_own() {
    let module = Module::of(&["diku"]).await;
    let tenants = module.open(2);
    let task = tokio::spawn(async move {
        let diku = tenants.get("diku").await.unwrap();
        let work = async |tx: &rolewright_sessions::TenantTransaction| {
            tx.execute_unprepared("INSERT INTO item (owner) VALUES ('task')").await
        };
        diku.transaction(work).await.unwrap().rows_affected()
    });
    assert_eq!(task.await.unwrap(), 1);
    assert_eq!(module.owners("diku").await, ["diku", "task"]);
}

#[tokio::test]
async fn nobody_is_taken_for_somebody_else() {
    let module = Module::of(&["diku", "oslo"]).await;
    let tenants = module.open(1);
    for id in ["", "Diku", "di ku", "diku\"; RESET ROLE; --", "../diku"] {
        assert!(matches!(tenants.get(id).await, Err(TenantError::Name(_))), "{id:?}");
    }
    let refused = tenants.get("nobody").await.unwrap_err();
    assert_eq!(refused.to_string(), "the tenant `nobody` cannot be used: there is no such tenant");

    let diku = tenants.get("diku").await.unwrap();
    for why in
        [Unavailable::Disabled, Unavailable::Purged, Unavailable::Unfinished("its schema is missing".into())]
    {
        module.list.0.lock().unwrap().insert(diku.id().clone(), Err(why.clone()));
        tenants.forget(diku.id());
        let refused = diku.transaction(async |_| Ok::<_, DbErr>(())).await.unwrap_err();
        let expected = TenantError::Unavailable { tenant: diku.id().clone(), why };
        assert_eq!(refused, TransactionError::Tenant(expected));
    }
    assert_eq!(module.backends().await, 0, "something was sent for a tenant that is none");
}

#[tokio::test]
async fn what_the_server_takes_back_counts_at_once() {
    let module = Module::of(&["diku", "oslo"]).await;
    let tenants = module.open(1);
    let diku = tenants.get("diku").await.unwrap();
    diku.transaction(async |tx| value(tx, "SELECT owner FROM item").await).await.unwrap();
    let sql = format!("REVOKE {} FROM {}", module.role("diku"), module.login);
    super::fixture::run(&module.db, &sql).await;
    // The list still has the tenant, and is asked again only because the server refuses.
    let refused = diku.transaction(async |_| Ok::<_, DbErr>(())).await.unwrap_err();
    let TransactionError::Tenant(TenantError::Begin { sqlstate, .. }) = refused else { panic!("{refused}") };
    assert_eq!(sqlstate, "42501");
    module.list.0.lock().unwrap().insert(diku.id().clone(), Err(Unavailable::Disabled));
    let refused = diku.transaction(async |_| Ok::<_, DbErr>(())).await.unwrap_err();
    assert!(refused.to_string().ends_with("it is disabled"), "{refused}");
    let oslo = tenants.get("oslo").await.unwrap();
    assert_eq!(oslo.transaction(async |tx| value(tx, "SELECT owner FROM item").await).await.unwrap(), "oslo");
}
