-- Each key that sshd was given, with the push behind it. sshd asks twice for the key of a login: one row for both.
SELECT
  MIN(r.recorded_at) AS recorded_at, r.host, r.os_user, r.fingerprint, r.caller,
  p.pushed_at, p.source_address, p.user_agent, p.instance_id, r.request_id
FROM records AS r
JOIN pushes AS p ON p.request_id = r.request_id
WHERE r.event = 'key-offered-to-sshd'
GROUP BY
  r.host, r.os_user, r.fingerprint, r.caller, p.pushed_at, p.source_address, p.user_agent, p.instance_id, r.request_id
ORDER BY recorded_at DESC
