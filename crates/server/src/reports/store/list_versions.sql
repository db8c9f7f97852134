/* rolewright: report versions */
-- Versions of one report, newest first: $2 narrows to one number, $3 to the published one. Each with its last publication.
SELECT r.name, r.published, r.removed_at, v.number, v.title, v.description, v.connection, v.text, v.params, v.max_rows,
       v.timeout_ms, v.max_bytes, v.made_at, v.made_by, v.application,
       p.published_at, p.published_by, p.application AS published_application
FROM rolewright.report r
JOIN rolewright.report_version v ON v.report_id = r.id
LEFT JOIN LATERAL (
    SELECT published_at, published_by, application FROM rolewright.report_publication
    WHERE report_id = v.report_id AND number = v.number ORDER BY id DESC LIMIT 1
) p ON true
WHERE r.name = $1 AND ($2::integer IS NULL OR v.number = $2) AND (NOT $3 OR v.number = r.published)
ORDER BY v.number DESC
LIMIT $4
