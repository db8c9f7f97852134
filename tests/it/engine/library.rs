//! The library's own start, inside the test's process, for counting and for running reports.

use rolewright::{
    Configured, NoMigrations, Rolewright, StartError,
    core::settings::{Settings, Sources},
    stages::Migrated,
};

use crate::server::cli::Host;

/// The configuration of `host`, with its key file named in full, and this URL.
pub(super) fn configured(host: &Host, url: &str) -> Configured {
    let path = host.folder.path().join("rolewright.toml");
    let key = host.folder.path().join("rolewright.key").to_string_lossy().into_owned();
    let text = std::fs::read_to_string(&path).unwrap().replace("\"rolewright.key\"", &format!("{key:?}"));
    std::fs::write(&path, text).unwrap();
    let mut sources = Sources { file: Some(path), ..Sources::default() };
    sources.set("DATABASE_URL", url);
    Configured::new(Settings::load(&sources).unwrap().settings)
}

/// From configure to migrate.
pub(super) async fn migrated(host: &Host, url: &str) -> Result<Migrated, StartError> {
    configured(host, url).connect().await?.unlock().await?.migrate(&NoMigrations).await
}

/// From configure to open.
pub(super) async fn opened(host: &Host, url: &str) -> Result<Rolewright, StartError> {
    migrated(host, url).await?.provision().await?.verify().await?.open().await
}

/// A pool asks of a connection that comes back whether it is well, later than its user goes on; that is not the next stage's round trip.
pub(super) async fn settle() {
    tokio::time::sleep(std::time::Duration::from_millis(150)).await;
}
