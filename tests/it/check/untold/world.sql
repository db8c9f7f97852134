-- One of the two schemas: {s} is the schema, {h} that of what is hidden, {row} the row that differs, {role} who reads.
CREATE SCHEMA {h};

CREATE TYPE {s}.mood AS ENUM ('low', 'mid', 'high');

CREATE TABLE {h}.notes (id int PRIMARY KEY, salary int, name text, born date, fee numeric, doc jsonb, nums int[], seen timestamptz);

INSERT INTO {h}.notes SELECT g, g * 10, 'n' || g, date '2000-01-01' + g, g, jsonb_build_object('x', g), ARRAY[g, 1], '2020-01-01Z'::timestamptz + g * interval '1 day' 
FROM generate_series(1, 40) g;

INSERT INTO {h}.notes VALUES ({row});
CREATE INDEX ON {h}.notes (salary);

CREATE TABLE {h}.allowed (id int PRIMARY KEY);
INSERT INTO {h}.allowed SELECT g FROM generate_series(1, 40) g;

CREATE VIEW {s}.plain AS SELECT n.* FROM {h}.notes n JOIN {h}.allowed a USING (id);

CREATE VIEW {s}.barred WITH (security_barrier) AS SELECT n.* FROM {h}.notes n JOIN {h}.allowed a USING (id);

CREATE VIEW {s}.chosen WITH (security_barrier) AS SELECT * FROM {h}.notes WHERE id < 50;

CREATE TABLE {s}.visits (LIKE {h}.notes INCLUDING ALL);
INSERT INTO {s}.visits SELECT * FROM {h}.notes;

ALTER TABLE {s}.visits ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON {s}.visits USING (id < 50);

CREATE TABLE {s}.parted (id int, salary int, name text, born date, fee numeric, doc jsonb, nums int[], seen timestamptz) PARTITION BY RANGE (id);

CREATE TABLE {s}.parted_1 PARTITION OF {s}.parted FOR VALUES FROM (0) TO (30);
CREATE TABLE {s}.parted_2 PARTITION OF {s}.parted FOR VALUES FROM (30) TO (100);

INSERT INTO {s}.parted SELECT * FROM {h}.notes;
ALTER TABLE {s}.parted ENABLE ROW LEVEL SECURITY;

CREATE POLICY few ON {s}.parted USING (name LIKE 'n%' AND id < 50);

CREATE TABLE {s}.people (id int, name text, born date, fee numeric);
INSERT INTO {s}.people VALUES (1, 'a', '2000-01-01', 1), (2, 'b', '2001-01-01', 0), (40, 'n40', NULL, 2);

CREATE VIEW {s}.kinds AS SELECT id, 'patient'::text AS name, date '2000-01-01' AS born, 0::numeric AS fee FROM {s}.people;

CREATE VIEW {s}.ratios AS SELECT 1 / (id - 1) AS id, name::date::text AS name, born, 1 / fee AS fee FROM {s}.people;

CREATE VIEW {s}.grouped AS SELECT count(*)::int AS id, max(name) AS name, max(born) AS born, sum(fee) AS fee FROM {s}.people GROUP BY 1 / fee;

CREATE VIEW {s}.sorted AS SELECT * FROM {s}.people ORDER BY name::int;

CREATE VIEW {s}.both_kinds AS SELECT id, 'x'::text AS name, born, fee FROM {s}.people UNION ALL SELECT 1 / (id - 1), name, born, 1.5 FROM {s}.people;

CREATE VIEW {s}.late AS SELECT * FROM {s}.people WHERE 1 / (id - 1) > 0;

CREATE VIEW {s}.latest AS SELECT id, (SELECT max(name) FROM {s}.people) AS name, (SELECT max(born) FROM {s}.people) AS born, coalesce(1, fee) AS fee FROM {s}.barred;
CREATE VIEW {s}.asked AS SELECT id, (SELECT name FROM {s}.people) AS name, born, (SELECT 1 / (count(*) - count(*)) FROM {s}.people)::numeric AS fee FROM {s}.people;
CREATE VIEW {s}.mine AS SELECT * FROM {s}.people WHERE id = (SELECT 1 / (count(*) - count(*)) FROM {s}.people);
CREATE VIEW {s}.set_to AS SELECT * FROM {s}.people WHERE id = current_setting('app.few')::int;
CREATE VIEW {s}.limited AS SELECT * FROM {s}.people LIMIT (SELECT 1 / (count(*) - count(*)) FROM {s}.people);
CREATE VIEW {s}.kept AS WITH w AS MATERIALIZED (SELECT 1 / (id - id) AS q FROM {s}.people) SELECT p.* FROM {s}.people p, w;
CREATE TABLE {s}.secured (id int, name text, born date, fee numeric);
INSERT INTO {s}.secured SELECT * FROM {s}.people;
ALTER TABLE {s}.secured ENABLE ROW LEVEL SECURITY;

CREATE POLICY failing ON {s}.secured USING (name::int = 1);

GRANT USAGE ON SCHEMA {s} TO {role};
GRANT SELECT ON ALL TABLES IN SCHEMA {s} TO {role};
ANALYZE {h}.notes, {s}.visits, {s}.parted, {s}.people;
