/** The process that worst.ts starts: judges each input several times, and prints the shortest time of each. */
import { COSTLY } from "../test/support/costly/inputs.ts";
import { judging } from "../test/support/costly/judging.ts";

const RUNS = 5;

const rows = COSTLY.map(({ name, request, evidence }) => {
  const times = Array.from({ length: RUNS }, () => {
    // Created anew, so that no part of it has been parsed before.
    const given = evidence();
    const before = process.cpuUsage();
    judging(request, given);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return { name, milliseconds: Math.min(...times) };
});
process.stdout.write(JSON.stringify(rows));
