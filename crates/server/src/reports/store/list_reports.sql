/* rolewright: report list */
-- Every report with its newest version, by name: those that are there, or, with $1, those that were removed.
SELECT r.name, r.published, r.removed_at, v.number, v.title, v.connection, v.made_at, v.made_by, v.application
FROM rolewright.report r
CROSS JOIN LATERAL (
    SELECT number, title, connection, made_at, made_by, application FROM rolewright.report_version
    WHERE report_id = r.id ORDER BY number DESC LIMIT 1
) v
WHERE (r.removed_at IS NOT NULL) = $1
ORDER BY r.name
