/* rolewright: check */
-- Types by their numbers ($1), whether the role ($2) may look them up: the types they are made of, the functions of ranges, which the planner calls too, the user-made functions that cast
-- what is assigned to them, or to what is made of them by itself, and them to text and to JSON, and the checks of domains.
SELECT t.oid,
       n.nspname::text AS schema,
       t.typname::text AS name,
       pg_catalog.has_schema_privilege($2::name, n.oid, 'USAGE') AS seen,
       t.typarray AS array,
       t.typrelid AS relation,
       t.typbasetype AS base,
       t.typtype = 'e' AS enumerated,
       coalesce((SELECT pg_catalog.array_agg(part) FROM (
           SELECT t.typbasetype AS part WHERE t.typbasetype <> 0
           UNION SELECT t.typelem WHERE t.typelem <> 0
           UNION SELECT a.atttypid FROM pg_catalog.pg_attribute a
                 WHERE a.attrelid = t.typrelid AND t.typrelid <> 0 AND a.attnum > 0 AND NOT a.attisdropped
           UNION SELECT r.rngsubtype FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid OR r.rngmultitypid = t.oid
       ) p), '{}') AS parts,
       coalesce((SELECT pg_catalog.array_agg(f) FROM pg_catalog.pg_range r
                 CROSS JOIN LATERAL pg_catalog.unnest(ARRAY[r.rngsubdiff, r.rngcanonical]::oid[]) f
                 WHERE (r.rngtypid = t.oid OR r.rngmultitypid = t.oid) AND f <> 0), '{}') AS functions,
       -- Where an argument is of the type, a result may be an array of it, or, of a range, its multirange, and the other way round.
       coalesce((SELECT pg_catalog.array_agg(DISTINCT k.castfunc) FROM pg_catalog.pg_cast k
                 WHERE k.castfunc >= 16384 AND k.castcontext <> 'e' AND (k.casttarget IN (t.oid, t.typarray) OR k.casttarget IN (
                     SELECT pg_catalog.unnest(ARRAY[r.rngtypid, r.rngmultitypid]::oid[]) FROM pg_catalog.pg_range r
                     WHERE t.oid IN (r.rngtypid, r.rngmultitypid)))), '{}') AS assigned,
       coalesce((SELECT pg_catalog.array_agg(k.castfunc) FROM pg_catalog.pg_cast k
                 WHERE k.castsource = t.oid AND k.castfunc >= 16384
                   AND k.casttarget IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype, 'name'::regtype)), '{}') AS to_text,
       coalesce((SELECT pg_catalog.array_agg(k.castfunc) FROM pg_catalog.pg_cast k
                 WHERE k.castsource = t.oid AND k.castfunc >= 16384
                   AND k.casttarget IN ('json'::regtype, 'jsonb'::regtype)), '{}') AS to_json,
       coalesce((SELECT pg_catalog.array_agg(c.conbin::text ORDER BY c.oid) FROM pg_catalog.pg_constraint c
                 WHERE c.contypid = t.oid AND c.conbin IS NOT NULL), '{}') AS checks
FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE t.oid = ANY ($1)
