//! What is asked for by mistake, or stands in the way of one tenant: it is told, it is nobody else's trouble, and nothing comes of it later.

use super::module::{admin, applied, configure, file, listed, migrating, number};

#[tokio::test]
async fn an_upgrade_makes_no_tenant() {
    let host = applied().await;
    configure(&host, "[tenancy.reports]\nmax_connections = 4");
    host.run(&["apply"]).await.exit(0);
    host.run(&["tenant", "add", "diku"]).await.exit(0);
    host.run(&["tenant", "purge", "diku", "--yes"]).await.exit(0);
    for (id, words) in [("typo", "there is no tenant typo"), ("diku", "the tenant diku was purged")] {
        host.run(&["tenant", "upgrade", id, "--dry-run"]).await.exit(64);
        host.run(&["tenant", "upgrade", id]).await.fails_in_it(64, words, &format!("tenant add {id}"));
    }
    let names = listed(&host).await;
    assert!(names.len() == 1 && names[0].1 == "purged", "{names:?}");
    assert_eq!(
        number(&host, "SELECT count(*) FROM pg_roles WHERE rolname IN ('typo_{}', 'diku_{}')").await,
        0
    );
    host.db.drop().await;
}

#[tokio::test]
async fn a_statement_that_fails_for_one_stops_no_other() {
    let host = applied().await;
    // Its membership is a superuser's to take away.
    admin(
        &host,
        "CREATE ROLE bad_{} NOLOGIN NOINHERIT; CREATE SCHEMA bad_{} AUTHORIZATION bad_{}; GRANT pg_monitor TO bad_{}; \
         CREATE ROLE boss_{} SUPERUSER; GRANT boss_{} TO bad_{}",
    )
    .await;
    let said = host.run(&["tenant", "add", "--adopt", "aaa", "bad", "zzz"]).await;
    let said = said.fails_in_it(77, "revoke-membership bad_", "");
    assert!(said.out.contains("add: 2 done, 1 failed"), "{}", said.out);
    let unfinished = "SELECT count(*) FROM rolewright.tenant_job WHERE finished_at IS NULL";
    assert_eq!(number(&host, unfinished).await, 0);
    host.run(&["tenant", "resume"]).await.exit(0);
    admin(&host, "DROP OWNED BY bad_{}; DROP ROLE bad_{}; DROP ROLE boss_{}").await;
    host.db.drop().await;
}

#[tokio::test]
async fn a_rehearsal_says_what_would_come() {
    let host = applied().await;
    migrating(&host);
    host.run(&["tenant", "add", "diku"]).await.exit(0);
    let said = host.run(&["tenant", "upgrade", "--dry-run"]).await.exit(0);
    assert!(said.out.contains("nothing to change"), "{}", said.out);
    file(&host, "002_beds.sql", "CREATE TABLE beds (id int)");
    for line in [&["tenant", "upgrade", "--dry-run"][..], &["tenant", "add", "diku", "--dry-run"]] {
        let said = host.run(line).await.exit(0);
        assert!(said.out.contains("migrate: 002_beds.sql"), "{}", said.out);
    }
    assert_eq!(number(&host, "SELECT count(*) FROM pg_tables WHERE tablename = 'beds'").await, 0);
    let said = host.run(&["tenant", "purge", "diku", "--dry-run"]).await.exit(0);
    assert!(
        said.out.contains("drop-schema: diku_") && said.out.contains("drop-tenant: diku_"),
        "{}",
        said.out
    );
    admin(&host, "CREATE VIEW public.looks AS SELECT * FROM diku_{}.wards").await;
    let said = host.run(&["tenant", "purge", "diku", "--dry-run"]).await.exit(5);
    assert!(said.out.contains("refused: others' objects need what the tenant diku has"), "{}", said.out);
    assert!(!said.out.contains("drop-"), "{}", said.out);
    assert_eq!(listed(&host).await[0].1, "active");
    host.db.drop().await;
}

#[tokio::test]
async fn an_extension_in_its_schema_is_not_its_own() {
    let host = applied().await;
    host.run(&["tenant", "add", "diku", "oslo"]).await.exit(0);
    admin(
        &host,
        "CREATE EXTENSION citext SCHEMA diku_{}; CREATE TABLE oslo_{}.loan (id int, who diku_{}.citext); ALTER TABLE oslo_{}.loan OWNER TO oslo_{}",
    )
    .await;
    let said = host.run(&["tenant", "purge", "diku", "--yes"]).await;
    said.fails_in_it(5, "extension citext", "ALTER EXTENSION");
    assert_eq!(listed(&host).await[0].1, "active");
    admin(&host, "CREATE SCHEMA shared; ALTER EXTENSION citext SET SCHEMA shared").await;
    host.run(&["tenant", "purge", "diku", "--yes"]).await.exit(0);
    assert_eq!(
        number(&host, "SELECT count(*) FROM pg_attribute WHERE attname = 'who' AND NOT attisdropped").await,
        1
    );
    host.db.drop().await;
}
