//! Twenty tenants on three connections, in whatever order, ending in whatever way: each finds its own rows and a clean session.

use std::{collections::BTreeMap, time::Duration};

use futures_util::{FutureExt as _, future::join_all};
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, TestRunner},
};
use rolewright_sessions::{Tenant, TenantTransaction};
use sea_orm::{ConnectionTrait as _, DbErr};

use super::{
    clean::{RESIDUE, seen, seen_besides},
    fixture::{Module, run, value},
};
use crate::harness::form::either;

/// How one transaction ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Commit,
    Error,
    Statement,
    Panic,
    Away,
    Timeout,
    Killed,
    Tampered,
}

/// One transaction: whose, what it leaves behind in its session, and how it ends.
#[derive(Clone, Debug)]
struct Step {
    tenant: usize,
    residue: Option<usize>,
    end: End,
}

fn steps(count: usize) -> impl Strategy<Value = Vec<Step>> {
    let end = prop_oneof![
        6 => Just(End::Commit),
        2 => Just(End::Error),
        1 => Just(End::Statement),
        1 => Just(End::Panic),
        1 => Just(End::Away),
        1 => Just(End::Timeout),
        1 => Just(End::Killed),
        1 => Just(End::Tampered),
    ];
    let step = (0..20_usize, proptest::option::of(0..RESIDUE.len()), end);
    proptest::collection::vec(step.prop_map(|(tenant, residue, end)| Step { tenant, residue, end }), count)
}

/// Runs one step; gives whether its row is committed.
async fn play(module: &Module, tenant: &Tenant, clean: &str, step: &Step) -> bool {
    let name = tenant.id().as_str();
    let work = async |tx: &TenantTransaction| -> Result<(), DbErr> {
        assert_eq!(value(tx, "SELECT current_user::text").await?, module.role(name));
        assert_eq!(seen_besides(tx, name).await?, clean, "before {step:?}");
        // What the driver prepared for another tenant is gone as well.
        assert_eq!(value(tx, &format!("SELECT 'told by {name}.'")).await?, format!("told by {name}."));
        let others = format!(
            "SELECT string_agg(statement, ';') FROM pg_prepared_statements \
             WHERE statement LIKE '%told by%' AND statement NOT LIKE '%told by {name}.%'"
        );
        assert_eq!(value(tx, &others).await?, "", "before {step:?}");
        assert_eq!(value(tx, "SELECT string_agg(DISTINCT owner, ',') FROM item").await?, name);
        tx.execute_unprepared(&format!("INSERT INTO item (owner) VALUES ('{name}')")).await?;
        if let Some(residue) = step.residue {
            let told = format!("told by {name}.");
            let prepared = format!("PREPARE told{}", uuid::Uuid::new_v4().simple());
            let residue = RESIDUE[residue].replace("canary", &told).replace("PREPARE told", &prepared);
            tx.execute_unprepared(&residue).await?;
        }
        match step.end {
            End::Commit => Ok(()),
            End::Error => Err(DbErr::Custom("on purpose".to_owned())),
            End::Statement => tx.execute_unprepared("SELECT 1 / 0").await.map(drop),
            End::Panic => std::panic::resume_unwind(Box::new("on purpose")),
            End::Away => std::future::pending().await,
            End::Timeout => tx
                .execute_unprepared("SET LOCAL statement_timeout = '50ms'; SELECT pg_sleep(60)")
                .await
                .map(drop),
            End::Killed => {
                let pid = value(tx, "SELECT pg_backend_pid()::text").await?;
                run(&module.db, &format!("SELECT pg_terminate_backend({pid})")).await;
                tx.execute_unprepared("SELECT pg_sleep(60)").await.map(drop)
            }
            End::Tampered => tx.execute_unprepared("RESET ROLE").await.map(drop),
        }
    };
    let transaction = std::panic::AssertUnwindSafe(tenant.transaction(work)).catch_unwind();
    let ended = match step.end {
        End::Away => {
            let patience = Duration::from_millis(300);
            tokio::time::timeout(patience, transaction)
                .await
                .is_ok_and(|ended| ended.is_ok_and(|it| it.is_ok()))
        }
        End::Panic => {
            let panicked = transaction.await.unwrap_err();
            assert_eq!(panicked.downcast_ref::<&str>(), Some(&"on purpose"), "another panic than its own");
            false
        }
        _ => match transaction.await {
            Ok(ended) => ended.is_ok(),
            Err(panicked) => std::panic::resume_unwind(panicked),
        },
    };
    assert_eq!(ended, matches!(step.end, End::Commit), "{step:?}");
    ended
}

#[tokio::test]
async fn twenty_tenants() {
    let names: Vec<String> = (0..20).map(|number| format!("t{number}")).collect();
    let module = Module::of(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let (rounds, length) = either((40, 200), (2, 80));
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    let mut committed: BTreeMap<usize, usize> = BTreeMap::new();
    let mut played = 0;
    for _ in 0..rounds {
        let tenants = module.open(3);
        let first = tenants.get("t0").await.unwrap();
        let clean = first.transaction(seen).await.unwrap();
        let steps = steps(length).new_tree(&mut runner).unwrap().current();
        println!("steps: {}", steps.iter().map(|step| format!("{step:?}")).collect::<Vec<_>>().join(" "));
        // Five at a time, so that they are in one another's way.
        for together in steps.chunks(5) {
            let ended = join_all(together.iter().map(async |step| {
                let tenant = tenants.get(&names[step.tenant]).await.unwrap();
                (step.tenant, play(&module, &tenant, &clean, step).await)
            }));
            for (tenant, kept) in ended.await {
                *committed.entry(tenant).or_default() += usize::from(kept);
                played += 1;
            }
        }
        tenants.close().await;
    }
    for (tenant, name) in names.iter().enumerate() {
        let owners = module.owners(name).await;
        assert_eq!(owners.len(), 1 + committed.get(&tenant).copied().unwrap_or_default(), "{name}");
        assert!(owners.iter().all(|owner| owner == name), "{name}: {owners:?}");
    }
    println!(
        "interleaved: {played} transactions of 20 tenants on 3 connections, {} committed",
        committed.values().sum::<usize>()
    );
}
