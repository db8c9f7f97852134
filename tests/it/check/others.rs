//! What a view asks, computes and reads beside what hides rows: for rows that are then hidden, as soon as a report chooses among them.

use super::{fixture::Ground, unsound::GROUND, vanishing};

/// Views over others, and tables with policies, that fail for some row.
const VIEWS: &str = "CREATE VIEW reporting.latest AS SELECT b.*, (SELECT max(name) FROM reporting.people) AS k FROM reporting.barred b; \
    CREATE VIEW reporting.either AS SELECT id, salary, 'big'::text AS k FROM reporting.barred UNION ALL SELECT id, fee::int, name FROM reporting.people; \
    CREATE VIEW reporting.chosen AS SELECT b.*, coalesce('x', name) AS k FROM reporting.barred b; \
    CREATE TABLE reporting.calls (tenant int, id int); ALTER TABLE reporting.calls ENABLE ROW LEVEL SECURITY; \
    CREATE POLICY by_tenant ON reporting.calls USING (tenant = coalesce(nullif(current_setting('app.tenant', true), '')::int, 1)); \
    CREATE TABLE hidden.owned (id int, salary int, tenant int); INSERT INTO hidden.owned SELECT g, g * 10, 2 FROM generate_series(1, 100) g; ALTER TABLE hidden.owned ENABLE ROW LEVEL SECURITY; \
    CREATE POLICY by_few ON hidden.owned USING (tenant = (SELECT current_setting('app.few')::int + 0)); \
    CREATE VIEW reporting.owned WITH (security_barrier) AS SELECT * FROM hidden.owned WHERE coalesce(tenant, 0) + 0 = 1; \
    CREATE TABLE reporting.policed_too (id int, tenant int); INSERT INTO reporting.policed_too VALUES (77, 77); ALTER TABLE reporting.policed_too ENABLE ROW LEVEL SECURITY; \
    CREATE POLICY by_few ON reporting.policed_too USING (tenant = (SELECT current_setting('app.few')::int + 0)); \
    CREATE VIEW reporting.barred_more WITH (security_barrier) AS SELECT b.*, (SELECT max(a / b) FROM reporting.pairs) AS mx FROM reporting.barred b; \
    CREATE VIEW reporting.barred_set WITH (security_barrier) AS SELECT b.*, current_setting('app.few')::int AS few FROM reporting.barred b; \
    CREATE VIEW reporting.ratio_barred WITH (security_barrier) AS SELECT id, a / b AS x FROM reporting.pairs; \
    CREATE VIEW reporting.joined AS SELECT v.id, v.salary, r.x FROM reporting.plain v JOIN reporting.ratio_barred r ON r.id = v.id; \
    CREATE VIEW reporting.noisy AS SELECT v.id, v.salary FROM reporting.plain v JOIN reporting.noise r ON r.id = v.id; \
    CREATE VIEW reporting.failing AS SELECT id FROM reporting.pairs WHERE a / b >= 0; \
    CREATE VIEW reporting.joined_failing AS SELECT v.* FROM reporting.plain v JOIN reporting.failing c ON c.id = v.id; \
    CREATE VIEW reporting.joined_set AS SELECT v.id, v.n AS salary FROM reporting.visits v JOIN reporting.set_to c ON c.id = v.id; \
    CREATE TABLE reporting.two_ways (id int, salary int, tenant int, dep int); CREATE INDEX ON reporting.two_ways (salary); \
    INSERT INTO reporting.two_ways SELECT g, g * 10, 2, 1 FROM generate_series(1, 60) g; INSERT INTO reporting.two_ways VALUES (77, 770, 2, 0); \
    ALTER TABLE reporting.two_ways ENABLE ROW LEVEL SECURITY; CREATE POLICY one ON reporting.two_ways USING (tenant = (SELECT current_setting('app.few')::int + 0)); \
    CREATE POLICY other ON reporting.two_ways USING (dep = 0); CREATE POLICY all_of ON reporting.two_ways AS RESTRICTIVE USING (coalesce(tenant, 0) + 0 = 1); \
    CREATE VIEW reporting.brought AS SELECT v.id, v.salary, c.a AS tt FROM reporting.barred v, reporting.pairs c WHERE c.a = (SELECT current_setting('app.few')::int + 0); \
    CREATE VIEW reporting.joined_ratio AS SELECT v.* FROM reporting.plain v JOIN reporting.ratio r ON r.x = v.id; \
    CREATE TABLE reporting.asked_each (id int, salary int, tenant int, dep int); INSERT INTO reporting.asked_each SELECT g, g * 10, 2, 1 FROM generate_series(1, 100) g; \
    ALTER TABLE reporting.asked_each ENABLE ROW LEVEL SECURITY; \
    CREATE POLICY one ON reporting.asked_each USING (tenant <= (SELECT max(p.a / p.b) FROM reporting.pairs p WHERE p.id = asked_each.dep)); \
    CREATE VIEW reporting.owned_pairs AS SELECT n.id, n.salary, n.id + 1 AS next FROM hidden.notes n JOIN hidden.allowed a USING (id) JOIN reporting.pairs p ON p.id = n.id WHERE p.a / p.b > 0; \
    CREATE TABLE reporting.coalesced (id int, salary int, tenant int, dep int, t text); INSERT INTO reporting.coalesced VALUES (77, 770, 2, 0, '1'), (5, 50, 2, 7, 'x'); \
    ALTER TABLE reporting.coalesced ENABLE ROW LEVEL SECURITY; CREATE POLICY one ON reporting.coalesced USING (tenant = coalesce(t, '1')::int); \
    CREATE TABLE reporting.few_pairs AS SELECT g AS id, 1 AS a, g - 77 AS b FROM generate_series(1, 500) g; CREATE INDEX ON reporting.few_pairs (id); \
    CREATE VIEW reporting.few_ratio AS SELECT id, a / b AS x FROM reporting.few_pairs; \
    CREATE VIEW reporting.with_ratio AS SELECT v.id, v.salary, r.x FROM reporting.plain v JOIN reporting.few_ratio r ON r.id = v.id; \
    CREATE VIEW reporting.over_with_ratio AS SELECT * FROM reporting.with_ratio; \
    CREATE VIEW reporting.few_failing AS SELECT id, id AS a FROM reporting.few_ratio WHERE x IS NOT NULL; \
    CREATE VIEW reporting.with_few AS SELECT n.id, n.salary, r.a FROM hidden.notes n JOIN hidden.allowed a USING (id) LEFT JOIN reporting.few_failing r ON r.id = n.id; \
    CREATE VIEW reporting.within_few AS SELECT n.id, n.salary FROM hidden.notes n JOIN hidden.allowed a USING (id) JOIN reporting.few_failing r ON r.id = n.id; \
    CREATE VIEW reporting.over_with AS SELECT id, salary FROM reporting.with_ratio WHERE x > 0; \
    CREATE VIEW reporting.few_of_plain AS SELECT p.id, p.salary FROM reporting.plain p WHERE 10 / (p.id - 77) < 10; \
    CREATE FUNCTION reporting.few_rows() RETURNS TABLE (id int, a int) LANGUAGE sql STABLE AS 'SELECT id, a FROM reporting.few_pairs WHERE a / b > -2'; \
    CREATE VIEW reporting.with_rows AS SELECT v.id, v.salary, f.a FROM reporting.plain v JOIN reporting.few_rows() f ON f.id = v.id; \
    CREATE VIEW reporting.with_sums AS SELECT v.id, v.salary, g.s FROM reporting.plain v JOIN (SELECT id, sum(a / b) AS s FROM reporting.few_pairs GROUP BY id) g ON g.id = v.id; \
    CREATE VIEW reporting.kept_away AS SELECT id, salary FROM hidden.notes WHERE id NOT BETWEEN 77 AND 81; \
    CREATE VIEW reporting.few_kept_away AS SELECT id, salary FROM reporting.kept_away WHERE 10 / (id - 77) < 10; \
    CREATE VIEW reporting.few_sorted WITH (security_barrier) AS SELECT id, salary FROM reporting.few_kept_away ORDER BY salary; \
    CREATE VIEW reporting.few_numbered AS SELECT id, rank() OVER (ORDER BY salary) AS n FROM reporting.few_kept_away; \
    CREATE VIEW reporting.summed_few AS SELECT p.id, p.salary FROM reporting.plain p WHERE (SELECT sum(f.a / f.b) FROM reporting.few_pairs f WHERE f.id = p.id) > -9; \
    CREATE TABLE reporting.looks_into AS SELECT g * 10 AS k FROM generate_series(1, 500) g; ALTER TABLE reporting.looks_into ENABLE ROW LEVEL SECURITY; \
    CREATE POLICY none_of ON reporting.looks_into USING (NOT EXISTS (SELECT FROM reporting.few_of_plain n WHERE n.salary = k)); \
    CREATE VIEW reporting.hidden_with_rows AS SELECT n.id, n.salary FROM hidden.notes n JOIN hidden.allowed a USING (id) JOIN reporting.few_rows() f ON f.id = n.id; \
    CREATE VIEW reporting.hidden_with_sums AS SELECT n.id, n.salary FROM hidden.notes n JOIN hidden.allowed a USING (id) JOIN (SELECT id, sum(a / b) AS s FROM reporting.few_pairs GROUP BY id) f ON f.id = n.id; \
    CREATE VIEW reporting.by_salary AS SELECT salary, count(*) AS c FROM reporting.plain GROUP BY salary HAVING sum(id) / count(*) > 5 AND salary > 0; \
    CREATE VIEW reporting.left_few AS SELECT n.id, n.salary, f.a FROM hidden.notes n JOIN hidden.allowed a USING (id) LEFT JOIN reporting.few_pairs f ON f.id = n.id AND f.a / f.b > 5; \
    CREATE VIEW reporting.left_two AS SELECT n.id, n.salary, f.a FROM hidden.notes n JOIN hidden.allowed a USING (id) LEFT JOIN (reporting.few_pairs f JOIN reporting.few_pairs g ON g.id = f.id AND g.a / g.b > 5) ON f.id = n.id; \
    CREATE VIEW reporting.counted AS SELECT l.k, (SELECT count(*) FROM reporting.few_of_plain n WHERE n.salary = l.k) AS c FROM (SELECT fee::int AS k FROM reporting.people) l; \
    CREATE FUNCTION hidden.slow(int) RETURNS bool LANGUAGE plpgsql STABLE AS 'BEGIN RETURN $1 < 77; END'; \
    GRANT USAGE ON SCHEMA hidden TO {}_rep; \
    CREATE VIEW reporting.left_on AS SELECT p.id, n.name FROM reporting.pairs p LEFT JOIN hidden.notes n ON n.salary = p.a AND 10 / (n.id - 77) < 9 AND hidden.slow(n.id); \
    CREATE VIEW reporting.small_groups AS SELECT salary AS grp, avg(10 / (id - 77)) AS x FROM hidden.notes GROUP BY salary HAVING count(*) >= 5; \
    CREATE VIEW reporting.latest_of AS SELECT DISTINCT ON (salary) salary AS grp, 10 / (id - 77) AS x FROM hidden.notes ORDER BY salary, id DESC; \
    CREATE VIEW reporting.latest_for AS SELECT p.a AS k, (SELECT 10 / (n.id - 77) FROM hidden.notes n WHERE n.salary = p.a ORDER BY n.id LIMIT 1) AS x FROM reporting.pairs p; \
    CREATE VIEW reporting.counted_left AS SELECT p.a AS k, (SELECT count(l.name) FROM reporting.left_on l WHERE l.id = p.a) AS c FROM reporting.pairs p; \
    CREATE VIEW reporting.small_groups_within AS SELECT salary AS grp, (SELECT avg(10 / (id - 77))) AS x FROM hidden.notes GROUP BY salary HAVING count(*) >= 5; \
    CREATE VIEW reporting.left_query AS SELECT p.a AS k, n.name FROM reporting.pairs p LEFT JOIN (SELECT salary, name FROM hidden.notes WHERE 10 / (id - 77) < 9 AND hidden.slow(id)) n ON n.salary = p.a; \
    CREATE DOMAIN reporting.email AS text CHECK (value LIKE '%@%'); \
    CREATE TABLE reporting.mails (mail reporting.email); INSERT INTO reporting.mails VALUES ('a@b'); \
    GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO {}_rep";

/// Over a view, of which the column `salary` is compared with `{at}`.
const OF_VIEWS: [&str; 52] = [
    "SELECT count(c) FILTER (WHERE k = {at}) FROM counted_left",
    "SELECT x FROM small_groups_within WHERE grp = {at}",
    "SELECT * FROM left_query WHERE k = {at}",
    // A query in a view's list is asked where the result asks for it.
    "SELECT sum(CASE WHEN k = {at} THEN c ELSE 0 END) FROM counted",
    // The other side of a LEFT JOIN chooses for which row its condition is asked.
    "SELECT * FROM left_on WHERE id = {at}",
    // What HAVING, DISTINCT ON and LIMIT leave out has been computed.
    "SELECT x FROM small_groups WHERE grp = {at}",
    "SELECT x FROM latest_of WHERE grp = {at}",
    "SELECT count(x) FILTER (WHERE k = {at}) FROM latest_for",
    // A report ends the reading where it likes: by its bounds, by what fails in its result, by a number of rows.
    "SELECT id FROM few_sorted",
    "SELECT sum(salary) FROM few_kept_away",
    "SELECT count(*) FROM (SELECT id, row_number() OVER () AS n FROM few_sorted) s WHERE n <= 75",
    "SELECT EXISTS (SELECT FROM few_sorted)",
    // The conditions of an outer join hide no row.
    "SELECT * FROM left_few WHERE salary = {at}",
    "SELECT * FROM left_two WHERE salary = {at}",
    // What an aggregate is given of a query that is asked for each row.
    "SELECT count(*) FROM summed_few WHERE salary = {at}",
    // A policy looks into a view that hides rows.
    "SELECT count(*) FROM looks_into WHERE k = {at}",
    // A function, or a query of its own, in the FROM of what hides rows.
    "SELECT count(*) FROM hidden_with_rows WHERE salary = {at}",
    "SELECT count(*) FROM hidden_with_sums WHERE salary = {at}",
    // Rows are read until there are enough, in the order that a view has them in.
    "SELECT id FROM few_sorted LIMIT 5",
    "SELECT array(SELECT id FROM few_sorted OFFSET 2 LIMIT 1)",
    "SELECT id FROM few_numbered WHERE n <= 5",
    // What a function of the owner's, or a query of its own, computes in a view's FROM.
    "SELECT count(*) FROM with_rows WHERE salary = {at}",
    "SELECT count(*) FROM with_sums WHERE salary = {at}",
    // The lowest value is looked for in the order of an index.
    "SELECT min(salary) FROM few_kept_away",
    // What a view hides rows by of another that hides some, also for what rows are sorted and grouped by.
    "SELECT count(*) FROM few_of_plain WHERE salary = {at}",
    "SELECT id FROM few_of_plain ORDER BY salary = {at} LIMIT 5",
    "SELECT count(*) FROM over_with WHERE salary = {at}",
    "SELECT id FROM over_with ORDER BY salary = {at} LIMIT 5",
    "SELECT DISTINCT ON (salary) id FROM over_with ORDER BY salary, {at} LIMIT 5",
    // What another view hides rows by, below an outer join or beside what hides them.
    "SELECT * FROM with_few WHERE salary = {at}",
    "SELECT count(*) FROM within_few WHERE salary = {at}",
    // What another view computes is compared through a view that joins it.
    "SELECT count(*) FROM with_ratio WHERE salary = {at} AND x IS NOT NULL",
    "SELECT count(*) FROM over_with_ratio WHERE salary = {at} AND x > 0",
    "SELECT count(*) FROM over_with_ratio v WHERE salary = {at} AND v IS NOT NULL",
    "SELECT count(*) FROM coalesced v WHERE v.salary = {at} AND v.id = (SELECT count(*) FROM coalesced w WHERE w.dep = 7)",
    "SELECT count(*) FROM coalesced v WHERE v.salary = {at} AND (v.id < 0 OR EXISTS (SELECT FROM coalesced w WHERE w.dep = 7))",
    // A policy that asks a query for each row fails for some.
    "SELECT count(*) FROM asked_each v WHERE v.salary = {at} AND v.id = (SELECT count(*) FROM asked_each w WHERE w.dep = 1)",
    // A view's own condition is brought to what hides rows by the text's.
    "SELECT count(*) FROM brought WHERE salary = {at} AND tt = id",
    "SELECT count(*) FROM joined_ratio WHERE salary = {at}",
    // What one of two policies asks is not asked of every row.
    "SELECT count(*) FROM two_ways v, policed_too c WHERE c.tenant = v.id AND v.salary = {at}",
    "SELECT count(*) FROM two_ways v WHERE v.salary = {at} AND v.id = (SELECT count(*) FROM two_ways w WHERE w.salary = 770)",
    // What fails in a view beside is asked where a hidden row leads to.
    "SELECT count(*) FROM joined_failing WHERE salary = {at}",
    "SELECT id FROM noisy WHERE salary = {at}",
    // A comparison is taken into a barrier, and is one without a column there.
    "SELECT count(*) FROM barred_more v WHERE v.salary = {at} AND v.id > v.mx",
    "SELECT count(*) FROM barred_more v WHERE CASE v.salary WHEN {at} THEN v.mx > 5 ELSE true END",
    "SELECT count(*) FROM barred_set v WHERE CASE v.salary WHEN {at} THEN v.few > 5 ELSE true END",
    "SELECT x FROM joined WHERE salary = {at}",
    // The policy of a table that a view reads with its owner's rights is none of the role's.
    "SELECT count(*) FROM owned v, policed_too c WHERE c.tenant = v.id AND v.salary = {at}",
    "SELECT count(*) FROM latest v WHERE (CASE v.salary WHEN {at} THEN v.k::int END) IS NULL",
    "SELECT count(*) FROM either v WHERE (CASE v.salary WHEN {at} THEN v.k::date END) IS NULL",
    "SELECT count(*) FROM chosen v WHERE (CASE v.salary WHEN {at} THEN v.k::date END) IS NULL",
    "SELECT count(*) FROM latest v WHERE CASE v.salary WHEN {at} THEN EXISTS (SELECT FROM people u WHERE u.name < v.k AND 1 / (u.id - u.id) > 0) ELSE true END",
];

/// Over a view that joins a table with row level security.
const JOINED: [&str; 2] = [
    "SELECT count(*) FROM joined_set WHERE salary = {at}",
    "SELECT count(*) FROM joined_set v JOIN people p USING (id) WHERE v.salary = {at}",
];

/// Over a view that is no barrier: what is beside it is read where a row of it is found.
const BESIDE: [&str; 9] = [
    "WITH w AS (SELECT * FROM owned_pairs), x AS NOT MATERIALIZED (SELECT * FROM w) SELECT count(*) FROM x v LEFT JOIN x c ON c.id = v.next WHERE v.salary = {at} AND c.next IS NULL",
    "WITH w AS NOT MATERIALIZED (SELECT * FROM owned_pairs) SELECT count(*) FROM w v LEFT JOIN w c ON c.id = v.next WHERE v.salary = {at} AND c.next IS NULL",
    // What is read twice is beside itself.
    "SELECT count(*) FROM owned_pairs v LEFT JOIN owned_pairs c ON c.id = v.next WHERE v.salary = {at} AND c.next IS NULL",
    // What WITH keeps says when it was computed.
    "WITH w AS MATERIALIZED (SELECT clock_timestamp() AS c) SELECT count(*) > 5 FROM plain v WHERE v.salary = {at} AND (v.id < 0 OR now() IN (SELECT c FROM w)) UNION ALL SELECT clock_timestamp() > (SELECT c FROM w LIMIT 1)",
    "SELECT count(*) FROM plain v WHERE CASE WHEN v.salary = {at} THEN v.id IN (SELECT count(*) FROM (SELECT a AS x FROM (SELECT mail COLLATE \"C\" AS a FROM mails) s UNION ALL SELECT b FROM (SELECT mail COLLATE \"POSIX\" AS b FROM mails) s) q GROUP BY x) ELSE true END",
    "SELECT count(*) FROM plain v WHERE CASE WHEN v.salary = {at} THEN v.id IN (SELECT count(*) FROM (SELECT mail COLLATE \"C\" AS a, mail COLLATE \"POSIX\" AS b FROM mails) u, LATERAL (VALUES (u.a), (u.b)) w(d) GROUP BY d) ELSE true END",
    "SELECT r.x FROM plain v LEFT JOIN ratio r ON r.id = v.id WHERE v.salary = {at}",
    "SELECT r.x FROM plain v JOIN ratio_barred r ON r.id = v.id WHERE v.salary = {at}",
    "SELECT r.* FROM plain v, ratio_barred r WHERE v.salary = {at}",
];

#[tokio::test]
async fn what_is_asked_and_computed_beside_hidden_rows_is_refused() {
    let ground = ground().await;
    let mut pairs: Vec<[String; 2]> = Vec::new();
    pairs
        .extend(OF_VIEWS.into_iter().chain(BESIDE).map(|of| ["770", "771"].map(|at| of.replace("{at}", at))));
    pairs.extend(JOINED.map(|of| ["70", "71"].map(|at| of.replace("{at}", at))));
    let (wrong, told) = ground.not_refused(pairs, &[""]).await;
    assert!(told >= 20, "only {told} of these tell anything on this server");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    ground.end().await;
}

#[tokio::test]
async fn what_fails_for_all_or_for_none_is_read_beside_hidden_rows() {
    let ground = ground().await;
    // Two tables whose policies ask the same thing, or whose policies compare what the text does not.
    for text in [
        "SELECT count(*) FROM visits v JOIN calls c USING (tenant)",
        "SELECT count(*) FROM visits v JOIN calls c ON c.id = v.id AND c.tenant = v.tenant WHERE v.n > 70",
        "SELECT count(*) FROM barred v JOIN calls c USING (id) WHERE v.salary > 770",
        "SELECT count(*) FROM barred v, mine c WHERE c.a = v.id",
        "SELECT id FROM plain WHERE salary > 100 ORDER BY random() LIMIT 3",
        "WITH c AS MATERIALIZED (SELECT * FROM mine) SELECT count(*) FROM barred v, c WHERE c.id = v.id AND v.salary = 770",
        "SELECT max(salary), sum(id) FROM plain",
        "SELECT min(salary) FROM kept_away",
        "SELECT id FROM kept_away ORDER BY salary LIMIT 5",
        "SELECT salary FROM by_salary WHERE salary > 50",
        "SELECT id, x FROM with_ratio WHERE salary > 700",
        "SELECT id, random() FROM visits WHERE n > 70 ORDER BY random(), id",
    ] {
        ground.check(&ground.rep, text).await.map(|_| ()).expect(text);
    }
    ground.end().await;
}

async fn ground() -> Ground {
    let ground = Ground::new().await;
    for sql in [GROUND, vanishing::VIEWS, VIEWS] {
        ground.sql(sql).await;
    }
    ground
}
