/* rolewright: secret guard */
-- What would carry the sealed values out of their table, or let others at them; each with the statement that mends it.
-- Where the table does not exist, nothing is found. pg_publication_tables is asked for publications of whole schemas,
-- because the catalog behind them is not there before PostgreSQL 15.
WITH t AS (
    SELECT c.oid, c.relowner, c.relacl, c.relnamespace,
           pg_catalog.pg_get_userbyid(c.relowner) AS owner,
           'rolewright.local_system_secrets'::text AS name
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'rolewright' AND c.relname = 'local_system_secrets' AND c.relkind IN ('r', 'p')
),
-- Relations by their full names: the SQL must mean the same whatever the search_path.
relations AS (
    SELECT c.oid, c.relkind, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
),
-- Other schemas, for a publication of all tables that is to be made again without this one.
others AS (
    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(n.nspname), ', ' ORDER BY n.nspname) AS schemas
    FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'rolewright')
),
publications AS (
    SELECT p.pubname, p.puballtables, p.pubviaroot,
           pg_catalog.concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
               CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END) AS publish,
           EXISTS (SELECT FROM pg_catalog.pg_publication_rel AS r WHERE r.prpubid = p.oid AND r.prrelid = t.oid) AS listed
    FROM t, pg_catalog.pg_publication AS p
    WHERE p.puballtables
       OR EXISTS (SELECT FROM pg_catalog.pg_publication_rel AS r WHERE r.prpubid = p.oid AND r.prrelid = t.oid)
       OR EXISTS (SELECT FROM pg_catalog.pg_publication_tables AS v
                  WHERE v.pubname = p.pubname AND v.schemaname = 'rolewright' AND v.tablename = 'local_system_secrets')
),
grants AS (
    SELECT a.grantee, NULL::name AS attname, pg_catalog.string_agg(DISTINCT a.privilege_type, ', ') AS privileges
    FROM t, pg_catalog.aclexplode(t.relacl) AS a
    WHERE a.grantee <> t.relowner
    GROUP BY a.grantee
    UNION ALL
    SELECT a.grantee, b.attname, pg_catalog.string_agg(DISTINCT a.privilege_type, ', ')
    FROM t
    JOIN pg_catalog.pg_attribute AS b ON b.attrelid = t.oid AND NOT b.attisdropped
    CROSS JOIN LATERAL pg_catalog.aclexplode(b.attacl) AS a
    WHERE a.grantee <> t.relowner
    GROUP BY a.grantee, b.attname
),
defaults AS (
    SELECT d.defaclrole, d.defaclnamespace, a.grantee, pg_catalog.string_agg(DISTINCT a.privilege_type, ', ') AS privileges
    FROM t
    JOIN pg_catalog.pg_default_acl AS d
      ON d.defaclobjtype = 'r' AND d.defaclrole = t.relowner AND d.defaclnamespace IN (0, t.relnamespace)
    CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) AS a
    WHERE a.grantee <> d.defaclrole
    GROUP BY d.defaclrole, d.defaclnamespace, a.grantee
),
relatives AS (
    SELECT c.name AS child, t.name AS parent, c.name AS object, false AS attached
    FROM t
    JOIN pg_catalog.pg_inherits AS i ON i.inhparent = t.oid
    JOIN relations AS c ON c.oid = i.inhrelid
    UNION ALL
    SELECT t.name, p.name, p.name, p.relkind = 'p'
    FROM t
    JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = t.oid
    JOIN relations AS p ON p.oid = i.inhparent
),
findings AS (
    SELECT 1 AS position, 'trigger' AS kind, g.tgname::text AS object,
           pg_catalog.format('the trigger %I runs %s with its rows', g.tgname, g.tgfoid::regproc) AS detail,
           pg_catalog.format('DROP TRIGGER %I ON %s;', g.tgname, t.name) AS mend
    FROM t JOIN pg_catalog.pg_trigger AS g ON g.tgrelid = t.oid AND NOT g.tgisinternal
    UNION ALL
    SELECT 2, 'rule', r.rulename::text,
           pg_catalog.format('the rule %I rewrites its statements', r.rulename),
           pg_catalog.format('DROP RULE %I ON %s;', r.rulename, t.name)
    FROM t JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = t.oid
    UNION ALL
    SELECT 3, 'publication', p.pubname::text,
           pg_catalog.format('the publication %I %s', p.pubname,
               CASE WHEN p.puballtables THEN 'sends all tables' WHEN p.listed THEN 'lists it'
                    ELSE 'sends the whole schema rolewright' END),
           CASE
               WHEN p.listed THEN pg_catalog.format('ALTER PUBLICATION %I DROP TABLE %s;', p.pubname, t.name)
               WHEN NOT p.puballtables THEN
                   pg_catalog.format('ALTER PUBLICATION %I DROP TABLES IN SCHEMA rolewright;', p.pubname)
               WHEN o.schemas IS NULL THEN pg_catalog.format('DROP PUBLICATION %I;', p.pubname)
               WHEN pg_catalog.current_setting('server_version_num')::integer < 150000 THEN
                   pg_catalog.format('DROP PUBLICATION %I; CREATE PUBLICATION %I FOR TABLE %s WITH (publish = %L%s);',
                       p.pubname, p.pubname,
                       (SELECT pg_catalog.string_agg(pg_catalog.format('%I.%I', v.schemaname, v.tablename), ', '
                                   ORDER BY v.schemaname, v.tablename)
                        FROM pg_catalog.pg_publication_tables AS v
                        WHERE v.pubname = p.pubname AND v.schemaname <> 'rolewright'),
                       p.publish, CASE WHEN p.pubviaroot THEN ', publish_via_partition_root = true' ELSE '' END)
               ELSE
                   pg_catalog.format(
                       'DROP PUBLICATION %I; CREATE PUBLICATION %I FOR TABLES IN SCHEMA %s WITH (publish = %L%s);',
                       p.pubname, p.pubname, o.schemas, p.publish,
                       CASE WHEN p.pubviaroot THEN ', publish_via_partition_root = true' ELSE '' END)
           END
    FROM t, others AS o, publications AS p
    UNION ALL
    SELECT CASE WHEN g.attname IS NULL THEN 4 ELSE 5 END,
           CASE WHEN g.attname IS NULL THEN 'grant' ELSE 'column_grant' END,
           CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(g.grantee)::text END,
           pg_catalog.format('%s holds %s on %s',
               CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE 'the role ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) END,
               g.privileges,
               CASE WHEN g.attname IS NULL THEN 'it' ELSE 'its column ' || pg_catalog.quote_ident(g.attname) END),
           pg_catalog.format('REVOKE ALL%s ON TABLE %s FROM %s CASCADE;',
               CASE WHEN g.attname IS NULL THEN '' ELSE ' (' || pg_catalog.quote_ident(g.attname) || ')' END,
               t.name,
               CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) END)
    FROM t, grants AS g
    UNION ALL
    SELECT 6, 'default_privileges',
           CASE WHEN d.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(d.grantee)::text END,
           pg_catalog.format('default privileges of %I%s would give %s %s on it, if it were made again',
               pg_catalog.pg_get_userbyid(d.defaclrole),
               CASE WHEN d.defaclnamespace = 0 THEN '' ELSE ' in schema rolewright' END,
               CASE WHEN d.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(d.grantee)) END,
               d.privileges),
           pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s REVOKE ALL ON TABLES FROM %s;',
               pg_catalog.pg_get_userbyid(d.defaclrole),
               CASE WHEN d.defaclnamespace = 0 THEN '' ELSE ' IN SCHEMA rolewright' END,
               CASE WHEN d.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(d.grantee)) END)
    FROM t, defaults AS d
    UNION ALL
    SELECT 7, 'inheritance', i.object,
           pg_catalog.format('the table %s inherits from %s', i.child, i.parent),
           CASE WHEN i.attached THEN pg_catalog.format('ALTER TABLE %s DETACH PARTITION %s;', i.parent, i.child)
                ELSE pg_catalog.format('ALTER TABLE %s NO INHERIT %s;', i.child, i.parent) END
    FROM relatives AS i
    UNION ALL
    SELECT DISTINCT 8, 'view', v.name,
           pg_catalog.format('the %s %s reads it',
               CASE v.relkind WHEN 'm' THEN 'materialized view' WHEN 'v' THEN 'view' ELSE 'rule of' END, v.name),
           CASE v.relkind
               WHEN 'm' THEN pg_catalog.format('DROP MATERIALIZED VIEW %s;', v.name)
               WHEN 'v' THEN pg_catalog.format('DROP VIEW %s;', v.name)
               ELSE pg_catalog.format('DROP RULE %I ON %s;', r.rulename, v.name)
           END
    FROM t
    JOIN pg_catalog.pg_depend AS d
      ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = t.oid
     AND d.classid = 'pg_catalog.pg_rewrite'::regclass
    JOIN pg_catalog.pg_rewrite AS r ON r.oid = d.objid AND r.ev_class <> t.oid
    JOIN relations AS v ON v.oid = r.ev_class
    UNION ALL
    SELECT 9, 'owner', t.owner::text,
           pg_catalog.format('it belongs to %I, and %I is connected', t.owner, CURRENT_USER),
           pg_catalog.format('ALTER TABLE %s OWNER TO %I;', t.name, CURRENT_USER)
    FROM t
    WHERE t.owner <> CURRENT_USER
)
SELECT f.kind, f.object, f.detail, f.mend
FROM findings AS f
ORDER BY f.position, f.object, f.mend
