//! The login roles and keepers that come after the first: made by another hand, and no different.

use rolewright_roles::tenants::Aim;

use super::fixture::{House, kinds, state};

/// A login role's mark, and who its members are, by what right and whose grant; its number is left out.
async fn login(house: &House, number: u32) -> Vec<String> {
    let facts = "SELECT shobj_description(r.oid, 'pg_authid') FROM pg_roles r WHERE r.rolname = $1 UNION ALL \
                 SELECT m.member::regrole || ' ' || m.grantor::regrole || ' ' || (to_jsonb(m) - '{oid,roleid,member,grantor}'::text[]) \
                 FROM pg_roles r JOIN pg_auth_members m ON m.roleid = r.oid WHERE r.rolname = $1";
    let name = house.wanted.module.login(number).to_string();
    sqlx::query_scalar(facts).bind(name).fetch_all(&house.db.admin()).await.unwrap()
}

async fn roles(house: &House) -> Vec<String> {
    let own =
        "SELECT replace(rolname, $1, 'm') FROM pg_roles WHERE rolname ~ ('^_.*_' || $1 || '$') ORDER BY 1";
    sqlx::query_scalar(own).bind(house.db.app()).fetch_all(&house.db.admin()).await.unwrap()
}

#[tokio::test]
async fn a_login_among_others_is_as_the_first_one() {
    let mut house = House::new().await;
    house.wanted.bucket = 1;
    house.done(&[("a", Aim::Present)]).await;
    let done = house.done(&[("b", Aim::Present), ("c", Aim::Present)]).await;
    assert_eq!(kinds(&done), ["create-login", "create-login", "create-tenants", "create-tenants"]);
    // From 16 on core's own memberships are not looked through for the mark.
    assert_eq!(done.changes[1].sql.contains("DROP ROLE"), house.strict().await, "{}", done.changes[1].sql);
    let first = login(&house, 1).await;
    assert!(!first.is_empty());
    assert_eq!((login(&house, 2).await, login(&house, 3).await), (first.clone(), first.clone()));
    assert_eq!(roles(&house).await, ["_1_m", "_2_m", "_3_m", "_k1_m", "_k_m"]);
    assert_eq!(house.done(&[("c", Aim::Present)]).await.attempts, 0);

    // Core may do with it as with any other.
    house.admin("COMMENT ON ROLE _3_{} IS NULL; ALTER ROLE _3_{} INHERIT").await;
    assert_eq!(kinds(&house.done(&[("c", Aim::Present)]).await), ["alter-login", "comment"]);
    let mut module = house.login(3).await;
    assert_eq!(state(&mut module, &format!("SET LOCAL ROLE {}", house.role("c"))).await, None);
    assert_eq!(
        state(&mut module, &format!("SET LOCAL ROLE {}", house.role("b"))).await.as_deref(),
        Some("42501")
    );
    drop(module);
    house.db.drop().await;
}

/// What would keep the mark from being made so keeps no login from being made.
#[tokio::test]
async fn a_login_is_marked_by_core_where_nobody_else_can() {
    let mut house = House::new().await;
    house.wanted.bucket = 1;
    house.done(&[("a", Aim::Present)]).await;
    for (hindrance, new, number) in
        [("CREATE ROLE _m_{}", "b", 2), ("DROP ROLE _m_{}; ALTER ROLE _k1_{} NOCREATEROLE", "c", 3)]
    {
        house.admin(hindrance).await;
        house.done(&[(new, Aim::Present)]).await;
        assert_eq!(login(&house, number).await, login(&house, 1).await, "{hindrance}");
    }
    house.db.drop().await;
}

#[tokio::test]
async fn a_keeper_among_others_makes_tenants_as_the_first_does() {
    let house = House::new().await;
    house.done(&[("a", Aim::Present)]).await;
    for (full, new) in [(1, "b"), (2, "c")] {
        house
            .admin(&format!(
                "UPDATE rolewright.tenant_holder SET used = 200 WHERE kind = 'keeper' AND number = {full}"
            ))
            .await;
        let done = house.done(&[(new, Aim::Present)]).await;
        assert_eq!(kinds(&done), ["make-keeper", "create-tenants"]);
    }
    let shared = "SELECT count(DISTINCT (to_jsonb(m) - '{oid,member,grantor,admin_option}'::text[])), count(*) \
                  FROM pg_auth_members m JOIN pg_roles k ON k.oid = m.member \
                  WHERE m.roleid = $1::regrole AND k.rolname LIKE '\\_k%'";
    let group = house.wanted.module.keepers().to_string();
    let (different, all): (i64, i64) =
        sqlx::query_as(shared).bind(group).fetch_one(&house.db.admin()).await.unwrap();
    assert_eq!((different, all), (1, 3));
    // Core may act as each of them.
    assert_eq!(kinds(&house.done(&[("c", Aim::Present)]).await), Vec::<&str>::new());
    house.admin("ALTER ROLE c_{} LOGIN").await;
    assert_eq!(kinds(&house.done(&[("c", Aim::Present)]).await), ["alter-tenant"]);
    house.db.drop().await;
}
