/* rolewright: check */
-- The types behind domains, and behind the domains that those are made of.
WITH RECURSIVE base (oid) AS (
    SELECT t.typbasetype FROM pg_catalog.pg_type t WHERE t.oid = ANY ($1) AND t.typbasetype <> 0
    UNION
    SELECT t.typbasetype FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.oid WHERE t.typbasetype <> 0
)
SELECT oid FROM base
