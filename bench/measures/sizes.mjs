// What a cardholder's browser loads of Warifu beside the shop's own page, until the form is enhanced, in
// Chromium; and beside it what seven widgets of others weigh by the files that they ship.
import { brotliCompressSync, gzipSync } from "node:zlib";
import { startChromium } from "../lib/devtools.mjs";
import { startEdge } from "../lib/edge.mjs";
import { startMerchants } from "../lib/merchant.mjs";
import { gather } from "../lib/statistics.mjs";
import { visit } from "../lib/visit.mjs";
import { warifu } from "../pages/systems.mjs";
import { widgets } from "../pages/widgets.mjs";

/** @type {import("../measure.mjs").Measure} */
export async function measure(context) {
  const { add, rows } = gather("sizes");
  /** @param {string} system @param {Buffer[]} files */
  const note = (system, files) => {
    /** @param {(file: Buffer) => number} size */
    const sum = (size) => files.reduce((all, file) => all + size(file), 0);
    const gzip = sum((file) => gzipSync(file, { level: 9 }).length);
    const brotli = sum((file) => brotliCompressSync(file).length);
    add({ system }, "gzip", "bytes", gzip);
    add({ system }, "brotli", "bytes", brotli);
    add({ system }, "loaded", "requests", files.length);
  };
  const shop = await startEdge("127.0.0.1");
  const merchants = await startMerchants(context, shop.origin);
  const chromium = await startChromium();
  for (const [n, merchant] of merchants.entries()) {
    const [{ name, marks, page }] = warifu(merchant);
    await visit(chromium, shop.serve(`/${n}`, await page()), marks);
    const files = merchant.sent.map(({ body }) => body);
    note(name, files);
  }
  await chromium.close();
  for (const { stop } of [shop, ...merchants]) await stop();
  for (const { name, files } of widgets) note(name, await files());
  return rows();
}
