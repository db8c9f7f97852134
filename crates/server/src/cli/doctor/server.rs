//! The server's version, and the core role's rights there.

use super::Check;
use crate::stages::Connected;

/// The first minor release of each major without the holes in SET ROLE and row-level security (CVE-2024-10976 and
/// CVE-2024-10978).
const SAFE_FROM: [(u32, u32); 4] = [(14, 14), (15, 9), (16, 5), (17, 1)];

pub(super) fn examine(connected: &Connected, checks: &mut Vec<Check>) {
    let server = connected.server();
    let user = quoted(&server.user);
    let database = quoted(&server.database);
    checks.push(Check::ok(
        "connection",
        format!("{} as {} on {}", server.database, server.user, connected.host),
    ));
    let (major, minor) = (server.version_num / 10_000, server.version_num % 10_000);
    let safe_from = SAFE_FROM.iter().find(|(m, _)| *m == major).map_or(0, |(_, minor)| *minor);
    checks.push(if major < 14 {
        Check::fail(
            "server",
            format!("PostgreSQL {} is too old", server.version),
            Some("use PostgreSQL 14 or later".to_owned()),
        )
    } else if minor < safe_from {
        let fix = Some(format!("update to {major}.{safe_from} or later"));
        Check::warn(
            "server",
            format!("PostgreSQL {} has known holes in SET ROLE and row security", server.version),
            fix,
        )
    } else {
        Check::ok("server", format!("PostgreSQL {}", server.version))
    });
    if server.in_recovery {
        let fix = Some("connect to the primary, or set target_session_attrs=read-write".to_owned());
        checks.push(Check::fail("server", "this server is a standby: nothing can be provisioned on it", fix));
    }
    if server.superuser {
        let fix = Some(format!("ALTER ROLE {user} NOSUPERUSER CREATEROLE, or connect as a role of its own"));
        checks.push(Check::warn(
            "rights",
            "the core role is a superuser, which is far more than it needs",
            fix,
        ));
        return;
    }
    checks.push(if server.createrole {
        Check::ok("rights", format!("{} may create roles", server.user))
    } else {
        // What is not there is refused below, with the statements.
        Check::warn(
            "rights",
            format!("{} may not create roles: an administrator makes them", server.user),
            Some(format!("ALTER ROLE {user} CREATEROLE, or leave it so, and run what is told of each role")),
        )
    });
    if server.createrole && major < 16 {
        let detail = "before PostgreSQL 16, CREATEROLE is nearly superuser: whoever has this connection can grant themselves server programs";
        checks.push(Check::warn("rights", detail, Some("upgrade to PostgreSQL 16 or later".to_owned())));
    }
    checks.push(if server.may_create_in_database {
        Check::ok("rights", format!("{} may create schemas in {}", server.user, server.database))
    } else {
        let fix = Some(format!("GRANT CREATE ON DATABASE {database} TO {user}"));
        Check::fail("rights", format!("{} may not create schemas in {}", server.user, server.database), fix)
    });
}

fn quoted(name: &str) -> String {
    rolewright_core::Ident::new(name).map_or_else(|_| name.to_owned(), |ident| ident.quoted())
}
