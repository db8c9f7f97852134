/* rolewright: check */
-- Functions by their numbers ($1), whether the role ($2) may look them up, the defaults of their parameters, and what aggregates are made of: functions, and the types of their states.
SELECT p.oid,
       n.nspname::text AS schema,
       p.proname::text AS name,
       pg_catalog.has_schema_privilege($2::name, n.oid, 'USAGE') AS seen,
       p.provolatile::text AS volatility,
       p.prosecdef AS definer,
       p.proleakproof AS leakproof,
       -- As the planner asks (inline_set_returning_function); 14 is LANGUAGE sql.
       p.oid >= 16384 AND p.prolang = 14 AND p.proretset AND p.provolatile <> 'v' AND NOT p.prosecdef AND NOT p.proisstrict
           AND p.proconfig IS NULL AS inlined,
       p.prolang = 14 AS sql,
       -- A result of a type that its arguments choose: what the body gives is cast to that as in an assignment. 12 and 13 are the server's
       -- own and LANGUAGE c.
       p.oid >= 16384 AND p.prolang NOT IN (12, 13) AND (p.proallargtypes || p.prorettype)
           && '{2283,2277,2776,3500,3831,4537,4538,5077,5078,5079,5080}'::oid[] AS polymorphic,
       coalesce((SELECT pg_catalog.array_agg(DISTINCT part) FROM pg_catalog.pg_aggregate g
                 CROSS JOIN LATERAL pg_catalog.unnest(ARRAY[g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggserialfn,
                     g.aggdeserialfn, g.aggmtransfn, g.aggminvtransfn, g.aggmfinalfn]::oid[]) part
                 WHERE g.aggfnoid = p.oid AND part <> 0), '{}') AS parts,
       coalesce((SELECT g.aggsortop FROM pg_catalog.pg_aggregate g WHERE g.aggfnoid = p.oid), 0::oid) AS sorts,
       coalesce((SELECT pg_catalog.array_agg(DISTINCT state) FROM pg_catalog.pg_aggregate g
                 CROSS JOIN LATERAL pg_catalog.unnest(ARRAY[g.aggtranstype, g.aggmtranstype]) state
                 WHERE g.aggfnoid = p.oid AND p.oid >= 16384 AND state >= 16384), '{}') AS states,
       -- What its result may be made of; a record of which nothing is said.
       coalesce((SELECT pg_catalog.array_agg(DISTINCT o.made) FROM pg_catalog.unnest(p.proallargtypes || p.prorettype) o(made)
                 WHERE p.oid >= 16384 AND o.made >= 16384), '{}') AS made,
       p.oid >= 16384 AND (p.proallargtypes IS NULL AND p.prorettype = 'pg_catalog.record'::regtype
           OR coalesce(p.proallargtypes && ARRAY['pg_catalog.record'::regtype, 'pg_catalog.record[]'::regtype]::oid[], false)) AS record,
       CASE WHEN p.oid >= 16384 THEN p.proargdefaults::text END AS defaults,
       -- A default of a polymorphic parameter is cast to what the others are: anycompatible and its like.
       coalesce((SELECT pg_catalog.array_agg(DISTINCT k.castfunc) FROM pg_catalog.pg_cast k
                 WHERE p.oid >= 16384 AND p.proargdefaults IS NOT NULL AND p.proargtypes::oid[] && '{5077,5078,5079,5080,4538}'::oid[]
                   AND p.proargdefaults::text ~ (':\w*type\w* ' || k.castsource || ' ')
                   AND k.castcontext = 'i' AND k.castfunc >= 16384), '{}') AS casts
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE p.oid = ANY ($1)
