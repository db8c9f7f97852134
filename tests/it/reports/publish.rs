//! Publishing at once from several processes: one wins, the others are told, and nothing is lost.

use std::time::Duration;

use rolewright::reports::{ReportError, Which};
use sqlx::Connection as _;

use super::fixture::{applied, daily, daily_with, host, start};
use crate::server::cli::Host;

/// Holds the report's row until as many others wait for it.
async fn while_locked<T>(host: &Host, waiting: i64, work: impl Future<Output = T>) -> T {
    let mut holder = sqlx::PgConnection::connect(&host.db.url()).await.unwrap();
    let lock = "BEGIN; SELECT 1 FROM rolewright.report WHERE name = 'daily' FOR UPDATE";
    sqlx::raw_sql(lock).execute(&mut holder).await.unwrap();
    let release = async {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' \
                   AND query LIKE '/* rolewright: report lock */%'";
        while sqlx::query_scalar::<_, i64>(sql).fetch_one(&host.db.admin()).await.unwrap() < waiting {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        holder.close().await.unwrap();
    };
    let mut work = std::pin::pin!(work);
    tokio::select! {
        // Whoever does not wait for the lock is seen by what it says.
        done = &mut work => done,
        () = release => work.await,
    }
}

#[tokio::test]
async fn of_two_different_versions_one_wins_and_the_other_is_told() {
    let host = host().await;
    let (one, two) = (start(&host).await, start(&host).await);
    let name = daily().name;
    one.reports().save(&daily(), true).await.unwrap();
    one.reports().save(&daily_with("second"), false).await.unwrap();
    one.reports().save(&daily_with("third"), false).await.unwrap();
    let (a, b) = (one.reports(), two.reports());
    let race = async { tokio::join!(a.publish(&name, Some(2)), b.publish(&name, Some(3))) };
    let outcomes = while_locked(&host, 2, race).await;
    let (won, lost) = match outcomes {
        (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won, lost),
        other => panic!("{other:?}"),
    };
    assert!(won.published);
    assert!(matches!(lost, ReportError::Overtaken { theirs, .. } if theirs == won.number), "{lost}");
    assert_eq!(one.reports().get(&name, Which::Published).await.unwrap().number, won.number);
    assert_eq!(one.reports().history(&name).await.unwrap().len(), 3);
    one.drain().await;
    two.drain().await;
}

#[tokio::test]
async fn two_processes_that_publish_the_same_version_both_succeed_and_it_is_published_once() {
    let host = applied().await;
    let app = start(&host).await;
    app.reports().save(&daily(), false).await.unwrap();
    // The role's connections are for the two processes.
    app.drain().await;
    let publish = ["report", "publish", "daily"];
    let race = async { tokio::join!(host.run(&publish), host.run(&publish)) };
    let (a, b) = while_locked(&host, 2, race).await;
    let said = [a.exit(0).out, b.exit(0).out].concat();
    assert_eq!(said.matches("version 1, published").count(), 1, "{said}");
    assert_eq!(said.matches("was published already").count(), 1, "{said}");
    let publications: i64 = sqlx::query_scalar("SELECT count(*) FROM rolewright.report_publication")
        .fetch_one(&host.db.core())
        .await
        .unwrap();
    assert_eq!(publications, 1);
}

#[tokio::test]
async fn many_that_save_at_once_get_a_version_each_and_the_same_text_gets_one() {
    let host = host().await;
    let app = start(&host).await;
    let reports = app.reports();
    let same = (0..8).map(|_| async move { reports.save(&daily(), true).await.unwrap() });
    let saved = futures_util::future::join_all(same).await;
    assert_eq!(saved.iter().filter(|saved| saved.new).count(), 1, "{saved:?}");
    assert!(saved.iter().all(|saved| saved.number == 1));
    let other =
        (0..8).map(|n| async move { reports.save(&daily_with(&n.to_string()), false).await.unwrap().number });
    let mut numbers = futures_util::future::join_all(other).await;
    numbers.sort_unstable();
    assert_eq!(numbers, [2, 3, 4, 5, 6, 7, 8, 9]);
    app.drain().await;
}

#[tokio::test]
async fn the_operations_may_run_on_any_task() {
    let host = host().await;
    let app = std::sync::Arc::new(start(&host).await);
    let task = std::sync::Arc::clone(&app);
    let done = tokio::spawn(async move {
        let reports = task.reports();
        reports.save(&daily(), false).await.unwrap();
        reports.publish(&daily().name, None).await.unwrap();
        let values = [("from_day".to_owned(), "2026-01-01".into())];
        let rows =
            reports.run(&daily().name, Which::Published, values).await.unwrap().collect().await.unwrap();
        reports.remove(&daily().name).await.unwrap();
        rows.len()
    });
    assert_eq!(done.await.unwrap(), 7);
    app.drain().await;
}

#[tokio::test]
async fn a_default_that_its_type_refuses_is_not_taken() {
    let host = host().await;
    let app = start(&host).await;
    let mut report = daily();
    report.params[2].default = Some("many".to_owned());
    let error = app.reports().verify(&report).await.unwrap_err();
    assert!(
        error.to_string().contains("the value of the parameter `:most` is not a valid integer"),
        "{error}"
    );
    assert!(app.reports().save(&report, false).await.is_err());
    // Kept unverified, it is not published.
    app.reports().save_unverified(&report).await.unwrap();
    assert!(app.reports().publish(&report.name, None).await.is_err());
    report.params[2].default = Some("5".to_owned());
    app.reports().verify(&report).await.unwrap();
    app.drain().await;
}
