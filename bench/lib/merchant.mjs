// A merchant of a built checkout, whose challenges a browser shows: the Worker on workerd with its
// development settings, behind an edge.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { root } from "../../scripts/lib/paths.mjs";
import { client } from "../../tests/support/api.mjs";
import { createChallenge, registerMerchant } from "../../tests/support/demo.mjs";
import { startWorker } from "../../tests/support/worker.mjs";
import { startEdge } from "./edge.mjs";

/**
 * @typedef {object} Merchant
 * @property {string} name of the build, as the tables have it
 * @property {string} origin where a browser finds the issuer
 * @property {import("./edge.mjs").Edge["sent"]} sent what the issuer has answered browsers
 * @property {() => Promise<string>} create a challenge of a new cardholder: its client secret
 * @property {() => Promise<void>} stop
 */

/**
 * A merchant of this build, and one of the build beside it if there is one that wrangler would upload as
 * this one: builds until November 2026 had no `worker/main.mjs`.
 * @param {{ beside?: string }} context
 * @param {string} shop the origin of their pages
 */
export async function startMerchants({ beside }, shop) {
  const own = await startMerchant("Warifu", root, shop);
  const built = beside && resolve(beside);
  if (!built || !existsSync(join(built, "worker/main.mjs"))) return [own];
  return [own, await startMerchant("Warifu, beside", built, shop)];
}

/**
 * @param {string} name
 * @param {string} built
 * @param {string} shop
 * @returns {Promise<Merchant>}
 */
async function startMerchant(name, built, shop) {
  const worker = await startWorker({ built });
  const { origin, sent, stop } = await startEdge("localhost", worker.origin);
  const api = client(worker.origin);
  const merchant = await registerMerchant(api, { origins: [shop] });
  return {
    name,
    origin,
    sent,
    create: async () => (await createChallenge(api, { merchant })).secret,
    async stop() {
      await stop();
      await worker.stop();
    },
  };
}
