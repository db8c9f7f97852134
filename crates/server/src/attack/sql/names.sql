/* rolewright: attack names: what the placeholders stand for, quoted and bare: readable, denied, schema, role, core, database.
   $1 is the role, $2 the schemas it is configured to read. The smallest relations come first, so that a read costs little. */
WITH relations AS (
    SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS quoted, n.nspname || '.' || c.relname AS bare, n.nspname AS schema,
           pg_catalog.has_schema_privilege($1, n.oid, 'USAGE') AND pg_catalog.has_table_privilege($1, c.oid, 'SELECT') AS reads,
           pg_catalog.has_any_column_privilege($1, c.oid, 'SELECT') AS reads_some,
           n.nspname::text = ANY ($2) AS configured, c.relpages
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
), readable AS (
    SELECT * FROM relations WHERE reads AND configured ORDER BY relpages, quoted LIMIT 1
), denied AS (
    SELECT * FROM relations WHERE NOT reads AND NOT reads_some ORDER BY configured DESC, relpages, quoted LIMIT 1
)
SELECT quoted, bare FROM (
    SELECT 1 AS place, (SELECT quoted FROM readable) AS quoted, (SELECT bare FROM readable) AS bare
    UNION ALL SELECT 2, (SELECT quoted FROM denied), (SELECT bare FROM denied)
    UNION ALL SELECT 3, (SELECT pg_catalog.quote_ident(schema) FROM readable), (SELECT schema::text FROM readable)
    UNION ALL SELECT 4, pg_catalog.quote_ident($1), $1
    UNION ALL SELECT 5, pg_catalog.quote_ident(CURRENT_USER), CURRENT_USER::text
    UNION ALL SELECT 6, pg_catalog.quote_ident(pg_catalog.current_database()), pg_catalog.current_database()::text
) AS names
ORDER BY place
