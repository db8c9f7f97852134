/* rolewright demo: create seed */
-- What the seeding needs, in a schema that no managed role is let into.

CREATE SCHEMA clinic_seed;
COMMENT ON SCHEMA clinic_seed IS 'Bookkeeping of the demo''s invented data';

CREATE TABLE clinic_seed.steps (
    label text PRIMARY KEY,
    finished_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
COMMENT ON TABLE clinic_seed.steps IS 'Seeding steps that were done; a step is done once';

-- A number in [0, n) that looks random and is the same on every machine: a hash of the row's id and of which column asks.
CREATE FUNCTION clinic_seed.pick(id bigint, salt integer, n integer) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN pg_catalog.abs(pg_catalog.hashint8extended(id, salt::bigint) % n)::integer;

-- The invented calendar: the data of the demo end on this day.
CREATE FUNCTION clinic_seed.today() RETURNS date
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN '2025-12-31'::date;
