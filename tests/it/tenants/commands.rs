//! `rolewright tenant …` as its user meets it.

use super::module::{admin, applied, configure, listed};

#[tokio::test]
async fn a_life() {
    let host = applied().await;
    let said = host.run(&["tenant", "add", "diku", "other", "--dry-run"]).await.exit(0);
    assert!(said.out.contains("create-tenants: diku_") && said.out.contains("make-keeper"), "{}", said.out);
    assert_eq!(listed(&host).await, []);
    let said = host
        .run_with(&["tenant", "add", "diku", "--file", "-"], "# some\nother\n\n third \n", &[])
        .await
        .exit(0);
    assert!(said.out.contains("add: 3 done, 0 failed"), "{}", said.out);
    let said = host.run(&["tenant", "add", "diku"]).await.exit(0);
    assert!(said.out.contains("diku: nothing to change"), "{}", said.out);
    host.run(&["tenant", "disable", "other"]).await.exit(0);
    host.run(&["tenant", "disable", "other", "--dry-run"]).await.exit(0);
    host.run(&["tenant", "upgrade", "other"]).await.fails_in_it(
        64,
        "the tenant other is disabled",
        "tenant enable other",
    );
    host.run(&["tenant", "enable", "other"]).await.exit(0);
    host.run(&["tenant", "purge", "third"]).await.exit(64);
    host.run(&["tenant", "purge", "third", "--yes"]).await.exit(0);
    host.run(&["tenant", "purge", "third", "--yes"]).await.exit(0);
    let names = listed(&host).await;
    let states: Vec<(&str, &str)> =
        names.iter().map(|(id, state, _)| (id.as_str(), state.as_str())).collect();
    assert_eq!(states, [("diku", "active"), ("other", "active"), ("third", "purged")]);
    let shown = host.run(&["tenant", "show", "diku", "--format", "json"]).await.exit(0).json();
    assert_eq!(shown["login"], format!("_1_{}", host.db.app()));
    host.run(&["tenant", "show", "nobody"]).await.fails(64, "there is no tenant nobody", "tenant add nobody");
    let jobs = host.run(&["tenant", "jobs", "--format", "json"]).await.exit(0).json();
    assert!(jobs.as_array().unwrap().len() == 7 && jobs[0]["left"] == 0, "{jobs}");
    // None at all is no answer to what the last ones were.
    for line in [&["tenant", "jobs", "--lines", "0"][..], &["log", "-n", "0"]] {
        let said = host.run(line).await.exit(64);
        assert!(said.err.contains("'0'") && said.err.contains("--lines"), "{}", said.err);
    }
    host.run(&["tenant", "resume"]).await.exit(0);
    host.db.drop().await;
}

#[tokio::test]
async fn what_cannot_be_is_told_in_its_own_words() {
    let host = applied().await;
    host.run(&["tenant", "add"]).await.fails(64, "no tenant is named", "--file");
    host.run(&["tenant", "add", "Diku"]).await.exit(64);
    host.run_with(&["tenant", "add", "--file", "-"], "ok\ndi-ku\n", &[]).await.fails(
        64,
        "line 2: the tenant `di-ku`",
        "letter",
    );
    admin(&host, "CREATE SCHEMA place_{}").await;
    // A list that came out empty is no list of all.
    for line in
        [&["tenant", "upgrade", "--file", "-"][..], &["tenant", "upgrade", "--file", "-", "--dry-run"]]
    {
        host.run_with(line, "# none\n\n", &[]).await.fails(64, "no tenant is named", "--file");
    }
    // One that cannot be stops no other.
    let said = host.run(&["tenant", "add", "place", "fine"]).await;
    let said = said.fails_in_it(77, "the schema place_", "RENAME");
    assert!(said.out.contains("add: 1 done, 1 failed"), "{}", said.out);
    let plain =
        host.default_config().replace("[roles.reporting]", "[tenancy]\nbucket = 3\n[roles.reporting]");
    host.config(&plain);
    host.run(&["tenant", "list"]).await.fails(78, "no module is named", "tenancy.module");
    configure(&host, "");
    admin(&host, "ALTER TABLE rolewright.tenant DROP COLUMN life").await;
    host.run(&["tenant", "list"]).await.fails(78, "those of an older build", "rolewright apply");
    host.run(&["tenant", "add", "fine", "--dry-run"]).await.fails(
        1,
        "missing or incomplete",
        "rolewright apply",
    );
    admin(&host, "DROP SCHEMA rolewright CASCADE").await;
    host.run(&["tenant", "list"]).await.fails(78, "the tables of tenants are missing", "rolewright apply");
    host.db.drop().await;
}

#[tokio::test]
async fn a_rotation_changes_the_modules_passwords_too() {
    let host = applied().await;
    host.run(&["tenant", "add", "diku"]).await.exit(0);
    let url = || async { host.run(&["tenant", "url", "diku"]).await.exit(0).out.trim().to_owned() };
    let before = url().await;
    host.run(&["secret", "rotate-roles"]).await.exit(0);
    let after = url().await;
    assert_ne!(before, after);
    let role: String = sqlx::query_scalar("SELECT current_user::text")
        .fetch_one(&sqlx::PgPool::connect(&after).await.unwrap())
        .await
        .unwrap();
    assert_eq!(role, format!("diku_{}", host.db.app()));
    assert!(sqlx::PgPool::connect(&before).await.is_err());
    host.db.drop().await;
}
