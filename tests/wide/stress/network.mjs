// The network fails under a buyer: it is away between two steps, or loses what the Worker answered.
import assert from "node:assert/strict";
import { eventually, wrongCode } from "../../support/demo.mjs";

/**
 * @typedef {import("./places.mjs").Tab} Tab
 * @typedef {import("./places.mjs").Place} Place
 */

/** @param {import("./places.mjs").Bench} bench @param {import("./run.mjs").Scenario} scenario */
export function networkScenarios({ engine, network, later, open, ready, send }, scenario) {
  /** Whether the form without script stays where a load fails, and nobody is told. @param {Place} place */
  const stays = ({ script, at }) => !script && at === "form" && !engine.tellsInFrames;

  /**
   * Waits until the buyer is told that the network failed: by the form, or by the browser itself. Where
   * neither tells, until it failed.
   * @param {Tab} tab
   * @param {Place} place
   * @param {() => number} count of failures so far
   */
  async function failed(tab, place, count) {
    const { script, at } = place;
    await eventually(
      async () => count(),
      (failures) => failures > 0,
    );
    if (script) await tab.until(at, `document.querySelector("#error").textContent === ${offline}`);
    else if (!stays(place)) await tab.until(at, `document.querySelector("#warifu") === null`);
  }

  /**
   * Presses a button whose answers are lost, until the buyer is told that something failed.
   * @param {Tab} tab
   * @param {Place} place
   * @param {string} action
   * @param {string} button
   */
  async function pressInVain(tab, place, action, button) {
    const loss = network.lose(`POST ${action}`);
    // The form asks at once, and the answer may take the page away: it waits until that has been seen.
    const letGo = network.hold("GET delivery");
    await tab.click(place.at, button);
    await failed(tab, place, loss.count);
    loss.end();
    letGo();
  }

  scenario("the network is away at 送信: nothing typed is lost", async (tab, place) => {
    const { code, ...purchase } = await open(tab, place);
    const before = network.refused();
    network.goAway();
    await send(tab, place, code);
    await failed(tab, place, () => network.refused() - before);
    network.comeBack();
    if (place.script) {
      assert.equal(await tab.run(place.at, `document.querySelector("#code").value`), code);
      await tab.click(place.at, "#send");
    } else {
      if (!stays(place)) await tab.back();
      await send(tab, place, code);
    }
    await purchase.ended(tab, "verified");
    assert.equal((await purchase.seen()).tries, 1);
  });

  scenario("one answer to the right code is lost: it is verified", async (tab, place) => {
    const { code, ...purchase } = await open(tab, place);
    const loss = network.lose("POST verify", 1);
    await send(tab, place, code);
    const lost = async () => loss.count();
    await eventually(lost, (count) => count === 1);
    if (!place.script) await place.show(tab, purchase);
    await purchase.ended(tab, "verified");
    assert.equal((await purchase.seen()).tries, 1);
  });

  scenario("every answer to the right code is lost: it is verified", async (tab, place) => {
    const { code, ...purchase } = await open(tab, place);
    await tab.type(place.at, "#code", code);
    await pressInVain(tab, place, "verify", "#send");
    // With script nobody has to press anything.
    if (!place.script) await place.show(tab, purchase);
    await purchase.ended(tab, "verified");
    assert.equal((await purchase.seen()).tries, 1);
  });

  scenario(
    "every answer to a wrong code is lost: sent again, it costs no other try",
    async (tab, place) => {
      const { code, ...purchase } = await open(tab, place);
      await tab.type(place.at, "#code", wrongCode(code));
      await pressInVain(tab, place, "verify", "#send");
      if (place.script) await tab.click(place.at, "#send");
      else await tab.reload();
      if (place.script || engine.repeats)
        assert.match(await tab.said(place.at, "#error"), /残り4回/);
      else await ready(tab, place);
      assert.equal((await purchase.seen()).tries, 1);
      await send(tab, place, code);
      await purchase.ended(tab, "verified");
    },
    // A browser's own page in a frame has no reload of the frame.
    { where: ({ script, at }) => script || at === "page" },
  );

  scenario(
    "every answer to a resend is lost: one was sent, and the form says so",
    async (tab, place) => {
      const purchase = await open(tab, place);
      await later(31, place, tab);
      if (place.script)
        await tab.until(
          place.at,
          `document.querySelector("#sent").textContent.includes("送信しました。")`,
        );
      await pressInVain(tab, place, "resend", "#resend");
      if (!place.script) {
        await place.show(tab, purchase);
        await ready(tab, place);
      }
      await tab.until(place.at, `document.querySelector("#sent").textContent.includes("第2回")`);
      const [newest, ...others] = await purchase.codes();
      assert.deepEqual(others, [purchase.code]);
      await send(tab, place, newest);
      await purchase.ended(tab, "verified");
      assert.equal((await purchase.seen()).tries, 1);
    },
  );

  scenario("every answer to キャンセル is lost: it is canceled", async (tab, place) => {
    const purchase = await open(tab, place);
    await pressInVain(tab, place, "cancel", "#cancel");
    if (!place.script) await place.show(tab, purchase);
    await purchase.ended(tab, "canceled");
  });

  scenario("two taps on each button are one", async (tab, place) => {
    const { code, ...purchase } = await open(tab, place);
    await tab.type(place.at, "#code", wrongCode(code));
    await tab.clickTwice(place.at, "#send");
    assert.match(await tab.said(place.at, "#error"), /残り4回/);
    await later(31, place, tab);
    await tab.until(
      place.at,
      `document.querySelector("#resend:not([aria-disabled=true])") !== null`,
    );
    await tab.clickTwice(place.at, "#resend");
    await tab.until(place.at, `document.querySelector("#sent").textContent.includes("第2回")`);
    const [newest, ...others] = await eventually(purchase.codes, ({ length }) => length > 1);
    assert.deepEqual(others, [code]);
    await tab.type(place.at, "#code", newest);
    await tab.clickTwice(place.at, "#send");
    await purchase.ended(tab, "verified");
    const { tries, sends } = await purchase.seen();
    assert.deepEqual([tries, sends], [2, 2]);
  });

  scenario("two taps on キャンセル are one", async (tab, place) => {
    const purchase = await open(tab, place);
    await tab.clickTwice(place.at, "#cancel");
    await purchase.ended(tab, "canceled");
  });
}

/** In the form: the sentence that it has for a network that failed. */
const offline = `document.querySelector("#warifu").dataset.textOffline`;

/** Loads the form's page anew, and not the page around it, until it is there. @param {Tab} tab @param {Place} place */
export async function reload(tab, { at }) {
  // A document that is loaded anew has not the mark.
  await tab.run(at, `document.documentElement.dataset.before = "true"`);
  await (at === "page" ? tab.reload() : tab.run("form", "void location.reload()"));
  const marked = "document.documentElement.dataset.before";
  await tab.until(at, `!${marked} && document.querySelector("#warifu") !== null`);
}
