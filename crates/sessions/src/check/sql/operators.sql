/* rolewright: check */
-- Operators by their numbers, the functions behind them, and the user-made ones that sort and hash for them.
SELECT o.oid, n.nspname::text AS schema, o.oprname::text AS name, o.oprcode::oid AS function,
       coalesce((SELECT pg_catalog.array_agg(DISTINCT s.amproc::oid) FROM pg_catalog.pg_amop m
                 JOIN pg_catalog.pg_amproc s ON s.amprocfamily = m.amopfamily
                 WHERE m.amopopr = o.oid AND s.amproc::oid >= 16384), '{}') AS support
FROM pg_catalog.pg_operator o
JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
WHERE o.oid = ANY ($1)
