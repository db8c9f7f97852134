//! A database that was moved keeps its roles; one that was copied within its cluster touches none of the other's.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, postgres::PgConnectOptions};

use super::module::{admin, applied, configure, file, migrating};
use crate::server::cli::{Host, Said};

/// The host with a managed role, two tenants with reports of their own, and a third that is disabled.
async fn settled() -> Host {
    let host = applied().await;
    migrating(&host);
    configure(
        &host,
        "[tenancy.migrate]\nfolder = \"migrations\"\n[tenancy.reports]\nmax_connections = 4\n\
         [roles.reporting]\nread = [\"reporting\"]\nfuture_tables = \"immediately\"",
    );
    admin(
        &host,
        "CREATE SCHEMA reporting AUTHORIZATION CURRENT_USER; CREATE TABLE reporting.daily (day date)",
    )
    .await;
    admin(&host, &format!("GRANT USAGE ON SCHEMA reporting TO {0} WITH GRANT OPTION; GRANT SELECT ON reporting.daily TO {0} WITH GRANT OPTION", host.db.core_role())).await;
    host.run(&["apply"]).await.exit(0);
    host.run(&["tenant", "add", "one", "two", "off"]).await.exit(0);
    host.run(&["tenant", "disable", "off"]).await.exit(0);
    host
}

/// The superuser, in a database of this name.
async fn in_database(host: &Host, name: &str) -> PgConnection {
    let options: PgConnectOptions = host.db.admin_url().parse().unwrap();
    PgConnection::connect_with(&options.database(name)).await.unwrap()
}

/// Runs a statement for which nobody may be connected to the database.
async fn alone(host: &Host, sql: &str) {
    let app = host.db.app();
    let mut server = in_database(host, "postgres").await;
    let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE '{app}%'");
    for _ in 0..50 {
        sqlx::raw_sql(AssertSqlSafe(end.as_str())).execute(&mut server).await.unwrap();
        let sql = sql.replace("{}", &app);
        match sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&mut server).await {
            Ok(_) => return server.close().await.unwrap(),
            Err(error)
                if error.to_string().contains("other users")
                    || error.to_string().contains("other session") =>
            {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
            Err(error) => panic!("{sql}: {error}"),
        }
    }
    panic!("{sql}: somebody is always connected");
}

/// A command in another database of the cluster.
async fn there(host: &Host, database: &str, line: &[&str]) -> Said {
    let (url, own) = (host.db.url(), format!("/{}", host.db.app()));
    let at = url.rfind(&own).unwrap();
    let url = format!("{}/{database}{}", &url[..at], &url[at + own.len()..]);
    host.run_with(line, "", &[("DATABASE_URL", url.as_str())]).await
}

async fn text(connection: &mut PgConnection, sql: &str) -> String {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(connection).await.unwrap()
}

#[tokio::test]
async fn a_database_that_was_renamed_keeps_its_roles() {
    let host = settled().await;
    let app = host.db.app();
    let moved = format!("{app}_moved");
    alone(&host, "ALTER DATABASE \"{}\" RENAME TO \"{}_moved\"").await;
    there(&host, &moved, &["tenant", "list"]).await.fails(78, "copied or moved", "apply --moved");
    there(&host, &moved, &["apply", "--moved"]).await.exit(0);
    there(&host, &moved, &["plan"]).await.exit(0);
    file(&host, "002_beds.sql", "CREATE TABLE beds (id int)");
    let said = there(&host, &moved, &["tenant", "upgrade"]).await.exit(0);
    assert!(said.out.contains("2 done, 0 failed") && said.out.contains("002_beds.sql"), "{}", said.out);
    there(&host, &moved, &["query", "--as", "tenant:one", "SELECT * FROM beds"]).await.exit(0);
    there(&host, &moved, &["query", "--as", "role:reporting", "SELECT * FROM daily"]).await.exit(0);
    there(&host, &moved, &["tenant", "enable", "off"]).await.exit(0);
    there(&host, &moved, &["tenant", "purge", "two", "--yes"]).await.exit(0);
    there(&host, &moved, &["tenant", "add", "three"]).await.exit(0);
    let said = there(&host, &moved, &["tenant", "upgrade"]).await.exit(0);
    assert_eq!(said.out.matches("nothing to change").count(), 3, "{}", said.out);
    let mut inside = in_database(&host, &moved).await;
    // Every role of it bears the new mark.
    let marks = format!(
        "SELECT count(DISTINCT mark)::text || count(*) FROM (SELECT substring(coalesce(shobj_description(r.oid, 'pg_authid'), \
         (SELECT c FROM pg_db_role_setting s, unnest(s.setconfig) c WHERE s.setrole = r.oid AND c LIKE 'application_name=rolewright %')) FROM '.{{36}}$') AS mark \
         FROM pg_roles r WHERE r.rolname ~ '{app}' AND r.rolname <> '{}') m",
        host.db.core_role()
    );
    let marks = text(&mut inside, &marks).await;
    assert_eq!(
        marks, "111",
        "one mark; three tenants with a login each, the module's, the keeper, their group, the role, the checker"
    );
    inside.close().await.unwrap();

    // Restored into another cluster under its name: so it seems where the cluster is another than the one that is remembered.
    alone(&host, "ALTER DATABASE \"{}_moved\" RENAME TO \"{}\"").await;
    host.run(&["apply", "--moved"]).await.exit(0);
    admin(&host, "UPDATE rolewright.installation SET system_identifier = '1'").await;
    host.run(&["apply"]).await.fails(78, "copied or moved", "apply --moved");
    host.run(&["apply", "--moved"]).await.exit(0);
    host.run(&["tenant", "upgrade"]).await.exit(0);
    host.run(&["query", "--as", "tenant:one", "SELECT * FROM beds"]).await.exit(0);
    host.db.drop().await;
}

/// Whatever is asked of the copy: its rows tell of roles that are the other's.
#[tokio::test]
async fn a_copy_touches_no_role_of_the_database_that_it_was_copied_from() {
    let host = settled().await;
    let app = host.db.app();
    let copy = format!("{app}_copy");
    let roles = format!(
        "SELECT string_agg(concat_ws(' ', a.rolname, a.rolcanlogin, a.rolpassword, a.rolconnlimit, shobj_description(a.oid, 'pg_authid'), \
         (SELECT string_agg(s.setconfig::text, ';' ORDER BY s.setdatabase) FROM pg_db_role_setting s WHERE s.setrole = a.oid), \
         (SELECT string_agg(m.roleid::regrole || ' by ' || m.grantor::regrole, ';' ORDER BY m.roleid::regrole::text) FROM pg_auth_members m WHERE m.member = a.oid)), \
         E'\\n' ORDER BY a.rolname) FROM pg_authid a WHERE a.rolname ~ '{app}'"
    );
    let mut server = in_database(&host, "postgres").await;
    let before = text(&mut server, &roles).await;
    server.close().await.unwrap();
    // The second time the other database has another name meanwhile, and only its roles tell that they are not the copy's.
    for hidden in [false, true] {
        alone(&host, &format!("CREATE DATABASE \"{copy}\" TEMPLATE \"{app}\" OWNER {}", host.db.core_role()))
            .await;
        if hidden {
            alone(&host, "ALTER DATABASE \"{}\" RENAME TO \"{}_live\"").await;
        }
        let said = there(&host, &copy, &["apply", "--moved"]).await;
        said.fails(77, "is managed by rolewright installation", "");
        for line in [
            &["tenant", "upgrade"][..],
            &["tenant", "upgrade", "one"],
            &["tenant", "add", "one"],
            &["tenant", "add", "--adopt", "one"],
            &["tenant", "add", "new"],
            &["tenant", "disable", "one"],
            &["tenant", "enable", "off"],
            &["tenant", "purge", "two", "--yes"],
            &["tenant", "purge", "two", "--dry-run"],
        ] {
            let said = there(&host, &copy, line).await.exit(77);
            assert!((said.out + &said.err).contains("is managed by rolewright installation"), "{line:?}");
        }
        alone(&host, &format!("DROP DATABASE \"{copy}\"")).await;
        if hidden {
            alone(&host, "ALTER DATABASE \"{}_live\" RENAME TO \"{}\"").await;
        }
        let mut server = in_database(&host, "postgres").await;
        assert_eq!(text(&mut server, &roles).await, before);
        server.close().await.unwrap();
    }
    let said = host.run(&["tenant", "upgrade"]).await.exit(0);
    assert!(
        said.out.contains("one: nothing to change") && said.out.contains("two: nothing to change"),
        "{}",
        said.out
    );
    host.run(&["query", "--as", "tenant:one", "SELECT * FROM wards"]).await.exit(0);
    host.db.drop().await;
}

/// What they gave away is a finding there, which an administrator may see to.
#[tokio::test]
async fn a_copy_acts_as_no_role_of_the_other_to_take_something_back() {
    let host = applied().await;
    migrating(&host);
    configure(&host, "[tenancy.migrate]\nfolder = \"migrations\"\n[tenancy.reports]\nmax_connections = 4");
    host.run(&["apply"]).await.exit(0);
    host.run(&["tenant", "add", "one"]).await.exit(0);
    admin(
        &host,
        "SET ROLE one_{}; GRANT USAGE ON SCHEMA one_{} TO PUBLIC; GRANT SELECT ON one_{}.wards TO PUBLIC; \
         ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC; RESET ROLE",
    )
    .await;
    let app = host.db.app();
    let copy = format!("{app}_copy");
    alone(&host, &format!("CREATE DATABASE \"{copy}\" TEMPLATE \"{app}\" OWNER {}", host.db.core_role()))
        .await;
    let own = std::fs::read_to_string(host.folder.path().join("rolewright.toml")).unwrap();
    host.config(&own.replace(&format!("\"{app}\""), &format!("\"{app}b\"")));
    for line in [&["apply", "--moved"][..], &["apply"]] {
        let said = there(&host, &copy, line).await.exit(0);
        assert!(!said.out.contains("take-back"), "{}", said.out);
    }
    let said = there(&host, &copy, &["plan"]).await;
    assert!(said.out.contains("REVOKE") && !said.out.contains("take-back"), "{}", said.out);
    alone(&host, &format!("DROP DATABASE \"{copy}\"")).await;
    // Those whose they are do.
    host.config(&own);
    let said = host.run(&["apply"]).await.exit(0);
    assert!(said.out.contains("take-back") && said.out.contains("3 changes applied"), "{}", said.out);
    host.db.drop().await;
}
