-- Refused keys by reason and caller, with the addresses that they were pushed from.
SELECT
  r.reason, r.host, r.os_user, r.caller, p.source_address,
  COUNT(DISTINCT r.request_id) AS pushes, MAX(r.recorded_at) AS last_at
FROM records AS r
LEFT JOIN pushes AS p ON p.request_id = r.request_id
WHERE r.event = 'key-refused'
GROUP BY r.reason, r.host, r.os_user, r.caller, p.source_address
ORDER BY pushes DESC, last_at DESC
