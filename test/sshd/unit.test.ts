/** sshd's start command, read from unit files in systemd's syntax (systemd.unit(5), systemd.syntax(7)). */
import { describe, expect, test } from "vitest";
import { settingWords, sshdUnit, unitWords } from "../../src/sshd/inspect/unit.ts";

const LIB = "/usr/lib/systemd/system";
const ETC = "/etc/systemd/system";
const DEBIAN = "[Service]\nEnvironmentFile=-/etc/default/ssh\nExecStart=/usr/sbin/sshd -D $SSHD_OPTS\n";
/** Override by AWS's package. */
const AWS =
  '[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D -o "AuthorizedKeysCommand /usr/share/ec2-instance-connect/eic_run_authorized_keys %%u %%f" -o "AuthorizedKeysCommandUser ec2-instance-connect" $SSHD_OPTS\n';

function unitIn(files: Readonly<Record<string, string>>) {
  return sshdUnit({
    read: (path) => {
      const text = files[path];
      if (text === undefined) throw new Error(path);
      return text;
    },
    glob: (pattern) => {
      const [before = "", after] = pattern.split("*");
      const fits = (path: string) =>
        after === undefined ? path === pattern : path.startsWith(before) && path.endsWith(after);
      return Object.keys(files).filter(fits).toSorted();
    },
  });
}

describe("sshdUnit", () => {
  test.each([
    { title: "no unit", files: {}, gives: undefined },
    {
      title: "Debian's",
      files: { [`${LIB}/ssh.service`]: DEBIAN },
      gives: { unit: "ssh.service", line: 3, words: ["/usr/sbin/sshd", "-D"] },
    },
    {
      title: "options from the environment file",
      files: { [`${LIB}/ssh.service`]: DEBIAN, "/etc/default/ssh": "# why\nSSHD_OPTS='-o Port=23 -4'\n" },
      gives: { words: ["/usr/sbin/sshd", "-D", "-o", "Port=23", "-4"] },
    },
    {
      title: "EL's name for it",
      files: {
        [`${LIB}/sshd.service`]: "[Service]\nEnvironment=OPTIONS=-4\nExecStart=-/usr/sbin/sshd -D $" + "{OPTIONS}\n",
      },
      gives: { unit: "sshd.service", words: ["/usr/sbin/sshd", "-D", "-4"] },
    },
    {
      title: "an override of ExecStart",
      files: { [`${LIB}/ssh.service`]: DEBIAN, [`${LIB}/ssh.service.d/ec2-instance-connect.conf`]: AWS },
      gives: {
        file: `${LIB}/ssh.service.d/ec2-instance-connect.conf`,
        line: 3,
        words: [
          "/usr/sbin/sshd",
          "-D",
          "-o",
          "AuthorizedKeysCommand /usr/share/ec2-instance-connect/eic_run_authorized_keys %u %f",
          "-o",
          "AuthorizedKeysCommandUser ec2-instance-connect",
        ],
      },
    },
    {
      title: "a drop-in that hides the package's of the same name",
      files: {
        [`${LIB}/ssh.service`]: DEBIAN,
        [`${LIB}/ssh.service.d/ec2-instance-connect.conf`]: AWS,
        [`${ETC}/ssh.service.d/ec2-instance-connect.conf`]: "",
      },
      gives: { file: `${LIB}/ssh.service`, words: ["/usr/sbin/sshd", "-D"] },
    },
    {
      title: "the administrator's unit instead of the package's",
      files: { [`${LIB}/ssh.service`]: DEBIAN, [`${ETC}/ssh.service`]: "[Service]\nExecStart=/opt/sshd -D\n" },
      gives: { file: `${ETC}/ssh.service`, words: ["/opt/sshd", "-D"] },
    },
    {
      title: "a continued line",
      files: { [`${LIB}/ssh.service`]: "[Unit]\nExecStart=/no\n[Service]\nExecStart=/usr/sbin/sshd \\\n# why\n  -D\n" },
      gives: { line: 4, words: ["/usr/sbin/sshd", "-D"] },
    },
    {
      title: "a unit that is masked",
      files: { [`${ETC}/ssh.service`]: "", [`${LIB}/ssh.service`]: DEBIAN },
      gives: undefined,
    },
  ])("$title", ({ files, gives }) => {
    if (gives === undefined) expect(unitIn(files)).toBeUndefined();
    else expect(unitIn(files)).toMatchObject(gives);
  });
});

describe("unitWords", () => {
  test.each([
    { text: "", gives: [] },
    { text: "a  b\tc", gives: ["a", "b", "c"] },
    { text: `"a b" 'c d' e"f"`, gives: ["a b", "c d", "ef"] },
    { text: `"a \\"b\\"" c\\ d`, gives: ['a "b"', "c d"] },
  ])("$text", ({ text, gives }) => {
    expect(unitWords(text)).toEqual(gives);
  });
});

describe("settingWords", () => {
  test.each([
    { words: ["sshd", "-D"], gives: [] },
    { words: ["sshd", "-D", "-oPort=23", "-De", "-f", "/etc/x"], gives: ["-o", "Port=23", "-f", "/etc/x"] },
    { words: ["sshd", "-Df/etc/x", "-u0", "-p", "22"], gives: ["-f", "/etc/x"] },
    { words: ["sshd", "-o"], gives: [] },
  ])("$words", ({ words, gives }) => {
    expect(settingWords(words)).toEqual(gives);
  });
});
