/* rolewright: elsewhere */
-- The schemas that this role may use, and does not look names up in, with an operator ($1) or a function of a name ($2) that takes what is
-- given ($3: the types, as the server writes them). An argument that is passed on as it is, or cast unasked, is taken.
SELECT n.nspname::text AS schema,
       CASE WHEN $1 THEN 'OPERATOR(' || pg_catalog.quote_ident(n.nspname) || '.' || c.name || ')'
            ELSE pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.name) END AS written
FROM (SELECT p.pronamespace AS schema, p.proname::text AS name, p.proargtypes::pg_catalog.oid[] AS takes,
             p.pronargs - p.pronargdefaults AS least, CASE WHEN p.provariadic = 0 THEN p.pronargs::int ELSE 100 END AS most
      FROM pg_catalog.pg_proc p
      WHERE NOT $1 AND p.proname = $2 AND p.prokind IN ('f', 'a', 'w') AND pg_catalog.has_function_privilege(p.oid, 'EXECUTE')
      UNION ALL
      SELECT o.oprnamespace, o.oprname::text,
             CASE o.oprkind WHEN 'b' THEN ARRAY[o.oprleft, o.oprright] ELSE ARRAY[o.oprright] END,
             CASE o.oprkind WHEN 'b' THEN 2 ELSE 1 END, CASE o.oprkind WHEN 'b' THEN 2 ELSE 1 END
      FROM pg_catalog.pg_operator o
      WHERE $1 AND o.oprname = $2 AND pg_catalog.has_function_privilege(o.oprcode, 'EXECUTE')) c
JOIN pg_catalog.pg_namespace n ON n.oid = c.schema
WHERE pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND n.nspname <> ALL (pg_catalog.current_schemas(true))
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'rolewright_check')
  AND pg_catalog.cardinality($3) BETWEEN c.least AND c.most
  AND NOT EXISTS (
      SELECT FROM ROWS FROM (pg_catalog.unnest($3), pg_catalog.unnest(c.takes)) a(given, takes)
      JOIN pg_catalog.pg_type t ON t.oid = a.takes
      WHERE a.given <> 'unknown' AND t.typtype <> 'p' AND a.takes <> coalesce(pg_catalog.to_regtype(a.given)::pg_catalog.oid, 0)
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_cast s
                        WHERE s.castsource = pg_catalog.to_regtype(a.given) AND s.casttarget = a.takes AND s.castcontext = 'i'))
GROUP BY n.nspname, c.name
ORDER BY n.nspname
LIMIT 1
