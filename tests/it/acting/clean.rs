//! Clean hands: what one tenant leaves in a session, the next does not find.

use rolewright_sessions::{Tenant, TenantTransaction};
use sea_orm::{ConnectionTrait as _, DbErr};

use super::fixture::{Module, value};

/// Everything a transaction can leave in its session.
pub(crate) const RESIDUE: [&str; 12] = [
    "CREATE TEMP TABLE item AS SELECT 'fake' AS owner",
    "CREATE TEMP TABLE kept AS SELECT 'canary' AS value",
    "DECLARE held CURSOR WITH HOLD FOR SELECT owner FROM item",
    "LISTEN diku",
    "SELECT pg_advisory_lock(4711)",
    "PREPARE told AS SELECT 'canary'",
    "SET SESSION \"my.secret\" = 'canary'",
    // Long enough for the commit of the transaction that says it.
    "SET SESSION statement_timeout = '7s'",
    "SET SESSION default_transaction_read_only = on",
    "SET SESSION datestyle = 'German'",
    "SELECT nextval('item_id_seq')",
    "SELECT setseed(0.5)",
];

/// What of it can be seen. A setting that somebody made stays known to the session, without its value; nothing but another
/// session undoes that.
const SEEN: &str = "SELECT concat_ws(' ', \
     'settings', coalesce(current_setting('my.secret', true), ''), current_setting('statement_timeout'), \
         current_setting('default_transaction_read_only'), current_setting('DateStyle'), \
     'temp', (SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema()), \
     'cursors', (SELECT count(*) FROM pg_cursors), \
     'prepared', (SELECT count(*) FROM pg_prepared_statements WHERE from_sql), \
     'listening', (SELECT count(*) FROM pg_listening_channels()), \
     'locks', (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()))";

pub(crate) async fn seen(tx: &TenantTransaction) -> Result<String, DbErr> {
    value(tx, SEEN).await
}

/// The same without what this tenant prepared itself: the same tenant's next transaction may find that.
pub(crate) async fn seen_besides(tx: &TenantTransaction, own: &str) -> Result<String, DbErr> {
    let others = format!("WHERE from_sql AND statement NOT LIKE '%told by {own}.%'");
    value(tx, &SEEN.replace("WHERE from_sql", &others)).await
}

async fn seen_by(tenant: &Tenant) -> (String, String, String) {
    let work = async |tx: &TenantTransaction| {
        let pid = value(tx, "SELECT pg_backend_pid()::text").await?;
        Ok::<_, DbErr>((pid, seen(tx).await?, value(tx, "SELECT owner FROM item LIMIT 1").await?))
    };
    tenant.transaction(work).await.unwrap()
}

#[tokio::test]
async fn nothing_reaches_the_next_tenant() {
    let module = Module::of(&["diku", "oslo"]).await;
    let tenants = module.open(1);
    let (diku, oslo) = (tenants.get("diku").await.unwrap(), tenants.get("oslo").await.unwrap());
    let (pid, before, _) = seen_by(&oslo).await;
    for left in RESIDUE {
        for keep in [true, false] {
            let work = async |tx: &TenantTransaction| {
                tx.execute_unprepared(left).await?;
                if keep { Ok(()) } else { Err(DbErr::Custom("rolled back".to_owned())) }
            };
            assert_eq!(diku.transaction(work).await.is_ok(), keep, "{left}");
            let (same, after, owner) = seen_by(&oslo).await;
            assert_eq!(after, before, "{left}");
            assert_eq!(owner, "oslo", "{left}");
            assert_eq!(same, pid, "another session, so this proves nothing: {left}");
        }
    }
    // `currval` of the other's sequence: not defined in this session.
    let lost = oslo.transaction(async |tx| value(tx, "SELECT lastval()::text").await).await;
    assert!(lost.unwrap_err().to_string().contains("not yet defined"));
}

#[tokio::test]
async fn the_same_tenant_keeps_its_statements() {
    let module = Module::of(&["diku", "oslo"]).await;
    let tenants = module.open(4);
    let (diku, oslo) = (tenants.get("diku").await.unwrap(), tenants.get("oslo").await.unwrap());
    let names = "SELECT coalesce(string_agg(statement, ';'), '') FROM pg_prepared_statements";
    let prepared =
        async |tenant: &Tenant| tenant.transaction(async |tx| value(tx, names).await).await.unwrap();
    let work =
        async |tx: &TenantTransaction| value(tx, "SELECT owner FROM item WHERE owner <> 'canary'").await;
    let mut warm = String::new();
    for _ in 0..100 {
        // Sessions are scrubbed off the path, so that another one may serve meanwhile: each is asked, and then given the work.
        let seen = diku.transaction(async |tx| {
            let seen = value(tx, names).await;
            work(tx).await.and(seen)
        });
        warm = seen.await.unwrap();
        if warm.contains("canary") {
            break;
        }
    }
    assert!(warm.contains("canary"), "the tenant's own session was not used again: {warm}");
    for _ in 0..20 {
        let others = prepared(&oslo).await;
        assert!(!others.contains("canary"), "{others}");
    }
}

#[tokio::test]
async fn sessions_are_replaced_after_many_tenants() {
    let module = Module::of(&["a", "b", "c", "d"]).await;
    let mut options = module.options(1);
    options.max_tenants = 2;
    let tenants = rolewright_sessions::Tenants::open(options);
    let mut pids = std::collections::BTreeSet::new();
    for tenant in ["a", "b", "c", "d"] {
        let tenant = tenants.get(tenant).await.unwrap();
        pids.insert(seen_by(&tenant).await.0);
    }
    assert_eq!(pids.len(), 2);
    module.settled(0).await;
}
