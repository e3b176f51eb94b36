import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { at } from "../lib/paths.mjs";
import { run, step } from "../lib/run.mjs";

const stampFile = at("node_modules/.warifu-stamp");

/** `npm ci`, when the lock file is not the one that is installed. */
export async function installNodeModules() {
  const lock = createHash("sha256")
    .update(readFileSync(at("package-lock.json")))
    .digest("hex");
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === lock) return;
  await step("Installing npm packages (about 20 s)", () =>
    // Errors only: some packages want the Node 22 that this very command brings.
    run("npm", ["ci", "--loglevel=error"], {
      cwd: at(),
      hint: "Check that the npm registry can be reached, then try again.",
    }),
  );
  writeFileSync(stampFile, lock);
}
