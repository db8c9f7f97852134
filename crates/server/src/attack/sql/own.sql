/* rolewright: attack own: rows that views and a policy hide, for attempts that ask for one. Hidden are the notes from 77 to 81, and each seventh visit,
   and the amount that another replaces.
   Statistics are left out, so that plans are the same whenever it runs */
CREATE SCHEMA attack_by_rolewright;
COMMENT ON SCHEMA attack_by_rolewright IS 'made by rolewright attack, and removed at its end';
CREATE TABLE attack_by_rolewright.notes (id int PRIMARY KEY, salary int, name text) WITH (autovacuum_enabled = off);
INSERT INTO attack_by_rolewright.notes SELECT g, g * 10, 'n' || g FROM generate_series(1, 500) g;
CREATE INDEX ON attack_by_rolewright.notes (salary);
CREATE TABLE attack_by_rolewright.allowed (id int PRIMARY KEY) WITH (autovacuum_enabled = off);
INSERT INTO attack_by_rolewright.allowed SELECT g FROM generate_series(1, 500) g WHERE g NOT BETWEEN 77 AND 81;
CREATE VIEW attack_by_rolewright.plain AS
    SELECT n.id, n.salary, n.name FROM attack_by_rolewright.notes n JOIN attack_by_rolewright.allowed a USING (id);
CREATE VIEW attack_by_rolewright.barred WITH (security_barrier) AS
    SELECT n.id, n.salary, n.name FROM attack_by_rolewright.notes n JOIN attack_by_rolewright.allowed a USING (id);
CREATE TABLE attack_by_rolewright.visits (id int PRIMARY KEY, tenant int, note text, n int) WITH (autovacuum_enabled = off);
INSERT INTO attack_by_rolewright.visits SELECT g, CASE WHEN g % 7 = 0 THEN 2 ELSE 1 END, 'v' || g, g * 10 FROM generate_series(1, 50) g;
ALTER TABLE attack_by_rolewright.visits ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_tenant ON attack_by_rolewright.visits
    USING (tenant = coalesce(nullif(pg_catalog.current_setting('app.tenant', true), '')::int, 1));
CREATE TABLE attack_by_rolewright.people (id int, name text, born date, fee numeric DEFAULT 1) WITH (autovacuum_enabled = off);
INSERT INTO attack_by_rolewright.people VALUES (1, 'a', '2000-01-01'), (2, 'b', '2001-01-01');
CREATE TABLE attack_by_rolewright.pairs (id int PRIMARY KEY, a int, b int) WITH (autovacuum_enabled = off);
INSERT INTO attack_by_rolewright.pairs VALUES (1, 1, 0);
CREATE VIEW attack_by_rolewright.kinds AS SELECT id, 'patient'::text AS kind FROM attack_by_rolewright.pairs;
CREATE VIEW attack_by_rolewright.ratio AS SELECT id, a / b AS x FROM attack_by_rolewright.pairs;
CREATE TABLE attack_by_rolewright.amounts (id int PRIMARY KEY, amt numeric, note text) WITH (autovacuum_enabled = off);
INSERT INTO attack_by_rolewright.amounts VALUES (1, 1.0, 'replaced'), (2, 1.00, 'latest'), (3, 2.50, 'other');
CREATE VIEW attack_by_rolewright.latest AS
    SELECT DISTINCT ON (amt) id, amt, note FROM attack_by_rolewright.amounts ORDER BY amt, id DESC;
CREATE VIEW attack_by_rolewright.grouped AS SELECT amt, max(note) AS note FROM attack_by_rolewright.amounts GROUP BY amt;
CREATE VIEW attack_by_rolewright.ranked AS
    SELECT id, amt, note FROM (SELECT a.*, row_number() OVER (PARTITION BY amt ORDER BY id DESC) AS n FROM attack_by_rolewright.amounts a) s WHERE n = 1;
CREATE VIEW attack_by_rolewright.divided WITH (security_barrier) AS SELECT id, salary, 100 / (id - 77) AS x FROM attack_by_rolewright.notes;
CREATE VIEW attack_by_rolewright.failing AS SELECT id FROM attack_by_rolewright.notes WHERE 100 / (id - 77) > -1000;
CREATE VIEW attack_by_rolewright.of_divided AS
    SELECT d.id, d.salary, d.x FROM attack_by_rolewright.divided d JOIN attack_by_rolewright.allowed a USING (id);
CREATE VIEW attack_by_rolewright.of_divided_barred WITH (security_barrier) AS
    SELECT d.id, d.salary, d.x FROM attack_by_rolewright.divided d JOIN attack_by_rolewright.allowed a USING (id);
CREATE VIEW attack_by_rolewright.over_divided AS SELECT * FROM attack_by_rolewright.of_divided;
CREATE VIEW attack_by_rolewright.placed WITH (security_barrier) AS
    SELECT n.id, n.salary, l.x FROM attack_by_rolewright.notes n CROSS JOIN LATERAL (SELECT 100 / (n.id - 77) AS x OFFSET 0) l
    WHERE n.id + l.x * 0 NOT BETWEEN 77 AND 81;
CREATE VIEW attack_by_rolewright.left_failing AS
    SELECT n.id, n.salary, f.id AS x FROM attack_by_rolewright.notes n LEFT JOIN attack_by_rolewright.failing f USING (id)
    WHERE n.id + coalesce(f.id, 0) * 0 NOT BETWEEN 77 AND 81;
CREATE VIEW attack_by_rolewright.noisy AS
    SELECT s.id, s.salary, s.x FROM (SELECT id, salary, 100 / (id - 77) AS x, random() AS r FROM attack_by_rolewright.notes) s
    JOIN attack_by_rolewright.allowed a USING (id);
CREATE VIEW attack_by_rolewright.small_groups AS
    SELECT salary, avg(100 / (id - 77)) AS x FROM attack_by_rolewright.notes GROUP BY salary HAVING count(*) >= 5
