// The QR code of an app's entry as zbar, ZXing and OpenCV read it off the whole page on a screen of
// 1×, with the shortest and the longest names. jsQR looks at the same in tests/enrollment-qr.test.mjs.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { at, paths } from "../../scripts/lib/paths.mjs";
import { capture } from "../../scripts/lib/run.mjs";
import { client } from "../support/api.mjs";
import { startBrowser } from "../support/bench.mjs";
import { withPage } from "../support/browser.mjs";
import { registerCardholder } from "../support/demo.mjs";
import { createSession } from "../support/enrollment.mjs";
import { choose } from "../support/enrollment-pages.mjs";
import { entryNames } from "../support/entry-names.mjs";
import { schemes } from "../support/layout.mjs";
import { startWorker } from "../support/worker.mjs";

/** How many secrets each pair of names is drawn with. */
const secrets = 3;

const worker = await startWorker();
after(() => worker.stop());
const api = client(worker.origin);
const browser = await startBrowser();
const folder = mkdtempSync(join(tmpdir(), "warifu-qr-"));
after(() => rmSync(folder, { recursive: true }));

for (const [which, vars] of Object.entries(entryNames)) {
  test(`with ${which} names every reader reads the code off the page`, async () => {
    await worker.restart(vars);
    /** @type {Map<string, string>} the address by the picture of the page */
    const shown = new Map();
    for (let n = 0; n < secrets; n++) {
      for (const lang of /** @type {const} */ (["ja", "en"])) {
        await withPage(browser, { deviceScaleFactor: 1 }, async (page) => {
          const { id } = await registerCardholder(api);
          await page.goto((await createSession(api, { id }, { locale: lang })).url);
          await choose(page, "app", lang);
          const uri = await page.locator('a[href^="otpauth:"]').getAttribute("href");
          for (const [scheme, media] of Object.entries(schemes)) {
            await page.emulateMedia(media);
            for (const width of [500, 1280]) {
              await page.setViewportSize({ width, height: 800 });
              const path = join(folder, `${lang}-${n}-${scheme}-${width}.png`);
              await page.screenshot({ path, fullPage: true });
              shown.set(path, uri ?? "");
            }
          }
        });
      }
    }
    const python = join(paths.python, "bin/python");
    const pictures = [...shown.keys()];
    const output = capture(python, [at("tests/wide/read_qr.py"), ...pictures]);
    assert.ok(output, "read_qr.py failed");
    const read = JSON.parse(output);
    for (const [path, uri] of shown) {
      const zbar = capture("zbarimg", ["--quiet", "--raw", "--nodbus", "-Sbinary", path]);
      const readers = Object.entries({ zbar, ZXing: null, OpenCV: null, ...read[path] });
      const failed = readers.filter(([, text]) => text !== uri).map(([name]) => name);
      assert.deepEqual(failed, [], `${path}: ${uri}`);
    }
  });
}
