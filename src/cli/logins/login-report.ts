/** Logins as one JSON object; docs/logins.md describes it. Names and meanings stay; new names may be added. Pure. */
import type { Login } from "../../logins/login.ts";
import type { ReadResult } from "../../logins/read/read-logins.ts";

type Read = Extract<ReadResult, { kind: "read" }>;

/** Raised if a meaning changes. */
const VERSION = 1;

export interface Head {
  readonly program: string;
  readonly at: Date;
  readonly since: Date;
}

export function asJson({ source, notes }: Read, logins: readonly Login[], { program, at, since }: Head): string {
  const report = {
    format: "eic-agent logins",
    version: VERSION,
    program: { version: program },
    at: at.toISOString(),
    since: since.toISOString(),
    source: {
      kind: source.kind,
      files: source.kind === "files" ? source.files : [],
      forgeable: source.kind === "files",
    },
    notes,
    logins: logins.map(loginReport),
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

function loginReport({ at, user, from, method, key, by, pushes, uncertainties, state, pid, session }: Login): object {
  return {
    at: time(at),
    user,
    by,
    certain: uncertainties.length === 0,
    uncertainties,
    pushes: pushes.map(({ caller, requestId, expires }) => ({
      caller: caller ?? null,
      requestId: requestId ?? null,
      expires: time(expires),
    })),
    address: from?.address ?? null,
    port: from?.port ?? null,
    method: method ?? null,
    key: key === undefined ? null : { type: key.type ?? null, fingerprint: key.fingerprint ?? null },
    state: state.kind === "no-login" && state.pending ? "no-login-yet" : state.kind,
    endedAt: state.kind === "ended" ? time(state.at) : null,
    seconds: state.kind === "ended" || state.kind === "in-session" ? (state.seconds ?? null) : null,
    pid: pid ?? null,
    session: session ?? null,
  };
}

const time = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());
