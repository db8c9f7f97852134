/* rolewright: attack tables: what rows there are to watch; small tables by content, large ones by their counters.
   A virtual column is no content: it is computed when it is read, and may fail.
   The audit of changes and the passwords' fingerprints are written by putting back, and are left out */
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), c.oid::bigint, pg_catalog.pg_relation_size(c.oid) > 524288,
       coalesce((SELECT pg_catalog.format('ROW(%s)', pg_catalog.string_agg(pg_catalog.format('t.%I', a.attname), ', ' ORDER BY a.attnum)
                                                       FILTER (WHERE a.attgenerated <> 'v'))
                 FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                 HAVING pg_catalog.bool_or(a.attgenerated = 'v')), 't')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
  AND (c.relkind <> 'm' OR c.relispopulated)
  AND NOT (n.nspname = 'rolewright' AND c.relname IN ('provision_log', 'role_fingerprint'))
ORDER BY 1
