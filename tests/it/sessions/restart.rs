//! The server goes down hard under a live application, with a report under way, and comes back: reports go on.

use std::{fs, path::Path, process::Command, time::Duration};

use rolewright::{
    Configured, NoMigrations, Rolewright,
    core::{
        Advice, Exit,
        settings::{Settings, Sources},
    },
};
use rolewright_embedded::{Cluster, ClusterOptions};
use rolewright_sessions::{Batch, QueryError, Report};
use sqlx::{Connection, PgConnection};

use crate::server::cli::Host;

async fn start(host: &Host, url: &str) -> Rolewright {
    let file = Some(host.folder.path().join("rolewright.toml"));
    let mut sources = Sources { file, ..Sources::default() };
    sources.set("DATABASE_URL", url);
    sources.set("CRYPTO_KEY_FILE", &host.folder.path().join(".rolewright/rolewright.key").to_string_lossy());
    let configured = Configured::new(Settings::load(&sources).unwrap().settings);
    let unlocked = configured.connect().await.unwrap().unlock().await.unwrap();
    let migrated = unlocked.migrate(&NoMigrations).await.unwrap();
    migrated.provision().await.unwrap().verify().await.unwrap().open().await.unwrap()
}

/// SIGQUIT ends all sessions at once, and nothing is written down.
fn stop_hard(folder: &Path) {
    let file = folder.join("data/postmaster.pid");
    let pid = fs::read_to_string(&file).unwrap().lines().next().unwrap().to_owned();
    assert!(Command::new("kill").args(["-QUIT", &pid]).status().unwrap().success());
    while Path::new("/proc").join(&pid).exists() {
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_go_on_after_the_server_went_down_hard() {
    let host = Host::fresh().await;
    host.config("app = \"app\"\n[roles.raw]\nread = [\"public\"]\n");
    host.run_with(&["--embedded", "apply"], "", &[("DATABASE_URL", "")]).await.exit(0);
    let folder = host.folder.path().join(".rolewright");
    let password = fs::read_to_string(folder.join("core.password")).unwrap();
    let open = || Cluster::open(&ClusterOptions::new(folder.join("postgres"))).unwrap();
    let cluster = open();
    let url = cluster.url("app_core", password.trim(), "app");
    let mut core = PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(
        "CREATE TABLE public.kept (n int); INSERT INTO public.kept SELECT generate_series(1, 1000)",
    )
    .execute(&mut core)
    .await
    .unwrap();
    let app = start(&host, &url).await;
    let known = Report::new("SELECT n FROM kept ORDER BY n");
    let run = async |report: &Report| -> Result<Batch, QueryError> {
        app.role("raw").unwrap().query(report).await?.collect().await
    };
    for _ in 0..2 {
        assert_eq!(run(&known).await.unwrap().len(), 1000);
    }

    let mut running =
        app.role("raw").unwrap().query(&Report::new("SELECT a.n FROM kept a, kept b, kept c")).await.unwrap();
    assert!(running.next_batch().await.unwrap().is_some());
    stop_hard(&folder.join("postgres"));
    let cut = loop {
        match running.next_batch().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("a result that was cut off is no whole one"),
            Err(error) => break error,
        }
    };
    assert_eq!(cut.exit(), Exit::Unavailable, "{cut:?}");
    let down = run(&known).await.unwrap_err();
    assert_eq!(down.exit(), Exit::Unavailable, "{down:?}");
    assert!(down.hint().is_some() && !format!("{down} {down:?}").contains(password.trim()));

    drop(cluster);
    let cluster = open();
    if cluster.url("app_core", password.trim(), "app") != url {
        println!("SKIPPED: somebody took the port meanwhile, so nobody can come back to it");
        return cluster.stop().unwrap();
    }
    // One that is remembered, and one that has to be checked first: each works at once or after one clear error.
    for report in [known.clone(), Report::new("SELECT count(*) FROM kept")] {
        if let Err(error) = run(&report).await {
            assert_eq!(error.exit(), Exit::Unavailable, "{error:?}");
        }
        for _ in 0..5 {
            assert!(!run(&report).await.unwrap().is_empty());
        }
    }
    drop(core);
    app.drain().await;
    cluster.stop().unwrap();
}
