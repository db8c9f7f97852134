/* rolewright: attack own: why core cannot make a schema of this name, where it cannot; $1 is the name. One that an attack has left it can make anew */
SELECT CASE
    WHEN n.oid IS NULL AND NOT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
        THEN pg_catalog.format('core may not create the schema %I, which it needs', $1)
    WHEN n.oid IS NOT NULL AND (pg_catalog.obj_description(n.oid, 'pg_namespace') IS DISTINCT FROM 'made by rolewright attack, and removed at its end'
        OR NOT pg_catalog.pg_has_role(n.nspowner, 'USAGE'))
        THEN pg_catalog.format('there is a schema %I that no attack has made', $1)
    END
FROM (SELECT 1) AS one LEFT JOIN pg_catalog.pg_namespace n ON n.nspname::text = $1
