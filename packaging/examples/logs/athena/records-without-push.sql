-- Records whose request id CloudTrail does not have. CloudTrail delivers within about a quarter of an hour: wait for it.
SELECT r.recorded_at, r.event, r.host, r.os_user, r.caller, r.fingerprint, r.request_id
FROM records AS r
LEFT JOIN pushes AS p ON p.request_id = r.request_id
WHERE r.request_id IS NOT NULL AND p.request_id IS NULL
ORDER BY r.recorded_at DESC
