//! What a session knows of its memberships may be older than these: PostgreSQL keeps the list, and one that was put together while a membership
//! was committed stays as it is until the next change of any role.

use super::module::{admin, applied, file, migrating, number};

/// As a session that has missed a membership: the first one is refused, and the next one is not.
#[tokio::test]
async fn a_session_that_is_refused_is_tried_again_in_a_new_one() {
    let host = applied().await;
    migrating(&host);
    host.run(&["tenant", "add", "one"]).await.exit(0);
    // Nothing else makes one session differ from the next.
    if number(&host, "SELECT current_setting('server_version_num')::int8").await >= 170_000 {
        admin(
            &host,
            "CREATE SEQUENCE public.logins; \
             CREATE FUNCTION public.login() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN \
             IF session_user = '_1_{}' THEN \
             IF nextval('public.logins') = 1 THEN REVOKE one_{} FROM _1_{} GRANTED BY _k1_{}; \
             ELSE GRANT one_{} TO _1_{} WITH INHERIT FALSE, SET TRUE GRANTED BY _k1_{}; END IF; END IF; END $$; \
             CREATE EVENT TRIGGER login ON login EXECUTE FUNCTION public.login()",
        )
        .await;
        file(&host, "002_beds.sql", "CREATE TABLE beds (id int)");
        let said = host.run(&["tenant", "upgrade"]).await.exit(0);
        assert!(said.out.contains("one: 002_beds.sql"), "{}", said.out);
        assert!(number(&host, "SELECT last_value FROM public.logins").await >= 2);
        admin(&host, "DROP EVENT TRIGGER login").await;
    }
    host.db.drop().await;
}

/// A session that has missed that a membership was taken looks again with the next change of any role.
#[tokio::test]
async fn what_is_taken_from_the_login_is_followed_by_one_more_change() {
    let host = applied().await;
    host.run(&["tenant", "add", "one"]).await.exit(0);
    let before = number(&host, "SELECT pg_current_xact_id()::text::int8").await;
    host.run(&["tenant", "disable", "one"]).await.exit(0);
    let changed =
        format!("SELECT count(*) FROM pg_authid WHERE rolname = 'one_{{}}' AND xmin::text::int8 > {before}");
    assert_eq!(number(&host, &changed).await, 1);
    let as_it_was =
        "SELECT count(*) FROM pg_roles WHERE rolname = 'one_{}' AND NOT rolinherit AND NOT rolcanlogin";
    assert_eq!(number(&host, as_it_was).await, 1);
    host.db.drop().await;
}
