//! A command that is told to stop: what is at work comes to its end, and what is not begun is never done by anybody.

use std::process::Command;

use super::module::{applied, configure, file, listed, migrating, number};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_signal_nothing_more_is_begun() {
    let host = applied().await;
    migrating(&host);
    configure(&host, "parallel = 1\n[tenancy.migrate]\nfolder = \"migrations\"");
    host.run(&["tenant", "add", "one", "two", "three"]).await.exit(0);
    file(&host, "002_slow.sql", "SELECT pg_catalog.pg_sleep(3);");
    for signal in ["-INT", "-TERM"] {
        let child = host.command(&["tenant", "upgrade"]).spawn().unwrap();
        let running =
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(3)%' AND usename = '_1_{}'";
        while number(&host, running).await == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let said = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
        let (out, err) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
        assert_eq!(said.status.code(), Some(130), "{out}{err}");
        assert!(out.contains("1 failed") || out.contains("2 failed"), "{out}");
        assert!(err.contains("stopping") && err.contains("the job was stopped before all was done"), "{err}");
        let said = host.run(&["tenant", "resume"]).await.exit(0);
        assert!(said.err.contains("every job has finished"), "{}", said.err);
    }
    let upgraded = listed(&host).await.iter().filter(|one| one.2 == "002_slow.sql").count();
    assert_eq!(upgraded, 2, "one for each signal");
    host.db.drop().await;
}
