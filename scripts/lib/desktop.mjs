// Opening a page in the browser of whoever sits before this machine.
import { spawn } from "node:child_process";

/**
 * Whether a page that opens by itself is seen and no surprise: somebody started this in a terminal of
 * a desktop session on this machine. `BROWSER=none` says no.
 * @param {NodeJS.ProcessEnv} env
 * @param {boolean} isTerminal whether standard output is one
 */
export const hasDesktop = (env, isTerminal) =>
  isTerminal &&
  Boolean(env.DISPLAY || env.WAYLAND_DISPLAY) &&
  !env.CI &&
  !env.SSH_CONNECTION &&
  env.BROWSER !== "none";

/**
 * Opens a page by the desktop's own program. Where that is missing, nothing opens: the address has
 * been printed.
 * @param {string} address
 */
export function openPage(address) {
  const opener = spawn("xdg-open", [address], { stdio: "ignore", detached: true });
  opener.on("error", () => {});
  opener.unref();
}
