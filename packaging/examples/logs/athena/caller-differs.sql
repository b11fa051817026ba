-- Records whose caller is not the identity that CloudTrail has for the same request.
SELECT r.recorded_at, r.event, r.host, r.os_user, r.caller AS recorded_caller, p.caller AS trail_caller, r.request_id
FROM records AS r
JOIN pushes AS p ON p.request_id = r.request_id
WHERE r.caller <> p.caller
ORDER BY r.recorded_at DESC
