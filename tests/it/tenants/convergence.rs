//! What somebody changed comes back, or is refused with the statement; in sync nothing is sent.

use rolewright_roles::tenants::{Aim, State};

use super::fixture::{House, kinds, state};

#[tokio::test]
async fn the_second_time_is_a_look() {
    let house = House::new().await;
    let first = house.done(&[("diku", Aim::Present)]).await;
    assert_eq!(
        kinds(&first),
        ["create-login", "create-keepers", "grant-database", "make-keeper", "create-tenants"]
    );
    let second = house.done(&[("diku", Aim::Present)]).await;
    assert_eq!((second.attempts, kinds(&second)), (0, vec![]));
    let third = house.done(&[("diku", Aim::Present), ("other", Aim::Present)]).await;
    assert_eq!(kinds(&third), ["create-tenants"]);
    let logged: Vec<String> = sqlx::query_scalar("SELECT kind FROM rolewright.provision_log ORDER BY id")
        .fetch_all(&house.db.core())
        .await
        .unwrap();
    assert_eq!(logged.len(), 6);
    let secret: i64 =
        sqlx::query_scalar("SELECT count(*) FROM rolewright.provision_log WHERE statement LIKE '%SCRAM%'")
            .fetch_one(&house.db.core())
            .await
            .unwrap();
    assert_eq!(secret, 0);
    house.db.drop().await;
}

#[tokio::test]
async fn drift_is_mended() {
    let house = House::new().await;
    house.done(&[("diku", Aim::Present)]).await;
    let grantor = if house.strict().await { " GRANTED BY _k1_{}" } else { "" };
    for (drift, kind) in [
        ("ALTER ROLE diku_{} LOGIN INHERIT".to_owned(), "alter-tenant"),
        (format!("REVOKE diku_{{}} FROM _1_{{}}{grantor}"), "grant-tenant"),
        ("DROP SCHEMA diku_{} CASCADE".to_owned(), "create-schema"),
        ("COMMENT ON ROLE diku_{} IS NULL".to_owned(), "comment"),
        ("ALTER ROLE _1_{} NOLOGIN INHERIT".to_owned(), "alter-login"),
        ("COMMENT ON ROLE _1_{} IS NULL".to_owned(), "comment"),
        ("UPDATE rolewright.role_fingerprint SET fingerprint = ''".to_owned(), "set-password"),
    ] {
        house.admin(&drift).await;
        let done = house.done(&[("diku", Aim::Present)]).await;
        assert_eq!(kinds(&done), [kind], "{drift}");
        let again = house.done(&[("diku", Aim::Present)]).await;
        assert_eq!((again.attempts, again.findings), (0, vec![]), "{drift}");
    }
    // A keeper whose function somebody changed is mended before it makes the next.
    house.admin("ALTER FUNCTION rolewright._k1_{}(text[], text, text) SECURITY INVOKER").await;
    let done = house.done(&[("next", Aim::Present)]).await;
    assert_eq!(kinds(&done), ["make-keeper", "create-tenants"]);
    let mut module = house.login(1).await;
    assert_eq!(state(&mut module, &format!("SET LOCAL ROLE {}", house.role("next"))).await, None);
    drop(module);
    house.db.drop().await;
}

#[tokio::test]
async fn what_cannot_be_mended_is_refused_and_stops_nobody_else() {
    let mut house = House::new().await;
    house.done(&[("diku", Aim::Present), ("over", Aim::Present)]).await;
    house.wanted.taken.push(house.role("reports"));
    house.admin("ALTER SCHEMA diku_{} OWNER TO {core}; ALTER ROLE over_{} BYPASSRLS; CREATE ROLE foreign_{}; CREATE SCHEMA place_{}").await;
    let all = ["diku", "over", "foreign", "place", "reports", "fine"].map(|id| (id, Aim::Present));
    let done = house.provision(&house.want(&all)).await;
    let said: Vec<(String, String, String)> = done
        .refused
        .iter()
        .map(|(id, why)| (id.to_string(), why[0].kind.clone(), why[0].fix.replace(&house.db.app(), "m")))
        .collect();
    let said: Vec<(&str, &str, &str)> =
        said.iter().map(|(a, b, c)| (a.as_str(), b.as_str(), c.as_str())).collect();
    assert_eq!(
        said,
        [
            ("diku", "foreign-schema", "ALTER SCHEMA \"diku_m\" OWNER TO \"diku_m\""),
            (
                "foreign",
                "foreign-role",
                "rolewright tenant add --adopt foreign takes it over; or choose another id"
            ),
            ("over", "superuser", "ALTER ROLE \"over_m\" WITH NOBYPASSRLS"),
            ("place", "foreign-schema", "ALTER SCHEMA \"place_m\" RENAME TO … -- or choose another id"),
            ("reports", "taken", "choose another id"),
        ]
    );
    assert_eq!(kinds(&done), ["create-tenants"]);
    house.db.drop().await;
}

#[tokio::test]
async fn a_tenant_is_disabled_enabled_and_gone() {
    let house = House::new().await;
    house.done(&[("diku", Aim::Present)]).await;
    let set = format!("SET LOCAL ROLE {}", house.role("diku"));
    // Half made, it can be refused, but not served.
    let early = house.provision(&house.want(&[("diku", Aim::Enabled), ("nobody", Aim::Disabled)])).await;
    let said: Vec<&str> = early.refused.values().map(|why| why[0].message.as_str()).collect();
    assert_eq!(said, ["the tenant diku is half made", "there is no tenant nobody"]);
    house.admin("UPDATE rolewright.tenant SET state = 'active'").await;
    let mut module = house.login(1).await;
    assert_eq!(kinds(&house.done(&[("diku", Aim::Disabled)]).await), ["revoke-tenant"]);
    assert_eq!(state(&mut module, &set).await.as_deref(), Some("42501"));
    let refused = house.provision(&house.want(&[("diku", Aim::Present)])).await.refused;
    assert_eq!(refused.values().next().unwrap()[0].message, "the tenant diku is disabled");
    assert_eq!(kinds(&house.done(&[("diku", Aim::Enabled)]).await), ["grant-tenant"]);
    assert_eq!(state(&mut module, &set).await, None);
    house.done(&[("diku", Aim::Purging)]).await;
    assert_eq!(kinds(&house.done(&[("diku", Aim::Gone)]).await), ["drop-tenant"]);
    let left: i64 =
        sqlx::query_scalar("SELECT count(*) FROM pg_roles, pg_namespace WHERE $1 IN (rolname, nspname)")
            .bind(house.role("diku"))
            .fetch_one(&house.db.admin())
            .await
            .unwrap();
    let (now, used): (String, i64) = sqlx::query_as(
        "SELECT state, (SELECT sum(used) FROM rolewright.tenant_holder) FROM rolewright.tenant",
    )
    .fetch_one(&house.db.admin())
    .await
    .unwrap();
    assert_eq!((left, now.as_str(), used), (0, State::Purged.as_str(), 0));
    let refused = house.provision(&house.want(&[("diku", Aim::Enabled)])).await.refused;
    assert_eq!(refused.values().next().unwrap()[0].message, "the tenant diku was purged");
    assert_eq!(kinds(&house.done(&[("diku", Aim::Present)]).await), ["create-tenants"]);
    drop(module);
    house.db.drop().await;
}
