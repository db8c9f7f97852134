/* rolewright: guard */
SELECT f.now, 1 OPERATOR(pg_catalog./) (CASE WHEN $3::pg_catalog.text IS NULL OR f.now OPERATOR(pg_catalog.=) $3::pg_catalog.text THEN 1 ELSE 0 END) AS same
FROM (SELECT pg_catalog.md5(pg_catalog.concat_ws(' ',
    coalesce((SELECT pg_catalog.string_agg(pg_catalog.concat(c.oid, ':', c.xmin), ',' ORDER BY c.oid)
     FROM pg_catalog.pg_class c
     WHERE c.oid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[]) OR c.relname OPERATOR(pg_catalog.=) ANY ($2::pg_catalog.text[]::pg_catalog.name[])), ''),
    coalesce((SELECT pg_catalog.string_agg(pg_catalog.concat(a.attrelid, '.', a.attnum, ':', a.xmin), ',' ORDER BY a.attrelid, a.attnum)
     FROM pg_catalog.pg_attribute a
     WHERE a.attrelid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[]) AND a.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2), ''),
    coalesce((SELECT pg_catalog.string_agg(pg_catalog.concat(r.oid, ':', r.xmin), ',' ORDER BY r.oid)
     FROM pg_catalog.pg_rewrite r
     WHERE r.ev_class OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[])), ''),
    coalesce((SELECT pg_catalog.string_agg(pg_catalog.concat(i.inhparent, '>', i.inhrelid, ':', i.xmin), ',' ORDER BY i.inhparent, i.inhrelid)
     FROM pg_catalog.pg_inherits i
     WHERE i.inhparent OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[])), ''),
    coalesce((SELECT pg_catalog.string_agg(pg_catalog.concat(p.oid, ':', p.xmin), ',' ORDER BY p.oid)
     FROM pg_catalog.pg_proc p
     WHERE p.oid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[]) OR p.proname OPERATOR(pg_catalog.=) ANY ($2::pg_catalog.text[]::pg_catalog.name[])), ''),
    coalesce((SELECT pg_catalog.string_agg(pg_catalog.concat(t.oid, ':', t.xmin), ',' ORDER BY t.oid)
     FROM pg_catalog.pg_type t
     WHERE t.oid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[]) OR t.typname OPERATOR(pg_catalog.=) ANY ($2::pg_catalog.text[]::pg_catalog.name[])), ''),
    coalesce((SELECT pg_catalog.string_agg(pg_catalog.concat(k.oid, ':', k.xmin), ',' ORDER BY k.oid)
     FROM pg_catalog.pg_constraint k
     WHERE k.contypid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[]) AND k.contypid OPERATOR(pg_catalog.<>) 0::pg_catalog.oid), ''),
    coalesce((SELECT pg_catalog.string_agg(pg_catalog.concat(o.oid, ':', o.xmin), ',' ORDER BY o.oid)
     FROM pg_catalog.pg_operator o
     WHERE o.oid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[]) OR o.oprname OPERATOR(pg_catalog.=) ANY ($2::pg_catalog.text[]::pg_catalog.name[])), ''),
    coalesce((SELECT pg_catalog.string_agg(pg_catalog.concat(n.oid, ':', n.xmin), ',' ORDER BY n.oid)
     FROM pg_catalog.pg_namespace n
     WHERE n.nspname OPERATOR(pg_catalog.=) ANY ($2::pg_catalog.text[]::pg_catalog.name[])), ''),
    coalesce((SELECT pg_catalog.concat(pg_catalog.count(*), '-', pg_catalog.max(s.oid))
     FROM pg_catalog.pg_cast s WHERE s.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid), ''),
    coalesce((SELECT pg_catalog.concat(pg_catalog.count(*), '-', pg_catalog.max(s.oid))
     FROM pg_catalog.pg_opclass s WHERE s.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid), '')
)) AS now) f
