//! What a tenant had is gone: nobody puts something empty in its place without being asked.

use super::module::{admin, applied, configure, listed, migrating, number};

#[tokio::test]
async fn a_schema_that_is_gone_is_not_made_anew() {
    let host = applied().await;
    migrating(&host);
    host.run(&["tenant", "add", "one", "two"]).await.exit(0);
    admin(&host, "DROP SCHEMA one_{} CASCADE").await;
    for line in [&["tenant", "upgrade"][..], &["tenant", "add", "one"]] {
        let rehearsed = host.run(&[line, &["--dry-run"]].concat()).await.exit(77);
        assert!(rehearsed.out.contains("is gone, and what was in it with it"), "{}", rehearsed.out);
        let said = host.run(line).await;
        said.fails_in_it(77, "is gone, and what was in it with it", "restore it from a backup");
    }
    assert_eq!(number(&host, "SELECT count(*) FROM pg_namespace WHERE nspname = 'one_{}'").await, 0);
    // It can be refused, and not be enabled; and it begins anew where that is asked for.
    host.run(&["tenant", "disable", "one"]).await.exit(0);
    host.run(&["tenant", "enable", "one"]).await.fails_in_it(77, "is gone", "restore it");
    host.run(&["tenant", "purge", "one", "--yes"]).await.exit(0);
    host.run(&["tenant", "add", "one"]).await.exit(0);
    assert_eq!(number(&host, "SELECT count(*) FROM one_{}.wards").await, 0);
    let states: Vec<String> = listed(&host).await.into_iter().map(|one| one.1).collect();
    assert_eq!(states, ["active", "active"]);
    host.db.drop().await;
}

/// Half made once more, since whoever enabled it was killed, it is no new one: a program's migrations leave no version behind.
#[tokio::test]
async fn one_that_is_half_made_again_had_something_too() {
    let host = applied().await;
    configure(&host, "[tenancy.migrate]\ncommand = [\"true\"]");
    host.run(&["tenant", "add", "one"]).await.exit(0);
    host.run(&["tenant", "disable", "one"]).await.exit(0);
    admin(&host, "UPDATE rolewright.tenant SET state = 'adding'; DROP SCHEMA one_{} CASCADE").await;
    host.run(&["tenant", "enable", "one"]).await.fails_in_it(77, "is gone", "restore it");
    host.run(&["tenant", "purge", "one", "--yes"]).await.exit(0);
    host.run(&["tenant", "add", "one"]).await.exit(0);
    host.db.drop().await;
}

/// As a database is that was restored without the cluster's roles.
#[tokio::test]
async fn a_role_that_is_gone_is_told_with_the_way_back() {
    let host = applied().await;
    migrating(&host);
    host.run(&["tenant", "add", "one"]).await.exit(0);
    admin(
        &host,
        "INSERT INTO one_{}.wards VALUES (1, 'kept'); REASSIGN OWNED BY one_{} TO CURRENT_USER; DROP OWNED BY one_{}; DROP ROLE one_{}",
    )
    .await;
    for line in
        [&["tenant", "upgrade", "one"][..], &["tenant", "add", "one"], &["tenant", "add", "--adopt", "one"]]
    {
        let said = host.run(line).await.fails_in_it(77, "the tenant's role one_", "pg_dumpall --roles-only");
        assert!(said.err.contains("CREATE ROLE \"one_") && said.err.contains("--adopt one"), "{}", said.err);
    }
    let said = host.run(&["tenant", "upgrade", "one"]).await;
    let hint = said.err.lines().find_map(|line| line.strip_prefix("hint: ")).unwrap();
    let by_hand = hint.split_once("; or ").unwrap().1;
    let (create, _) = by_hand.split_once(", and the same of").unwrap();
    admin(&host, create).await;
    admin(
        &host,
        "ALTER TABLE one_{}.wards OWNER TO one_{}; ALTER TABLE one_{}.rolewright_migrations OWNER TO one_{}",
    )
    .await;
    admin(&host, &format!("GRANT one_{{}} TO {} WITH ADMIN OPTION", host.db.core_role())).await;
    host.run(&["tenant", "add", "--adopt", "one"]).await.exit(0);
    assert_eq!(number(&host, "SELECT count(*) FROM one_{}.wards").await, 1);

    // It can be refused meanwhile; and a purge does not say that all is gone while it is there.
    admin(&host, "REASSIGN OWNED BY one_{} TO CURRENT_USER; DROP OWNED BY one_{}; DROP ROLE one_{}").await;
    host.run(&["tenant", "disable", "one"]).await.exit(0);
    host.run(&["tenant", "purge", "one", "--dry-run"]).await.exit(77);
    host.run(&["tenant", "purge", "one", "--yes"]).await.fails_in_it(
        77,
        "the schema one_",
        "DROP SCHEMA \"one_",
    );
    admin(&host, "DROP SCHEMA one_{} CASCADE").await;
    host.run(&["tenant", "purge", "one", "--yes"]).await.exit(0);
    host.db.drop().await;
}

/// The row knows the tenant's role by its number.
#[tokio::test]
async fn a_role_that_was_renamed_is_told_by_both_names() {
    let host = applied().await;
    migrating(&host);
    host.run(&["tenant", "add", "one", "two"]).await.exit(0);
    admin(&host, "ALTER ROLE one_{} RENAME TO first_{}").await;
    let app = host.db.app();
    let rename = format!("ALTER ROLE \"first_{app}\" RENAME TO \"one_{app}\"");
    let words = format!("the role of the tenant one was renamed: first_{app}");
    for line in [
        &["tenant", "upgrade", "one"][..],
        &["tenant", "add", "--adopt", "one"],
        &["tenant", "purge", "one", "--yes"],
    ] {
        host.run(line).await.fails_in_it(77, &words, &rename);
    }
    let said = host.run(&["tenant", "purge", "one", "--dry-run"]).await.exit(77);
    assert!(said.out.contains(&words), "{}", said.out);
    host.run(&["tenant", "upgrade", "two"]).await.exit(0);
    host.run(&["tenant", "disable", "one"]).await.exit(0);
    let members = "SELECT count(*) FROM pg_auth_members WHERE roleid = 'first_{}'::regrole AND member = '_1_{}'::regrole";
    assert_eq!(number(&host, members).await, 0);
    host.run(&["tenant", "enable", "one"]).await.fails_in_it(77, &words, &rename);
    admin(&host, &rename).await;
    host.run(&["tenant", "enable", "one"]).await.exit(0);
    assert_eq!(listed(&host).await[0].1, "active");
    host.db.drop().await;
}

/// As a botched repair leaves it.
#[tokio::test]
async fn a_name_that_another_role_bears_keeps_no_tenant_from_being_refused() {
    let host = applied().await;
    migrating(&host);
    host.run(&["tenant", "add", "one", "two"]).await.exit(0);
    admin(&host, "ALTER ROLE one_{} RENAME TO first_{}; CREATE ROLE one_{} NOLOGIN").await;
    let app = host.db.app();
    let words = format!("was renamed: first_{app}, and another role bears the name one_{app}");
    let fix =
        format!("ALTER ROLE \"one_{app}\" RENAME TO …; ALTER ROLE \"first_{app}\" RENAME TO \"one_{app}\"");
    host.run(&["tenant", "upgrade", "one"]).await.fails_in_it(77, &words, &fix);
    host.run(&["tenant", "disable", "one"]).await.exit(0);
    let members = "SELECT count(*) FROM pg_auth_members WHERE roleid = 'first_{}'::regrole AND member = '_1_{}'::regrole";
    assert_eq!(number(&host, members).await, 0);
    assert_eq!(listed(&host).await[0].1, "disabled");
    admin(&host, "DROP ROLE one_{}; ALTER ROLE first_{} RENAME TO one_{}").await;
    host.run(&["tenant", "enable", "one"]).await.exit(0);

    // And where the tenant's own is gone altogether.
    admin(&host, "DROP OWNED BY two_{}; DROP ROLE two_{}; CREATE ROLE two_{} NOLOGIN").await;
    host.run(&["tenant", "disable", "two"]).await.exit(0);
    assert_eq!(listed(&host).await[1].1, "disabled");
    admin(&host, "DROP ROLE two_{}").await;
    host.db.drop().await;
}

/// What it let the checker do is the tenant's trouble, and keeps nobody from starting.
#[tokio::test]
async fn a_renamed_role_stops_no_start() {
    let host = applied().await;
    configure(&host, "[tenancy.reports]\nmax_connections = 4");
    host.run(&["apply"]).await.exit(0);
    host.run(&["tenant", "add", "one"]).await.exit(0);
    admin(&host, "ALTER ROLE one_{} RENAME TO first_{}").await;
    host.run(&["apply"]).await.exit(0);
    admin(&host, "ALTER ROLE first_{} RENAME TO first").await;
    host.run(&["apply"]).await.exit(0);
    admin(&host, "ALTER ROLE first RENAME TO one_{}").await;
    host.run(&["query", "--as", "tenant:one", "SELECT 1"]).await.exit(0);
    host.db.drop().await;
}
