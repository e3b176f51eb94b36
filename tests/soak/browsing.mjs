// Flows in Chromium, with the real widget and the real pages: in a merchant's page, at the top of a window
// and in a requestor's frame. What the browser asks and is answered goes into the same books.
import { formFrame, launch, withPage } from "../support/browser.mjs";
import { wrongCode } from "../support/demo.mjs";
import { embeddingPage } from "../support/merchant-page.mjs";
import { framingPage, startRequestor } from "../support/requestor.mjs";
import { acsFrame } from "../support/three-ds-frames.mjs";
import { pause, purchaseOf } from "./client.mjs";
import { chance, derived } from "./random.mjs";
import { listen } from "./listening.mjs";
import { areq } from "./steps/directory.mjs";
import { card, register } from "./steps/issuer.mjs";
import { create, read, redeem } from "./steps/merchant.mjs";

/**
 * @typedef {import("./client.mjs").Context} Context
 * @typedef {import("playwright-core").Page} Page
 * @typedef {import("playwright-core").Frame} Frame
 * @typedef {import("./plan.mjs").Flow} Flow
 * @typedef {import("../support/merchant-page.mjs").MerchantSite} MerchantSite
 */

/** Numbers of these flows, apart from those of the plan. */
const from = 1_000_000;
/** How long a person goes on trying, in milliseconds. */
const perseverance = 60_000;

/** @param {number} seed @param {number} count @returns {Flow[]} */
export const browserFlowsOf = (seed, count) =>
  Array.from({ length: count }, (_, n) => {
    const own = derived(seed, from + n);
    const by = chance(own);
    const kind = by.weighed({ embedded: 4, redirected: 3, requested: 3 });
    const script = kind === "embedded" || by.happens(0.6);
    const channel = by.one(/** @type {const} */ (["email", "sms"]));
    const facts = { n: from + n, seed: own, kind, channel, script, back: false, merchant: n % 4 };
    return {
      ...facts,
      steps: [{ do: "wrong", times: by.weighed({ 0: 5, 1: 3, 2: 1 }) === "0" ? 0 : 1 }],
    };
  });

/** @param {MerchantSite} site of the merchants */
export async function startBrowsing(site) {
  const browser = await launch();
  const requestor = await startRequestor();
  const returned = site.show({ html: "<!doctype html><title>returned</title><p id=returned>" });

  /** Goes through one flow. @param {Context} context */
  async function course(context) {
    const { flow } = context;
    await register(context);
    if (flow.kind === "requested") {
      await card(context);
      const notificationURL = requestor.notificationUrl();
      await areq(context, { notificationURL });
    } else await create(context, { return_url: flow.kind === "redirected" ? returned : undefined });
    const options = { javaScriptEnabled: flow.script };
    await withPage(browser, options, async (page) => {
      listen(context, page);
      await prove(context, () => opened(context, page));
    });
    if (flow.kind !== "requested") await redeem(context, { do: "redeem", key: "a" });
    await read(context);
  }

  /** The form in its place; null if the page did not come. @param {Context} context @param {Page} page @returns {Promise<Page | Frame | null>} */
  async function opened({ flow, world, purchase }, page) {
    await world.up();
    const origin = world.api.origin;
    try {
      if (flow.kind === "embedded") {
        const html = embeddingPage({ worker: origin, secret: purchase?.secret });
        await page.goto(site.show({ html }));
        return await formFrame(page);
      }
      if (flow.kind === "requested") {
        const ares = purchase?.threeDs?.ares;
        const html = framingPage({ acs: origin, ares });
        if (flow.script) {
          await page.goto(requestor.show(html));
          return await acsFrame(page);
        }
        await page.goto(
          requestor.show(html.replace(/<iframe[^]*?<\/iframe>/, "").replace('target="acs"', "")),
        );
        await page.click("#begin");
        await page.waitForSelector("#code");
        return page;
      }
      await page.goto(`${origin}/challenge/${purchase?.secret}`);
      await page.waitForSelector("#warifu");
      return page;
    } catch {
      return null;
    }
  }

  return {
    course,
    async stop() {
      await browser.close();
      await requestor.stop();
    },
  };
}

/**
 * A person types wrong codes and then the right one, and presses again or loads the page again as long as it
 * does not go on.
 * @param {Context} context @param {() => Promise<Page | Frame | null>} open
 */
async function prove(context, open) {
  const { world, flow, note } = context;
  const { ledger } = purchaseOf(context);
  const until = performance.now() + perseverance;
  let form = await open();
  let wrong = flow.steps[0].times ?? 0;
  const isOver = () => ledger.end !== null || world.books.results.of(ledger).shown !== null;
  while (performance.now() < until && !isOver()) {
    const letter = world.providers.letters(ledger.id).at(-1);
    if (!form) {
      note("the page is loaded again");
      await pause(300);
      form = await open();
      continue;
    }
    if (!letter) {
      await pause(100);
      // After the code's way is over another is asked for, as by one who waited long.
      if (performance.now() > until - perseverance / 2) {
        await world.move(31);
        await form.click("#resend", { timeout: 1_000 }).catch(() => {});
        await pause(2_000);
      }
      continue;
    }
    const code = wrong > 0 ? wrongCode(letter.code, wrong) : letter.code;
    try {
      const before = world.books.tries.of(ledger).answers;
      await form.fill("#code", code, { timeout: 2_000 });
      await form.click("#send", { timeout: 2_000 });
      for (let n = 0; n < 60 && world.books.tries.of(ledger).answers === before; n++)
        await pause(50);
      if (world.books.tries.of(ledger).answers > before) wrong = Math.max(0, wrong - 1);
      await pause(50);
    } catch {
      // The page is not there any more, or takes no code now.
      if (!isOver()) form = await open();
    }
  }
  note(isOver() ? `ended ${ledger.end?.status ?? ""}` : "the person gave up");
}
