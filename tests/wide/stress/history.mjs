// What a buyer does with tabs and pages: the same form twice, Back, Forward and reloads.
import assert from "node:assert/strict";
import { eventually, wrongCode } from "../../support/demo.mjs";
import { reload } from "./network.mjs";

/**
 * @typedef {import("./places.mjs").Tab} Tab
 * @typedef {import("./places.mjs").Place} Place
 */

/** @param {import("./places.mjs").Bench} bench @param {import("./run.mjs").Scenario} scenario */
export function historyScenarios({ engine, elsewhere, later, sleep, open, ready, send }, scenario) {
  /** Waits until the form says that its newest code is that of this send. @param {Tab} tab @param {Place} place @param {number} number */
  const saysSend = (tab, { at }, number) =>
    tab.until(at, `document.querySelector("#sent").textContent.includes("第${number}回")`);

  /** Waits until a resend may be pressed, and presses it. @param {Tab} tab @param {Place} place */
  async function resend(tab, { at }) {
    await tab.until(at, `document.querySelector("#resend:not([aria-disabled=true])") !== null`);
    await tab.click(at, "#resend");
  }

  scenario("the same form in two tabs: each says what is true", async (tab, place) => {
    const { code, ...purchase } = await open(tab, place);
    const other = await tab.beside();
    await place.show(other, purchase);
    await ready(other, place);
    await tab.toFront();
    await send(tab, place, wrongCode(code));
    assert.match(await tab.said(place.at, "#error"), /残り4回/);
    await other.toFront();
    await send(other, place, wrongCode(code, 2));
    assert.match(await other.said(place.at, "#error"), /残り3回/);

    await later(31, place, tab, other);
    await tab.toFront();
    await resend(tab, place);
    await saysSend(tab, place, 2);
    await other.toFront();
    await resend(other, place);
    await saysSend(other, place, 2);
    const [newest, ...others] = await eventually(purchase.codes, ({ length }) => length > 1);
    assert.deepEqual(others, [code]);

    await send(other, place, newest);
    await place.shows(other, "verified");
    await tab.toFront();
    await send(tab, place, newest);
    await purchase.ended(tab, "verified");
    const { tries, sends } = await purchase.seen();
    assert.deepEqual([tries, sends], [3, 2]);
  });

  scenario("canceled in one tab, it is canceled in the other", async (tab, place) => {
    const { code, ...purchase } = await open(tab, place);
    const other = await tab.beside();
    await place.show(other, purchase);
    await ready(other, place);
    await tab.toFront();
    await tab.click(place.at, "#cancel");
    await purchase.ended(tab, "canceled");
    await other.toFront();
    await send(other, place, code);
    await place.shows(other, "canceled");
    assert.equal((await purchase.seen()).tries, 0);
  });

  const backAndForward = "Back and Forward: the same form, whose code counts";

  scenario(
    `${backAndForward}, loaded anew`,
    async (tab, place) => {
      const { code, ...purchase } = await open(tab, place);
      for (const move of [() => tab.open(elsewhere), tab.forward]) {
        await tab.type(place.at, "#code", code.slice(0, 3));
        await move();
        await tab.until("page", `location.href === "${elsewhere}"`);
        await tab.back();
        await tab.until("page", `location.href !== "${elsewhere}"`);
        await ready(tab, place);
      }
      assert.deepEqual(await purchase.codes(), [code]);
      await send(tab, place, code);
      await purchase.ended(tab, "verified");
      assert.equal((await purchase.seen()).tries, 1);
    },
    { profile: { restores: false } },
  );

  // By the keyboard, because a driver may know no frame of a page that was restored. Nothing in the frame
  // had the focus before.
  scenario(
    `${backAndForward}, restored as it was left`,
    async (tab, place) => {
      const { code, ...purchase } = await open(tab, place);
      let shown = "false";
      for (const move of [() => tab.open(elsewhere), tab.forward]) {
        await move();
        await tab.until("page", `location.href === "${elsewhere}"`);
        await tab.back();
        shown += ",true";
        await tab.until("page", `shown.join() === "${shown}"`);
      }
      assert.deepEqual(await purchase.codes(), [code]);
      await tab.run("page", `document.querySelector("iframe").focus()`);
      await tab.press("Tab");
      await tab.enter(code);
      await tab.press("Enter");
      await purchase.ended(tab, "verified");
      assert.equal((await purchase.seen()).tries, 1);
    },
    { where: ({ script }) => script },
  );

  scenario("a reload in every state before the end shows that state", async (tab, place) => {
    const { code, ...purchase } = await open(tab, place);
    await place.show(tab, purchase);
    await ready(tab, place);
    await send(tab, place, wrongCode(code));
    assert.match(await tab.said(place.at, "#error"), /残り4回/);
    await place.show(tab, purchase);
    await ready(tab, place);
    await later(31, place, tab);
    await resend(tab, place);
    await saysSend(tab, place, 2);
    await place.show(tab, purchase);
    await ready(tab, place);
    await saysSend(tab, place, 2);
    assert.match(await tab.text(place.at, "#status"), /前のものは使えません/);
    const codes = await eventually(purchase.codes, ({ length }) => length > 1);
    assert.equal(codes.length, 2);
    await send(tab, place, wrongCode(codes[0], 2));
    assert.match(await tab.said(place.at, "#error"), /残り3回/);
  });

  /** How a form comes to each end. @type {Record<string, (tab: Tab, place: Place, code: string) => Promise<void>>} */
  const bring = {
    verified: send,
    async failed(tab, place, code) {
      for (const left of [4, 3, 2, 1]) {
        await send(tab, place, wrongCode(code, left));
        await tab.until(
          place.at,
          `document.querySelector("#error").textContent.includes("残り${left}回")`,
        );
      }
      await send(tab, place, wrongCode(code, 5));
    },
    canceled: (tab, { at }) => tab.click(at, "#cancel"),
    async expired(tab, place, code) {
      await sleep(1801, place, tab);
      // With script the form finds out by itself.
      if (!place.script) await send(tab, place, code);
    },
  };

  for (const end of /** @type {const} */ (["verified", "failed", "canceled", "expired"])) {
    scenario(`a reload of a form that is over shows that it is ${end}`, async (tab, place) => {
      const { code, ...purchase } = await open(tab, place);
      await bring[end](tab, place, code);
      await place.shows(tab, end);
      await place.show(tab, purchase);
      await purchase.ended(tab, end);
    });
  }

  scenario(
    "the page that a resend brought, loaded anew after the wait, sends no other",
    async (tab, place) => {
      const { code, ...purchase } = await open(tab, place);
      await later(31, place);
      await resend(tab, place);
      await saysSend(tab, place, 2);
      await later(61, place);
      await reload(tab, place);
      await saysSend(tab, place, 2);
      const [newest, ...others] = await eventually(purchase.codes, ({ length }) => length > 1);
      assert.deepEqual(others, [code]);
      await send(tab, place, newest);
      await purchase.ended(tab, "verified");
      assert.equal((await purchase.seen()).sends, 2);
    },
    { where: ({ script }) => !script },
  );

  scenario(
    "the page that a wrong code brought, loaded anew, costs no other try",
    async (tab, place) => {
      const { code, ...purchase } = await open(tab, place);
      await send(tab, place, wrongCode(code));
      assert.match(await tab.said(place.at, "#error"), /残り4回/);
      await reload(tab, place);
      if (place.at === "page" || engine.repeats)
        assert.match(await tab.said(place.at, "#error"), /残り4回/);
      assert.equal((await purchase.seen()).tries, 1);
      await send(tab, place, code);
      await purchase.ended(tab, "verified");
    },
    { where: ({ script }) => !script },
  );
}
