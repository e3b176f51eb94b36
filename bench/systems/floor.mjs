// The floor: a Worker that does the operations of Warifu's flow on its bindings, and nothing else. What
// Warifu takes beyond it is its own.
import { readFileSync } from "node:fs";
import { at } from "../../scripts/lib/paths.mjs";
import { oneModule } from "../lib/bundle.mjs";
import { gatewayUrl, makeGateway } from "../lib/gateway.mjs";
import { send } from "../lib/http.mjs";
import { startWorker } from "../lib/workerd.mjs";
import { CODE } from "./system.mjs";

const rate = {
  namespace_id: "2001",
  simple: { limit: 1_000_000, period: /** @type {const} */ (60) },
};
const kept = { className: "Kept", useSQLite: true };

/**
 * @param {import("./system.mjs").StartOptions} [options]
 * @returns {Promise<import("./system.mjs").System>}
 */
export async function start({ name, events = true, wrap } = {}) {
  const gateway = makeGateway();
  const queue = { queueName: "events", maxBatchSize: 2, maxBatchTimeout: 0 };
  const worker = await startWorker({
    options: {
      name: "floor",
      modules: oneModule(readFileSync(at("bench/systems/workers/floor.mjs"), "utf8")),
      kvNamespaces: { WARIFU: "floor" },
      durableObjects: { CARDHOLDERS: kept, DESTINATIONS: kept, MERCHANTS: kept },
      ratelimits: { MERCHANT_RATE: rate, FORM_RATE: { ...rate, namespace_id: "2002" } },
      bindings: { GATEWAY: gatewayUrl },
      ...(events ? { queueProducers: { EVENTS: queue }, queueConsumers: { events: queue } } : {}),
    },
    outbound: gateway.outbound,
    wrap,
  });
  /** @param {string} step @param {string} who */
  const ask = async (step, who) => {
    const { status } = await send(worker.origin, "POST", `/${step}/${who}`);
    if (status >= 300) throw new Error(`${step}: ${status}`);
  };
  await ask("merchant", "shop");
  let cardholders = 0;
  return {
    name: name ?? (events ? "floor" : "floor without events"),
    worker,
    steps: ["create", "show", CODE, "verify", "redeem"],
    health: "/healthz",
    async newcomer() {
      const id = `holder-${++cardholders}`;
      await ask("register", id);
      return id;
    },
    async begin(who) {
      const code = gateway.nextCode(`${who}@mail.jp`);
      return {
        run: {
          create: () => ask("create", who),
          show: () => ask("show", who),
          [CODE]: async () => void (await code()),
          verify: () => ask("verify", who),
          redeem: () => ask("redeem", who),
        },
        code,
        // It compares nothing.
        submit: async () => ({ outcome: "right", redeem: async () => true }),
      };
    },
  };
}
