/* rolewright: attack fingerprint: what an attempt could have changed besides rows, one line a part. $1 are the core role and the
   managed roles; roles and databases of the cluster are looked at only where they are these, this one, or named like what attempts make.
   What putting back rewrites is compared by content, the rest by the row's xmin, which any change changes; statistics, which autovacuum
   changes by itself, are left out. */
WITH own AS (
    SELECT r.* FROM pg_catalog.pg_roles r WHERE r.rolname::text = ANY ($1) OR r.rolname ~ 'evil'
), space AS (
    SELECT n.* FROM pg_catalog.pg_namespace n WHERE n.nspname !~ '^pg_(toast_)?temp_' AND n.nspname <> 'pg_toast'
), relation AS (
    SELECT c.* FROM pg_catalog.pg_class c WHERE c.oid >= 16384 AND c.relpersistence <> 't'
       AND c.relnamespace IN (SELECT oid FROM space)
), here AS (
    SELECT d.* FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database() OR d.datname ~ 'evil'
), acl AS (
    SELECT 'r' || c.oid AS object, c.relacl AS acl FROM relation c
    UNION ALL SELECT 'n' || n.oid, n.nspacl FROM space n
    UNION ALL SELECT 'c' || a.attrelid || '.' || a.attnum, a.attacl FROM pg_catalog.pg_attribute a JOIN relation c ON c.oid = a.attrelid
        WHERE a.attacl IS NOT NULL
    UNION ALL SELECT 'p' || p.oid, p.proacl FROM pg_catalog.pg_proc p WHERE p.proacl IS NOT NULL AND p.pronamespace IN (SELECT oid FROM space)
    UNION ALL SELECT 't' || t.oid, t.typacl FROM pg_catalog.pg_type t WHERE t.typacl IS NOT NULL
    UNION ALL SELECT 'd' || d.oid, d.datacl FROM here d
    UNION ALL SELECT 'l' || l.oid, l.lanacl FROM pg_catalog.pg_language l
), state (part, line) AS (
    SELECT 'relations', concat_ws(' ', c.oid, c.relname, c.relnamespace, c.relowner, c.relkind, c.relfilenode, c.relrowsecurity,
        c.relforcerowsecurity, c.reloptions::text, c.relhasrules, c.relhastriggers) FROM relation c
    UNION ALL SELECT 'columns', concat_ws(' ', a.attrelid, a.attnum, a.attname, a.atttypid, a.attnotnull, a.atthasdef, a.attisdropped,
        a.attstattarget) FROM pg_catalog.pg_attribute a JOIN relation c ON c.oid = a.attrelid
    UNION ALL SELECT 'grants', concat_ws(' ', object, (SELECT string_agg(a::text, ',' ORDER BY a::text) FROM unnest(acl.acl) a)) FROM acl
    UNION ALL SELECT 'schemas', concat_ws(' ', n.oid, n.nspname, n.nspowner) FROM space n
    UNION ALL SELECT 'routines', concat_ws(' ', p.oid, CASE WHEN p.oid < 16384 THEN p.xmin::text ELSE
        concat_ws(' ', p.proname, p.proowner, md5(p.prosrc), p.prosecdef, p.proconfig::text, p.proargtypes) END)
        FROM pg_catalog.pg_proc p WHERE p.pronamespace IN (SELECT oid FROM space)
    UNION ALL SELECT 'types', concat_ws(' ', t.oid, t.typname, t.typowner) FROM pg_catalog.pg_type t
        WHERE t.oid >= 16384 AND t.typnamespace IN (SELECT oid FROM space)
    UNION ALL SELECT 'triggers', concat_ws(' ', oid, xmin) FROM pg_catalog.pg_trigger
    UNION ALL SELECT 'rules', concat_ws(' ', r.oid, r.xmin) FROM pg_catalog.pg_rewrite r JOIN relation c ON c.oid = r.ev_class
    UNION ALL SELECT 'policies', concat_ws(' ', oid, xmin) FROM pg_catalog.pg_policy
    UNION ALL SELECT 'constraints', concat_ws(' ', oid, xmin) FROM pg_catalog.pg_constraint WHERE connamespace IN (SELECT oid FROM space)
    UNION ALL SELECT 'operators', concat_ws(' ', oid, xmin) FROM pg_catalog.pg_operator WHERE oprnamespace IN (SELECT oid FROM space)
    UNION ALL SELECT 'casts', concat_ws(' ', oid, xmin) FROM pg_catalog.pg_cast
    UNION ALL SELECT 'extensions', concat_ws(' ', oid, xmin) FROM pg_catalog.pg_extension
    UNION ALL SELECT 'languages', concat_ws(' ', oid, xmin) FROM pg_catalog.pg_language WHERE lanname <> 'plpgsql'
    UNION ALL SELECT 'event triggers', concat_ws(' ', oid, xmin) FROM pg_catalog.pg_event_trigger
    UNION ALL SELECT 'publications', concat_ws(' ', oid, xmin) FROM pg_catalog.pg_publication
    UNION ALL SELECT 'foreign servers', concat_ws(' ', oid, xmin) FROM pg_catalog.pg_foreign_server
    UNION ALL SELECT 'foreign wrappers', concat_ws(' ', oid, xmin) FROM pg_catalog.pg_foreign_data_wrapper
    UNION ALL SELECT 'extended statistics', concat_ws(' ', oid, xmin) FROM pg_catalog.pg_statistic_ext
    UNION ALL SELECT 'text search', concat_ws(' ', oid, xmin) FROM pg_catalog.pg_ts_dict
    UNION ALL SELECT 'collations', concat_ws(' ', oid, xmin) FROM pg_catalog.pg_collation WHERE oid >= 16384
    UNION ALL SELECT 'comments', concat_ws(' ', objoid, classoid, objsubid, xmin) FROM pg_catalog.pg_description WHERE objoid >= 16384
    UNION ALL SELECT 'slots', slot_name::text FROM pg_catalog.pg_replication_slots WHERE database = pg_catalog.current_database()
    UNION ALL SELECT 'databases', concat_ws(' ', d.oid, d.datname, d.datdba, d.datconnlimit) FROM here d
    UNION ALL SELECT 'databases', spcname::text FROM pg_catalog.pg_tablespace WHERE spcname ~ 'evil'
    UNION ALL SELECT 'roles', concat_ws(' ', rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication,
        rolbypassrls, rolconnlimit, rolvaliduntil) FROM own
    UNION ALL SELECT 'members', concat_ws(' ', m.roleid, m.member, m.admin_option) FROM pg_catalog.pg_auth_members m
        WHERE m.roleid IN (SELECT oid FROM own) OR m.member IN (SELECT oid FROM own)
    UNION ALL SELECT 'settings', concat_ws(' ', s.setdatabase, s.setrole, (SELECT string_agg(a, ',' ORDER BY a) FROM unnest(s.setconfig) a))
        FROM pg_catalog.pg_db_role_setting s
        WHERE s.setrole IN (SELECT oid FROM own) OR (s.setrole = 0 AND s.setdatabase IN (SELECT oid FROM here))
    UNION ALL SELECT 'default privileges', concat_ws(' ', d.defaclrole, d.defaclnamespace, d.defaclobjtype,
        (SELECT string_agg(a::text, ',' ORDER BY a::text) FROM unnest(d.defaclacl) a)) FROM pg_catalog.pg_default_acl d
    UNION ALL SELECT 'large objects', concat_ws(' ', oid, xmin) FROM pg_catalog.pg_largeobject_metadata
    UNION ALL SELECT 'sequences', concat_ws(' ', schemaname, sequencename, last_value) FROM pg_catalog.pg_sequences
        WHERE schemaname !~ '^pg_(toast_)?temp_' AND schemaname <> 'rolewright'
    UNION ALL SELECT 'prepared transactions', gid FROM pg_catalog.pg_prepared_xacts WHERE database = pg_catalog.current_database()
)
SELECT part, md5(string_agg(line, E'\n' ORDER BY line COLLATE "C")) FROM state GROUP BY part
