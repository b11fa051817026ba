-- Athena: tables over S3, and the two views that the queries read. The only file here in Athena's own dialect; not run.
-- Replace the two locations. The records: one JSON object a line, as rsyslog, Fluent Bit or Vector ship them.

CREATE EXTERNAL TABLE eic_agent_lines (
  `time` string, `level` string, `event` string, `host` string, `user` string, `fingerprint` string, `reason` string,
  `caller` string, `request_id` string, `expires` string, `seconds_left` bigint, `would_refuse` string, `code` string
)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
LOCATION 's3://EXAMPLE-RECORDS/eic-agent/';

CREATE OR REPLACE VIEW records AS
SELECT "time" AS recorded_at, event, host, "user" AS os_user, fingerprint, reason, caller, request_id, would_refuse
FROM eic_agent_lines;

-- cloudtrail_logs: CloudTrail's own table, as the console creates it for a trail ("Create Athena table").
CREATE OR REPLACE VIEW pushes AS
SELECT
  requestid AS request_id,
  eventtime AS pushed_at,
  useridentity.arn AS caller,
  sourceipaddress AS source_address,
  useragent AS user_agent,
  json_extract_scalar(requestparameters, '$.instanceId') AS instance_id,
  json_extract_scalar(requestparameters, '$.instanceOSUser') AS os_user,
  errorcode AS error_code
FROM cloudtrail_logs
WHERE eventsource = 'ec2-instance-connect.amazonaws.com' AND eventname = 'SendSSHPublicKey';
