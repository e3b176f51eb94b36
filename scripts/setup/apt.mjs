// Debian's packages: used when there is no more usual way, and only as root (never sudo: a set-up
// should not ask for a password half way through).
import { capture, run } from "../lib/run.mjs";

export const canApt = () =>
  process.getuid?.() === 0 && capture("apt-get", ["--version"]) !== undefined;

/** Whether the lists that were last fetched have a package. @param {string} name */
export const aptHas = (name) =>
  (capture("apt-cache", ["show", "--no-all-versions", name]) ?? "") !== "";

/** @param {string[]} packages */
export async function aptInstall(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["update", "-qq"], { env });
  await run("apt-get", ["install", "-qq", "-y", "--no-install-recommends", ...packages], { env });
}
