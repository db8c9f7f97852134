/* rolewright: list tenant rows */
-- The rows of the wanted tenants, and where there is room for one more: each by an index, so that it costs the same however many
-- tenants there are.
SELECT pg_catalog.json_build_object(
    'tenants', coalesce((
        SELECT pg_catalog.json_object_agg(t.id, pg_catalog.json_build_object(
            'role_oid', t.role_oid::pg_catalog.int8, 'bucket', t.bucket, 'keeper', t.keeper, 'state', t.state, 'life', t.life,
            'migrated', t.version IS NOT NULL OR t.upgraded_at IS NOT NULL))
        FROM rolewright.tenant t
        WHERE t.module = (:module)[1] AND t.id = ANY (:ids)), '{}'),
    'keepers', coalesce((SELECT pg_catalog.json_agg(h) FROM (
        SELECT number, used FROM rolewright.tenant_holder
        WHERE module = (:module)[1] AND kind = 'keeper' AND used < ((:keeper)[1])::pg_catalog.int4
        ORDER BY number LIMIT 20) h), '[]'),
    'logins', coalesce((SELECT pg_catalog.json_agg(h) FROM (
        SELECT number, used FROM rolewright.tenant_holder
        WHERE module = (:module)[1] AND kind = 'login' AND used < ((:bucket)[1])::pg_catalog.int4
        ORDER BY number LIMIT 20) h), '[]'),
    'last_keeper', coalesce((SELECT max(number) FROM rolewright.tenant_holder WHERE module = (:module)[1] AND kind = 'keeper'), 0),
    'last_login', coalesce((SELECT max(number) FROM rolewright.tenant_holder WHERE module = (:module)[1] AND kind = 'login'), 0)
)::pg_catalog.text
