/* rolewright-testkit: clone */
-- Makes a database cloned from a template the test's own. REASSIGN OWNED hands over the objects, and with them the grants that the owner
-- made and had; it leaves default privileges, which are made again for the new owner. CREATE DATABASE … TEMPLATE copies neither the
-- database's own rights nor its settings, so they are taken from the template.
DO $hand_over$
DECLARE
    template text := pg_catalog.current_setting('testkit.template');
    owner text := pg_catalog.current_setting('testkit.owner');
    core text := pg_catalog.current_setting('testkit.core');
    here text := pg_catalog.current_database();
    kind text;
    place text;
    d record;
    p record;
BEGIN
    EXECUTE pg_catalog.format('REASSIGN OWNED BY %I TO %I', owner, core);

    FOR d IN
        SELECT a.defaclobjtype, a.defaclacl, n.nspname
        FROM pg_catalog.pg_default_acl a
        LEFT JOIN pg_catalog.pg_namespace n ON n.oid = a.defaclnamespace
        WHERE a.defaclrole = owner::pg_catalog.regrole
    LOOP
        kind := CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
                WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' END;
        CONTINUE WHEN kind IS NULL;
        place := CASE WHEN d.nspname IS NULL THEN '' ELSE pg_catalog.format('IN SCHEMA %I', d.nspname) END;
        IF d.nspname IS NULL THEN
            -- What is not in a schema replaces the built-in rights instead of adding to them.
            EXECUTE pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I REVOKE ALL ON %s FROM PUBLIC, %I', core, kind, core);
        END IF;
        FOR p IN SELECT grantee, privilege_type, is_grantable FROM pg_catalog.aclexplode(d.defaclacl)
        LOOP
            EXECUTE pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I %s GRANT %s ON %s TO %s %s', core, place, p.privilege_type, kind,
                CASE WHEN p.grantee = 0 THEN 'PUBLIC'
                     WHEN p.grantee = owner::pg_catalog.regrole THEN pg_catalog.quote_ident(core)
                     ELSE p.grantee::pg_catalog.regrole::text END,
                CASE WHEN p.is_grantable THEN 'WITH GRANT OPTION' ELSE '' END);
        END LOOP;
    END LOOP;
    -- Its default privileges go; it owns nothing any more, and has no right on anything shared.
    EXECUTE pg_catalog.format('DROP OWNED BY %I', owner);

    FOR p IN
        SELECT x.privilege
        FROM (VALUES ('CONNECT'), ('TEMPORARY')) x (privilege), pg_catalog.pg_database t
        WHERE t.datname = template AND NOT EXISTS (
            SELECT FROM pg_catalog.aclexplode(coalesce(t.datacl, pg_catalog.acldefault('d', t.datdba))) a
            WHERE a.grantee = 0 AND a.privilege_type = x.privilege)
    LOOP
        EXECUTE pg_catalog.format('REVOKE %s ON DATABASE %I FROM PUBLIC', p.privilege, here);
        -- The core role connected by PUBLIC's right until now.
        EXECUTE pg_catalog.format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO %I', here, core);
    END LOOP;

    FOR p IN
        SELECT pg_catalog.split_part(setting, '=', 1) AS name,
               pg_catalog.substr(setting, pg_catalog.strpos(setting, '=') + 1) AS value
        FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) setting
        WHERE s.setrole = 0 AND s.setdatabase = (SELECT t.oid FROM pg_catalog.pg_database t WHERE t.datname = template)
    LOOP
        -- By way of the session, because a list must not be quoted as one word.
        PERFORM pg_catalog.set_config(p.name, p.value, true);
        EXECUTE pg_catalog.format('ALTER DATABASE %I SET %I FROM CURRENT', here, p.name);
    END LOOP;
END
$hand_over$
