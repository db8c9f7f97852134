//! The number by which a row knows its tenant's role: a name that another role bears puts no other number into it, and one that has got there
//! is known for what it is.

use super::module::{admin, applied, listed, migrating, number};
use crate::server::cli::Host;

/// Whether each row has the number of the role of its name.
const RIGHT: &str =
    "SELECT count(*) FROM rolewright.tenant t JOIN pg_roles r ON r.rolname = t.role AND r.oid = t.role_oid";

const SWAPPED: &str = "ALTER ROLE one_{} RENAME TO third_{}; ALTER ROLE two_{} RENAME TO one_{}; ALTER ROLE third_{} RENAME TO two_{}";

async fn with_two() -> Host {
    let host = applied().await;
    migrating(&host);
    host.run(&["tenant", "add", "one", "two"]).await.exit(0);
    host
}

/// Whether the module's login may become the role of this name.
async fn is_open(host: &Host, role: &str) -> bool {
    // By name, as a statement that is kept remembers what such a name was when it was read first.
    let sql = format!(
        "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles l ON l.oid = m.member \
         WHERE r.rolname = '{role}_{{}}' AND l.rolname = '_1_{{}}'"
    );
    number(host, &sql).await == 1
}

async fn state(host: &Host, id: &str) -> String {
    listed(host).await.into_iter().find(|one| one.0 == id).unwrap().1
}

#[tokio::test]
async fn names_that_were_swapped_leave_each_row_its_number() {
    let host = with_two().await;
    admin(&host, SWAPPED).await;
    host.run(&["tenant", "disable", "one"]).await.exit(0);
    assert!(is_open(&host, "one").await && !is_open(&host, "two").await, "of one by its number");
    admin(&host, SWAPPED).await;
    assert_eq!(number(&host, RIGHT).await, 2);
    let said = host.run(&["tenant", "disable", "one"]).await.exit(0);
    assert!(!is_open(&host, "one").await, "{}", said.out);
    assert!(is_open(&host, "two").await, "{}", said.out);
    host.run(&["tenant", "enable", "one"]).await.exit(0);
    host.run(&["tenant", "upgrade"]).await.exit(0);
    host.db.drop().await;
}

/// As an older version has left it.
#[tokio::test]
async fn a_number_that_is_another_tenants_is_known_and_repaired() {
    let host = with_two().await;
    let wrong = "UPDATE rolewright.tenant SET role_oid = 'two_{}'::regrole WHERE id = 'one'";
    for line in [&["tenant", "disable", "one"][..], &["tenant", "enable", "one"], &["tenant", "upgrade"]] {
        admin(&host, wrong).await;
        host.run(line).await.exit(0);
        assert_eq!(number(&host, RIGHT).await, 2, "{line:?}");
        assert!(is_open(&host, "two").await, "{line:?}");
        assert_eq!(is_open(&host, "one").await, line[1] != "disable");
    }
    // Where the names are still swapped, the schema tells.
    admin(&host, SWAPPED).await;
    admin(&host, "UPDATE rolewright.tenant SET role_oid = 'one_{}'::regrole").await;
    let words = format!("was renamed: two_{0}, and another role bears the name one_{0}", host.db.app());
    host.run(&["tenant", "upgrade", "one"]).await.fails_in_it(77, &words, "RENAME TO");
    host.run(&["tenant", "disable", "one"]).await.exit(0);
    assert!(is_open(&host, "one").await && !is_open(&host, "two").await, "of one by its schema");
    admin(&host, SWAPPED).await;
    assert_eq!(number(&host, RIGHT).await, 2);
    admin(&host, wrong).await;
    host.run(&["tenant", "purge", "one", "--yes"]).await.exit(0);
    assert_eq!(number(&host, "SELECT count(*) FROM two_{}.wards").await, 0);
    assert_eq!(number(&host, "SELECT count(*) FROM pg_roles WHERE rolname = 'one_{}'").await, 0);
    host.db.drop().await;
}

const STRANGER: &str = "DROP OWNED BY one_{}; DROP ROLE one_{}; CREATE ROLE one_{} LOGIN";

/// Neither what was just refused nor a row of an older version has it taken for the tenant's.
#[tokio::test]
async fn an_administrators_role_of_the_same_name_is_left_alone() {
    let host = with_two().await;
    admin(&host, STRANGER).await;
    let as_it_was = "SELECT count(*) FROM pg_roles WHERE rolname = 'one_{}' AND rolcanlogin AND shobj_description(oid, 'pg_authid') IS NULL";
    host.run(&["tenant", "disable", "one"]).await.exit(0);
    for wrong in [
        "UPDATE rolewright.tenant SET id = id",
        "UPDATE rolewright.tenant SET role_oid = 'one_{}'::regrole WHERE id = 'one'",
    ] {
        admin(&host, wrong).await;
        let said = host.run(&["tenant", "purge", "one", "--yes"]).await;
        said.fails_in_it(77, "is not the one that was the tenant's", "if it shall go");
        let said = host.run(&["tenant", "enable", "one"]).await;
        said.fails_in_it(77, "was not made by rolewright", "tenant add --adopt one");
        host.run(&["tenant", "disable", "one"]).await.exit(0);
        assert_eq!(number(&host, as_it_was).await, 1, "{wrong}");
    }
    admin(&host, "DROP ROLE one_{}").await;
    host.run(&["tenant", "purge", "one", "--yes"]).await.exit(0);
    host.db.drop().await;
}

#[tokio::test]
async fn a_rename_is_still_told_after_a_disable() {
    let host = with_two().await;
    admin(&host, "ALTER ROLE one_{} RENAME TO first_{}; CREATE ROLE one_{} NOLOGIN").await;
    host.run(&["tenant", "disable", "one"]).await.exit(0);
    let app = host.db.app();
    let words = format!("was renamed: first_{app}, and another role bears the name one_{app}");
    for wrong in [
        "UPDATE rolewright.tenant SET id = id",
        "UPDATE rolewright.tenant SET role_oid = 'one_{}'::regrole WHERE id = 'one'",
    ] {
        admin(&host, wrong).await;
        for line in [&["tenant", "enable", "one"][..], &["tenant", "purge", "one", "--yes"]] {
            host.run(line).await.fails_in_it(
                77,
                &words,
                &format!("ALTER ROLE \"first_{app}\" RENAME TO \"one_{app}\""),
            );
        }
    }
    assert_eq!(state(&host, "one").await, "disabled");
    admin(&host, "DROP ROLE one_{}; ALTER ROLE first_{} RENAME TO one_{}").await;
    host.run(&["tenant", "enable", "one"]).await.exit(0);
    assert_eq!(number(&host, RIGHT).await, 2);
    host.db.drop().await;
}
