/* rolewright: check */
-- The partitions and children of relations, at any depth.
WITH RECURSIVE down AS (
    SELECT i.inhparent AS root, i.inhrelid AS child FROM pg_catalog.pg_inherits i WHERE i.inhparent = ANY ($1)
    UNION
    SELECT d.root, i.inhrelid FROM down d JOIN pg_catalog.pg_inherits i ON i.inhparent = d.child
)
SELECT d.root, d.child
FROM down d JOIN pg_catalog.pg_class c ON c.oid = d.child
WHERE c.relkind IN ('r', 'p', 'f')
