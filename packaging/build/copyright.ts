/** The copyright file (DEP-5): copyright holders and licences, generated from the actual contents of the package. */
import { readFileSync } from "node:fs";
import { type Inside, nodeLicence } from "./bundled-packages.ts";
import { nodeLock } from "./pinned-node.ts";
import type { Linked } from "./relay-licences.ts";

/**
 * https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
 * @param linked libraries linked into the relay of the package's processor
 */
export function copyrightFile(packages: readonly Inside[], linked: readonly Linked[]): string {
  const { version } = nodeLock();
  const paragraphs = [
    [
      "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/",
      "Upstream-Name: eic-agent",
      "Comment: /usr/bin/eic-agent is one file with Node.js, the program and the npm packages named below in it, and",
      " /usr/libexec/eic-agent has src/relay/authorized-keys.c and src/relay/trial.c, with the libraries named at the end linked",
      " into them. This list is made from what the build has really put into them. Paths are those of the sources after",
      " npm ci; those of the libraries, of the files that the linker took.",
    ],
    ["Files: *", "Copyright: the authors of eic-agent", ...licence("Apache-2.0", readFileSync("LICENSE", "utf8"))],
    [
      "Files: node_modules/node-linux-*/*",
      "Copyright: Node.js contributors and others, as the text says",
      `Comment: Node.js ${version} with all that is inside it`,
      ...licence("Node.js", nodeLicence()),
    ],
    ...packages.map(({ name, version: its, licence: id, folders, texts, author, bundles }) => {
      const whole = texts.map(({ text }) => text.trim()).join("\n\n");
      return [
        `Files: ${folders.map((folder) => `${folder}/*`).join("\n ")}`,
        `Copyright: ${holders(whole, author).join("\n ")}`,
        `Comment: ${name} ${its}, in ${bundles.join(", ")}`,
        ...licence(id, whole),
      ];
    }),
    ...linked.map(({ name, version: its, build, licence: id, files, author, texts }) => [
      `Files: ${files.join(" ")}`,
      `Copyright: ${author}`,
      `Comment: ${name} ${its} (${build}), linked statically into the programs in /usr/libexec/eic-agent. Its source is`,
      " that build's own source package. To link another one: npm run build:relay, in the sources of eic-agent.",
      ...licence(id, texts.map(({ text }) => text.trim()).join("\n\n")),
    ]),
  ];
  return `${paragraphs.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

/** Formats a field of several lines: each line begins with a space, and an empty line becomes a full stop. */
function licence(name: string, text: string): string[] {
  const lines = text.replaceAll("\r", "").trimEnd().split("\n");
  return [`License: ${name}`, ...lines.map((line) => (line.trim() === "" ? " ." : ` ${line.trimEnd()}`))];
}

/** `Copyright (c) 2020 Somebody` and the like. Apache's licence has such a line with brackets as a template. */
const HOLDER = /^(?:the .* )?copyright (?:\(c\) |© ?|(?=\d|[A-Z]))(?<holder>[^[]+)$/i;
const NO_HOLDER = /^copyright (?:owner|notice|license|statement)/i;

/** Returns the copyright holders from the licence. If a line has only a year, `author` is added. */
function holders(text: string, author: string | undefined): string[] {
  const found = text.split("\n").flatMap((line) => {
    const { holder } = HOLDER.exec(line.trim())?.groups ?? {};
    if (holder === undefined || NO_HOLDER.test(line.trim())) return [];
    return [/[a-z]/i.test(holder) ? holder : `${holder} ${author ?? ""}`.trim()];
  });
  return found.length > 0 ? found : [author ?? "as the text says"];
}

/** Returns the licences of the whole contents, as an SPDX expression for a spec file. */
export function licenceExpression(packages: readonly Inside[], linked: readonly Linked[]): string {
  const alone = linked.flatMap(({ licence: id }) => id.split(" AND "));
  const ids = new Set(
    [...packages.map(({ licence: id }) => id), ...alone].map((id) => (id.includes(" ") ? `(${id})` : id)),
  );
  ids.delete("Apache-2.0");
  return ["Apache-2.0", ...[...ids].sort(), "LicenseRef-Node.js"].join(" AND ");
}
