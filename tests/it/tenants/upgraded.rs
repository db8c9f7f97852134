//! A cluster that was upgraded across 16: it does not bring the memberships by which from then on a role may change others.

use super::module::{admin, applied, configure, migrating, number};

/// What `pg_dumpall` of an older version says of memberships, and with it `pg_upgrade`: everything is given by the first superuser, and
/// nobody has ADMIN OPTION on what it made.
const OLDER: &str = "REVOKE _k_{} FROM {core} CASCADE; GRANT _k_{} TO _k1_{} WITH INHERIT TRUE; REVOKE _k1_{} FROM {core} CASCADE; GRANT _k1_{} TO {core}; \
    REVOKE _1_{} FROM {core}; ALTER ROLE _k1_{} RESET application_name; \
    DO $$ DECLARE id text; BEGIN \
      EXECUTE (SELECT format('COMMENT ON ROLE _k1_{} IS %L', 'managed by rolewright, installation ' || i.id) FROM rolewright.installation i); \
      FOREACH id IN ARRAY '{one,two,three}'::text[] LOOP \
        EXECUTE format('REVOKE %1$I FROM _1_{} GRANTED BY _k1_{}; GRANT %1$I TO _1_{} WITH INHERIT FALSE; REVOKE %1$I, %2$I FROM _k1_{}', \
                       id || '_{}', '_r_' || id || '_{}'); \
      END LOOP; END $$; \
    UPDATE rolewright.installation SET system_identifier = '1'";

#[tokio::test]
async fn one_script_gives_core_and_its_keepers_what_is_missing() {
    let host = applied().await;
    migrating(&host);
    configure(&host, "[tenancy.migrate]\nfolder = \"migrations\"\n[tenancy.reports]\nmax_connections = 4");
    host.run(&["apply"]).await.exit(0);
    host.run(&["tenant", "add", "one", "two", "three"]).await.exit(0);
    let well = "core and its keepers may act for the module's roles";
    assert!(host.run(&["doctor"]).await.out.contains(well));
    if number(&host, "SELECT current_setting('server_version_num')::int8").await < 160_000 {
        return host.db.drop().await;
    }
    admin(&host, &OLDER.replace("{core}", &host.db.core_role())).await;
    let said = host.run(&["apply", "--moved", "--format", "json"]).await.exit(0).json();
    let finding = said["findings"].as_array().unwrap().iter().find(|one| one["kind"] == "missing-membership");
    let script = finding.unwrap()["fix"].as_str().unwrap();
    assert!(host.run(&["doctor"]).await.exit(1).out.contains(script));
    let group = format!("has no ADMIN OPTION on the role _k_{}", host.db.app());
    host.run(&["tenant", "add", "new"]).await.fails_in_it(77, &group, "GRANT \"_k_");
    host.run(&["tenant", "disable", "one"]).await.fails_in_it(77, "may become the tenant one", "REVOKE");

    let said = host.run(&["doctor", "--format", "json"]).await.json();
    let checks = said.as_array().unwrap();
    let script = checks.iter().find(|check| check["name"] == "tenants").unwrap()["fix"].as_str().unwrap();
    admin(&host, script).await;
    assert!(host.run(&["doctor"]).await.out.contains(well));
    let members =
        "SELECT count(*) FROM pg_auth_members WHERE roleid = 'one_{}'::regrole AND member = '_1_{}'::regrole";
    assert_eq!(number(&host, members).await, 0, "it was disabled meanwhile");
    host.run(&["tenant", "add", "new"]).await.exit(0);
    host.run(&["tenant", "disable", "one"]).await.exit(0);
    host.run(&["tenant", "purge", "two", "--yes"]).await.exit(0);
    host.run(&["tenant", "upgrade"]).await.exit(0);
    let said = host.run(&["tenant", "upgrade"]).await.exit(0);
    assert_eq!(said.out.matches("nothing to change").count(), 2, "{}", said.out);
    host.run(&["query", "--as", "tenant:three", "SELECT * FROM wards"]).await.exit(0);
    host.db.drop().await;
}
