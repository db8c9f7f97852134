//! Legitimate reports, all of which pass.

use super::fixture::Ground;

const REPORTS: &[(&str, &str)] = &[
    ("raw", r#"SELECT id, name FROM public.patients ORDER BY id"#),
    ("raw", r#"SELECT date_trunc('month', born) AS m, count(*) FROM public.patients GROUP BY 1 ORDER BY 1"#),
    (
        "raw",
        r#"WITH p AS (SELECT * FROM public.patients) SELECT p.name, row_number() OVER (ORDER BY p.id) FROM p"#,
    ),
    (
        "raw",
        r#"SELECT d::date, count(p.id) FROM generate_series('1990-01-01'::date,'1990-03-01','1 day') d LEFT JOIN public.patients p ON p.born=d GROUP BY 1 ORDER BY 1"#,
    ),
    ("raw", r#"SELECT to_char(born,'YYYY-MM-DD'), age(born), extract(year FROM born) FROM public.patients"#),
    (
        "raw",
        r#"SELECT string_agg(name, ', ' ORDER BY name), array_agg(id), jsonb_agg(jsonb_build_object('n',name)) FROM public.patients"#,
    ),
    ("raw", r#"SELECT x.* FROM public.patients p, LATERAL (SELECT p.id, upper(p.name) AS n) x"#),
    (
        "raw",
        r#"SELECT CASE WHEN nhi ~ '^NHI[0-9]+$' THEN 'ok' ELSE 'bad' END, coalesce(name,'?'), round(weight::numeric,1) FROM public.patients"#,
    ),
    (
        "raw",
        r#"SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY weight), count(*) FILTER (WHERE sensitive) FROM public.patients"#,
    ),
    ("raw", r#"SELECT unnest(ARRAY[1,2,3]) AS n UNION ALL SELECT id FROM public.patients"#),
    (
        "raw",
        r#"(SELECT name FROM public.patients WHERE id=1) EXCEPT (SELECT name FROM public.patients WHERE id=2)"#,
    ),
    ("raw", r#"SELECT now()::date - born AS days, current_date, current_timestamp(0) FROM public.patients"#),
    ("raw", r#"SELECT 1 AS id, 2 AS id -- trailing comment"#),
    (
        "raw",
        r#"SELECT public.nhi_ok(nhi), regexp_replace(name,'a','b'), md5(name), random() < 2 FROM public.patients"#,
    ),
    ("raw", r#"VALUES (1,'a'),(2,'b')"#),
    // Each parse makes another constant of these.
    ("raw", r#"SELECT 'now'::timestamptz, 'now'::time, timestamp 'now', 'a' || 1"#),
    ("raw", r#"SELECT id FROM public.patients WHERE born >= current_date - 30 AND born < now()"#),
    ("raw", r#"SELECT name, sum(weight) OVER (ORDER BY born RANGE '7 days' PRECEDING) FROM public.patients"#),
    ("raw", r#"WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM t WHERE n<5) SELECT * FROM t"#),
    (
        "raw",
        r#"SELECT (json_each_text('{"a":1}'::json)).key, jsonb_path_query('{"a":[1,2]}','$.a[*]'), '2024-01-01'::timestamptz AT TIME ZONE 'UTC'"#,
    ),
    (
        "raw",
        r#"SELECT p.id, c.ok FROM public.patients p TABLESAMPLE system (100) JOIN public.consents c ON c.patient_id=p.id"#,
    ),
    ("rep", r#"SELECT * FROM reporting.encounters"#),
    ("rep", r#"SELECT * FROM reporting.notes_consented_sb"#),
];

#[tokio::test]
async fn legitimate_reports_pass_and_their_columns_are_told() {
    let ground = Ground::new().await;
    for (role, text) in REPORTS {
        let policy = if *role == "rep" { &ground.rep } else { &ground.raw };
        let checked = ground.check(policy, text).await;
        let checked = checked.unwrap_or_else(|error| panic!("{text}: {error}"));
        assert!(!checked.columns.is_empty() && checked.guard.lasts(), "{text}");
    }
    let checked =
        ground.check(&ground.raw, "SELECT id, name AS \"a b\", ARRAY(SELECT 1) FROM patients").await.unwrap();
    let told: Vec<_> =
        checked.columns.iter().map(|one| (one.name.as_str(), one.type_name.as_str())).collect();
    assert_eq!(told, [("id", "integer"), ("a b", "text"), ("array", "integer[]")]);
    ground.end().await;
}
