import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { at } from "../lib/paths.mjs";
import { run, step } from "../lib/run.mjs";

/**
 * `npm ci`, when the lock file is not the one that is installed.
 * @param {string} [folder] with the lock file
 */
export async function installNodeModules(folder = at()) {
  const stampFile = join(folder, "node_modules/.warifu-stamp");
  const lock = createHash("sha256")
    .update(readFileSync(join(folder, "package-lock.json")))
    .digest("hex");
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === lock) return;
  await step("Installing npm packages (about 20 s)", () =>
    // Errors only: some packages want the Node 22 that this very command brings.
    run("npm", ["ci", "--loglevel=error"], {
      cwd: folder,
      hint: "Check that the npm registry can be reached, then try again.",
    }),
  );
  writeFileSync(stampFile, lock);
}
