/* rolewright: guard */
-- The fingerprint of the catalogs' rows that a verdict rests on ($1), and of everything that bears one of the text's words as a
-- name ($2), compared with the one that is expected ($3). What initdb made never changes, so it is left out; user-made
-- operators, casts and operator classes are few and seldom change, so all of them count together. Each part is one look into an
-- index for each object or word: OFFSET 0 keeps the planner from reading a whole catalog instead.
SELECT f.now, 1 OPERATOR(pg_catalog./) (CASE WHEN $3::pg_catalog.text IS NULL OR f.now OPERATOR(pg_catalog.=) $3::pg_catalog.text THEN 1 ELSE 0 END) AS same
FROM (SELECT pg_catalog.md5(pg_catalog.concat_ws(' ',
    coalesce((SELECT pg_catalog.string_agg(pg_catalog.concat(r.oid, ':', r.xmin), ',' ORDER BY r.oid)
     FROM pg_catalog.unnest($1::pg_catalog.oid[]) o
     CROSS JOIN LATERAL (
        SELECT c.oid, c.xmin FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) o OFFSET 0) r), ''),
    coalesce((SELECT pg_catalog.string_agg(pg_catalog.concat(r.oid, ':', r.xmin), ',' ORDER BY r.oid)
     FROM pg_catalog.unnest($2::pg_catalog.text[]::pg_catalog.name[]) w
     CROSS JOIN LATERAL (
        SELECT c.oid, c.xmin FROM pg_catalog.pg_class c WHERE c.relname OPERATOR(pg_catalog.=) w OFFSET 0) r
     WHERE r.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid), ''),
    coalesce((SELECT pg_catalog.string_agg(pg_catalog.concat(r.attrelid, '.', r.attnum, ':', r.xmin), ',' ORDER BY r.attrelid, r.attnum)
     FROM pg_catalog.unnest($1::pg_catalog.oid[]) o
     CROSS JOIN LATERAL (
        SELECT a.attrelid, a.attnum, a.xmin FROM pg_catalog.pg_attribute a
        WHERE a.attrelid OPERATOR(pg_catalog.=) o AND a.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2 OFFSET 0) r), ''),
    coalesce((SELECT pg_catalog.string_agg(pg_catalog.concat(r.oid, ':', r.xmin), ',' ORDER BY r.oid)
     FROM pg_catalog.unnest($1::pg_catalog.oid[]) o
     CROSS JOIN LATERAL (
        SELECT w.oid, w.xmin FROM pg_catalog.pg_rewrite w WHERE w.ev_class OPERATOR(pg_catalog.=) o OFFSET 0) r), ''),
    coalesce((SELECT pg_catalog.string_agg(pg_catalog.concat(r.inhparent, '>', r.inhrelid, ':', r.xmin), ',' ORDER BY r.inhparent, r.inhrelid)
     FROM pg_catalog.unnest($1::pg_catalog.oid[]) o
     CROSS JOIN LATERAL (
        SELECT i.inhparent, i.inhrelid, i.xmin FROM pg_catalog.pg_inherits i
        WHERE i.inhparent OPERATOR(pg_catalog.=) o OFFSET 0) r), ''),
    coalesce((SELECT pg_catalog.string_agg(pg_catalog.concat(r.oid, ':', r.xmin), ',' ORDER BY r.oid)
     FROM pg_catalog.unnest($1::pg_catalog.oid[]) o
     CROSS JOIN LATERAL (
        SELECT p.oid, p.xmin FROM pg_catalog.pg_proc p WHERE p.oid OPERATOR(pg_catalog.=) o OFFSET 0) r), ''),
    coalesce((SELECT pg_catalog.string_agg(pg_catalog.concat(r.oid, ':', r.xmin), ',' ORDER BY r.oid)
     FROM pg_catalog.unnest($2::pg_catalog.text[]::pg_catalog.name[]) w
     CROSS JOIN LATERAL (
        SELECT p.oid, p.xmin FROM pg_catalog.pg_proc p WHERE p.proname OPERATOR(pg_catalog.=) w OFFSET 0) r
     WHERE r.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid), ''),
    coalesce((SELECT pg_catalog.string_agg(pg_catalog.concat(r.oid, ':', r.xmin), ',' ORDER BY r.oid)
     FROM pg_catalog.unnest($1::pg_catalog.oid[]) o
     CROSS JOIN LATERAL (
        SELECT t.oid, t.xmin FROM pg_catalog.pg_type t WHERE t.oid OPERATOR(pg_catalog.=) o OFFSET 0) r), ''),
    coalesce((SELECT pg_catalog.string_agg(pg_catalog.concat(r.oid, ':', r.xmin), ',' ORDER BY r.oid)
     FROM pg_catalog.unnest($2::pg_catalog.text[]::pg_catalog.name[]) w
     CROSS JOIN LATERAL (
        SELECT t.oid, t.xmin FROM pg_catalog.pg_type t WHERE t.typname OPERATOR(pg_catalog.=) w OFFSET 0) r
     WHERE r.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid), ''),
    coalesce((SELECT pg_catalog.string_agg(pg_catalog.concat(r.oid, ':', r.xmin), ',' ORDER BY r.oid)
     FROM pg_catalog.unnest($1::pg_catalog.oid[]) o
     CROSS JOIN LATERAL (
        SELECT k.oid, k.xmin FROM pg_catalog.pg_constraint k
        WHERE k.contypid OPERATOR(pg_catalog.=) o AND k.contypid OPERATOR(pg_catalog.<>) 0::pg_catalog.oid OFFSET 0) r), ''),
    coalesce((SELECT pg_catalog.string_agg(pg_catalog.concat(r.oid, ':', r.xmin), ',' ORDER BY r.oid)
     FROM pg_catalog.unnest($2::pg_catalog.text[]::pg_catalog.name[]) w
     CROSS JOIN LATERAL (
        SELECT n.oid, n.xmin FROM pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) w OFFSET 0) r), ''),
    (SELECT pg_catalog.concat(pg_catalog.count(*), '-', pg_catalog.max(s.oid))
     FROM pg_catalog.pg_operator s WHERE s.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid),
    (SELECT pg_catalog.concat(pg_catalog.count(*), '-', pg_catalog.max(s.oid))
     FROM pg_catalog.pg_cast s WHERE s.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid),
    (SELECT pg_catalog.concat(pg_catalog.count(*), '-', pg_catalog.max(s.oid))
     FROM pg_catalog.pg_opclass s WHERE s.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid)
)) AS now OFFSET 0) f
