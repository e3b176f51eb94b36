// The constant: a Worker that answers the same to every request of a flow. What it takes is the
// client's, workerd's and Miniflare's.
import { readFileSync } from "node:fs";
import { at } from "../../scripts/lib/paths.mjs";
import { oneModule } from "../lib/bundle.mjs";
import { expectStatus, send } from "../lib/http.mjs";
import { startWorker } from "../lib/workerd.mjs";

/**
 * @param {import("./system.mjs").StartOptions} [options]
 * @returns {Promise<import("./system.mjs").System>}
 */
export async function start({ name = "constant", wrap } = {}) {
  const text = readFileSync(at("bench/systems/workers/constant.mjs"), "utf8");
  const worker = await startWorker({
    options: { name: "constant", modules: oneModule(text) },
    wrap,
  });
  const steps = ["create", "show", "verify", "redeem"];
  /** @param {string} step */
  const ask = (step) => async () =>
    void expectStatus(await send(worker.origin, "POST", `/${step}`));
  return {
    name,
    worker,
    steps,
    health: "/healthz",
    newcomer: async () => "",
    begin: async () => ({
      run: Object.fromEntries(steps.map((step) => [step, ask(step)])),
      code: async () => "",
      submit: async () => ({ outcome: "right", redeem: async () => true }),
    }),
  };
}
