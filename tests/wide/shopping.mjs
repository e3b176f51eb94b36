// What the scenarios have in common: a merchant's page with the form in it, what it notes, and a clock.
import assert from "node:assert/strict";
import { after } from "node:test";
import { startApi, startSite } from "../support/bench.mjs";
import { createChallenge, newestCode, registerMerchant } from "../support/demo.mjs";
import { embeddingPage } from "../support/merchant-page.mjs";

/** @typedef {import("../support/demo.mjs").Challenge} Challenge */
/** @typedef {import("../support/engines/tab.mjs").Engine} Engine */
/** @typedef {import("../support/engines/tab.mjs").Tab} Tab */
/** @typedef {import("../support/engines/tab.mjs").Where} Where */

/** What the merchant's page notes, and its clock, which `later` moves. */
const notes = `
  const heard = [];
  for (const name of ["ready", "complete", "error", "expire", "resend", "cancel"])
    addEventListener("warifu:" + name, () => heard.push(name));
  const shown = [];
  addEventListener("pageshow", ({ persisted }) => shown.push(persisted));
  const { now } = Date;
  Date.now = () => now() + 1000 * Number(localStorage.later ?? 0);`;

/** What the merchant's form would post. */
export const field = `document.querySelector("[name=warifu-response]")?.value`;

/** How often the page heard of this. @param {string} name */
export const times = (name) => `heard.filter((name) => name === "${name}").length`;

/** What a test file needs of an engine and of a Worker, a merchant and its site. @param {() => Promise<Engine>} start */
export async function startShopping(start) {
  const { api, worker } = await startApi();
  const site = await startSite();
  const merchant = await registerMerchant(api, { origins: [site.origin] });
  const engine = await start();
  after(() => engine.close());
  const elsewhere = site.show({ html: "<!doctype html><title>another page</title>" });

  /** @param {Record<string, unknown>} [more] */
  const create = (more) => createChallenge(api, { merchant, more });

  /**
   * Opens a page of the merchant's with the form in it, and waits until the page has heard of it and
   * the form says that its code is sent.
   * @param {Tab} tab
   * @param {{ width?: number, style?: string, csp?: string }} [given] the width of the container in
   *   pixels, rules of the page, and its policy
   */
  async function frame(tab, { width = 500, style = "", csp } = {}) {
    const challenge = await create();
    const body = `<style>${style}</style><form><div style="width:${width}px" class="warifu-challenge"
      data-client-secret="${challenge.secret}"></div></form><textarea id="mail"></textarea>`;
    await tab.open(
      site.show({ html: embeddingPage({ worker: worker.origin, script: notes, body }), csp }),
    );
    await tab.until("page", times("ready"));
    await tab.until(
      "form",
      `document.querySelector("#sent").textContent.includes("送信しました。")`,
    );
    return challenge;
  }

  /** Waits until the frame has this width, and the height of what is in it. @param {Tab} tab @param {number} width */
  async function fits(tab, width) {
    const inside = "document.documentElement.getBoundingClientRect().height";
    const height = Math.ceil(await tab.run("form", inside));
    const box = `document.querySelector("iframe").getBoundingClientRect()`;
    await tab.until("page", `${box}.width === ${width} && ${box}.height === ${height}`);
  }

  /** @param {Tab} tab @param {Challenge} challenge */
  async function prove(tab, challenge) {
    await tab.type("form", "#code", await newestCode(api, challenge));
    await tab.click("form", "#send");
    return tab.until("page", field);
  }

  /**
   * Holds a response to be worth its purchase, and once.
   * @param {Challenge} challenge
   * @param {string} response
   * @param {string} [again] of the same verification, signed anew
   */
  async function redeem(challenge, response, again = response) {
    const first = await siteverify(response);
    assert.deepEqual([first.success, first.challenge], [true, challenge.id]);
    assert.deepEqual((await siteverify(again))["error-codes"], ["timeout-or-duplicate"]);
  }

  /** @param {string} response */
  const siteverify = async (response) =>
    (await api.siteverify({ secret: merchant.key, response })).body;

  /**
   * Lets time pass: at the server and, if a page or a form is there that should know, in it. Their
   * timers do not run meanwhile, as in a device that sleeps.
   * @param {number} seconds
   * @param {Tab} tab
   * @param {...Where} where
   */
  async function later(seconds, tab, ...where) {
    await api.advance(seconds);
    if (where.includes("page")) {
      await tab.run("page", `localStorage.later = Number(localStorage.later ?? 0) + ${seconds}`);
    }
    if (where.includes("form")) {
      await tab.run(
        "form",
        `(() => { const now = performance.now.bind(performance); performance.now = () => now() + ${1000 * seconds}; })()`,
      );
    }
  }

  /** @param {Tab} tab @param {() => Promise<void>} [meanwhile] */
  async function leaveAndReturn(tab, meanwhile = async () => {}) {
    await tab.open(elsewhere);
    await meanwhile();
    await tab.back();
    // The very page that was left. One that is loaded anew would not show what stood still in it.
    await tab.until("page", `shown.join() === "false,true"`);
  }

  /** The response that the shop's address has. @param {Tab} tab @returns {Promise<string>} */
  const returned = (tab) =>
    tab.until("page", `new URL(location.href).searchParams.get("warifu-response")`);

  return {
    api,
    site,
    engine,
    elsewhere,
    create,
    frame,
    fits,
    prove,
    siteverify,
    redeem,
    later,
    leaveAndReturn,
    returned,
  };
}
