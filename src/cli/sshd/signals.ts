/** Ctrl-C and SIGTERM while sshd is being changed: noted, so that what was begun can be taken back, instead of ending us. */

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export function interruptions(): { interrupted: () => boolean; end: () => void } {
  let told = false;
  const note = () => {
    told = true;
  };
  for (const signal of SIGNALS) process.on(signal, note);
  return {
    interrupted: () => told,
    end: () => {
      for (const signal of SIGNALS) process.off(signal, note);
    },
  };
}
