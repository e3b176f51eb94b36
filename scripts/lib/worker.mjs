// A Worker on this machine: `wrangler dev` with the settings that keep it quiet, offline, and apart
// from any other one that runs at the same time.
import { join } from "node:path";
import { at, paths } from "./paths.mjs";
import { freePort, startServer } from "./server.mjs";
import { toolEnv } from "./toolchain.mjs";

export { freePort };

/**
 * @typedef {object} WorkerOptions
 * @property {number} port
 * @property {string} persist the folder its state is kept in
 * @property {Record<string, string>} [vars] over those of wrangler.toml
 * @property {boolean} [rebuild] build on each edit, and print what it prints
 */

/**
 * Starts the Worker and waits until it answers.
 * @param {WorkerOptions} options
 */
export function startWorker({ port, persist, vars = {}, rebuild = false }) {
  return startServer({
    name: "Worker",
    port,
    ready: "/healthz",
    echo: rebuild,
    args: [
      at("node_modules/wrangler/bin/wrangler.js"),
      ...["dev", "--env", "development"],
      ...["--port", String(port), "--inspector-port", "0"],
      ...["--persist-to", persist],
      "--show-interactive-dev-session=false",
      ...Object.entries(vars).flatMap(([name, value]) => ["--var", `${name}:${value}`]),
    ],
    env: {
      ...toolEnv(),
      ...(rebuild ? {} : { WARIFU_BUILT: "1" }),
      CI: "1",
      WRANGLER_SEND_METRICS: "false",
      // wrangler's own store of what each request did would keep addresses with client secrets.
      X_LOCAL_OBSERVABILITY: "false",
      WRANGLER_HIDE_BANNER: "true",
      WRANGLER_LOG: process.env.WRANGLER_LOG ?? "warn",
      WRANGLER_LOG_PATH: paths.logs,
      // Workers of one name find each other in this folder; two at once must not.
      WRANGLER_REGISTRY_PATH: join(persist, "registry"),
      // No look-up of what the edge knows about a request: there is no edge here.
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
    },
  });
}
