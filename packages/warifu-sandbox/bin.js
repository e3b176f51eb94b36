#!/usr/bin/env node
// npx warifu-sandbox: the whole of Warifu in test mode on this machine, until Ctrl-C.
import { readOptions } from "./lib/options.js";
import { register } from "./lib/register.js";
import { makeSecrets } from "./lib/secrets.js";
import { openState } from "./lib/state.js";
import { Failure, ready, usage, version } from "./lib/words.js";

try {
  await run(readOptions(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Failure ? `✘ ${error.message}` : error);
  process.exit(1);
}

/** @param {import("./lib/options.js").Options} options */
async function run(options) {
  if (options.help) return console.log(usage);
  if (options.version) return console.log(version);
  if (options.secrets) return console.log(JSON.stringify(makeSecrets()));

  // Miniflare ends workerd when this process exits, however it comes to that.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(0));
  const since = performance.now();
  const state = openState(options.state);
  // It takes a second to load.
  const { startWorker } = await import("./lib/runtime.js");
  const issuer = await startWorker(state, options);
  const merchant = await register(issuer, state, options);
  const seconds = (performance.now() - since) / 1000;
  console.log(ready({ ...merchant, issuer, state: state.folder, seconds }));
}
