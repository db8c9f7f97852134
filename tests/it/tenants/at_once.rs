//! Two processes at one tenant: the second waits, or is told who holds it. Many at different ones: all succeed.

use futures_util::future::join_all;

use super::module::{admin, applied, configure, file, listed, migrating, number};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_waits_or_is_told() {
    let host = applied().await;
    migrating(&host);
    host.run(&["tenant", "add", "one"]).await.exit(0);
    file(&host, "002_slow.sql", "SELECT pg_catalog.pg_sleep(4);");
    let slow = host.run(&["tenant", "upgrade", "one"]);
    let impatient = async {
        // The first must have begun: its migration is seen to run.
        let running =
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(4)%' AND usename = '_1_{}'";
        while number(&host, running).await == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let env = [("ROLEWRIGHT__START__LOCK_TIMEOUT", "300ms")];
        let refused = host.run_with(&["tenant", "upgrade", "one"], "", &env).await;
        let patient = host.run(&["tenant", "upgrade", "one"]).await;
        (refused, patient)
    };
    let (slow, (refused, patient)) = tokio::join!(slow, impatient);
    assert!(slow.exit(0).out.contains("one: 002_slow.sql"));
    refused.fails_in_it(69, "the tenant one is being worked on by process", "start.lock_timeout");
    assert!(patient.exit(0).out.contains("one: nothing to change"));
    host.db.drop().await;
}

/// Who has the tenant is told while it is waited for: which process, which job, and since when.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_is_told_for_whom() {
    let host = applied().await;
    migrating(&host);
    host.run(&["tenant", "add", "one"]).await.exit(0);
    file(&host, "002_slow.sql", "SELECT pg_catalog.pg_sleep(4);");
    let slow = host.run(&["tenant", "upgrade", "one"]);
    let disable = async {
        let running =
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(4)%' AND usename = '_1_{}'";
        while number(&host, running).await == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        host.run(&["tenant", "disable", "one"]).await
    };
    let (slow, disabled) = tokio::join!(slow, disable);
    slow.exit(0);
    let said = disabled.exit(0);
    let job = number(&host, "SELECT max(id) FROM rolewright.tenant_job WHERE kind = 'upgrade'").await;
    assert!(said.err.contains("waiting: the tenant one is being worked on by process "), "{}", said.err);
    assert!(said.err.contains(&format!("(job {job}, upgrade, since 2")), "{}", said.err);
    assert!(said.err.contains(&format!("tenant jobs {job} --stop")), "{}", said.err);
    assert_eq!(said.err.matches("waiting:").count(), 1, "{}", said.err);
    host.db.drop().await;
}

/// Neither is ended by the other: not the job by `resume`, nor by a later command that does not get its turn.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_a_process_works_on_is_left_to_it() {
    let host = applied().await;
    migrating(&host);
    configure(&host, "parallel = 1\n[tenancy.migrate]\nfolder = \"migrations\"");
    host.run(&["tenant", "add", "one", "two"]).await.exit(0);
    file(&host, "002_slow.sql", "SELECT pg_catalog.pg_sleep(4);");
    let slow = host.run(&["tenant", "upgrade", "one", "two"]);
    let others = async {
        let running =
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(4)%' AND usename = '_1_{}'";
        while number(&host, running).await == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let env = [("ROLEWRIGHT__START__LOCK_TIMEOUT", "300ms")];
        let resumed = host.run_with(&["tenant", "resume"], "", &env).await.exit(0);
        assert!(resumed.out.contains("is being worked on by process"), "{}", resumed.out);
        let busy = host.run_with(&["tenant", "disable", "one"], "", &env).await;
        let job = number(&host, "SELECT max(id) FROM rolewright.tenant_job WHERE kind = 'upgrade'").await;
        let stops = format!("tenant jobs {job} --stop");
        assert!(busy.err.contains(&stops), "{}", busy.err);
        busy.fails_in_it(69, "the tenant one is being worked on by process", "start.lock_timeout");
        let open = "SELECT count(*) FROM rolewright.tenant_job_item i JOIN rolewright.tenant_job j ON j.id = job_id \
                    WHERE kind = 'upgrade' AND j.finished_at IS NULL AND state IN ('waiting', 'running')";
        assert_eq!(number(&host, open).await, 2);
    };
    let (slow, ()) = tokio::join!(slow, others);
    assert!(slow.exit(0).out.contains("upgrade: 2 done, 0 failed"));
    let done = "SELECT count(*) FROM rolewright.tenant_job_item i JOIN rolewright.tenant_job j ON j.id = job_id \
                WHERE kind = 'upgrade' AND j.finished_at IS NOT NULL AND state = 'done'";
    assert_eq!(number(&host, done).await, 2);
    assert!(host.run(&["tenant", "resume"]).await.exit(0).err.contains("every job has finished"));
    host.db.drop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_processes_add_the_same_tenants() {
    let host = applied().await;
    configure(&host, "bucket = 2");
    let said = join_all((0..4).map(|_| host.run(&["tenant", "add", "a", "b", "c", "d", "e"]))).await;
    for one in said {
        one.exit(0);
    }
    assert_eq!(listed(&host).await.len(), 5);
    assert_eq!(number(&host, "SELECT sum(used) FROM rolewright.tenant_holder").await, 10);
    assert_eq!(
        number(&host, "SELECT count(*) FROM rolewright.provision_log WHERE kind = 'make-keeper'").await,
        1
    );
    host.db.drop().await;
}

/// Whoever cuts the connection that holds a tenant's lock lets another process at the tenant: what was begun is not committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_that_is_lost_ends_the_work() {
    let host = applied().await;
    migrating(&host);
    host.run(&["tenant", "add", "one"]).await.exit(0);
    file(&host, "002_slow.sql", "CREATE TABLE beds (id int); SELECT pg_catalog.pg_sleep(4);");
    let cut = async {
        let running =
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(4)%' AND usename = '_1_{}'";
        while number(&host, running).await == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE '%rolewright: tenant lock%' \
                   AND state = 'idle in transaction' AND datname = '{}'";
        assert_eq!(number(&host, cut).await, 1);
    };
    let (said, ()) = tokio::join!(host.run(&["tenant", "upgrade", "one"]), cut);
    said.fails_in_it(69, "the lock of the tenant one was lost", "a firewall");
    assert_eq!(number(&host, "SELECT count(*) FROM pg_tables WHERE tablename = 'beds'").await, 0);
    host.run(&["tenant", "upgrade", "one"]).await.exit(0);
    host.db.drop().await;
}

/// From 17 on; before, there is no such limit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_limit_of_the_servers_takes_a_lock_away() {
    let host = applied().await;
    migrating(&host);
    host.run(&["tenant", "add", "one"]).await.exit(0);
    if number(&host, "SELECT current_setting('server_version_num')::bigint").await >= 170_000 {
        admin(&host, "ALTER DATABASE \"{}\" SET transaction_timeout = '1s'").await;
    }
    admin(&host, "ALTER DATABASE \"{}\" SET idle_in_transaction_session_timeout = '1s'").await;
    file(&host, "002_slow.sql", "SELECT pg_catalog.pg_sleep(3);");
    let said = host.run(&["tenant", "upgrade", "one"]).await.exit(0);
    assert!(said.out.contains("one: 002_slow.sql"), "{}", said.out);
    host.db.drop().await;
}
