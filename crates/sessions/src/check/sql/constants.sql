/* rolewright: check */
-- The functions that a domain's checks call, of each domain whose values may be within a constant of the text: the server reads constants
-- while it parses, an array's elements, a row's attributes and a range's bounds with them, and runs the checks. As what type it reads one
-- follows from everything around it; so any name that leads to the domain counts. $1 are the text's words, and $2 says that these may not
-- be all of its names.
WITH RECURSIVE guarded AS (
    SELECT c.contypid AS domain, p.oid AS function
    FROM pg_catalog.pg_constraint c
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_constraint'::regclass AND d.objid = c.oid
    LEFT JOIN pg_catalog.pg_operator o ON d.refclassid = 'pg_catalog.pg_operator'::regclass AND o.oid = d.refobjid
    JOIN pg_catalog.pg_proc p ON p.oid >= 16384
     AND p.oid = CASE WHEN d.refclassid = 'pg_catalog.pg_proc'::regclass THEN d.refobjid ELSE o.oprcode::oid END
    WHERE c.contypid <> 0
    UNION
    -- What the defaults of such a function's parameters call.
    SELECT g.domain, d.refobjid
    FROM guarded g JOIN pg_catalog.pg_proc f ON f.oid = g.function AND f.proargdefaults IS NOT NULL
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = f.oid
     AND d.refclassid = 'pg_catalog.pg_proc'::regclass AND d.refobjid >= 16384
), made AS MATERIALIZED (
    -- What types are made of, and what the checks of domains make values of.
    SELECT t.typelem AS part, t.oid AS whole
    FROM pg_catalog.pg_type t WHERE t.typelem >= 16384 AND EXISTS (SELECT FROM guarded)
    UNION ALL
    SELECT t.typbasetype, t.oid
    FROM pg_catalog.pg_type t WHERE t.typbasetype >= 16384 AND EXISTS (SELECT FROM guarded)
    UNION ALL
    SELECT d.refobjid, c.contypid
    FROM pg_catalog.pg_constraint c
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_constraint'::regclass AND d.objid = c.oid
     AND d.refclassid = 'pg_catalog.pg_type'::regclass AND d.refobjid <> c.contypid
    WHERE c.contypid <> 0 AND EXISTS (SELECT FROM guarded)
    UNION ALL
    SELECT r.rngsubtype, whole
    FROM pg_catalog.pg_range r CROSS JOIN LATERAL pg_catalog.unnest(ARRAY[r.rngtypid, r.rngmultitypid]) whole
    WHERE r.rngsubtype >= 16384 AND EXISTS (SELECT FROM guarded)
    UNION ALL
    SELECT a.atttypid, c.reltype
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    WHERE a.atttypid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped AND c.reltype <> 0 AND EXISTS (SELECT FROM guarded)
), reach AS (
    SELECT DISTINCT g.domain, g.domain AS type FROM guarded g
    UNION
    SELECT r.domain, m.whole FROM reach r JOIN made m ON m.part = r.type
), open AS (
    -- A relation bears the name of its rows' type; a function depends on the types of its parameters and results, and one that
    -- takes any type may have any of them from a default.
    SELECT DISTINCT r.domain
    FROM reach r JOIN pg_catalog.pg_type t ON t.oid = r.type
    WHERE $2 OR t.typname = ANY ($1::text[]::name[])
       OR EXISTS (SELECT FROM pg_catalog.pg_proc p
                  CROSS JOIN LATERAL pg_catalog.unnest(p.proargtypes::oid[]) a JOIN pg_catalog.pg_type any_of ON any_of.oid = a
                  WHERE p.proname = ANY ($1::text[]::name[]) AND p.oid >= 16384 AND p.proargdefaults IS NOT NULL
                    AND any_of.typtype = 'p')
       OR EXISTS (SELECT FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_proc p ON p.oid = d.objid
                  WHERE d.refclassid = 'pg_catalog.pg_type'::regclass AND d.refobjid = r.type
                    AND d.classid = 'pg_catalog.pg_proc'::regclass AND p.proname = ANY ($1::text[]::name[]))
       OR EXISTS (SELECT FROM pg_catalog.pg_operator o WHERE o.oid >= 16384 AND r.type IN (o.oprleft, o.oprright))
)
SELECT DISTINCT tn.nspname::text || '.' || t.typname AS domain, n.nspname::text AS schema, p.proname::text AS name, p.prosecdef AS definer
FROM open
JOIN guarded g ON g.domain = open.domain
JOIN pg_catalog.pg_type t ON t.oid = g.domain JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
JOIN pg_catalog.pg_proc p ON p.oid = g.function JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
ORDER BY 1, 2, 3
