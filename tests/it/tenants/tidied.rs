//! Jobs of long ago: forgotten, but for what would be missed.

use super::{
    module::{admin, applied},
    stopped::left,
};
use crate::server::cli::Host;

/// Makes the jobs so many days older than they are.
async fn age(host: &Host, days: u32, which: &str) {
    let sql = format!(
        "UPDATE rolewright.tenant_job SET started_at = started_at - interval '{days} days', \
         finished_at = finished_at - interval '{days} days' WHERE {which}"
    );
    admin(host, &sql).await;
}

/// The numbers of the jobs that are there, and of those that have tenants and requests.
async fn kept(host: &Host) -> [Vec<i64>; 3] {
    let of = async |sql: &'static str| sqlx::query_scalar(sql).fetch_all(&host.db.admin()).await.unwrap();
    [
        of("SELECT id FROM rolewright.tenant_job ORDER BY id").await,
        of("SELECT DISTINCT job_id FROM rolewright.tenant_job_item ORDER BY job_id").await,
        of("SELECT job_id FROM rolewright.tenant_request ORDER BY job_id").await,
    ]
}

#[tokio::test]
async fn what_ended_long_ago_is_forgotten_but_for_the_last_of_each_tenant() {
    let host = applied().await;
    host.run(&["tenant", "add", "a", "b", "gone"]).await.exit(0);
    let request = "INSERT INTO rolewright.tenant_request (id, module, tenant, attributes, job_id) \
                   VALUES (gen_random_uuid(), '{}', 'a', jsonb_build_object(), 1)";
    admin(&host, request).await;
    host.run(&["tenant", "upgrade", "a"]).await.exit(0);
    host.run(&["tenant", "upgrade"]).await.exit(0);
    host.run(&["tenant", "purge", "gone", "--yes"]).await.exit(0);
    left(&host, "upgrade", "nobody").await;
    age(&host, 89, "true").await;
    host.run(&["tenant", "upgrade", "a"]).await.exit(0);
    assert_eq!(kept(&host).await, [vec![1, 2, 3, 4, 5, 6], vec![1, 2, 3, 4, 5, 6], vec![1]]);

    age(&host, 2, "true").await;
    host.run(&["tenant", "upgrade", "a"]).await.exit(0);
    // `b` was in none since the third; the fifth has not ended.
    assert_eq!(kept(&host).await, [vec![3, 5, 6, 7], vec![3, 5, 6, 7], vec![]]);
    let shown = host.run(&["tenant", "show", "b", "--format", "json"]).await.exit(0).json();
    assert_eq!(shown["last"]["job"], 3);
    let said = host.run(&["tenant", "jobs", "3"]).await.exit(0);
    assert_eq!(said.out.lines().count(), 3, "{}", said.out);

    // It is the first of each day that tidies.
    host.run(&["tenant", "upgrade", "b"]).await.exit(0);
    assert_eq!(kept(&host).await[0], [3, 5, 6, 7, 8]);
    age(&host, 1, "true").await;
    host.run(&["tenant", "upgrade", "a", "b"]).await.exit(0);
    assert_eq!(kept(&host).await[0], [5, 6, 7, 8, 9]);

    // However many there are; and what cannot be forgotten is in no job's way.
    let many = "INSERT INTO rolewright.tenant_job (module, kind, started_at, finished_at) \
                SELECT '{}', 'upgrade', now() - interval '1 year', now() - interval '1 year' FROM generate_series(1, 45)";
    admin(&host, many).await;
    let refuse = "CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END'; \
                  CREATE TRIGGER refuse BEFORE DELETE ON rolewright.tenant_job EXECUTE FUNCTION public.refuse()";
    admin(&host, refuse).await;
    host.run(&["tenant", "upgrade", "a"]).await.exit(0);
    assert_eq!(kept(&host).await[0].len(), 51);
    admin(&host, "DROP FUNCTION public.refuse() CASCADE").await;
    age(&host, 1, "id > 10").await;
    host.run(&["tenant", "upgrade", "b"]).await.exit(0);
    assert_eq!(kept(&host).await[0].len(), 7);
    host.db.drop().await;
}
