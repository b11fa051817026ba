/** Hosts on which systemd does not run our units, or limits what the service can reach. */
import { chmodSync, copyFileSync, mkdirSync, rmSync } from "node:fs";
import { type Broken, failed, NOT_APPLICABLE, ok, warning } from "./expected.ts";
import { systemd, withoutSystemd } from "./fake-systemd.ts";
import { SETTINGS } from "./healthy-host.ts";
import {
  anotherListener,
  at,
  away,
  back,
  INSTEAD,
  message,
  NO_SOCKET,
  removeSlots,
  slotsBack,
} from "./service-parts.ts";

const LISTENS = { socket: ok(/eic-agent\.socket listens$/) };
const REACHES = { "service-sandbox": ok(/169\.254\.169\.254/) };

export const BROKEN_UNITS: readonly Broken[] = [
  {
    title: "nothing, under systemd",
    break: (host) => systemd(host.namespace),
    mend: withoutSystemd,
    told: { ...LISTENS, ...REACHES },
  },
  {
    title: "a socket that is not enabled",
    break: (host) => systemd(host.namespace, { socket: { UnitFileState: "disabled" } }),
    mend: withoutSystemd,
    told: {
      socket: warning(/it listens, but eic-agent\.socket is disabled/, /^systemctl enable eic-agent\.socket$/),
      ...REACHES,
    },
  },
  {
    title: "a socket whose unit has changed",
    break: (host) => systemd(host.namespace, { socket: { NeedDaemonReload: "yes" } }),
    mend: withoutSystemd,
    told: { socket: warning(/has changed since systemd read it/, /daemon-reload/), ...REACHES },
  },
  ...[
    {
      state: { ActiveState: "inactive" },
      title: "stopped",
      names: /eic-agent\.socket is inactive/,
      hint: /enable --now/,
    },
    {
      ...{ state: { ActiveState: "failed", Result: "resources" }, title: "failed" },
      ...{ names: /has failed \(resources\)/, hint: /^systemctl restart eic-agent\.socket$/ },
    },
    {
      ...{ state: { LoadState: "masked", ActiveState: "inactive" }, title: "masked" },
      ...{ names: /eic-agent\.socket is masked/, hint: /unmask eic-agent\.socket && / },
    },
    {
      state: { LoadState: "masked", UnitFileState: "masked-runtime", ActiveState: "inactive" },
      title: "masked until the next start",
      names: /eic-agent\.socket is masked/,
      hint: /unmask --runtime eic-agent\.socket && /,
    },
    {
      ...{ state: { LoadState: "not-found", ActiveState: "inactive" }, title: "not installed" },
      ...{ names: /there is no eic-agent\.socket/, hint: /install the package/ },
    },
  ].map(
    ({ state, title, names, hint }): Broken => ({
      title: `a socket that is ${title}, by systemd`,
      break: (host) => systemd(host.namespace, { socket: state }),
      mend: withoutSystemd,
      told: { socket: warning(message(names, INSTEAD), hint), service: NO_SOCKET, ...REACHES },
    }),
  ),
  // systemd stops a socket that is listening, and does not start a stopped socket.
  ...[
    { state: "failed", message: /has failed, because eic-agent\.service is masked/ },
    { state: "inactive", message: /is inactive, because eic-agent\.service is masked/ },
  ].map(
    ({ state, message }): Broken => ({
      title: `a socket that is ${state} because its service is masked`,
      break: (host) => systemd(host.namespace, { socket: { ActiveState: state }, service: { LoadState: "masked" } }),
      mend: withoutSystemd,
      told: { socket: warning(message, /unmask eic-agent\.service && systemctl restart/), service: NO_SOCKET },
    }),
  ),
  {
    title: "a socket that was removed under systemd, and no slots",
    break: async (host) => {
      await systemd(host.namespace);
      away(host);
      removeSlots(host, "0", "1", "2", "3");
    },
    mend: async (host) => {
      back(host);
      slotsBack(host);
      await withoutSystemd(host);
    },
    told: {
      slots: failed(/^there is none: no login/),
      socket: failed(/authorized-keys\.sock is not there: and without a slot no login/),
      service: NO_SOCKET,
      ...REACHES,
    },
  },
  ...[
    { title: "masked", state: "masked", hint: /unmask eic-agent\.service && / },
    { title: "masked until the next start", state: "masked-runtime", hint: /unmask --runtime eic-agent\.service && / },
  ].map(
    ({ title, state, hint }): Broken => ({
      title: `a service that is ${title}`,
      break: async (host) => {
        await systemd(host.namespace, { service: { LoadState: "masked", UnitFileState: state } });
        await anotherListener(host, undefined);
      },
      mend: async (host) => {
        back(host);
        await withoutSystemd(host);
      },
      told: { ...LISTENS, service: warning(message(/eic-agent\.service is masked/, INSTEAD), hint) },
    }),
  ),
  {
    title: "an endpoint that the unit does not let the service reach",
    break: async (host) => {
      await systemd(host.namespace, { service: { IPAddressAllow: "192.0.2.0/28 fd00:ec2::254/128" } });
      host.namespace.write(SETTINGS, `[metadata]\nendpoint = "http://169.254.169.254"\n${host.settings}`);
    },
    mend: withoutSystemd,
    told: {
      ...LISTENS,
      "metadata-ipv6": NOT_APPLICABLE,
      "service-sandbox": {
        ...failed(/does not let it reach 169\.254\.169\.254, which is the address in the settings/),
        hint: /IPAddressAllow=169\.254\.169\.254\\n' >\S*eic-agent\.service\.d\/endpoint\.conf/,
      },
    },
  },
  {
    title: "a drop-in for all services that gives each a private network",
    break: async ({ namespace }) => {
      const file = "/etc/systemd/system/service.d/10-hardening.conf";
      namespace.write(file, "[Service]\nPrivateNetwork=yes\n");
      await systemd(namespace, { service: { PrivateNetwork: "yes", DropInPaths: file } });
    },
    mend: async (host) => {
      rmSync(at(host, "/etc/systemd/system/service.d"), { recursive: true });
      await withoutSystemd(host);
    },
    told: {
      ...LISTENS,
      "service-sandbox": {
        ...failed(/PrivateNetwork=yes .*\(\/etc\/systemd\/system\/service\.d\/10-hardening\.conf\)/),
        hint: /PrivateNetwork=no\\n' >\S*eic-agent\.service\.d\/zz-eic-agent\.conf/,
      },
    },
  },
  {
    title: "one of two addresses that the unit does not let the service reach",
    break: (host) => systemd(host.namespace, { service: { IPAddressAllow: "169.254.169.254/32" } }),
    mend: withoutSystemd,
    told: { ...LISTENS, "service-sandbox": warning(/does not let it reach fd00:ec2::254$/) },
  },
  {
    title: "anchors that are hidden from the service",
    break: async (host) => {
      await systemd(host.namespace);
      mkdirSync(at(host, "/root/pki"), { recursive: true });
      copyFileSync(at(host, "/run/eic/anchors.pem"), at(host, "/root/pki/anchors.pem"));
      chmodSync(at(host, "/root"), 0o755);
      host.namespace.write(SETTINGS, host.settings.replace("/run/eic/anchors.pem", "/root/pki/anchors.pem"));
    },
    mend: async (host) => {
      rmSync(at(host, "/root/pki"), { recursive: true });
      chmodSync(at(host, "/root"), 0o700);
      await withoutSystemd(host);
    },
    told: {
      ...LISTENS,
      anchors: ok(/with \/root\/pki\/anchors\.pem/),
      "service-sandbox": failed(/\/root\/pki\/anchors\.pem, which the settings name, is hidden from the service/),
    },
  },
];
