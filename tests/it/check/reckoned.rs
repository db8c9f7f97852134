//! Numbers in conditions over a view that hides rows: constants that are cast, and what may overflow.

use super::fixture::Ground;

const GROUND: &str = "CREATE SCHEMA hidden; CREATE DOMAIN reporting.money AS numeric(10, 2); \
    CREATE TABLE hidden.items (id int PRIMARY KEY, salary int, lat float8, alt float4, small int2, big int8, price numeric, fee numeric(10, 2), paid reporting.money, \
      born date, admitted timestamptz, noted timestamp, doc jsonb); \
    INSERT INTO hidden.items SELECT g, g * 10, g, g, g, g, g, g, g, date '2000-01-01' + g, '2025-01-01Z', '2025-01-01', '{\"x\": 1.5}' FROM generate_series(1, 100) g; \
    CREATE TABLE hidden.allowed (id int PRIMARY KEY); INSERT INTO hidden.allowed SELECT g FROM generate_series(1, 100) g WHERE g NOT BETWEEN 77 AND 81; \
    CREATE VIEW reporting.plain AS SELECT i.* FROM hidden.items i JOIN hidden.allowed a USING (id); \
    CREATE VIEW reporting.barred WITH (security_barrier) AS SELECT i.* FROM hidden.items i JOIN hidden.allowed a USING (id); \
    CREATE TABLE reporting.people (id int, fee numeric DEFAULT 1); INSERT INTO reporting.people VALUES (1), (2); \
    GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO {}_rep";

const PASSING: [&str; 5] = [
    // Constants that are cast are computed before any row is read, in CASE too.
    "lat BETWEEN 3.5 AND 400.5 AND alt > 3.5 AND alt < 4.5::float4 AND lat <> -1.5 AND lat > 1.5::float8::float4",
    "big > 4.0::int8 AND small < 7.5::int2 AND id > 4.5::int AND price < 10.555::numeric(6, 2) AND id IN (1, 4.0::int)",
    "CASE salary WHEN {at} THEN lat > 3.5 ELSE lat < 1e300 END",
    "CASE salary WHEN {at} THEN 1.5 ELSE 2.5::float8 END < lat",
    "lat IN (1.5, 2.5) AND coalesce(lat, 1.5) > 0.5 AND nullif(lat, 3.5) > 0",
];

const REFUSED: [&str; 6] = [
    // Operations that fail for other numbers.
    "price / (salary - {at}) > 1",
    "price % (salary - {at}) > 1",
    "power(10.0, CASE salary WHEN {at} THEN 1e6 ELSE 1 END) > 1",
    "id * salary > {at}",
    "(CASE salary WHEN {at} THEN 1e400 ELSE 1 END)::float8 > 1",
    "(CASE salary WHEN {at} THEN 1e10 ELSE 1 END)::int > 1",
];

fn at(text: &str, from: &str, at: &str) -> String {
    let text = text.replace("FROM plain", &format!("FROM {from}")).replace("plain.", &format!("{from}."));
    format!("SELECT count(*) FROM {from} WHERE {}", text.replace("{at}", at))
}

#[tokio::test]
async fn what_cannot_overflow_is_reckoned_over_views_that_hide_rows() {
    let ground = Ground::new().await;
    ground.sql(GROUND).await;
    let mut wrong = Vec::new();
    for text in PASSING {
        for from in ["plain", "barred"] {
            let (hit, miss) = (at(text, from, "770"), at(text, from, "771"));
            if let Err(error) = ground.check(&ground.rep, &hit).await {
                wrong.push(format!("refused: {hit}: {error}"));
            }
            // Nothing tells the hidden row by an error.
            for text in [&hit, &miss] {
                if let Err(error) = ground.seen(&ground.rep, text).await {
                    wrong.push(format!("fails: {text}: {error}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    ground.end().await;
}

#[tokio::test]
async fn what_overflows_for_some_value_is_refused() {
    let ground = Ground::new().await;
    ground.sql(GROUND).await;
    let (mut wrong, mut told) = (Vec::new(), 0);
    for text in REFUSED {
        let (hit, miss) = (at(text, "plain", "770"), at(text, "plain", "773"));
        match ground.check(&ground.rep, &hit).await {
            Ok(_) => wrong.push(format!("taken: {hit}")),
            Err(error) if error.to_string().contains("could see them first") => {}
            Err(error) => wrong.push(format!("{hit}: {error}")),
        }
        let (hit, miss) = (ground.seen(&ground.rep, &hit).await, ground.seen(&ground.rep, &miss).await);
        println!("{text}: {hit:?} {miss:?}");
        told += usize::from(hit.is_err() && miss.is_ok());
    }
    println!("{told} of these tell a hidden row from none on a plain connection");
    assert!(told >= 5, "only {told} of these tell anything on this server");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    ground.end().await;
}
