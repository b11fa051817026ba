/** Every listening sshd, and which of them asks eic-agent: no other check sees an sshd with separate files. Pure. */

import { sshdWords } from "../../cli/sshd/listening-text.ts";
import { present } from "../../present.ts";
import { deaf, type Heard, type Listening } from "../../sshd/inspect/unwired.ts";
import { describeCheck, type Finding } from "../finding.ts";

export function judgeListening({ heard }: { readonly heard: Heard }): Finding {
  const { ok, failed, needsRoot, notApplicable } = describeCheck("sshd-listening");
  const { sshds, isComplete } = heard;
  const [bad] = deaf(heard);
  if (bad !== undefined)
    return failed(
      `${sshdWords(bad)}${others(sshds, bad)}`,
      `logins through it do not accept pushed keys; eic-agent sshd enable changes ${usual(bad)} only: the administrator of that sshd must change its file`,
      present({ pid: bad.pid, file: bad.main }),
    );
  if (!isComplete) return needsRoot("seeing other users' processes");
  const [first] = sshds;
  if (first === undefined) return notApplicable("none listens");
  if (sshds.every(({ scope }) => scope === "unknown")) return notApplicable(sshdWords(first));
  return ok(`${sshdWords(first)}${others(sshds, first)}`, { pid: first.pid });
}

const others = (sshds: readonly Listening[], but: Listening): string =>
  sshds
    .filter((one) => one !== but)
    .map((one) => `; ${sshdWords(one)}`)
    .join("");

const usual = ({ main }: Listening): string =>
  main === "/etc/ssh/sshd_config" ? "the default files" : "/etc/ssh and the files included there";
