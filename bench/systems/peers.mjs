// What the peers have in common: a Worker of one module with a KV namespace, and perhaps a rate limit.
import { randomBytes } from "node:crypto";
import { bundled, oneModule } from "../lib/bundle.mjs";
import { gatewayUrl, makeGateway } from "../lib/gateway.mjs";
import { startWorker } from "../lib/workerd.mjs";

/** The origin that the peers are told to have. */
export const peerOrigin = "http://localhost";

/**
 * @param {string} name of its file in bench/systems/workers/
 * @param {import("./system.mjs").StartOptions} options
 */
export async function startPeer(name, { rateLimit = false, wrap }) {
  const gateway = makeGateway();
  const simple = { limit: 1_000_000, period: /** @type {const} */ (60) };
  const worker = await startWorker({
    options: {
      name,
      modules: oneModule(await bundled(name)),
      compatibilityFlags: ["nodejs_compat"],
      kvNamespaces: { KV: "peer" },
      bindings: {
        GATEWAY: gatewayUrl,
        ORIGIN: peerOrigin,
        SECRET: randomBytes(32).toString("base64"),
      },
      ...(rateLimit ? { ratelimits: { RATE: { namespace_id: "2001", simple } } } : {}),
    },
    outbound: gateway.outbound,
    wrap,
  });
  return { worker, gateway };
}
