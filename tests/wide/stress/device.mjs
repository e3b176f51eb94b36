// Devices that are not as they should be: a wrong clock, no storage, asleep while time runs out.
import assert from "node:assert/strict";
import { eventually, wrongCode } from "../../support/demo.mjs";
import { ahead } from "./places.mjs";

/**
 * @typedef {import("./places.mjs").Tab} Tab
 * @typedef {import("./places.mjs").Place} Place
 */

const day = 86_400;

/** @param {import("./places.mjs").Bench} bench @param {import("./run.mjs").Scenario} scenario */
export function deviceScenarios({ network, later, sleep, open, ready, send }, scenario) {
  /** The seconds that the form says its code has left. @param {Tab} tab */
  async function left(tab) {
    const [minutes, seconds] = (await tab.text("form", "#timer")).match(/\d+/g)?.map(Number) ?? [];
    return 60 * minutes + seconds;
  }

  /** Waits until the form says that its code is dead, in words and figures. @param {Tab} tab */
  async function saysDead(tab) {
    const sentence = `document.querySelector("#warifu").dataset.textDead`;
    await tab.until("form", `document.querySelector("#status").textContent === ${sentence}`);
    assert.equal(await left(tab), 0);
  }

  /**
   * Has a directory server's challenge outlive its code: it has ten minutes from page to page, as long as
   * a code lives.
   * @param {Tab} tab
   * @param {Place} place
   * @param {string} code
   */
  async function lengthen(tab, place, code) {
    await send(tab, place, wrongCode(code));
    await tab.said(place.at, "#error");
  }

  for (const [name, clock] of /** @type {const} */ ([
    ["a year behind", -365 * day],
    ["a day ahead", day],
  ])) {
    scenario(
      `the device's clock is ${name}: what the form counts and says is right`,
      async (tab, place) => {
        network.setClock(clock);
        const { code, ...purchase } = await open(tab, place);
        const year = await tab.run("form", "new Date().getTime()");
        assert.ok(Math.abs((year - Date.now()) / 1000 - clock) < 600, "the clock is wrong");
        const first = await left(tab);
        assert.ok(first > 570 && first <= 600, `${first}`);
        await later(300, place, tab);
        await lengthen(tab, place, code);
        await later(250, place, tab);
        await tab.until(
          "form",
          `document.querySelector("#status").textContent.includes("あと1分")`,
        );
        await later(50, place, tab);
        await saysDead(tab);
        await tab.click("form", "#resend");
        await tab.until("form", `document.querySelector("#timer").textContent.includes("9分")`);
        const [newest] = await eventually(purchase.codes, ({ length }) => length > 1);
        await send(tab, place, newest);
        await purchase.ended(tab, "verified");
      },
      { where: ({ script }) => script },
    );
  }

  scenario(
    "the device's clock is set a day forward: the form asks, and its code stays good",
    async (tab, place) => {
      const { code, ...purchase } = await open(tab, place);
      await tab.run("form", ahead("Date", day));
      const asked = network.asked("GET delivery");
      await eventually(
        async () => network.asked("GET delivery"),
        (count) => count > asked,
      );
      const still = await left(tab);
      assert.ok(still > 500 && still <= 600, `${still}`);
      await send(tab, place, code);
      await purchase.ended(tab, "verified");
    },
    { where: ({ script }) => script },
  );

  scenario("asleep until the code is dead: awake, the form says so", async (tab, place) => {
    const { code, ...purchase } = await open(tab, place);
    await later(300, place, tab);
    await lengthen(tab, place, code);
    await sleep(301, place, tab);
    if (place.script) await saysDead(tab);
    await send(tab, place, code);
    // Without script the page before has a sentence there as well.
    await tab.until(place.at, `document.querySelector("#error").textContent.includes("有効期限")`);
    assert.equal((await purchase.seen()).tries, 1);
    await tab.click(place.at, "#resend");
    const [newest] = await eventually(purchase.codes, ({ length }) => length > 1);
    await tab.until(place.at, `document.querySelector("#sent").textContent.includes("第2回")`);
    await send(tab, place, newest);
    await purchase.ended(tab, "verified");
  });

  scenario("asleep until it is over: awake, the form says so", async (tab, place) => {
    const { code, ...purchase } = await open(tab, place);
    await sleep(1801, place, tab);
    // Without script the page knows nothing of it until it is used.
    if (!place.script) await send(tab, place, code);
    await purchase.ended(tab, "expired");
  });

  scenario(
    "nothing may be stored: a wrong code, a resend and the right code",
    async (tab, place) => {
      const { code, ...purchase } = await open(tab, place);
      assert.equal(await tab.run(place.at, stores), false);
      await send(tab, place, wrongCode(code));
      assert.match(await tab.said(place.at, "#error"), /残り4回/);
      await later(31, place, tab);
      await tab.until(
        place.at,
        `document.querySelector("#resend:not([aria-disabled=true])") !== null`,
      );
      await tab.click(place.at, "#resend");
      await tab.until(place.at, `document.querySelector("#sent").textContent.includes("第2回")`);
      const [newest] = await eventually(purchase.codes, ({ length }) => length > 1);
      await send(tab, place, newest);
      await purchase.ended(tab, "verified");
    },
    { profile: { storage: false } },
  );
}

/** Whether a document may keep a cookie or an item. */
const stores = `(() => {
  document.cookie = "stored=1";
  if (document.cookie.includes("stored")) return true;
  try {
    localStorage.stored = "1";
    return localStorage.stored === "1";
  } catch {
    return false;
  }
})()`;
