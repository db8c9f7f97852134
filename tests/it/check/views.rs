//! What views ask and compute of rows that they, or a view below, hide: by what fails for none that is stored, the lowest and the highest values too.

use super::fixture::Ground;

/// Rows 77 to 80 are hidden, of the only salary of which there are less than five.
const GROUND: &str = "CREATE SCHEMA hidden; \
    CREATE TABLE hidden.items (id int PRIMARY KEY, salary int, k int, one int, small int2, big int8, amount numeric(8, 2), price numeric, fee numeric(10, 2), \
      lat float8, alt float4, born date, at timestamptz, noted timestamp, title text, doc jsonb); \
    INSERT INTO hidden.items SELECT g, g % 10 * 10, g, 1, g % 9, g, g, g, g, g, g, date '2000-01-01' + g % 99, '2025-01-01Z', '2025-01-01', 'a:b', '{\"x\": 1}' FROM generate_series(1, 2000) g; \
    DELETE FROM hidden.items WHERE id BETWEEN 77 AND 81; \
    INSERT INTO hidden.items VALUES \
      (77, 770, -2147483648, -1, -32768, -9223372036854775808, 'NaN', 'NaN', 'NaN', -1.7976931348623157e308, '-3.4028235e38', '-infinity', '-infinity', '-infinity', NULL, NULL), \
      (78, 770, 2147483647, -1, 32767, 9223372036854775807, 999999.99, '-Infinity', 99999999.99, 1.7976931348623157e308, '3.4028235e38', 'infinity', 'infinity', 'infinity', '', '[]'), \
      (79, 770, 0, 0, 0, 0, 0, 0, 0, 'NaN', 'Infinity', '4713-01-01 BC', '4700-01-01Z BC', '4700-01-01 BC', E'\\u0001:\"', '\"x\"'), \
      (80, 770, -1, NULL, -1, -1, NULL, 1e300, -0.01, '-Infinity', 'NaN', '290000-01-01', '290000-01-01Z', '290000-01-01', ':', '1e400'); \
    CREATE INDEX ON hidden.items (salary); ANALYZE hidden.items; \
    CREATE TABLE hidden.allowed (id int PRIMARY KEY); INSERT INTO hidden.allowed SELECT id FROM hidden.items WHERE id NOT BETWEEN 77 AND 80; \
    CREATE VIEW reporting.plain AS SELECT i.* FROM hidden.items i JOIN hidden.allowed a USING (id)";

/// Conditions of a view over one that hides rows, and what another computes of rows that DISTINCT ON leaves out.
const ASKED: [&str; 18] = [
    "abs(k::bigint) > 2 AND abs(small::int) > 1 AND @ k::bigint > 1 AND - k::bigint < 5",
    "k::bigint + k > 5 AND k::bigint * k > 5 AND k::bigint * small - 1 > 5 AND small * 2 > 1 AND abs(small * 1) > 0",
    "length(title) + 1 > 2 AND substr(title, strpos(title, ':') + 1) = 'b'",
    "k / 2 > 1 AND k / -2 < 1 AND k % 7 = 1 AND mod(k, 7) = 1 AND k / 10::bigint > 1 AND small / 3 > 1 AND small % 2::smallint = 1 AND big / 10 > 1",
    "k % -1 = 0 AND big % -1 = 0 AND k::bigint / -1 < 1 AND small / -1 < 1",
    "100 / nullif(k, 0) > 1 AND k::bigint / nullif(one, 0) > 1 AND k % nullif(one, 0) = 0 AND small / nullif(one, 0) > 1",
    "100 / greatest(k, 1) > 1 AND k / greatest(one, 1) > 1 AND k % greatest(one, 2, 3) > 1",
    "price / 2.5 > 1 AND price / 100 > 1 AND price % 10 > 1 AND mod(price, 2.5) > 1 AND div(price, 3) > 1 AND fee / -0.01 > 1 AND k / 2.5 > 1",
    "price / nullif(fee, 0) > 1 AND fee / nullif(price, 0) > 1 AND price / nullif(k, 0) > 1 AND price % nullif(fee, 0.00) > 1",
    "price / greatest(fee, 0.01) > 1 AND price / greatest(k, 1) > 0.5 AND round(price / 3, 2) > 1",
    "greatest(price, 10) * 1.5 > 1 AND least(price, fee) - 5 < 1 AND nullif(price, 1) * 2.5 > 1",
    "at AT TIME ZONE 'UTC' > '2020-01-01' AND noted AT TIME ZONE 'Europe/Prague' > '2020-01-01'",
    "(at AT TIME ZONE 'America/New_York')::date > '2020-01-01' AND extract(year FROM at AT TIME ZONE 'Asia/Tokyo') > 2000",
    "date_trunc('month', at AT TIME ZONE 'UTC') > '2020-01-01' AND date_trunc('day', at, 'Europe/Berlin') > '2020-01-01'",
    "(at AT TIME ZONE 'UTC') + interval '30 days' > '2020-01-01' AND noted > now() AT TIME ZONE 'UTC' - interval '1 day'",
    "born < current_date - 30 AND born < current_date - interval '18 years' AND extract(year FROM born) < 2010",
    "amount >= 5.5 AND round(amount) > 5 AND trunc(amount) / 2 > 1",
    "coalesce(k::bigint * 2, 0) > 1 AND CASE WHEN one > 0 THEN price / 2 ELSE 0 END > 1",
];

/// The same of what fails for a row that may be stored.
const FAILING: [&str; 25] = [
    "abs(k) > 2",
    "- k < 5",
    "k + 1 > 5",
    "k * 2 > 5",
    "big * k > 5",
    "abs(k * one::bigint * 4) * big > 5",
    "k / -1 > 5",
    "k / nullif(one, 0) > 1",
    "100 / k > 1",
    "100 / nullif(k, 5) > 1",
    "100 / greatest(k, 0) > 1",
    "100 / least(k, 1) > 1",
    "price / fee > 1",
    "price % k > 1",
    "price / round(nullif(fee, 0)) > 1",
    "price / nullif(fee, 0)::numeric(10) > 1",
    // Any `numeric` may be none (`NaN`).
    "amount::int > 5",
    "amount::bigint > 5",
    "round(amount)::int > 5",
    "lat * 2 > 1",
    // An infinite date is one that is stored.
    "current_date - born > 30",
    "extract(year FROM age(born)) > 18",
    "at AT TIME ZONE 'Nowhere/X' > '2020-01-01'",
    "at AT TIME ZONE title > '2020-01-01'",
    "date_trunc('day', at, 'Nowhere/X') > '2020-01-01'",
];

/// What a view computes of groups that HAVING leaves out.
const AGGREGATED: [&str; 26] = [
    "percentile_cont(0.5) WITHIN GROUP (ORDER BY price)",
    "percentile_cont(0.9) WITHIN GROUP (ORDER BY lat)",
    "percentile_cont(1) WITHIN GROUP (ORDER BY k)",
    "percentile_cont('0.25') WITHIN GROUP (ORDER BY alt)",
    "percentile_cont(0) WITHIN GROUP (ORDER BY lat) > percentile_cont(1.0) WITHIN GROUP (ORDER BY lat)",
    "percentile_disc(0.5) WITHIN GROUP (ORDER BY title)",
    "percentile_disc(0.5) WITHIN GROUP (ORDER BY born)",
    "mode() WITHIN GROUP (ORDER BY at)",
    "mode() WITHIN GROUP (ORDER BY price)",
    "avg(alt)",
    "avg(big::float8)",
    "avg(lat::numeric)",
    "avg(alt::float8)",
    "stddev(k)",
    "variance(small)",
    "stddev_pop(big)",
    "var_samp(price)",
    "var_pop(alt)",
    "stddev_samp(fee)",
    "avg(price) + 2 * stddev(price)",
    "json_agg(title ORDER BY id)",
    "json_agg(born)",
    "json_agg(price) FILTER (WHERE k / 2 > 1)",
    "json_agg(doc)",
    "jsonb_agg(title)",
    "jsonb_agg(doc ORDER BY id)",
];

/// The same of what fails for a group that may be there.
const AGGREGATED_FAILING: [&str; 13] = [
    "avg(lat)",
    "stddev(lat)",
    "sum(lat)",
    "avg(alt::float8 * 1e300)",
    "percentile_cont(1.5) WITHIN GROUP (ORDER BY lat)",
    "percentile_cont(salary) WITHIN GROUP (ORDER BY lat)",
    "percentile_cont('NaN') WITHIN GROUP (ORDER BY lat)",
    "json_object_agg(title, k)",
    "jsonb_object_agg(title, k)",
    "sum(amount::int)",
    "json_agg(items)",
    "jsonb_agg(items)",
    // Not all that is `json` is `jsonb`.
    "jsonb_agg(('{\"x\": \"\\u' || CASE id WHEN 77 THEN '0000' ELSE '0041' END || '\"}')::json)",
];

/// Makes two views of what each asks, one of what each aggregates, and gives what is read of them.
async fn made(ground: &Ground, asked: &[&str], aggregated: &[&str]) -> Vec<[String; 2]> {
    let mut texts = Vec::new();
    for (number, asked) in asked.iter().enumerate() {
        ground
            .sql(&format!(
                "CREATE VIEW reporting.asks_{number} AS SELECT * FROM reporting.plain WHERE {asked}; \
                 CREATE VIEW reporting.latest_{number} AS SELECT DISTINCT ON (salary) salary, {asked} AS x FROM hidden.items ORDER BY salary, id DESC"
            ))
            .await;
        texts.push(format!("SELECT count(*) FROM asks_{number} WHERE salary = "));
        texts.push(format!("SELECT x FROM latest_{number} WHERE salary = "));
    }
    for (number, aggregated) in aggregated.iter().enumerate() {
        ground
            .sql(&format!(
                "CREATE VIEW reporting.groups_{number} AS SELECT salary, {aggregated} AS x FROM hidden.items GROUP BY salary HAVING count(*) >= 5"
            ))
            .await;
        texts.push(format!("SELECT x::text FROM groups_{number} WHERE salary = "));
    }
    ground.sql("GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO {}_rep").await;
    texts.into_iter().map(|text| ["770", "771"].map(|at| format!("{text}{at}"))).collect()
}

#[tokio::test]
async fn what_views_compute_that_fails_for_nothing_stored_is_read() {
    let ground = Ground::new().await;
    ground.sql(GROUND).await;
    let pairs = made(&ground, &ASKED, &AGGREGATED).await;
    let wrong = ground.not_taken(pairs).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    ground.end().await;
}

#[tokio::test]
async fn what_views_compute_that_fails_for_a_stored_row_is_refused() {
    let ground = Ground::new().await;
    ground.sql(GROUND).await;
    let pairs = made(&ground, &FAILING, &AGGREGATED_FAILING).await;
    let (wrong, told) = ground.not_refused(pairs, &[""]).await;
    assert!(told >= 50, "only {told} of these tell anything on this server");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    ground.end().await;
}
