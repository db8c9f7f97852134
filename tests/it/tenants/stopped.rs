//! A command that is told to stop: what is at work comes to its end, and what is not begun is never done by anybody.

use std::{os::unix::process::CommandExt as _, process::Command};

use super::module::{admin, applied, configure, file, listed, migrating, number};
use crate::server::cli::Host;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_signal_nothing_more_is_begun() {
    let host = applied().await;
    migrating(&host);
    configure(&host, "parallel = 1\n[tenancy.migrate]\nfolder = \"migrations\"");
    host.run(&["tenant", "add", "one", "two", "three"]).await.exit(0);
    file(&host, "002_slow.sql", "SELECT pg_catalog.pg_sleep(3);");
    for signal in ["-INT", "-TERM"] {
        let child = host.command(&["tenant", "upgrade"]).spawn().unwrap();
        at_work(&host).await;
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let said = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
        let (out, err) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
        assert_eq!(said.status.code(), Some(130), "{out}{err}");
        assert!(out.contains("1 failed") || out.contains("2 failed"), "{out}");
        assert!(err.contains("stopping") && err.contains("the job was stopped before all was done"), "{err}");
        let said = host.run(&["tenant", "resume"]).await.exit(0);
        assert!(said.err.contains("every job has finished"), "{}", said.err);
    }
    let upgraded = listed(&host).await.iter().filter(|one| one.2 == "002_slow.sql").count();
    assert_eq!(upgraded, 2, "one for each signal");
    host.db.drop().await;
}

/// Whoever goes on with a job and has enough may only mean to look later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_gone_on_with_and_stopped_waits_for_the_next() {
    let host = applied().await;
    migrating(&host);
    configure(&host, "parallel = 1\n[tenancy.migrate]\nfolder = \"migrations\"");
    host.run(&["tenant", "add", "one", "two", "three"]).await.exit(0);
    file(&host, "002_slow.sql", "SELECT pg_catalog.pg_sleep(3);");
    let mut killed = host.command(&["tenant", "upgrade"]).spawn().unwrap();
    at_work(&host).await;
    killed.kill().unwrap();
    killed.wait().unwrap();
    let running =
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(3)%' AND usename = '_1_{}'";
    while number(&host, running).await > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let job = last_job(&host).await;
    let child = host.command(&["tenant", "resume"]).spawn().unwrap();
    at_work(&host).await;
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let said = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    let (out, err) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert_eq!(said.status.code(), Some(130), "{out}{err}");
    assert!(out.contains(&format!("upgrade: 1 done, 0 failed, 2 waiting (job {job})")), "{out}");
    assert!(err.contains("the rest waits (`rolewright tenant resume` goes on with it"), "{err}");
    assert!(err.contains(&format!("`rolewright tenant jobs {job} --stop` gives it up")), "{err}");
    let left = host.run(&["tenant", "jobs", "--format", "json"]).await.exit(0).json();
    assert!(left[0]["left"] == 2 && left[0]["failed"] == 0 && left[0]["finished_at"].is_null(), "{left}");
    let said = host.run(&["tenant", "resume"]).await.exit(0);
    assert!(said.out.contains("upgrade: 2 done, 0 failed"), "{}", said.out);
    host.db.drop().await;
}

/// As a process leaves it that was killed before it came to anything.
pub(super) async fn left(host: &Host, kind: &str, id: &str) {
    let sql = format!(
        "WITH job AS (INSERT INTO rolewright.tenant_job (module, kind, adopt) VALUES ('{{}}', '{kind}', false) RETURNING id) \
         INSERT INTO rolewright.tenant_job_item (job_id, tenant) SELECT id, '{id}' FROM job"
    );
    admin(host, &sql).await;
}

#[tokio::test]
async fn an_upgrade_takes_no_other_jobs_place() {
    let host = applied().await;
    migrating(&host);
    host.run(&["tenant", "add", "one", "two"]).await.exit(0);
    left(&host, "disable", "one").await;
    left(&host, "disable", "two").await;
    host.run(&["tenant", "upgrade"]).await.exit(0);
    // Whoever says the contrary takes it, and whoever asked first is told.
    host.run(&["tenant", "enable", "two"]).await.exit(0);
    let said = host.run(&["tenant", "resume"]).await;
    let said = said.fails_in_it(1, "a later job for the tenant two took this one's place", "tenant jobs");
    assert!(
        said.out.contains("disable: 1 done, 0 failed") && said.out.contains("disable: 0 done, 1 failed"),
        "{}",
        said.out
    );
    let states: Vec<String> = listed(&host).await.into_iter().map(|one| one.1).collect();
    assert_eq!(states, ["disabled", "active"]);
    let said = host.run(&["tenant", "resume"]).await.exit(0);
    assert!(said.err.contains("every job has finished"), "{}", said.err);
    host.db.drop().await;
}

#[tokio::test]
async fn a_job_that_ends_with_an_error_keeps_no_other_from_its_turn() {
    let host = applied().await;
    host.run(&["tenant", "add", "one"]).await.exit(0);
    // As if the server were gone, for this one.
    admin(
        &host,
        "CREATE FUNCTION public.never() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN \
         IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() c WHERE c.object_identity = 'bad_{}') THEN \
         RAISE SQLSTATE '57P01'; END IF; END $$; \
         CREATE EVENT TRIGGER never ON ddl_command_end WHEN TAG IN ('CREATE SCHEMA') EXECUTE FUNCTION public.never()",
    )
    .await;
    host.run(&["tenant", "add", "bad"]).await.exit(1);
    left(&host, "disable", "one").await;
    let said = host.run(&["tenant", "resume"]).await.exit(1);
    assert!(
        said.out.contains("could not be gone on with") && said.out.contains("disable: 1 done"),
        "{}",
        said.out
    );
    admin(&host, "DROP EVENT TRIGGER never").await;
    host.run(&["tenant", "resume"]).await.exit(0);
    let states: Vec<String> = listed(&host).await.into_iter().map(|one| one.1).collect();
    assert_eq!(states, ["active", "disabled"]);
    host.db.drop().await;
}

/// Waits until the slow migration is at work.
async fn at_work(host: &Host) {
    let running =
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(3)%' AND usename = '_1_{}'";
    while number(host, running).await == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

async fn last_job(host: &Host) -> String {
    number(host, "SELECT max(id) FROM rolewright.tenant_job").await.to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_is_stopped_by_another_process() {
    let host = applied().await;
    migrating(&host);
    configure(&host, "parallel = 1\n[tenancy.migrate]\nfolder = \"migrations\"");
    file(&host, "002_slow.sql", "SELECT pg_catalog.pg_sleep(3);");
    for (round, kind) in ["add", "upgrade"].into_iter().enumerate() {
        let names: &[&str] = if kind == "add" { &["one", "two", "three"] } else { &[] };
        let child = host.command(&[&["tenant", kind], names].concat()).spawn().unwrap();
        at_work(&host).await;
        let job = last_job(&host).await;
        let said = host.run(&["tenant", "jobs", &job, "--stop"]).await.exit(0);
        assert!(said.out.contains("is at work on it, ends what it has begun"), "{}", said.out);
        let said = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
        let (out, err) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
        assert_eq!(said.status.code(), Some(130), "{out}{err}");
        assert!(err.contains("the job was stopped before all was done for the tenant"), "{err}");
        assert!(out.contains(&format!("{kind}: 1 done, {} failed", 2 - round)), "{out}");
        let upgraded = listed(&host).await.iter().filter(|one| one.2 == "002_slow.sql").count();
        assert_eq!(upgraded, 1 + round, "{kind}");
        host.run(&["tenant", "jobs", &job, "--stop"]).await.fails(
            64,
            &format!("the job {job} has ended"),
            &format!("tenant jobs {job}"),
        );
        let said = host.run(&["tenant", "resume"]).await.exit(0);
        assert!(said.err.contains("every job has finished"), "{}", said.err);
        // The next round is of the two that are left.
        let done = "UPDATE rolewright.tenant SET state = 'disabled' WHERE version = '002_slow.sql'";
        admin(&host, done).await;
    }
    host.db.drop().await;
}

#[tokio::test]
async fn a_job_that_nobody_works_on_is_stopped_for_good() {
    let host = applied().await;
    host.run(&["tenant", "add", "one"]).await.exit(0);
    left(&host, "purge", "one").await;
    let job = last_job(&host).await;
    let json = host.run(&["tenant", "jobs", &job, "--stop", "--format", "json"]).await.exit(0).json();
    assert!(json["job"] == job.parse::<i64>().unwrap() && json["held_by"].is_null(), "{json}");
    let detail = json["tenants"][0]["detail"].as_str().unwrap();
    assert!(json["tenants"][0]["state"] == "failed" && detail.contains("the job was stopped"), "{json}");
    let said = host.run(&["tenant", "resume"]).await.exit(0);
    assert!(said.err.contains("every job has finished"), "{}", said.err);
    let jobs = host.run(&["tenant", "jobs", "--format", "json"]).await.exit(0).json();
    assert!(jobs[0]["stopped_at"].is_string() && jobs[0]["failed"] == 1, "{jobs}");
    assert!(jobs[1].get("stopped_at").is_none(), "{jobs}");

    // One whose process was killed after that was asked: whoever goes on with it does not.
    left(&host, "purge", "one").await;
    admin(&host, "UPDATE rolewright.tenant_job SET stopped_at = now() WHERE finished_at IS NULL").await;
    host.run(&["tenant", "resume"]).await.fails_in_it(130, "the job was stopped", "do the same again");
    assert_eq!(listed(&host).await[0].1, "active");

    host.run(&["tenant", "jobs", "4711", "--stop"]).await.fails(64, "there is no job 4711", "tenant jobs");
    host.run(&["tenant", "jobs", "--stop"]).await.exit(64);
    host.db.drop().await;
}

/// What a command tells as failed before it began is nothing that anybody goes on with.
#[tokio::test]
async fn what_could_not_be_begun_is_not_kept() {
    let host = applied().await;
    host.run(&["tenant", "add", "one"]).await.exit(0);
    admin(
        &host,
        "CREATE FUNCTION public.boom() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'boom'; END $$; \
         CREATE TRIGGER boom BEFORE UPDATE ON rolewright.tenant_job_item FOR EACH STATEMENT EXECUTE FUNCTION public.boom()",
    )
    .await;
    let said = host.run(&["tenant", "purge", "one", "--yes"]).await.exit(1);
    assert!(said.err.contains("boom"), "{}", said.err);
    admin(&host, "DROP TRIGGER boom ON rolewright.tenant_job_item").await;
    let said = host.run(&["tenant", "resume"]).await.exit(0);
    assert!(said.err.contains("every job has finished"), "{}", said.err);
    assert_eq!(listed(&host).await[0].1, "active");
    host.db.drop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resume_that_is_stopped_tells_what_it_has_not_begun() {
    let host = applied().await;
    migrating(&host);
    host.run(&["tenant", "add", "one", "two"]).await.exit(0);
    file(&host, "002_slow.sql", "SELECT pg_catalog.pg_sleep(3);");
    left(&host, "upgrade", "one").await;
    left(&host, "disable", "two").await;
    let child = host.command(&["tenant", "resume"]).spawn().unwrap();
    let running =
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(3)%' AND usename = '_1_{}'";
    while number(&host, running).await == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let said = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    let err = String::from_utf8_lossy(&said.stderr);
    assert_eq!(said.status.code(), Some(130), "{err}");
    assert!(err.contains("was not gone on with") && err.contains("tenant resume"), "{err}");
    host.run(&["tenant", "resume"]).await.exit(0);
    assert_eq!(listed(&host).await[1].1, "disabled");
    host.db.drop().await;
}

/// A terminal sends it to all that belongs to the command.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_lets_a_program_come_to_its_end() {
    let host = applied().await;
    configure(&host, "[tenancy.migrate]\ncommand = [\"sh\", \"-c\", \"touch began; sleep 2; touch ended\"]");
    let mut command = host.command(&["tenant", "add", "one"]);
    let child = command.process_group(0).spawn().unwrap();
    while !host.folder.path().join("began").exists() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let group = format!("-{}", child.id());
    assert!(Command::new("kill").args(["-INT", "--", &group]).status().unwrap().success());
    let said = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    assert!(host.folder.path().join("ended").exists());
    assert_eq!(listed(&host).await[0].1, "active");
    host.db.drop().await;
}
