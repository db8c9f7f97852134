//! Clients of two processes run reports while the secret behind the passwords rotates: no report fails.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use rolewright::sessions::Report;

use super::library::{migrated, opened};
use crate::{harness::form::either, server::cli::Host};

/// Pools whose connections live so shortly that every few reports need a login.
fn config(host: &Host) -> String {
    let lines = "max_connections = 24\npool = { max = 10, max_lifetime = 300, acquire = 20000 }\n";
    let config = host.default_config().replace("\"2s\"", "\"30s\"");
    let config = config.replace("[roles.raw]\n", &format!("[roles.raw]\n{lines}"));
    config.replace("[roles.reporting]\n", &format!("[roles.reporting]\n{lines}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_clients_do_not_notice() {
    let (clients, rotations) = (either(50, 12), either(20, 3));
    let host = Host::fresh().await;
    host.config(&config(&host));
    host.run(&["apply"]).await.exit(0);
    let url = host.db.url();
    let apps = [Arc::new(opened(&host, &url).await.unwrap()), Arc::new(opened(&host, &url).await.unwrap())];
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut tasks = tokio::task::JoinSet::new();
    for client in 0..clients {
        let (app, stop, done) = (Arc::clone(&apps[client % 2]), Arc::clone(&stop), Arc::clone(&done));
        tasks.spawn(async move {
            let (role, sql, rows) = [
                ("raw", "SELECT name FROM public.patients", 2),
                ("reporting", "SELECT * FROM reporting.daily", 10),
            ][client / 2 % 2];
            let pool = app.role(role).unwrap();
            let mut failed = Vec::new();
            while !stop.load(Ordering::SeqCst) {
                let result = async { pool.query(&Report::new(sql)).await?.collect().await }.await;
                match result {
                    Ok(result) => assert_eq!(result.len(), rows),
                    Err(error) => failed.push(format!("client {client}, {role}: {error}")),
                }
                done.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            failed
        });
    }
    let mut at_rotations = Vec::new();
    for rotation in 0..rotations {
        tokio::time::sleep(Duration::from_millis(250)).await;
        // In turn by the library of a third process, and by the command.
        if rotation % 2 == 0 {
            assert_eq!(migrated(&host, &url).await.unwrap().rotate_roles().await.unwrap().changed, 3);
        } else {
            assert_eq!(host.run(&["secret", "rotate-roles"]).await.exit(0).out, "3 role passwords changed\n");
        }
        at_rotations.push(done.load(Ordering::SeqCst));
    }
    tokio::time::sleep(Duration::from_millis(700)).await;
    stop.store(true, Ordering::SeqCst);
    let failed: Vec<String> = tasks.join_all().await.into_iter().flatten().collect();
    let done = done.load(Ordering::SeqCst);
    println!(
        "rotation: {clients} clients of two processes, {rotations} rotations, {done} reports, {} failed",
        failed.len()
    );
    for app in apps {
        app.drain().await;
    }
    // On a busy machine one interval may pass with logins alone; reports must have run in most.
    let busy = at_rotations.windows(2).filter(|two| two[0] < two[1]).count();
    assert!(2 * busy >= at_rotations.len() - 1, "hardly a report ran between rotations: {at_rotations:?}");
    assert!(
        failed.is_empty(),
        "{} of {done} reports failed, the first of them: {:#?}",
        failed.len(),
        &failed[..failed.len().min(5)]
    );
    host.run(&["check"]).await.exit(0);
}
