//! The tenant interface, driven as a gateway does: over HTTP, by its headers alone.

use std::{io::Write as _, net::TcpStream, time::Duration};

use serde_json::Value;

use super::module::{admin, applied, file, listed, migrating, number};
use crate::server::{
    cli::Host,
    serve::{end, request, serve, until},
};

/// One call: status, head and body.
pub(super) fn call(address: &str, line: &str, tenant: &str, body: &str) -> (u16, String, String) {
    let headers = format!("X-Okapi-Tenant: {tenant}\r\nContent-Type: application/json\r\n");
    request(address, line, &headers, body).expect("an answer")
}

/// Begins a job and waits for its end, as a gateway does; gives the job.
pub(super) fn asked(address: &str, tenant: &str, body: &str) -> Value {
    let (status, head, text) = call(address, "POST /_/tenant", tenant, body);
    assert_eq!(status, 201, "{text}");
    let location =
        head.lines().find_map(|line| line.strip_prefix("location: ")).expect("a Location").to_owned();
    let begun: Value = serde_json::from_str(&text).unwrap();
    assert!(location.ends_with(begun["id"].as_str().unwrap()), "{location}: {begun}");
    assert_eq!(begun["tenant"], tenant);
    assert_eq!(begun["tenantAttributes"], serde_json::from_str::<Value>(body).unwrap());
    for _ in 0..20 {
        let (status, _, text) = call(address, &format!("GET {location}?wait=5000"), tenant, "");
        assert_eq!(status, 200, "{text}");
        let job: Value = serde_json::from_str(&text).unwrap();
        if job["complete"] == true {
            assert_eq!(call(address, &format!("DELETE {location}"), tenant, "").0, 204);
            assert_eq!(call(address, &format!("DELETE {location}"), tenant, "").0, 404);
            assert_eq!(call(address, &format!("GET {location}"), tenant, "").0, 404);
            return job;
        }
    }
    panic!("{location} does not end");
}

/// A host with a folder of migrations whose `serve` answers a gateway.
pub(super) async fn open() -> Host {
    let host = applied().await;
    migrating(&host);
    with_calls(&host, "tenants = \"gateway\"");
    host
}

fn with_calls(host: &Host, keys: &str) {
    let path = host.folder.path().join("rolewright.toml");
    let config = std::fs::read_to_string(path).unwrap();
    host.config(&config.replace("[http]\n", &format!("[http]\n{keys}\n")));
}

#[tokio::test]
async fn a_life() {
    let host = open().await;
    let (child, address) = serve(&host);
    until(&address, |status, _| status == 200);
    let module = host.db.app();
    let id = |version: &str| format!("{module}-{version}");

    let job = asked(&address, "diku", &format!(r#"{{"module_to":"{}"}}"#, id("1.0.0")));
    assert!(job["error"].is_null() && job["messages"][0].as_str().unwrap().contains("001_wards"), "{job}");
    file(&host, "002_beds.sql", "CREATE TABLE beds (id int)");
    let upgrade = format!(
        r#"{{"module_from":"{}","module_to":"{}","purge":false,"parameters":[{{"key":"loadSample","value":"true"}}]}}"#,
        id("1.0.0"),
        id("1.1.0")
    );
    let job = asked(&address, "diku", &upgrade);
    assert!(job["error"].is_null() && job["messages"][0].as_str().unwrap().contains("002_beds"), "{job}");

    let job = asked(&address, "diku", &format!(r#"{{"module_from":"{}"}}"#, id("1.1.0")));
    assert!(job["error"].is_null(), "{job}");
    let state = |names: &[(String, String, String)]| names[0].1.clone();
    assert_eq!(state(&listed(&host).await), "disabled");
    // One that was disabled is enabled, and then it is brought to the newest version.
    file(&host, "003_more.sql", "CREATE TABLE more (id int)");
    let job = asked(&address, "diku", &format!(r#"{{"module_to":"{}"}}"#, id("1.2.0")));
    assert!(job["error"].is_null() && job["messages"][0].as_str().unwrap().contains("003_more"), "{job}");
    assert_eq!(state(&listed(&host).await), "active");

    let job = asked(&address, "diku", &format!(r#"{{"module_from":"{}","purge":true}}"#, id("1.2.0")));
    assert!(job["error"].is_null(), "{job}");
    assert_eq!(state(&listed(&host).await), "purged");
    end(child);
    host.db.drop().await;
}

#[tokio::test]
async fn what_fails_is_in_the_job_and_what_is_wrong_is_refused() {
    let host = open().await;
    file(&host, "002_wrong.sql", "CREATE TABLE wards (id int)");
    let (child, address) = serve(&host);
    until(&address, |status, _| status == 200);
    let to = format!(r#"{{"module_to":"{}-1.0.0"}}"#, host.db.app());
    let job = asked(&address, "diku", &to);
    assert!(job["error"].as_str().unwrap().contains("already exists"), "{job}");

    // Nothing is kept of a request that cannot be: no job that somebody would go on with later.
    let unkept = r#"{"purge":true,"parameters":[{"key":"a","value":"\u0000"}]}"#;
    let (status, _, text) = call(&address, "POST /_/tenant", "diku", unkept);
    assert!(status == 400 && text.contains("U+0000"), "{status} {text}");
    assert_eq!(number(&host, "SELECT count(*) FROM rolewright.tenant_job WHERE kind = 'purge'").await, 0);

    let wrong: [(&str, &str, &str, u16, &str); 18] = [
        ("X-Okapi-Tenant: Diku\r\n", "POST /_/tenant", &to, 400, "upper-case"),
        ("X-Okapi-Tenant: di-ku\r\n", "POST /_/tenant", &to, 400, "the character '-'"),
        ("X-Okapi-Tenant: \r\n", "POST /_/tenant", &to, 400, "is empty"),
        ("", "POST /_/tenant", &to, 400, "is missing"),
        ("X-Okapi-Tenant: diku\r\nX-Okapi-Tenant: other\r\n", "POST /_/tenant", &to, 400, "there twice"),
        ("X-Okapi-Tenant: diku\r\n", "POST /_/tenant", "{\"tenant\":\"other\"}", 400, "unknown field"),
        ("X-Okapi-Tenant: nobody\r\n", "POST /_/tenant", "{}", 400, "there is no tenant nobody"),
        ("X-Okapi-Tenant: diku\r\n", "GET /_/tenant/1", "", 400, "no UUID"),
        (
            "X-Okapi-Tenant: diku\r\n",
            "POST /_/tenant",
            &format!("{{\"module_to\":\"{}\"}}", "x".repeat(70_000)),
            413,
            "the module's own migrations",
        ),
        ("X-Okapi-Tenant: diku\r\n", "PUT /_/tenant", "", 405, "no such method"),
        ("X-Okapi-Tenant: diku\r\n", "GET /_/tenant/%ff", "", 400, "no UUID"),
        (
            "X-Okapi-Tenant: diku\r\n",
            "GET /_/tenant/497f6eca-6276-4993-bfeb-53cbbbba6f08?wait=1&wait=2",
            "",
            400,
            "there twice",
        ),
        ("X-Okapi-Tenant: diku\r\n", "POST /_/tenant", "{\"purge\":false,\"purge\":true}", 400, "duplicate"),
        ("X-Okapi-Tenant: diku\r\n", "POST /_/tenant/", &to, 404, "POST /_/tenant begins a job"),
        ("X-Okapi-Tenant: diku\r\n", "POST /_/tenant//", &to, 404, "POST /_/tenant begins a job"),
        ("X-Okapi-Tenant: diku\r\n", "GET /_/tenant/1/", "", 404, "POST /_/tenant begins a job"),
        ("X-Okapi-Tenant: diku\r\n", "GET /_/tenant/1/2?wait=1", "", 404, "POST /_/tenant begins a job"),
        ("", "DELETE /_/tenant/", "", 404, "nothing at this path"),
    ];
    for (headers, line, body, status, words) in wrong {
        let (found, head, text) = request(&address, line, headers, body).expect("an answer");
        assert_eq!(found, status, "{headers}{line}: {text}");
        assert!(text.contains(words), "{headers}{line}: {text}");
        assert!(head.to_lowercase().contains("content-type: text/plain"), "{head}");
    }
    assert_eq!(listed(&host).await.len(), 1, "none was made by the way");

    // Another tenant's job is not told from one that does not exist.
    let (_, head, _) = call(&address, "POST /_/tenant", "diku", &to);
    let location = head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap().to_owned();
    for line in [format!("GET {location}"), format!("DELETE {location}")] {
        assert_eq!(call(&address, &line, "other", "").0, 404);
    }
    assert_eq!(call(&address, &format!("GET {location}?wait=soon"), "diku", "").0, 400);
    call(&address, &format!("GET {location}?wait=20000"), "diku", "");
    end(child);
    host.db.drop().await;
}

/// Somebody who holds the provisioning lock for too long is the job's error, not its silence; and jobs that ended long ago are forgotten.
#[tokio::test]
async fn no_job_is_waited_for_in_vain() {
    let host = open().await;
    host.config(&format!("{}\n[start]\nlock_timeout = \"500ms\"\n", config(&host)));
    let (child, address) = serve(&host);
    until(&address, |status, _| status == 200);
    let to = format!(r#"{{"module_to":"{}-1.0.0"}}"#, host.db.app());
    let mut held = host.db.admin().begin().await.unwrap();
    sqlx::query("SELECT pg_advisory_xact_lock(x'726f6c6577726774'::bigint)")
        .execute(&mut *held)
        .await
        .unwrap();
    let job = asked(&address, "diku", &to);
    assert!(job["error"].as_str().unwrap().contains("the provisioning lock is held by"), "{job}");
    held.rollback().await.unwrap();
    assert_eq!(
        number(&host, "SELECT count(*) FROM rolewright.tenant_job WHERE finished_at IS NULL").await,
        0
    );

    let (status, _, _) = call(&address, "POST /_/tenant", "diku", &to);
    assert_eq!(status, 201);
    let undone = "SELECT count(*) FROM rolewright.tenant_job_item WHERE state NOT IN ('done', 'failed')";
    while number(&host, undone).await > 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    admin(&host, "UPDATE rolewright.tenant_job_item SET finished_at = finished_at - interval '31 days'")
        .await;
    asked(&address, "diku", &to);
    assert_eq!(number(&host, "SELECT count(*) FROM rolewright.tenant_request").await, 0);
    end(child);
    host.db.drop().await;
}

#[tokio::test]
async fn nobody_calls_unless_the_settings_say_who() {
    const TOKEN: &str = "kanari-Token_0123456789.abcdefghij+/=";
    let host = open().await;
    let to = format!(r#"{{"module_to":"{}-1.0.0"}}"#, host.db.app());
    host.config(&config(&host).replace("tenants = \"gateway\"\n", ""));
    let (child, address) = serve(&host);
    until(&address, |status, _| status == 200);
    assert_eq!(call(&address, "POST /_/tenant", "diku", &to).0, 404);
    end(child);

    with_calls(&host, "tenants = \"token\"");
    host.run(&["check"]).await.fails(78, "no token", "http.admin_token_file");
    host.key("admin.token", TOKEN, 0o600);
    with_calls(&host, "admin_token_file = \"admin.token\"");
    let (child, address) = serve(&host);
    until(&address, |status, _| status == 200);
    for path in ["/_/tenant", "/_/tenant/", "/_/tenant/1/2"] {
        assert_eq!(call(&address, &format!("POST {path}"), "diku", &to).0, 401, "{path}");
    }
    assert_eq!(listed(&host).await.len(), 0);
    let headers = format!("X-Okapi-Tenant: diku\r\nAuthorization: Bearer {TOKEN}\r\n");
    assert_eq!(request(&address, "POST /_/tenant", &headers, &to).unwrap().0, 201);
    end(child);
    host.db.drop().await;
}

#[tokio::test]
async fn what_a_process_left_is_gone_on_with_by_the_next() {
    let host = open().await;
    file(&host, "002_slow.sql", "SELECT pg_sleep(60)");
    let (mut child, address) = serve(&host);
    until(&address, |status, _| status == 200);
    let to = format!(r#"{{"module_to":"{}-1.0.0"}}"#, host.db.app());
    let (status, head, _) = call(&address, "POST /_/tenant", "diku", &to);
    assert_eq!(status, 201);
    let location = head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap().to_owned();
    let (_, _, text) = call(&address, &format!("GET {location}?wait=500"), "diku", "");
    assert!(text.contains("\"complete\":false"), "{text}");
    assert_eq!(call(&address, &format!("DELETE {location}"), "diku", "").0, 409);
    child.kill().unwrap();
    child.wait().unwrap();
    admin(&host, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()").await;
    file(&host, "002_slow.sql", "SELECT pg_sleep(0)");
    let (child, address) = serve(&host);
    until(&address, |status, _| status == 200);
    let (_, _, text) = call(&address, &format!("GET {location}?wait=30000"), "diku", "");
    let job: Value = serde_json::from_str(&text).unwrap();
    assert!(job["complete"] == true && job["error"].is_null(), "{job}");
    end(child);
    host.db.drop().await;
}

fn config(host: &Host) -> String {
    std::fs::read_to_string(host.folder.path().join("rolewright.toml")).unwrap()
}

#[tokio::test]
async fn a_caller_that_hangs_up_leaves_no_job_undone() {
    let host = open().await;
    let (child, address) = serve(&host);
    until(&address, |status, _| status == 200);
    let body = format!(r#"{{"module_to":"{}-1.0.0"}}"#, host.db.app());
    for number in 0..20_u64 {
        let mut caller = TcpStream::connect(&address).unwrap();
        let head = format!(
            "POST /_/tenant HTTP/1.1\r\nHost: it\r\nX-Okapi-Tenant: h{number}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        caller.write_all(format!("{head}{body}").as_bytes()).unwrap();
        // At another moment of its begin each time.
        std::thread::sleep(Duration::from_micros(400 * number));
        drop(caller);
    }
    let undone = "SELECT count(*) FROM rolewright.tenant_job_item WHERE state NOT IN ('done', 'failed')";
    let kept = "SELECT count(*) FROM rolewright.tenant_request";
    let mut looks = 0;
    while number(&host, undone).await > 0 || number(&host, kept).await == 0 {
        looks += 1;
        assert!(looks < 300, "{} are not done", number(&host, undone).await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    end(child);
    host.db.drop().await;
}
