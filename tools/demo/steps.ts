/** The path of a key through service and agent, step by step: pushed and verified, then four attempts that must fail. */
import type { Answer } from "./agent.ts";
import { makeKey, type PublicKey } from "./key.ts";
import { paper } from "./output.ts";
import { pushWithSdk } from "./push.ts";
import type { Service } from "./service.ts";

const DOCUMENT = "/latest/meta-data/managed-ssh-keys/active-keys/alice/";

export async function keyLifecycle(service: Service, folder: string): Promise<void> {
  const { simulator } = service;

  paper.step("alice makes a key pair and offers it, but has not pushed it", "sshd asks the agent:");
  const key = await makeKey(folder);
  paper.command(key.command);
  await silent(service, "alice", key, "no key is pushed for alice: an answer, and a silent one");

  paper.step("alice pushes the public half with AWS's SDK for JavaScript, and sshd asks again");
  const requestId = await pushWithSdk(simulator, "alice", key.line);
  const pushed = simulator.pushes().find((one) => one.requestId === requestId);
  paper.fact("SDK", `SendSSHPublicKey to ${simulator.apiEndpoint}`, `Success, request ${requestId}`);
  paper.fact("pushed", `${pushed?.fingerprint}, until ${pushed?.expires.toISOString()}`);
  paper.expect(pushed?.fingerprint === key.fingerprint, "a signed request, checked and taken as by AWS");
  const answer = await service.ask("alice", key.fingerprint);
  tell(answer);
  paper.expect(
    answer.status === 0 && answer.stdout === `${key.line}\n` && means(answer, "accepted"),
    "certificates, revocation, signature, instance and time hold: sshd gets the key, and nothing but the key",
  );

  paper.step("An attacker changes the served document, to extend the key's life by half a minute");
  simulator.override(DOCUMENT, (document) =>
    Buffer.from(document.toString().replace(/^#Timestamp=(\d+)$/m, (_, end) => `#Timestamp=${Number(end) + 30}`)),
  );
  await refused(service, "alice", key, "bad-signature", "one changed line, and the signature does not hold");
  simulator.override(DOCUMENT);

  paper.step(
    "A key line comes, properly signed, with an option before the key",
    "sshd would obey it: here it would run a command as carol at each login.",
  );
  const smuggled = `command="touch /tmp/owned" ${key.line}`;
  simulator.push({ raw: true, user: "carol", keyLine: smuggled });
  paper.fact("pushed", smuggled);
  await refused(service, "carol", key, "key-options", "a line with options is refused whole");

  paper.step("dave has pushed the same key, but for another machine");
  simulator.push({ user: "dave", publicKey: key.line, instance: "i-0fedcba9876543210" });
  paper.fact("pushed", "for i-0fedcba9876543210");
  await refused(service, "dave", key, "wrong-instance", "a proven key, but not for this machine");

  paper.step("The key is offered for a user without a pushed key");
  await silent(service, "bob", key, "a key that is pushed for alice is not accepted for bob");
}

async function silent(service: Service, user: string, key: PublicKey, what: string): Promise<void> {
  const answer = await service.ask(user, key.fingerprint);
  tell(answer);
  paper.expect(answer.status === 0 && answer.stdout === "" && means(answer, "no key is pushed"), what);
}

async function refused(service: Service, user: string, key: PublicKey, reason: string, what: string): Promise<void> {
  const answer = await service.ask(user, key.fingerprint);
  tell(answer, false);
  paper.expect(answer.status === 0 && answer.stdout === "" && means(answer, `(${reason})`), what);
}

/** Checks whether the output on a terminal contains `words`; true if it could not be captured. */
const means = ({ said }: Answer, words: string): boolean => said.length === 0 || said.join("\n").includes(words);

function tell({ command, asked, stdout, status, said }: Awaited<ReturnType<Service["ask"]>>, requests = true): void {
  paper.command(command);
  if (requests) paper.fact("asked", ...asked);
  paper.fact("says", ...said.map((line) => line.replace(/^eic-agent: /, "")));
  paper.fact("prints", `${stdout === "" ? "nothing" : stdout.trim()}   (exit status ${status})`);
}
