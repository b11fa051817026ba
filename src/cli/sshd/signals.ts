/**
 * Records Ctrl-C and SIGTERM while sshd is being changed, so that the change can be rolled back instead of the process
 * ending.
 */

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
