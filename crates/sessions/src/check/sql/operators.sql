/* rolewright: check */
-- Operators by their numbers ($1), whether the role ($2) may look them up, the functions behind them, the user-made ones that sort and hash for them, and the operators that the planner
-- may put in their place: NOT (a = b) is a <> b, and a < b is b > a. One that was promised and never made (oprcode 0) is none. An operator is
-- leakproof when all that may be called in its place is.
SELECT o.oid, n.nspname::text AS schema, o.oprname::text AS name, o.oprcode::oid AS function,
       pg_catalog.has_schema_privilege($2::name, n.oid, 'USAGE') AS seen,
       coalesce((SELECT pg_catalog.array_agg(DISTINCT s.amproc::oid) FROM pg_catalog.pg_amop m
                 JOIN pg_catalog.pg_amproc s ON s.amprocfamily = m.amopfamily
                 WHERE m.amopopr = o.oid AND s.amproc::oid >= 16384), '{}') AS support,
       coalesce((SELECT pg_catalog.array_agg(k.oid) FROM pg_catalog.pg_operator k
                 WHERE k.oid IN (o.oprnegate, o.oprcom) AND k.oprcode::oid <> 0), '{}') AS kin,
       coalesce((SELECT pg_catalog.bool_and(p.proleakproof) FROM pg_catalog.pg_operator k
                 JOIN pg_catalog.pg_proc p ON p.oid = k.oprcode
                 WHERE k.oid IN (o.oid, o.oprnegate, o.oprcom)), false) AS leakproof
FROM pg_catalog.pg_operator o
JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
WHERE o.oid = ANY ($1)
