/* rolewright: report save */
-- The next version of a report whose row this transaction has locked.
INSERT INTO rolewright.report_version
    (report_id, number, title, description, connection, text, params, max_rows, timeout_ms, max_bytes)
SELECT $1, 1 + coalesce(max(number), 0), $2, $3, $4, $5, $6, $7, $8, $9
FROM rolewright.report_version WHERE report_id = $1
RETURNING number
