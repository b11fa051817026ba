-- Accepted pushes that no host recorded: the key was not offered, or the records of that host do not arrive.
SELECT p.pushed_at, p.instance_id, p.os_user, p.caller, p.source_address, p.request_id
FROM pushes AS p
LEFT JOIN records AS r ON r.request_id = p.request_id
WHERE p.error_code IS NULL AND r.request_id IS NULL
ORDER BY p.pushed_at DESC
