/* rolewright: check */
-- The functions that a domain's checks call, of each domain whose values may be within a constant of the text: the server reads constants
-- while it parses, an array's elements, a row's attributes and a range's bounds with them, and runs the checks. $1 are the text's words,
-- and $2 says that these may not be all of its names; $3, $4 and $5 whether a constant begins with {, [ or (, and $6 whether the text may
-- name a type by what its arrays are made of.
WITH RECURSIVE guarded AS MATERIALIZED (
    SELECT DISTINCT c.contypid AS domain, p.oid AS function
    FROM pg_catalog.pg_constraint c
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_constraint'::regclass AND d.objid = c.oid
    LEFT JOIN pg_catalog.pg_operator o ON d.refclassid = 'pg_catalog.pg_operator'::regclass AND o.oid = d.refobjid
    JOIN pg_catalog.pg_proc p ON p.oid >= 16384
     AND p.oid = CASE WHEN d.refclassid = 'pg_catalog.pg_proc'::regclass THEN d.refobjid ELSE o.oprcode::oid END
    WHERE c.contypid <> 0
), made AS MATERIALIZED (
    -- What types are made of, and with which bracket a constant of such a type begins.
    SELECT t.typelem AS part, t.oid AS whole, true AS brace, true AS bracket, false AS paren
    FROM pg_catalog.pg_type t WHERE t.typelem >= 16384 AND EXISTS (SELECT FROM guarded)
    UNION ALL
    SELECT t.typbasetype, t.oid, false, false, false
    FROM pg_catalog.pg_type t WHERE t.typbasetype >= 16384 AND EXISTS (SELECT FROM guarded)
    UNION ALL
    SELECT r.rngsubtype, r.rngtypid, false, true, true
    FROM pg_catalog.pg_range r WHERE r.rngsubtype >= 16384 AND EXISTS (SELECT FROM guarded)
    UNION ALL
    SELECT r.rngtypid, r.rngmultitypid, true, false, false
    FROM pg_catalog.pg_range r WHERE r.rngsubtype >= 16384 AND EXISTS (SELECT FROM guarded)
    UNION ALL
    SELECT a.atttypid, c.reltype, false, false, true
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    WHERE a.atttypid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped AND c.reltype <> 0 AND EXISTS (SELECT FROM guarded)
), reach AS (
    SELECT DISTINCT g.domain, g.domain AS type, false AS brace, false AS bracket, false AS paren FROM guarded g
    UNION
    SELECT r.domain, m.whole, r.brace OR m.brace, r.bracket OR m.bracket, r.paren OR m.paren
    FROM reach r JOIN made m ON m.part = r.type
), open AS (
    SELECT DISTINCT r.domain
    FROM reach r JOIN pg_catalog.pg_type t ON t.oid = r.type
    WHERE (r.brace AND $3 OR r.bracket AND $4 OR r.paren AND $5)
      AND ($2 OR t.typname = ANY ($1::text[]::name[])
           OR $6 AND EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.oid = t.typelem AND e.typname = ANY ($1::text[]::name[]))
           OR EXISTS (SELECT FROM pg_catalog.pg_proc p WHERE p.proname = ANY ($1::text[]::name[])
                      AND (r.type = ANY (p.proargtypes) OR r.type = ANY (p.proallargtypes) OR r.type = p.prorettype))
           OR EXISTS (SELECT FROM pg_catalog.pg_operator o WHERE o.oid >= 16384 AND r.type IN (o.oprleft, o.oprright)))
)
SELECT DISTINCT tn.nspname::text || '.' || t.typname AS domain, n.nspname::text AS schema, p.proname::text AS name, p.prosecdef AS definer
FROM open
JOIN guarded g ON g.domain = open.domain
JOIN pg_catalog.pg_type t ON t.oid = g.domain JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
JOIN pg_catalog.pg_proc p ON p.oid = g.function JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
ORDER BY 1, 2, 3
