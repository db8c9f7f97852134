//! Every way in which a transaction can end, and what is left of it.

use std::time::Duration;

use futures_util::FutureExt as _;
use rolewright_sessions::{TenantError, TenantTransaction, TransactionError, tenant::Access};
use sea_orm::{ConnectionTrait as _, DbErr};

use super::fixture::{Module, run, sqlstate, value};

const ADD: &str = "INSERT INTO item (owner) VALUES ('added')";

#[tokio::test]
async fn commit_and_rollback() {
    let module = Module::of(&["diku"]).await;
    let tenants = module.open(1);
    let diku = tenants.get("diku").await.unwrap();
    diku.transaction(async |tx| tx.execute_unprepared(ADD).await).await.unwrap();
    assert_eq!(module.owners("diku").await, ["diku", "added"]);
    let work = async |tx: &TenantTransaction| {
        tx.execute_unprepared(ADD).await?;
        Err::<(), _>(DbErr::Custom("no".to_owned()))
    };
    let error = diku.transaction(work).await.unwrap_err();
    assert_eq!(error, TransactionError::Work(DbErr::Custom("no".to_owned())));
    assert_eq!(module.owners("diku").await, ["diku", "added"]);
}

#[tokio::test]
async fn a_failed_statement_is_not_forgotten() {
    let module = Module::of(&["diku"]).await;
    let diku = module.open(1).get("diku").await.unwrap();
    let work = async |tx: &TenantTransaction| {
        tx.execute_unprepared(ADD).await?;
        assert!(tx.execute_unprepared("SELECT 1 / 0").await.is_err());
        Ok::<_, DbErr>(())
    };
    let error = diku.transaction(work).await.unwrap_err();
    assert_eq!(error, TransactionError::Tenant(TenantError::Aborted(diku.id().clone())));
    assert_eq!(module.owners("diku").await, ["diku"]);
}

#[tokio::test]
async fn panics_and_callers_that_go_away() {
    let module = Module::of(&["diku", "oslo"]).await;
    let tenants = module.open(1);
    let (diku, oslo) = (tenants.get("diku").await.unwrap(), tenants.get("oslo").await.unwrap());
    let work = async |tx: &TenantTransaction| -> Result<(), DbErr> {
        tx.execute_unprepared(ADD).await?;
        panic!("on purpose")
    };
    let panicked = std::panic::AssertUnwindSafe(diku.transaction(work)).catch_unwind().await;
    assert!(panicked.is_err());
    let whose = async |tx: &TenantTransaction| value(tx, "SELECT owner FROM item").await;
    assert_eq!(oslo.transaction(whose).await.unwrap(), "oslo");

    let endless = async |tx: &TenantTransaction| {
        tx.execute_unprepared(ADD).await?;
        tx.execute_unprepared("SELECT pg_sleep(1000)").await
    };
    let gone = tokio::time::timeout(Duration::from_millis(500), diku.transaction(endless)).await;
    assert!(gone.is_err());
    assert_eq!(oslo.transaction(whose).await.unwrap(), "oslo");
    assert_eq!(module.owners("diku").await, ["diku"]);
    // The server ends the statement whose caller has gone away.
    module.settled(1).await;
}

#[tokio::test]
async fn limits_and_access() {
    let module = Module::of(&["diku"]).await;
    let mut options = module.options(1);
    options.statement_timeout = Duration::from_millis(300);
    let diku = rolewright_sessions::Tenants::open(options).get("diku").await.unwrap();
    let failed = |error| {
        let TransactionError::Work(error) = error else { panic!("{error}") };
        sqlstate(&error)
    };
    let slow = diku.transaction(async |tx| tx.execute_unprepared("SELECT pg_sleep(1000)").await).await;
    assert_eq!(failed(slow.unwrap_err()), "57014");
    let written =
        diku.transaction_with(Access::read_only(), async |tx| tx.execute_unprepared(ADD).await).await;
    assert_eq!(failed(written.unwrap_err()), "25006");
}

#[tokio::test]
async fn what_was_tampered_with_is_not_committed() {
    let module = Module::of(&["diku", "oslo"]).await;
    let tenants = module.open(1);
    let diku = tenants.get("diku").await.unwrap();
    let oslo = module.role("oslo");
    for tampering in [
        "RESET ROLE".to_owned(),
        "SET LOCAL ROLE NONE".to_owned(),
        format!("SET LOCAL ROLE {oslo}"),
        format!("SET LOCAL search_path = {oslo}, pg_temp"),
        format!("SET SESSION search_path = {oslo}"),
        "SET LOCAL search_path = pg_temp, pg_catalog".to_owned(),
        "RESET rolewright.transaction".to_owned(),
        "ROLLBACK".to_owned(),
        format!("ROLLBACK; BEGIN; SET LOCAL ROLE {}", module.role("diku")),
    ] {
        let work = async |tx: &TenantTransaction| {
            tx.execute_unprepared(ADD).await?;
            tx.execute_unprepared(&tampering).await
        };
        let error = diku.transaction(work).await.unwrap_err();
        let expected = TenantError::Tampered(diku.id().clone());
        assert_eq!(error, TransactionError::Tenant(expected), "{tampering}");
        assert_eq!(module.owners("diku").await, ["diku"], "{tampering}");
        assert_eq!(module.owners("oslo").await, ["oslo"], "{tampering}");
    }
    // Where a function changes them for itself only, nobody is hurt.
    run(
        &module.db,
        &format!(
            "CREATE FUNCTION {0}.calm() RETURNS int LANGUAGE sql SET search_path = '' AS 'SELECT 1'",
            module.role("diku")
        ),
    )
    .await;
    diku.transaction(async |tx| tx.execute_unprepared("SELECT calm()").await).await.unwrap();
}

#[tokio::test]
async fn what_the_server_refuses_at_the_end() {
    let module = Module::of(&["diku"]).await;
    let table = format!("{}.item", module.role("diku"));
    run(&module.db, &format!("ALTER TABLE {table} ADD UNIQUE (owner) DEFERRABLE INITIALLY DEFERRED")).await;
    let diku = module.open(1).get("diku").await.unwrap();
    let twice = "INSERT INTO item (owner) VALUES ('twice'), ('twice')";
    let error = diku.transaction(async |tx| tx.execute_unprepared(twice).await).await.unwrap_err();
    let TransactionError::Tenant(TenantError::Commit { sqlstate, .. }) = error else { panic!("{error}") };
    assert_eq!(sqlstate, "23505");
    assert_eq!(module.owners("diku").await, ["diku"]);
    diku.transaction(async |tx| tx.execute_unprepared(ADD).await).await.unwrap();
}

#[tokio::test]
async fn backends_that_are_killed() {
    let module = Module::of(&["diku"]).await;
    let tenants = module.open(2);
    let diku = tenants.get("diku").await.unwrap();
    let kill =
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{}'", module.login);
    for _ in 0..3 {
        // While idle: nobody notices.
        diku.transaction(async |tx| tx.execute_unprepared("SELECT 1").await).await.unwrap();
        module.settled(1).await;
        run(&module.db, &kill).await;
        module.settled(0).await;
    }
    // At work: the statement fails, and so does the transaction.
    let work = async |tx: &TenantTransaction| {
        tx.execute_unprepared(ADD).await?;
        run(&module.db, &kill).await;
        tx.execute_unprepared(ADD).await
    };
    assert!(matches!(diku.transaction(work).await, Err(TransactionError::Work(_))));
    // Before the end: it is not known to be committed.
    let work = async |tx: &TenantTransaction| {
        tx.execute_unprepared(ADD).await?;
        run(&module.db, &kill).await;
        module.settled(0).await;
        Ok::<_, DbErr>(())
    };
    let lost = TenantError::Lost(diku.id().clone());
    assert_eq!(diku.transaction(work).await, Err(TransactionError::Tenant(lost)));
    assert_eq!(module.owners("diku").await, ["diku"]);
    diku.transaction(async |tx| tx.execute_unprepared(ADD).await).await.unwrap();
}

/// The server runs the queries of cursors that are held, and what is deferred, within COMMIT, when nobody asks any more as whom.
#[tokio::test]
async fn nothing_is_written_by_what_runs_at_the_end() {
    let module = Module::of(&["diku", "oslo"]).await;
    let (diku, oslo) = (module.role("diku"), module.role("oslo"));
    let become_oslo = format!(
        "CREATE FUNCTION {diku}.become() RETURNS int LANGUAGE plpgsql AS $$ BEGIN \
         PERFORM set_config('role', '{oslo}', true); INSERT INTO {oslo}.item (owner) VALUES ('diku'); RETURN 1; END $$; \
         CREATE TABLE {diku}.late (a int); ALTER TABLE {diku}.late OWNER TO {diku}; \
         CREATE FUNCTION {diku}.late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         EXECUTE 'DECLARE late CURSOR WITH HOLD FOR SELECT become()'; RETURN NULL; END $$; \
         CREATE CONSTRAINT TRIGGER late AFTER INSERT ON {diku}.late DEFERRABLE INITIALLY DEFERRED \
         FOR EACH ROW EXECUTE FUNCTION {diku}.late();
         CREATE TABLE {diku}.again (a int); ALTER TABLE {diku}.again OWNER TO {diku};
         CREATE FUNCTION {diku}.again() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN SET CONSTRAINTS ALL DEFERRED; \
         IF NEW.a > 0 THEN INSERT INTO again VALUES (NEW.a - 1); ELSE PERFORM become(); END IF; RETURN NULL; END $$; \
         CREATE CONSTRAINT TRIGGER again AFTER INSERT ON {diku}.again DEFERRABLE INITIALLY DEFERRED \
         FOR EACH ROW EXECUTE FUNCTION {diku}.again()"
    );
    run(&module.db, &become_oslo).await;
    let tenant = module.open(1).get("diku").await.unwrap();
    for holds in ["DECLARE held CURSOR WITH HOLD FOR SELECT become()", "INSERT INTO late VALUES (1)"] {
        tenant
            .transaction(async |tx| {
                tx.execute_unprepared(ADD).await?;
                tx.execute_unprepared(holds).await
            })
            .await
            .unwrap();
        assert_eq!(module.owners("oslo").await, ["oslo"], "{holds}");
    }
    // One that defers itself again, and again, comes to its turn within COMMIT.
    let again = "INSERT INTO again VALUES (1)";
    let error = tenant.transaction(async |tx| tx.execute_unprepared(again).await).await.unwrap_err();
    let TransactionError::Tenant(TenantError::Commit { sqlstate, .. }) = error else { panic!("{error}") };
    assert_eq!(sqlstate, "25006");
    assert_eq!(module.owners("oslo").await, ["oslo"]);
}

#[tokio::test]
async fn what_is_deferred_is_seen_by_the_question() {
    let module = Module::of(&["diku"]).await;
    let role = module.role("diku");
    let diku = module.open(1).get("diku").await.unwrap();
    let trigger = |does: &str| {
        format!(
            "DROP TABLE IF EXISTS {role}.late CASCADE; CREATE TABLE {role}.late (a int); ALTER TABLE {role}.late OWNER TO {role};
             CREATE OR REPLACE FUNCTION {role}.late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {does}; RETURN NULL; END $$;
             CREATE CONSTRAINT TRIGGER late AFTER INSERT ON {role}.late DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION {role}.late()"
        )
    };
    let work = async |tx: &TenantTransaction| {
        tx.execute_unprepared(ADD).await?;
        tx.execute_unprepared("INSERT INTO late VALUES (1)").await
    };
    run(&module.db, &trigger("PERFORM set_config('search_path', 'pg_temp', true)")).await;
    let error = diku.transaction(work).await.unwrap_err();
    assert_eq!(error, TransactionError::Tenant(TenantError::Tampered(diku.id().clone())));
    run(&module.db, &trigger("PERFORM 1 / 0")).await;
    let error = diku.transaction(work).await.unwrap_err();
    let TransactionError::Tenant(TenantError::Commit { sqlstate, .. }) = error else { panic!("{error}") };
    assert_eq!(sqlstate, "22012");
    assert_eq!(module.owners("diku").await, ["diku"]);
}

#[tokio::test]
async fn what_was_tampered_with_and_given_up_is_closed() {
    let module = Module::of(&["diku"]).await;
    let diku = module.open(1).get("diku").await.unwrap();
    let pid = async |tx: &TenantTransaction| value(tx, "SELECT pg_backend_pid()::text").await;
    for (text, kept) in [("SELECT 1", true), ("RESET ROLE", false), ("COMMIT", false)] {
        let before = diku.transaction(pid).await.unwrap();
        let work = async |tx: &TenantTransaction| {
            tx.execute_unprepared(text).await?;
            Err::<(), _>(DbErr::Custom("no".to_owned()))
        };
        let error = diku.transaction(work).await.unwrap_err();
        assert_eq!(error, TransactionError::Work(DbErr::Custom("no".to_owned())), "{text}");
        assert_eq!(diku.transaction(pid).await.unwrap() == before, kept, "{text}");
    }
}
