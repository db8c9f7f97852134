//! Who reads whose tables: nobody but the tenant itself, and the module only as the tenant that it has become.

use rolewright_roles::tenants::{Aim, PER_KEEPER};

use super::fixture::{House, state};

const DENIED: Option<&str> = Some("42501");

#[tokio::test]
async fn the_five_assertions() {
    let house = House::new().await;
    house.done(&[("diku", Aim::Present), ("tenant2", Aim::Present)]).await;
    let (one, two) = (house.role("diku"), house.role("tenant2"));
    let mut module = house.login(1).await;
    let act = |role: &str, sql: &str| format!("SET LOCAL ROLE {role}; {sql}");
    for (role, value) in [(&one, 1), (&two, 2)] {
        let sql = format!("CREATE TABLE {role}.t (a int); INSERT INTO {role}.t VALUES ({value})");
        assert_eq!(state(&mut module, &act(role, &sql)).await, None);
    }
    // The module itself reads nobody's table.
    assert_eq!(state(&mut module, &format!("SELECT * FROM {one}.t")).await.as_deref(), DENIED);
    assert_eq!(state(&mut module, &format!("SELECT * FROM {two}.t")).await.as_deref(), DENIED);
    // As one tenant it reads that tenant's, and not the other's; and the mirror.
    for (own, other) in [(&one, &two), (&two, &one)] {
        assert_eq!(state(&mut module, &act(own, &format!("SELECT * FROM {own}.t"))).await, None);
        let theirs = act(own, &format!("SELECT * FROM {other}.t"));
        assert_eq!(state(&mut module, &theirs).await.as_deref(), DENIED);
    }
    // Nor can the module make anything of its own, or call a keeper.
    assert_eq!(state(&mut module, "CREATE SCHEMA mine").await.as_deref(), DENIED);
    let call = format!("SELECT rolewright._k1_{}(ARRAY['x'], 'y', 'z')", house.db.app());
    assert_eq!(state(&mut module, &call).await.as_deref(), DENIED);
    let keeper = format!("SET LOCAL ROLE _k1_{}", house.db.app());
    assert_eq!(state(&mut module, &keeper).await.as_deref(), DENIED);
    drop(module);
    house.db.drop().await;
}

#[tokio::test]
async fn tenants_fill_buckets_and_keepers_one_after_the_other() {
    let mut house = House::new().await;
    house.wanted.bucket = 3;
    let full = usize::try_from(PER_KEEPER).unwrap();
    let ids: Vec<String> = (0..full + 10).map(|n| format!("t{n:02}")).collect();
    let aims: Vec<(&str, Aim)> = ids.iter().map(|id| (id.as_str(), Aim::Present)).collect();
    house.done(&aims[..full + 5]).await;
    house.done(&aims[full + 5..]).await;
    let (buckets, keepers, most): (i64, i64, i64) = sqlx::query_as(
        "SELECT count(DISTINCT bucket), count(DISTINCT keeper), max(n) FROM rolewright.tenant, \
         LATERAL (SELECT count(*) AS n FROM rolewright.tenant o WHERE o.keeper = tenant.keeper) k",
    )
    .fetch_one(&house.db.admin())
    .await
    .unwrap();
    assert_eq!((buckets, keepers, most), (i64::from(PER_KEEPER + 10) / 3, 2, i64::from(PER_KEEPER)));
    let wrong: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM rolewright.tenant_holder h WHERE used <> (SELECT count(*) FROM rolewright.tenant t \
         WHERE CASE h.kind WHEN 'login' THEN t.bucket ELSE t.keeper END = h.number)",
    )
    .fetch_one(&house.db.admin())
    .await
    .unwrap();
    assert_eq!(wrong, 0);
    let mut second = house.login(2).await;
    assert_eq!(state(&mut second, &format!("SET LOCAL ROLE {}", house.role("t03"))).await, None);
    let other = format!("SET LOCAL ROLE {}", house.role("t00"));
    assert_eq!(state(&mut second, &other).await.as_deref(), DENIED);
    drop(second);
    house.db.drop().await;
}
