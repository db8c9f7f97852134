//! Roles and schemas that an administrator made beforehand, for a core that may make none.

use rolewright_roles::{password, tenants::Aim};
use rolewright_testkit::Options;

use super::{
    fixture::{House, kinds, state},
    module::{admin, configure, number, with_one_by_hand},
};

#[tokio::test]
async fn what_is_right_needs_no_ddl_and_what_is_missing_is_told_as_statements() {
    let mut house = House::with(Options::new().without_create_role()).await;
    let refused = house.provision(&house.want(&[("diku", Aim::Present)])).await.refused;
    let why = &refused.values().next().unwrap()[0];
    assert_eq!(why.kind, "missing-createrole");
    let first = format!(
        "CREATE ROLE \"{}\" LOGIN NOINHERIT PASSWORD '…' /* `rolewright tenant url --login 1` ",
        house.wanted.module.login(1)
    );
    assert!(why.fix.starts_with(&first), "{}", why.fix);
    assert!(
        why.fix.contains(&format!("; CREATE ROLE \"{}\" NOLOGIN NOINHERIT; GRANT", house.role("diku"))),
        "{}",
        why.fix
    );
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
    house.wanted.proved.insert(login.clone());
    let done = house.done(&[("diku", Aim::Present)]).await;
    assert_eq!(kinds(&done), ["know-password"]);
    house.wanted.proved.clear();
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

/// What is printed for a tenant that is to come makes all of it, the login of its reports too, with a password that can be had before.
#[tokio::test]
async fn the_login_of_reports_is_made_by_hand_too() {
    let host = with_one_by_hand().await;
    let core = host.db.core_role();
    configure(&host, "[tenancy.reports]\nmax_connections = 4");
    admin(&host, &format!("ALTER ROLE {core} CREATEROLE")).await;
    host.run(&["apply"]).await.exit(0);
    admin(&host, &format!("ALTER ROLE {core} NOCREATEROLE")).await;
    let login =
        |id: &str| format!("CREATE ROLE \"_r_{id}_{}\" LOGIN NOINHERIT CONNECTION LIMIT", host.db.app());
    let said = host.run(&["tenant", "add", "two", "--dry-run"]).await.exit(77);
    assert!(said.out.contains(&login("two")), "{}", said.out);
    // One that is there already has none yet.
    for (line, id) in [(["tenant", "add", "two"], "two"), (["tenant", "upgrade", "hand"], "hand")] {
        let said = host.run(&[&line[..], &["--format", "json"]].concat()).await.exit(77).json();
        let fix = said["tenants"][0]["hint"].as_str().unwrap().to_owned();
        assert!(fix.contains(&login(id)) && fix.contains(&format!("tenant url {id} --reports")), "{fix}");
        let url = host.run(&["tenant", "url", id, "--reports"]).await.exit(0).out;
        let password = url.split_once("://").unwrap().1.split(['@', ':']).nth(1).unwrap().to_owned();
        let script = fix.split(" -- then").next().unwrap();
        assert_eq!(script.matches('…').count(), 1, "{script}");
        admin(&host, &script.replace('…', &password)).await;
        host.run(&["tenant", "add", "--adopt", id]).await.exit(0);
        host.run(&["query", "--as", &format!("tenant:{id}"), "SELECT 1"]).await.exit(0);
    }
    let said = host.run(&["tenant", "upgrade"]).await.exit(0);
    assert_eq!(said.out.matches("nothing to change").count(), 2, "{}", said.out);
    host.db.drop().await;
}

/// The second bucket's login is an administrator's to make, as the first one's is.
#[tokio::test]
async fn the_login_of_a_further_bucket_is_told_with_its_password() {
    let host = with_one_by_hand().await;
    configure(&host, "bucket = 1");
    let strict = number(&host, "SELECT current_setting('server_version_num')::int8").await >= 160_000;
    let said = host.run(&["tenant", "add", "two"]).await.exit(77);
    let login = format!("CREATE ROLE \"_2_{}\" LOGIN NOINHERIT PASSWORD", host.db.app());
    assert!(said.err.contains(&login) && said.err.contains("tenant url --login 2"), "{}", said.err);
    admin(&host, "CREATE ROLE two_{} NOLOGIN NOINHERIT; CREATE SCHEMA two_{} AUTHORIZATION two_{}").await;
    host.run(&["tenant", "add", "--adopt", "two"]).await.fails_in_it(
        77,
        "is not as a tenant's must be",
        &login,
    );
    let url = host.run(&["tenant", "url", "--login", "2"]).await.exit(0).out;
    let password = url.split_once("://").unwrap().1.split(['@', ':']).nth(1).unwrap().to_owned();
    let options = if strict { " WITH INHERIT FALSE, SET TRUE" } else { "" };
    admin(
        &host,
        &format!(
            "CREATE ROLE _2_{{}} LOGIN NOINHERIT PASSWORD '{password}'; GRANT two_{{}} TO _2_{{}}{options}"
        ),
    )
    .await;
    host.run(&["tenant", "add", "--adopt", "two"]).await.exit(0);
    host.db.drop().await;
}

/// Nobody here may drop its role, and what it has goes all the same.
#[tokio::test]
async fn a_purge_says_that_all_goes_but_the_role() {
    let host = with_one_by_hand().await;
    admin(&host, "CREATE TABLE hand_{}.t (id int); ALTER TABLE hand_{}.t OWNER TO hand_{}").await;
    let said = host.run(&["tenant", "purge", "hand", "--dry-run"]).await.exit(77);
    assert!(said.out.contains("drop-schema: hand_"), "{}", said.out);
    assert!(said.out.contains("may not drop the role hand_"), "{}", said.out);
    assert!(said.out.contains("; what the tenant has is dropped before that"), "{}", said.out);
    assert_eq!(number(&host, "SELECT count(*) FROM hand_{}.t").await, 0);
    let said = host.run(&["tenant", "purge", "hand", "--yes"]).await;
    said.fails_in_it(77, "; 1 objects that the tenant had were dropped", "DROP OWNED BY \"hand_");
    assert_eq!(number(&host, "SELECT count(*) FROM pg_namespace WHERE nspname = 'hand_{}'").await, 0);
    admin(&host, "DROP OWNED BY hand_{}; DROP ROLE hand_{}").await;
    host.run(&["tenant", "purge", "hand", "--yes"]).await.exit(0);
    host.db.drop().await;
}

/// One login whose password is right says nothing of another's.
#[tokio::test]
async fn each_logins_password_is_proved_by_itself() {
    let host = with_one_by_hand().await;
    configure(&host, "bucket = 1");
    let said = host.run(&["tenant", "add", "two"]).await.exit(77);
    let made = said.err.lines().find_map(|line| line.strip_prefix("hint: ")).unwrap();
    let made = made.split(" -- ").next().unwrap();
    let password = async |number: &str| {
        let url = host.run(&["tenant", "url", "--login", number]).await.exit(0).out;
        url.split_once("://").unwrap().1.split(['@', ':']).nth(1).unwrap().to_owned()
    };
    admin(&host, &made.replace('…', &password("2").await)).await;
    host.run(&["tenant", "add", "--adopt", "two"]).await.exit(0);
    let said = host.run(&["secret", "rotate-roles"]).await.exit(0);
    assert_eq!(said.out.matches("PASSWORD '…'").count(), 2, "{}", said.out);
    admin(&host, &format!("ALTER ROLE _1_{{}} PASSWORD '{}'", password("1").await)).await;
    let said = host.run(&["tenant", "upgrade", "hand", "two"]).await;
    let login = format!("ALTER ROLE \"_2_{}\" PASSWORD", host.db.app());
    let said = said.fails_in_it(77, "must be altered", &login);
    assert!(said.out.contains("hand: know-password"), "{}", said.out);
    // Until it is right it is told at each start, and then no longer.
    assert!(host.run(&["apply"]).await.exit(0).err.contains("must be altered"));
    admin(&host, &format!("ALTER ROLE _2_{{}} PASSWORD '{}'", password("2").await)).await;
    assert!(!host.run(&["apply"]).await.exit(0).err.contains("must be altered"));
    let said = host.run(&["tenant", "upgrade"]).await.exit(0);
    assert_eq!(said.out.matches("nothing to change").count(), 2, "{}", said.out);
    host.db.drop().await;
}
