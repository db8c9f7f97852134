//! Roles and schemas that an administrator made beforehand, for a core that may make none.

use rolewright_roles::{password, tenants::Aim};
use rolewright_testkit::Options;

use super::fixture::{House, kinds, state};

#[tokio::test]
async fn what_is_right_needs_no_ddl_and_what_is_missing_is_told_as_statements() {
    let mut house = House::with(Options::new().without_create_role()).await;
    let refused = house.provision(&house.want(&[("diku", Aim::Present)])).await.refused;
    let why = &refused.values().next().unwrap()[0];
    assert_eq!(why.kind, "missing-createrole");
    assert!(why.fix.starts_with(&format!("CREATE ROLE \"{}\" NOLOGIN NOINHERIT; GRANT", house.role("diku"))));
    let options = if house.strict().await { " WITH INHERIT FALSE, SET TRUE" } else { "" };
    house.admin("CREATE ROLE _1_{} LOGIN NOINHERIT; CREATE ROLE diku_{} NOLOGIN").await;
    house.wanted.adopt = true;
    // Everything that is missing is told at once, and nothing is done.
    let refused = house.provision(&house.want(&[("diku", Aim::Present)])).await.refused;
    let why = &refused.values().next().unwrap()[0];
    let name = house.role("diku");
    let login = house.wanted.module.login(1);
    let wanted = format!(
        "ALTER ROLE \"{name}\" WITH NOINHERIT; GRANT \"{name}\" TO \"{login}\"{options}; CREATE SCHEMA \"{name}\" AUTHORIZATION \"{name}\""
    );
    assert_eq!(why.fix, wanted);
    house.admin(&why.fix).await;
    // The login's password is not known to be ours until a login proves it.
    let refused = house.provision(&house.want(&[("diku", Aim::Present)])).await.refused;
    assert_eq!(refused.values().next().unwrap()[0].kind, rolewright_roles::tenants::UNKNOWN_PASSWORD);
    let password = password::derive(&house.secret, &login);
    house.admin(&format!("ALTER ROLE \"{login}\" PASSWORD '{}'", password.expose())).await;
    house.wanted.proved = true;
    let done = house.done(&[("diku", Aim::Present)]).await;
    assert_eq!(kinds(&done), ["know-password"]);
    house.wanted.proved = false;
    house.wanted.adopt = false;
    assert_eq!(house.done(&[("diku", Aim::Present)]).await.attempts, 0);
    let mut module = house.login(1).await;
    let own = format!("SET LOCAL ROLE {name}; CREATE TABLE {name}.t (a int); SELECT * FROM {name}.t");
    assert_eq!(state(&mut module, &own).await, None);
    // It cannot be dropped by us, and the statement for it is told.
    house.done(&[("diku", Aim::Purging)]).await;
    let refused = house.provision(&house.want(&[("diku", Aim::Gone)])).await.refused;
    let fix = refused.values().next().unwrap()[0].fix.clone();
    assert_eq!(fix, format!("DROP OWNED BY \"{name}\"; DROP ROLE \"{name}\""));
    house.admin(&fix.replace("; DROP ROLE", " CASCADE; DROP ROLE")).await;
    house.done(&[("diku", Aim::Gone)]).await;
    drop(module);
    house.db.drop().await;
}

#[tokio::test]
async fn a_core_that_may_not_give_create_away_is_told_what_to_run() {
    let house = House::with(Options::new()).await;
    let refused = house.provision(&house.want(&[("diku", Aim::Present)])).await.refused;
    let why = refused.values().next().unwrap()[0].clone();
    assert_eq!(why.kind, "missing-grant-option");
    house.admin(&why.fix).await;
    house.done(&[("diku", Aim::Present)]).await;
    house.db.drop().await;
}
