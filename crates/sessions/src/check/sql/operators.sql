/* rolewright: check */
-- Operators by their numbers, and the functions behind them.
SELECT o.oid, n.nspname::text AS schema, o.oprname::text AS name, o.oprcode::oid AS function
FROM pg_catalog.pg_operator o
JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
WHERE o.oid = ANY ($1)
