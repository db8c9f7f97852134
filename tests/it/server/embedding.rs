//! A host embeds the library: its own migrator in the migrate stage, typed stores on core, reports as a role.

use rolewright::{
    Configured, SeaOrm,
    core::settings::{Settings, Sources},
    sessions::Report,
};
use sea_orm_migration::prelude::*;

use super::cli::Host;

struct HostMigrator;

#[async_trait::async_trait]
impl MigratorTrait for HostMigrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Visits)]
    }
}

struct Visits;

impl MigrationName for Visits {
    fn name(&self) -> &str {
        "m0001_visits"
    }
}

#[async_trait::async_trait]
#[expect(elided_lifetimes_in_paths, reason = "the trait is expanded by async_trait, which elides them too")]
impl MigrationTrait for Visits {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql =
            "CREATE TABLE public.visits (id int PRIMARY KEY); INSERT INTO public.visits VALUES (1), (2), (3)";
        manager.get_connection().execute_unprepared(sql).await.map(|_| ())
    }
}

pub(super) fn configured(host: &Host) -> Configured {
    let mut text = host.default_config();
    let key = host.folder.path().join("rolewright.key");
    text = text.replace("rolewright.key", &key.to_string_lossy());
    host.config(&text);
    let file = Some(host.folder.path().join("rolewright.toml"));
    let mut sources = Sources { file, ..Sources::default() };
    sources.set("DATABASE_URL", &host.db.url());
    Configured::new(Settings::load(&sources).unwrap().settings)
}

#[tokio::test]
async fn the_hosts_migrations_run_before_its_roles_are_made() {
    let host = Host::fresh().await;
    let migrator = SeaOrm::<HostMigrator>::default();
    for applied in [true, false] {
        let unlocked = configured(&host).connect().await.unwrap().unlock().await.unwrap();
        let migrated = unlocked.migrate(&migrator).await.unwrap();
        assert_eq!(!migrated.applied.is_empty(), applied);
        let app = migrated.provision().await.unwrap().verify().await.unwrap().open().await.unwrap();
        let mut rows =
            app.role("raw").unwrap().query(&Report::new("SELECT count(*) FROM visits")).await.unwrap();
        assert_eq!(rows.collect().await.unwrap(), [[Some("3".to_owned())]]);
        assert!(app.role("nobody").is_err());
        app.drain().await;
    }
}

#[tokio::test]
async fn many_starts_at_once_migrate_once() {
    let host = Host::fresh().await;
    let starts = (0..6).map(|_| {
        let configured = configured(&host);
        async move {
            let unlocked = configured.connect().await?.unlock().await?;
            let migrated = unlocked.migrate(&SeaOrm::<HostMigrator>::default()).await?;
            let app = migrated.provision().await?.verify().await?.open().await?;
            app.drain().await;
            Ok::<_, rolewright::StartError>(())
        }
    });
    for outcome in futures_util::future::join_all(starts).await {
        outcome.unwrap();
    }
    let visits: i64 =
        sqlx::query_scalar("SELECT count(*) FROM visits").fetch_one(&host.db.core()).await.unwrap();
    assert_eq!(visits, 3);
}
