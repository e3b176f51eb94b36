// The cardholder's time, in Chromium as on a phone with slow 4G: from the navigation of the shop's page
// until the input, or what else a person must touch, can be used, and until the form is enhanced.
//
// Each visit has an empty cache and processes of its own. The issuer's frame is of another site, and is
// measured in a process of its own as well as in the page's; the conditions are the same in both. A
// widget in the page is usable once the person can press what starts it, which is its first step; the
// input of a form in a frame is its last.
import { startChromium } from "../lib/devtools.mjs";
import { startEdge } from "../lib/edge.mjs";
import { startMerchants } from "../lib/merchant.mjs";
import { gather } from "../lib/statistics.mjs";
import { slow4G, visit } from "../lib/visit.mjs";
import { peers, warifu } from "../pages/systems.mjs";

/** Visits of each system in a round: a single one is at the mercy of what else the machine does. */
const visits = 3;

/** @type {import("../measure.mjs").Measure} */
export async function measure(context) {
  // Two sites: the shop's pages, and what an issuer or a service serves.
  const shop = await startEdge("127.0.0.1");
  const service = await startEdge("localhost");
  const merchants = await startMerchants(context, shop.origin);
  const systems = [...merchants.flatMap(warifu), ...peers(service)];
  const { add, rows } = gather("browser");
  const chromiums = {
    "one process": await startChromium({ apart: false }),
    "a process each": await startChromium({ apart: true }),
  };
  let count = 0;
  for (let round = 0; round <= context.rounds * visits; round++) {
    for (const { name: system, marks, page } of round % 2 ? systems : systems.toReversed()) {
      for (const [part, chromium] of Object.entries(chromiums)) {
        const url = shop.serve(`/${++count}`, await page());
        const { at, resources } = await visit(chromium, url, marks, slow4G);
        const early = resources.find(({ waited }) => waited < slow4G.latency);
        if (early) throw new Error(`${early.url} came without the latency that is measured`);
        // The first round warms up.
        if (round === 0) continue;
        for (const mark of Object.keys(marks)) add({ system, part }, mark, "ms", at[mark]);
      }
    }
  }
  for (const chromium of Object.values(chromiums)) await chromium.close();
  for (const { stop } of [shop, service, ...merchants]) await stop();
  return rows();
}
