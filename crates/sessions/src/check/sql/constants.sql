/* rolewright: check */
-- The functions that a domain's checks call, of each domain whose values may be within a constant of the text: the server reads constants
-- while it parses, an array's elements, a row's attributes and a range's bounds with them, and runs the checks. As what type it reads one
-- follows from everything around it; so any name that leads to the domain counts. $1 are the text's words, $2 says that these may not
-- be all of its names, and $3 is the role.
WITH RECURSIVE mentioned AS MATERIALIZED (
    -- What checks mention, by the catalog it is in: functions, operators, types. On the type that JSON_VALUE returns nothing depends.
    SELECT c.contypid AS domain, d.refclassid AS class, d.refobjid AS object
    FROM pg_catalog.pg_constraint c
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_constraint'::regclass AND d.objid = c.oid
    WHERE c.contypid <> 0 AND c.contype = 'c' AND d.refobjid >= 16384
      AND d.refclassid IN ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass, 'pg_catalog.pg_type'::regclass)
    UNION
    SELECT c.contypid, 'pg_catalog.pg_type'::regclass, n.number[1]::oid
    FROM pg_catalog.pg_constraint c CROSS JOIN LATERAL pg_catalog.regexp_matches(c.conbin::text, ':typid (\d+)', 'g') n(number)
    WHERE c.contypid <> 0 AND n.number[1]::oid >= 16384
), casting_functions AS MATERIALIZED (
    -- What of the server's own casts what it is given: to text, or to JSON.
    SELECT p.oid FROM pg_catalog.pg_proc p
    WHERE p.oid IN (2003, 2004, 1285, 1290) OR p.oid < 16384 AND p.proname LIKE '%json%'
), casting AS MATERIALIZED (
    -- The domains whose checks have such; and, where an operator or a function's default of the application's own has, all that mention
    -- what somebody made.
    SELECT DISTINCT c.contypid AS domain FROM pg_catalog.pg_constraint c
    WHERE c.contypid <> 0 AND (c.conbin::text ~ ':opno (2779|2780) ' OR c.conbin::text LIKE '%{JSON%' OR EXISTS (
        SELECT FROM pg_catalog.regexp_matches(c.conbin::text, ':(?:funcid|aggfnoid|winfnoid) (\d+)', 'g') n(number)
        JOIN casting_functions f ON f.oid = n.number[1]::oid))
    UNION
    SELECT m.domain FROM mentioned m
    WHERE m.class IN ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass) AND (EXISTS (
        SELECT FROM pg_catalog.pg_operator o JOIN casting_functions f ON f.oid = o.oprcode WHERE o.oid >= 16384) OR EXISTS (
        SELECT FROM pg_catalog.pg_proc p
        WHERE p.oid >= 16384 AND (p.proargdefaults::text ~ ':opno (2779|2780) ' OR p.proargdefaults::text LIKE '%{JSON%' OR EXISTS (
            SELECT FROM pg_catalog.regexp_matches(p.proargdefaults::text, ':(?:funcid|aggfnoid|winfnoid) (\d+)', 'g') n(number)
            JOIN casting_functions f ON f.oid = n.number[1]::oid))))
), guarded AS (
    SELECT m.domain, m.class, m.object FROM mentioned m
    UNION
    SELECT g.domain, n.class, n.object
    FROM guarded g CROSS JOIN LATERAL (
        -- An operator's function, and those that the planner puts in its place: NOT (a = b) is a <> b.
        SELECT 'pg_catalog.pg_proc'::regclass::oid AS class, k.oprcode::oid AS object
        FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_operator k ON k.oid IN (o.oid, o.oprnegate, o.oprcom)
        WHERE g.class = 'pg_catalog.pg_operator'::regclass AND o.oid = g.object
        UNION ALL
        -- What the defaults of a function's parameters mention.
        SELECT d.refclassid, d.refobjid
        FROM pg_catalog.pg_proc f
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = f.oid
         AND d.refclassid IN ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass, 'pg_catalog.pg_type'::regclass)
        WHERE g.class = 'pg_catalog.pg_proc'::regclass AND f.oid = g.object AND f.proargdefaults IS NOT NULL
        UNION ALL
        -- What a type is made of: VALUE is of the domain's base, which nothing depends on by itself.
        SELECT 'pg_catalog.pg_type'::regclass, part.oid
        FROM pg_catalog.pg_type t CROSS JOIN LATERAL (
            SELECT t.typbasetype AS oid UNION ALL SELECT t.typelem
            UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute a
                      WHERE a.attrelid = t.typrelid AND t.typrelid <> 0 AND a.attnum > 0 AND NOT a.attisdropped
            UNION ALL SELECT r.rngsubtype FROM pg_catalog.pg_range r WHERE t.oid IN (r.rngtypid, r.rngmultitypid)) part
        WHERE g.class = 'pg_catalog.pg_type'::regclass AND t.oid = g.object
        UNION ALL
        -- User-made functions that cast a type's values to the server's own, which something of the server's may call.
        SELECT 'pg_catalog.pg_proc'::regclass, k.castfunc
        FROM pg_catalog.pg_cast k
        WHERE g.class = 'pg_catalog.pg_type'::regclass AND k.castsource = g.object AND k.casttarget < 16384
          AND g.domain IN (SELECT casting.domain FROM casting)
    ) n
    WHERE n.object >= 16384 OR n.class = 'pg_catalog.pg_proc'::regclass AND n.object <> 0
), called AS (
    SELECT DISTINCT g.domain, g.object AS function FROM guarded g WHERE g.class = 'pg_catalog.pg_proc'::regclass
    UNION
    -- The server's own, which nothing depends on.
    SELECT c.contypid, n.number[1]::oid
    FROM pg_catalog.pg_constraint c
    CROSS JOIN LATERAL pg_catalog.regexp_matches(c.conbin::text, ':(?:funcid|aggfnoid|winfnoid) (\d+)', 'g') n(number)
    WHERE c.contypid <> 0
    UNION
    SELECT g.domain, n.number[1]::oid
    FROM guarded g JOIN pg_catalog.pg_proc f ON g.class = 'pg_catalog.pg_proc'::regclass AND f.oid = g.object
    CROSS JOIN LATERAL pg_catalog.regexp_matches(f.proargdefaults::text, ':(?:funcid|aggfnoid|winfnoid) (\d+)', 'g') n(number)
), made AS MATERIALIZED (
    -- What types are made of, and what the checks of domains make values of.
    SELECT t.typelem AS part, t.oid AS whole
    FROM pg_catalog.pg_type t WHERE t.typelem >= 16384 AND EXISTS (SELECT FROM called)
    UNION ALL
    SELECT t.typbasetype, t.oid
    FROM pg_catalog.pg_type t WHERE t.typbasetype >= 16384 AND EXISTS (SELECT FROM called)
    UNION ALL
    SELECT m.object, m.domain
    FROM guarded m
    WHERE m.class = 'pg_catalog.pg_type'::regclass AND m.object <> m.domain AND EXISTS (SELECT FROM called)
    UNION ALL
    SELECT r.rngsubtype, whole
    FROM pg_catalog.pg_range r CROSS JOIN LATERAL pg_catalog.unnest(ARRAY[r.rngtypid, r.rngmultitypid]) whole
    WHERE r.rngsubtype >= 16384 AND EXISTS (SELECT FROM called)
    UNION ALL
    SELECT a.atttypid, c.reltype
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    WHERE a.atttypid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped AND c.reltype <> 0 AND EXISTS (SELECT FROM called)
), reach AS (
    SELECT DISTINCT g.domain, g.domain AS type FROM called g
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
       OR EXISTS (SELECT FROM pg_catalog.pg_operator o WHERE o.oid >= 16384 AND r.type IN (o.oprleft, o.oprright, o.oprresult))
)
SELECT DISTINCT tn.nspname::text || '.' || t.typname AS domain, p.oid, n.nspname::text AS schema, p.proname::text AS name,
       p.provolatile::text AS volatility, p.prosecdef AS definer,
       pg_catalog.has_schema_privilege($3::name, tn.oid, 'USAGE') AND pg_catalog.has_schema_privilege($3::name, n.oid, 'USAGE') AS seen
FROM open
JOIN called g ON g.domain = open.domain
JOIN pg_catalog.pg_type t ON t.oid = g.domain JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
JOIN pg_catalog.pg_proc p ON p.oid = g.function JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
ORDER BY 1, 3, 4
