//! Holes that were made by hand: found at the next look, and closed, or refused where core may not.

use rolewright_roles::tenants::{Aim, Reporting};
use sqlx::Connection;
use uuid::Uuid;

use super::fixture::{House, kinds, state};

async fn count(house: &House, sql: &str) -> i64 {
    let sql = sql.replace("{}", &house.db.app());
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&house.db.admin()).await.unwrap()
}

const MEMBERS: &str =
    "SELECT count(*) FROM pg_auth_members m WHERE m.roleid = 'a_{}'::regrole AND m.member = 'b_{}'::regrole";

#[tokio::test]
async fn a_tenant_that_may_become_another_is_never_left_so() {
    let house = House::new().await;
    house.done(&[("a", Aim::Present), ("b", Aim::Present)]).await;
    // What our own hands gave, they take back.
    let ours = if house.strict().await { "_k1_{}" } else { "\"{core}\"" };
    house.admin(&format!("BEGIN; SET LOCAL ROLE {ours}; GRANT a_{{}} TO b_{{}}; COMMIT")).await;
    let done = house.done(&[("a", Aim::Present), ("b", Aim::Present)]).await;
    assert_eq!(kinds(&done).len(), 1, "{:?}", done.changes);
    assert_eq!(count(&house, MEMBERS).await, 0);

    // What somebody else gave, it cannot from 16 on: then the one that reads the other is refused, with the statement.
    house.admin("GRANT a_{} TO b_{}").await;
    let done = house.provision(&house.want(&[("b", Aim::Present)])).await;
    if house.strict().await {
        let refusal = &done.refused.values().next().unwrap()[0];
        assert_eq!(refusal.kind, "extra-membership");
        house.admin(&refusal.fix).await;
        house.done(&[("b", Aim::Present)]).await;
    } else {
        assert_eq!(kinds(&done), ["revoke-membership"]);
    }
    assert_eq!(count(&house, MEMBERS).await, 0);
    assert!(house.done(&[("a", Aim::Present), ("b", Aim::Present)]).await.changes.is_empty());

    // On its way out it is not held up by that.
    house.admin("GRANT a_{} TO b_{}").await;
    house.done(&[("b", Aim::Purging)]).await;
    house.db.drop().await;
}

#[tokio::test]
async fn a_reports_login_that_may_become_a_tenant_is_never_left_so() {
    let mut house = House::new().await;
    house.wanted.reports = Some(Reporting { connections: 2, ..Reporting::default() });
    house.done(&[("a", Aim::Present), ("b", Aim::Present)]).await;
    house.admin("GRANT a_{} TO _r_b_{}; ALTER ROLE _r_b_{} IN DATABASE \"{}\" SET search_path = a_{}").await;
    let done = house.provision(&house.want(&[("b", Aim::Present)])).await;
    if house.strict().await {
        let refusal = &done.refused.values().next().unwrap()[0];
        assert_eq!(refusal.kind, "extra-membership");
        house.admin(&refusal.fix).await;
        house.done(&[("b", Aim::Present)]).await;
    }
    let left = "SELECT (SELECT count(*) FROM pg_auth_members m WHERE m.member = '_r_b_{}'::regrole) \
                + (SELECT count(*) FROM pg_db_role_setting s WHERE s.setrole = '_r_b_{}'::regrole AND s.setdatabase <> 0)";
    assert_eq!(count(&house, left).await, 0);
    assert!(house.done(&[("b", Aim::Present)]).await.changes.is_empty());
    house.db.drop().await;
}

#[tokio::test]
async fn the_login_role_is_no_more_than_it_was_made() {
    let house = House::new().await;
    house.done(&[("a", Aim::Present)]).await;
    // Its own sessions may do this, and every later one would begin as a tenant, or end before it has begun.
    let mut module = house.login(1).await;
    let by_itself = format!(
        "ALTER ROLE CURRENT_USER SET role = '{}'; ALTER ROLE CURRENT_USER SET statement_timeout = '1ms'; \
         ALTER ROLE CURRENT_USER IN DATABASE \"{}\" SET default_transaction_read_only = on",
        house.role("a"),
        house.db.app()
    );
    assert_eq!(state(&mut module, &by_itself).await, None);
    module.close().await.unwrap();
    let done = house.done(&[("a", Aim::Present)]).await;
    assert_eq!(kinds(&done), ["reset-login"]);
    let kept = "SELECT coalesce(string_agg(c, ';'), '') FROM pg_db_role_setting s, unnest(s.setconfig) c WHERE s.setrole = '_1_{}'::regrole"
        .replace("{}", &house.db.app());
    let kept: String =
        sqlx::query_scalar(sqlx::AssertSqlSafe(kept)).fetch_one(&house.db.admin()).await.unwrap();
    assert_eq!(kept, "");

    house.admin("GRANT pg_read_all_data TO _1_{}").await;
    let done = house.provision(&house.want(&[("a", Aim::Present)])).await;
    if house.strict().await {
        let refusal = &done.refused.values().next().unwrap()[0];
        assert_eq!(refusal.kind, "extra-membership");
        assert!(refusal.fix.starts_with("REVOKE \"pg_read_all_data\" FROM"), "{}", refusal.fix);
        house.admin(&refusal.fix).await;
    } else {
        assert_eq!(kinds(&done), ["revoke-membership"]);
    }
    assert!(house.done(&[("a", Aim::Present)]).await.changes.is_empty());
    house.db.drop().await;
}

/// A tenant is what the rows say: its name is anybody's to give.
#[tokio::test]
async fn a_role_that_only_bears_the_name_of_a_tenant_is_none() {
    let house = House::new().await;
    house.done(&[("a", Aim::Present), ("left", Aim::Present)]).await;
    house.done(&[("left", Aim::Purging)]).await;
    house.done(&[("left", Aim::Gone)]).await;
    for name in ["reader", "left"] {
        let make = "CREATE ROLE {id}_{} NOLOGIN; CREATE SCHEMA {id}_{} AUTHORIZATION {id}_{}; GRANT {id}_{} TO _1_{}";
        house.admin(&make.replace("{id}", name)).await;
        // As an administrator makes a tenant that is to be taken over.
        assert!(house.done(&[("a", Aim::Present)]).await.changes.is_empty());
        house.admin(&"GRANT pg_read_all_data TO {id}_{}".replace("{id}", name)).await;
        let done = house.provision(&house.want(&[("a", Aim::Present)])).await;
        if house.strict().await {
            let refusal = &done.refused.values().next().unwrap()[0];
            assert_eq!(refusal.kind, "extra-membership");
            assert!(refusal.message.contains(&house.role(name)), "{}", refusal.message);
            // Nobody is held up who is on the way out.
            house.admin("UPDATE rolewright.tenant SET state = 'active' WHERE id = 'a'").await;
            house.done(&[("a", Aim::Disabled)]).await;
            house.admin(&refusal.fix).await;
            house.done(&[("a", Aim::Enabled)]).await;
        } else {
            assert_eq!(kinds(&done), ["revoke-membership"]);
        }
        assert!(house.done(&[("a", Aim::Present)]).await.changes.is_empty());
    }
    house.db.drop().await;
}

#[tokio::test]
async fn a_keeper_is_nobodys_to_use_though_it_makes_nothing() {
    let house = House::new().await;
    house.done(&[("a", Aim::Present)]).await;
    house
        .admin(
            "ALTER ROLE _k1_{} LOGIN; GRANT EXECUTE ON FUNCTION rolewright._k1_{} TO PUBLIC; \
             GRANT EXECUTE ON FUNCTION rolewright._k1_{} TO _1_{}",
        )
        .await;
    assert_eq!(kinds(&house.done(&[("a", Aim::Present)]).await), ["make-keeper"]);
    let open = "SELECT (SELECT count(*) FROM pg_roles WHERE rolname = '_k1_{}' AND rolcanlogin) \
                + (SELECT count(*) FROM pg_proc p, aclexplode(p.proacl) a WHERE p.proname = '_k1_{}' \
                   AND a.grantee NOT IN (p.proowner, (SELECT oid FROM pg_roles WHERE rolname = '{core}')))";
    assert_eq!(count(&house, &open.replace("{core}", &house.db.core_role())).await, 0);
    assert!(house.done(&[("a", Aim::Present)]).await.changes.is_empty());
    house.db.drop().await;
}

/// A database that was copied has the rows of the tenants that live in the other one, down to the oids of their roles.
#[tokio::test]
async fn what_bears_another_installations_mark_is_left_alone_whatever_the_rows_say() {
    let mut house = House::new().await;
    house.wanted.reports = Some(Reporting { connections: 2, ..Reporting::default() });
    house.done(&[("a", Aim::Present), ("b", Aim::Present)]).await;
    house.done(&[("b", Aim::Purging)]).await;
    let live = house.wanted.installation;
    house.wanted.installation = Uuid::new_v4();
    let aims = [("a", Aim::Present), ("a", Aim::Mended), ("a", Aim::Purging), ("b", Aim::Gone)];
    for adopt in [false, true] {
        for aim in aims {
            house.wanted.adopt = adopt;
            let done = house.provision(&house.want(&[aim])).await;
            let refusal = &done.refused.values().next().unwrap()[0];
            assert_eq!(refusal.kind, "foreign-role", "{aim:?}");
            assert!(refusal.message.contains(&live.to_string()), "{}", refusal.message);
            assert!(done.changes.is_empty(), "{:?}", done.changes);
        }
    }
    house.wanted.adopt = false;
    let other = std::mem::replace(&mut house.wanted.installation, live);
    assert!(house.done(&[("a", Aim::Present)]).await.changes.is_empty());

    // Where it is an id that this database had before it was moved, all of them are its own, and marked anew.
    house.wanted.installation = other;
    house.wanted.previous = vec![live];
    house.done(&[("a", Aim::Present), ("b", Aim::Gone)]).await;
    assert!(house.done(&[("a", Aim::Present)]).await.changes.is_empty());
    let old = format!(
        "SELECT (SELECT count(*) FROM pg_shdescription WHERE description LIKE '%{live}') \
         + (SELECT count(*) FROM pg_db_role_setting s, unnest(s.setconfig) c WHERE c LIKE '%{live}')"
    );
    assert_eq!(count(&house, &old).await, 1, "the group is marked when a keeper makes the next tenant");
    house.done(&[("c", Aim::Present)]).await;
    assert_eq!(count(&house, &old).await, 0);
    house.db.drop().await;
}

#[tokio::test]
async fn default_privileges_of_its_own_do_not_keep_a_role_from_being_taken_over() {
    let mut house = House::new().await;
    house
        .admin(
            "CREATE ROLE a_{} NOLOGIN NOINHERIT; CREATE SCHEMA a_{} AUTHORIZATION a_{}; \
             ALTER DEFAULT PRIVILEGES FOR ROLE a_{} IN SCHEMA a_{} GRANT SELECT ON TABLES TO pg_monitor; \
             GRANT a_{} TO \"{core}\" WITH ADMIN OPTION",
        )
        .await;
    house.wanted.adopt = true;
    house.done(&[("a", Aim::Present)]).await;
    house.db.drop().await;
}

/// A schema that was renamed to be kept goes with nobody.
#[tokio::test]
async fn what_a_role_owns_elsewhere_is_not_dropped_with_it() {
    let house = House::new().await;
    house.done(&[("a", Aim::Present)]).await;
    house.admin("ALTER SCHEMA a_{} RENAME TO a_backup; CREATE TABLE public.kept (id int); ALTER TABLE public.kept OWNER TO a_{}").await;
    house.done(&[("a", Aim::Purging)]).await;
    let done = house.provision(&house.want(&[("a", Aim::Gone)])).await;
    let refusal = &done.refused.values().next().unwrap()[0];
    assert_eq!(refusal.kind, "owner");
    for name in ["schema a_backup", "table public.kept"] {
        assert!(refusal.message.contains(name), "{}", refusal.message);
    }
    assert_eq!(count(&house, "SELECT count(*) FROM pg_class WHERE relname = 'kept'").await, 1);
    house.admin("ALTER SCHEMA a_backup OWNER TO \"{core}\"; DROP TABLE public.kept").await;
    house.done(&[("a", Aim::Gone)]).await;
    assert_eq!(count(&house, "SELECT count(*) FROM pg_namespace WHERE nspname = 'a_backup'").await, 1);
    house.db.drop().await;
}
