//! Rows as they come, within a tenant's transaction.

use futures_util::{StreamExt as _, TryStreamExt as _};
use rolewright_sessions::TenantTransaction;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, StreamTrait as _};

use super::fixture::{Module, sqlstate, value};

fn statement(sql: &str) -> Statement {
    Statement::from_string(DbBackend::Postgres, sql)
}

#[tokio::test]
async fn to_their_end_or_not() {
    let module = Module::of(&["diku"]).await;
    let diku = module.open(1).get("diku").await.unwrap();
    let work = async |tx: &TenantTransaction| {
        let rows = tx.stream_raw(statement("SELECT n FROM generate_series(1, 1000) n")).await?;
        let numbers = rows.map(|row| row.and_then(|row| row.try_get_by_index::<i32>(0)));
        assert_eq!(numbers.try_collect::<Vec<_>>().await?, (1..=1000).collect::<Vec<_>>());

        let mut rows = tx.stream_raw(statement("SELECT n FROM generate_series(1, 100000) n")).await?;
        let first = rows.next().await.unwrap()?.try_get_by_index::<i32>(0)?;
        assert_eq!(first, 1);
        let refused = tx.execute_unprepared("SELECT 1").await.unwrap_err();
        assert!(refused.to_string().contains("being streamed"), "{refused}");
        drop(rows);
        // What was left is read past, and the transaction goes on.
        tx.execute_unprepared("INSERT INTO item (owner) VALUES ('after')").await?;
        drop(tx.stream_raw(statement("SELECT 1")).await?);
        value(tx, "SELECT count(*)::text FROM item").await
    };
    assert_eq!(diku.transaction(work).await.unwrap(), "2");
    assert_eq!(module.owners("diku").await, ["diku", "after"]);
}

#[tokio::test]
async fn an_error_comes_after_the_rows_before_it() {
    let module = Module::of(&["diku"]).await;
    let diku = module.open(1).get("diku").await.unwrap();
    let work = async |tx: &TenantTransaction| {
        let mut rows = tx.stream_raw(statement("SELECT 1 / (3 - n) FROM generate_series(1, 5) n")).await?;
        let mut came = 0;
        while let Some(row) = rows.next().await {
            match row {
                Ok(_) => came += 1,
                Err(error) => return Ok((came, sqlstate(&error))),
            }
        }
        Err(DbErr::Custom("no error came".to_owned()))
    };
    let outcome = diku
        .transaction(async |tx| {
            let said = work(tx).await?;
            assert_eq!(said, (2, "22012".to_owned()));
            Ok::<_, DbErr>(())
        })
        .await;
    assert!(outcome.unwrap_err().to_string().contains("a statement in it had failed"));
    assert_eq!(module.owners("diku").await, ["diku"]);
}
