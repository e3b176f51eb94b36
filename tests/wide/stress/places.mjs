// Where a form stands: in a merchant's page or a requestor's, with script and without. A scenario is
// written once for all four.
import assert from "node:assert/strict";
import { after } from "node:test";
import { client } from "../../support/api.mjs";
import { startSite } from "../../support/bench.mjs";
import { createChallenge, eventually, issuerKey, registerMerchant } from "../../support/demo.mjs";
import { embeddingPage } from "../../support/merchant-page.mjs";
import { startNetwork } from "../../support/network.mjs";
import { framingPage } from "../../support/requestor.mjs";
import { challengeOf, startRequests } from "../../support/three-ds-frames.mjs";
import { field, times } from "../shopping.mjs";

/**
 * @typedef {import("../../support/engines/tab.mjs").Engine} Engine
 * @typedef {import("../../support/engines/tab.mjs").Tab} Tab
 * @typedef {import("../../support/engines/tab.mjs").Where} Where
 * @typedef {"verified" | "failed" | "canceled" | "expired"} End
 * @typedef {Awaited<ReturnType<typeof startPlaces>>} Bench
 *
 * @typedef {object} Purchase
 * @property {string} page the address of the page that the form is in, or is
 * @property {() => Promise<string[]>} codes that were sent, the newest first
 * @property {() => Promise<{ status: string, tries: number, sends: number }>} seen as the issuer sees it
 * @property {(tab: Tab, end: End) => Promise<void>} ended waits until a tab shows this end, goes on from
 *   it as the buyer would, and holds what whoever asked for the challenge knows then
 *
 * @typedef {object} Place
 * @property {string} name
 * @property {boolean} script
 * @property {Where} at where the form is
 * @property {() => Promise<Purchase>} ask for a challenge
 * @property {(tab: Tab, purchase: Purchase) => Promise<void>} show the form, or how it ended
 * @property {(tab: Tab, end: End) => Promise<unknown>} shows waits until a tab shows this end
 */

/** What a requestor gets of each end: its status, and who canceled. @type {Record<End, [string, string?]>} */
const results = {
  verified: ["Y"],
  failed: ["N"],
  canceled: ["N", "01"],
  expired: ["N", "04"],
};

/** What a merchant's page notes: of which events it heard, and whether it was shown from a cache. */
const notes = `
  const heard = [];
  for (const name of ["ready", "complete", "error", "expire", "resend", "cancel"])
    addEventListener("warifu:" + name, () => heard.push(name));
  const shown = [];
  addEventListener("pageshow", ({ persisted }) => shown.push(persisted));`;

/** The button of an issuer's last page, for who has no script. */
const goOn = "form[action*=notification] button";

/**
 * Puts a clock of a document forward. The script knows `performance` as the page's clock, and `Date` as
 * the device's.
 * @param {"performance" | "Date"} clock
 * @param {number} seconds
 */
export const ahead = (clock, seconds) =>
  `(() => { const now = ${clock}.now.bind(${clock}); ${clock}.now = () => now() + ${1000 * seconds}; })()`;

/** @param {() => Promise<Engine>} start */
export async function startPlaces(start) {
  const requests = await startRequests();
  const { api, worker, ds, requestor } = requests;
  const network = await startNetwork(worker);
  const site = await startSite();
  const merchant = await registerMerchant(api, { origins: [site.origin] });
  const engine = await start();
  after(() => engine.close());
  const through = client(network.origin);
  const done = site.show({ html: "<!doctype html><title>done</title>" });
  const elsewhere = site.show({ html: "<!doctype html><title>another page</title>" });

  /** @param {string} challenge its id */
  const codes = async (challenge) => (await api.outbox(challenge)).map(({ code }) => code);

  /** @param {{ id: string }} cardholder */
  async function seen({ id }) {
    const path = `/v1/cardholders/${id}/challenges`;
    const { challenges } = (await api.get(path, { key: issuerKey() })).body;
    return challenges[0];
  }

  /** A challenge of a merchant's whose addresses lead through the network. */
  async function created() {
    const more = { return_url: done };
    const { id, cardholder, secret } = await createChallenge(through, { merchant, more });
    return {
      ...{ id, secret, url: `${network.origin}/challenge/${secret}` },
      ...{ codes: () => codes(id), seen: () => seen(cardholder) },
    };
  }

  /** Holds a response to be worth its purchase. @param {string} id @param {string} response */
  async function redeem(id, response) {
    const { body } = await through.siteverify({ secret: merchant.key, response });
    assert.deepEqual([body.success, body.challenge], [true, id]);
  }

  /** @type {Place} */
  const merchantsFrame = {
    name: "in a merchant's page",
    script: true,
    at: "form",
    async ask() {
      const { id, secret, ...of } = await created();
      const body = `<form><div style="width:500px" class="warifu-challenge"
        data-client-secret="${secret}"></div></form>`;
      const html = embeddingPage({ worker: network.origin, script: notes, body });
      return {
        ...{ page: site.show({ html }), ...of },
        async ended(tab, end) {
          if (end === "verified") return redeem(id, await tab.until("page", field));
          const heard = { failed: "error", canceled: "cancel", expired: "expire" }[end];
          await tab.until("page", times(heard));
        },
      };
    },
    show: async (tab, { page }) => void (await tab.open(page)),
    shows: (tab, end) =>
      tab.until("form", `document.querySelector("[data-status=${end}]") !== null`),
  };

  /** @type {Place} */
  const alone = {
    name: "by itself, without script",
    script: false,
    at: "page",
    async ask() {
      const { id, url, ...of } = await created();
      return {
        ...{ page: url, ...of },
        async ended(tab, end) {
          await alone.shows(tab, end);
          if (await tab.run("page", `document.querySelector("#return") !== null`))
            await tab.click("page", "#return");
          const value = (/** @type {string} */ name) =>
            tab.until("page", `new URL(location.href).searchParams.get("warifu-${name}")`);
          if (end === "verified") return redeem(id, await value("response"));
          assert.equal(await value("status"), end);
        },
      };
    },
    show: async (tab, { page }) => void (await tab.open(page)),
    shows: (tab, end) =>
      tab.until(
        "page",
        `location.href.startsWith("${done}") || document.querySelector("[data-status=${end}] #return") !== null`,
      ),
  };

  /** @param {boolean} script @returns {Place} */
  function requestorsFrame(script) {
    /** @type {Place} */
    const place = {
      name: script ? "in a requestor's page" : "in a requestor's page, without script",
      script,
      at: "form",
      async ask() {
        const { ares, cardholder } = await asked();
        const html = framingPage({ acs: network.origin, ares, size: [500, 900] });
        return {
          ...{
            page: requestor.show(`${html}<script>${notes}</script>`),
            seen: () => seen(cardholder),
          },
          codes: () => codes(challengeOf(ares)),
          async ended(tab, end) {
            if (!script) await tab.click("form", goOn);
            const [status, canceled] = results[end];
            assert.equal((await requestor.until(ares)).message.transStatus, status);
            const told = ds.results(ares.dsTransID);
            assert.deepEqual(
              told.map(({ transStatus, challengeCancel }) => [transStatus, challengeCancel]),
              [[status, canceled]],
            );
          },
        };
      },
      async show(tab, { page }) {
        await tab.open(page);
        if (!script) await tab.click("page", "#begin");
      },
      shows: (tab) => tab.until("form", `document.querySelector("#returned, ${goOn}") !== null`),
    };
    return place;
  }

  /** A challenge that waits for its CReq, and whose it is. */
  async function asked() {
    const { card, ...cardholder } = await requests.cardholder();
    const notificationURL = requestor.notificationUrl();
    const { ares } = await requests.challenge({ acctNumber: card, notificationURL });
    return { ares, cardholder };
  }

  /**
   * Lets time pass: at the server and in tabs, whose timers do not run meanwhile.
   * @param {number} seconds
   * @param {Place} place
   * @param {...Tab} tabs
   */
  async function later(seconds, { script }, ...tabs) {
    await api.advance(seconds);
    for (const tab of script ? tabs : []) await tab.run("form", ahead("performance", seconds));
  }

  /**
   * Has a device sleep: time passes at the server and by the device's clock, and the page's clock stands
   * still, as in most browsers.
   * @param {number} seconds
   * @param {Place} place
   * @param {Tab} tab
   */
  async function sleep(seconds, { script }, tab) {
    await api.advance(seconds);
    for (const where of script ? /** @type {const} */ (["page", "form"]) : [])
      await tab.run(where, ahead("Date", seconds));
  }

  /**
   * Shows a form whose code is sent.
   * @param {Tab} tab
   * @param {Place} place
   */
  async function open(tab, place) {
    const purchase = await place.ask();
    await place.show(tab, purchase);
    await ready(tab, place);
    const [code] = await eventually(purchase.codes, ({ length }) => length > 0);
    return { ...purchase, code };
  }

  /** Waits until the form is there, and its script at work. @param {Tab} tab @param {Place} place */
  const ready = (tab, { at, script }) =>
    tab.until(
      at,
      `document.querySelector("${script ? "#send[aria-disabled]" : "#send"}") !== null`,
    );

  /** Types a code and sends it. @param {Tab} tab @param {Place} place @param {string} code */
  async function send(tab, { at }, code) {
    await tab.type(at, "#code", code);
    await tab.click(at, "#send");
  }

  return {
    ...{ api, engine, network, elsewhere, later, sleep, open, ready, send },
    places: [merchantsFrame, alone, requestorsFrame(true), requestorsFrame(false)],
  };
}
