//! Enums in conditions over a view that hides rows: comparing them fails for no value.

use super::fixture::Ground;

const GROUND: &str = "CREATE SCHEMA hidden; CREATE TYPE reporting.state AS ENUM ('low', 'mid', 'high'); ALTER TYPE reporting.state ADD VALUE 'none' BEFORE 'low'; \
    CREATE TABLE hidden.items (id int PRIMARY KEY, salary int, state reporting.state, tags text[], nums int[], marks uuid[], days date[], fees numeric[], codes varchar[], \
      points point[], docs json[], stay daterange, during tstzrange, span int4range, big int8range, price numrange, hours tsrange, at timestamptz, born date, fee numeric); \
    INSERT INTO hidden.items SELECT g, g * 10, 'mid', ARRAY['a' || g], ARRAY[g], ARRAY[]::uuid[], '{2025-01-01}', '{1.5}', '{x}', NULL, NULL, daterange('2025-01-01', '2025-02-01'), '[2025-01-01,)', \
      int4range(g, g + 9), '[1,9]', numrange(g * 10, g * 10 + 5.5), '(,)', '2025-01-01Z', '2025-01-01', 1 FROM generate_series(1, 100) g; \
    CREATE TABLE hidden.allowed (id int PRIMARY KEY); INSERT INTO hidden.allowed SELECT g FROM generate_series(1, 100) g WHERE g NOT BETWEEN 77 AND 81; \
    CREATE VIEW reporting.plain AS SELECT i.* FROM hidden.items i JOIN hidden.allowed a USING (id); \
    CREATE VIEW reporting.barred WITH (security_barrier) AS SELECT i.* FROM hidden.items i JOIN hidden.allowed a USING (id); \
    ANALYZE hidden.items; GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO {}_rep";

const PASSING: [&str; 4] = [
    // Enums.
    "state < 'high' AND state <= 'mid' AND state > 'none' AND state >= 'low'",
    "state BETWEEN 'low' AND 'high' AND (state, id) > ('low', 5)",
    "CASE salary WHEN {at} THEN 'none'::state ELSE 'high' END < state",
    "state > ANY ('{low,none}'::state[])",
];

fn at(text: &str, from: &str, at: &str) -> String {
    format!("SELECT count(*) FROM {from} WHERE {}", text.replace("{at}", at))
}

#[tokio::test]
async fn enums_are_compared_over_views_that_hide_rows() {
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
