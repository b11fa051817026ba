/** The two views of packaging/examples/logs/athena/tables.sql as tables in SQLite, filled with real records. */
import { DatabaseSync } from "node:sqlite";

/** One line that a shipper sends: the agent's fields, and the host. */
export interface Shipped {
  readonly event: string;
  readonly host?: string;
  readonly caller?: string;
  readonly fingerprint?: string;
  readonly request_id?: string;
  readonly [field: string]: unknown;
}

/** The fields of a CloudTrail record that the view reads. */
export interface CloudTrailRecord {
  readonly eventSource: string;
  readonly eventName: string;
  readonly eventTime: string;
  readonly requestID: string;
  readonly userIdentity: { readonly arn: string } | null;
  readonly sourceIPAddress: string;
  readonly userAgent: string;
  readonly requestParameters: { readonly instanceId?: string; readonly instanceOSUser?: string } | null;
  readonly errorCode?: string | null;
}

type Row = Readonly<Record<string, unknown>>;

const RECORDS = [
  "recorded_at",
  "event",
  "host",
  "os_user",
  "fingerprint",
  "reason",
  "caller",
  "request_id",
  "would_refuse",
];
const PUSHES = [
  ...["request_id", "pushed_at", "caller", "source_address", "user_agent", "instance_id", "os_user", "error_code"],
];

/** Runs a query on the two tables. @returns its rows */
export function queried(sql: string, records: readonly Shipped[], trail: readonly CloudTrailRecord[]): Row[] {
  const database = new DatabaseSync(":memory:");
  try {
    const fill = (table: string, columns: readonly string[], rows: readonly Row[]) => {
      database.exec(`CREATE TABLE ${table} (${columns.join(", ")})`);
      const insert = database.prepare(`INSERT INTO ${table} VALUES (${columns.map(() => "?").join(", ")})`);
      for (const row of rows) insert.run(...columns.map((column) => textOf(row[column])));
    };
    fill(
      "records",
      RECORDS,
      records.map((one) => ({ ...one, recorded_at: one.time, os_user: one.user })),
    );
    fill("pushes", PUSHES, trail.filter(isPush).map(pushOf));
    return database
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }));
  } finally {
    database.close();
  }
}

const isPush = ({ eventSource, eventName }: CloudTrailRecord): boolean =>
  eventSource === "ec2-instance-connect.amazonaws.com" && eventName === "SendSSHPublicKey";

const pushOf = (one: CloudTrailRecord): Row => ({
  ...{ request_id: one.requestID, pushed_at: one.eventTime, caller: one.userIdentity?.arn },
  ...{ source_address: one.sourceIPAddress, user_agent: one.userAgent, error_code: one.errorCode },
  ...{ instance_id: one.requestParameters?.instanceId, os_user: one.requestParameters?.instanceOSUser },
});

/** Every column of both views is a string. */
const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);
