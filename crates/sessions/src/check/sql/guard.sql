/* rolewright: guard */
-- The fingerprint of the catalogs' rows that a verdict rests on (relations $1, functions $2, types $3), and of everything that bears one of
-- the text's words as a name ($4), with the schemas among it that the role ($6) may look into, compared with the one that is expected ($5). What initdb made never changes, so it is left out;
-- user-made operators, casts and operator classes are few and seldom change, so all of them count; operators can be moved to another
-- schema, so each by itself. Each part is one look into an
-- index for each object or word, which the server itself cuts to a name, in its own encoding: OFFSET 0 keeps the planner from reading a whole catalog instead, and IS TRUE from looking names up by
-- number. All rows go through one aggregate, because starting a plan node costs more than such a look.
SELECT f.now, 1 OPERATOR(pg_catalog./) (CASE WHEN $5::pg_catalog.text IS NULL OR f.now OPERATOR(pg_catalog.=) $5::pg_catalog.text THEN 1 ELSE 0 END) AS same
FROM (SELECT pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.string_agg(
        pg_catalog.concat(r.part, ' ', r.one, ' ', r.two, ' ', r.version), ',' ORDER BY r.part, r.one, r.two), 'UTF8')), 'hex') AS now
FROM (
    SELECT o.part, o.one, o.two, o.version
    FROM pg_catalog.unnest($1::pg_catalog.oid[]) relation
    CROSS JOIN LATERAL (
        SELECT 1 AS part, c.oid AS one, 0::pg_catalog.int8 AS two, c.xmin AS version FROM pg_catalog.pg_class c
        WHERE c.oid OPERATOR(pg_catalog.=) relation
        UNION ALL
        SELECT 2, a.attrelid, a.attnum::pg_catalog.int8, a.xmin FROM pg_catalog.pg_attribute a
        WHERE a.attrelid OPERATOR(pg_catalog.=) relation AND a.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2
        UNION ALL
        SELECT 3, w.oid, 0::pg_catalog.int8, w.xmin FROM pg_catalog.pg_rewrite w
        WHERE w.ev_class OPERATOR(pg_catalog.=) relation
        UNION ALL
        SELECT 16, y.oid, 0::pg_catalog.int8, y.xmin FROM pg_catalog.pg_policy y
        WHERE y.polrelid OPERATOR(pg_catalog.=) relation
        UNION ALL
        SELECT 4, i.inhparent, i.inhrelid::pg_catalog.int8, i.xmin FROM pg_catalog.pg_inherits i
        WHERE i.inhparent OPERATOR(pg_catalog.=) relation OFFSET 0) o
    UNION ALL
    SELECT 5, o.oid, 0::pg_catalog.int8, o.xmin
    FROM pg_catalog.unnest($2::pg_catalog.oid[]) function
    CROSS JOIN LATERAL (
        SELECT p.oid, p.xmin FROM pg_catalog.pg_proc p WHERE p.oid OPERATOR(pg_catalog.=) function OFFSET 0) o
    UNION ALL
    SELECT o.part, o.one, o.two, o.version
    FROM pg_catalog.unnest($3::pg_catalog.oid[]) type
    CROSS JOIN LATERAL (
        SELECT 6 AS part, t.oid AS one, 0::pg_catalog.int8 AS two, t.xmin AS version FROM pg_catalog.pg_type t
        WHERE t.oid OPERATOR(pg_catalog.=) type
        UNION ALL
        SELECT 15, a.attrelid, a.attnum::pg_catalog.int8, a.xmin FROM pg_catalog.pg_type t, pg_catalog.pg_attribute a
        WHERE t.oid OPERATOR(pg_catalog.=) type AND a.attrelid OPERATOR(pg_catalog.=) t.typrelid
          AND a.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2
        UNION ALL
        SELECT 7, k.oid, 0::pg_catalog.int8, k.xmin FROM pg_catalog.pg_constraint k
        WHERE k.contypid OPERATOR(pg_catalog.=) type AND k.contypid OPERATOR(pg_catalog.<>) 0::pg_catalog.oid OFFSET 0) o
    UNION ALL
    SELECT n.part, n.one, n.two, n.version
    FROM pg_catalog.unnest($4::pg_catalog.text[]::pg_catalog.name[]) word
    CROSS JOIN LATERAL (
        SELECT 8 AS part, c.oid AS one, 0::pg_catalog.int8 AS two, c.xmin AS version FROM pg_catalog.pg_class c
        WHERE c.relname OPERATOR(pg_catalog.=) word AND (c.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid) IS TRUE
        UNION ALL
        SELECT 9, p.oid, 0::pg_catalog.int8, p.xmin FROM pg_catalog.pg_proc p
        WHERE p.proname OPERATOR(pg_catalog.=) word AND (p.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid) IS TRUE
        UNION ALL
        SELECT 10, t.oid, 0::pg_catalog.int8, t.xmin FROM pg_catalog.pg_type t
        WHERE t.typname OPERATOR(pg_catalog.=) word AND (t.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid) IS TRUE
        UNION ALL
        SELECT 11, s.oid, pg_catalog.has_schema_privilege($6::pg_catalog.name, s.oid, 'USAGE')::pg_catalog.int4::pg_catalog.int8, s.xmin FROM pg_catalog.pg_namespace s
        WHERE s.nspname OPERATOR(pg_catalog.=) word OFFSET 0) n
    UNION ALL
    SELECT 12, s.oid, 0::pg_catalog.int8, s.xmin
    FROM pg_catalog.pg_operator s WHERE s.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
    UNION ALL
    SELECT 13, pg_catalog.max(s.oid), pg_catalog.count(*), NULL::pg_catalog.xid
    FROM pg_catalog.pg_cast s WHERE s.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
    UNION ALL
    SELECT 14, pg_catalog.max(s.oid), pg_catalog.count(*), NULL::pg_catalog.xid
    FROM pg_catalog.pg_opclass s WHERE s.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
) r OFFSET 0) f
