// Whole challenges by clients of real requestors: Basis Theory's, Adyen's and Global Payments', as they
// are on npm, each in the frames that it makes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startBrowser } from "../support/bench.mjs";
import { withPage } from "../support/browser.mjs";
import { eventually, wrongCode } from "../support/demo.mjs";
import { assertSound } from "../support/layout.mjs";
import { challengeIdOf, secretOf } from "../support/three-ds.mjs";
import { clients, startClients } from "../support/three-ds-clients.mjs";

/**
 * @typedef {import("playwright-core").Frame} Frame
 * @typedef {object} Course
 * @property {(form: Frame, code: string, result: Promise<unknown>) => Promise<unknown>} drive
 * @property {"02" | "03" | "04" | "05"} size of the window
 * @property {"Y" | "N"} status
 * @property {Record<string, string>} result what the RReq says besides
 */

/** The frames that are made for a size; where a number is not the protocol's, it is the client's doing. */
const frames = {
  others: { "02": "390×400", "03": "500×600", "04": "600×400", "05": "1264×150" },
  "global-payments": { "02": "400×390", "03": "600×500", "04": "400×600", "05": "1280×800" },
};

const desktop = { viewport: { width: 1280, height: 800 } };

const { api, ds, shop, cardholder, challenge } = await startClients();
const browser = await startBrowser();

/** @param {Frame} form @param {string} code */
async function enter(form, code) {
  await form.fill("#code", code);
  await form.click("#send");
}

/** @type {Record<string, Course>} */
const courses = {
  "the right code": {
    drive: enter,
    size: "02",
    status: "Y",
    result: { interactionCounter: "01", eci: "05", authenticationMethod: "05" },
  },
  "a wrong code and then the right one": {
    async drive(form, code) {
      await enter(form, wrongCode(code));
      await form.waitForSelector("#error:not(:empty)");
      await enter(form, code);
    },
    size: "03",
    status: "Y",
    result: { interactionCounter: "02", eci: "05" },
  },
  "a cancel": {
    drive: (form) => form.click("#cancel"),
    size: "05",
    status: "N",
    result: { interactionCounter: "00", transStatusReason: "01", challengeCancel: "01" },
  },
  "a code after ten minutes": {
    async drive(form, code, result) {
      await form.fill("#code", code);
      await api.advance(601);
      // The form may learn of it by itself, and be gone.
      await Promise.any([form.click("#send"), result]);
    },
    size: "04",
    status: "N",
    result: { interactionCounter: "00", transStatusReason: "14", challengeCancel: "04" },
  },
};

for (const name of Object.keys(clients)) {
  for (const [what, { drive, size, status, result: expected }] of Object.entries(courses)) {
    test(`${name}: ${what}`, () =>
      withPage(browser, { ...desktop, ignoreHTTPSErrors: true }, async (page) => {
        /** @type {string[]} */
        const violations = [];
        page.on("console", (message) => {
          if (/Content Security Policy|violates|Refused to/.test(message.text())) {
            violations.push(message.text());
          }
        });
        const { card } = await cardholder();
        const notificationURL = shop.notificationUrl(name);
        const { areq, ares } = await challenge({ acctNumber: card, notificationURL });
        const { form, result, made } = await shop.open(page, name, ares, size);
        assert.equal(made, frames[name === "global-payments" ? name : "others"][size]);
        await assertSound(form, `${name}, ${size}`);
        const [{ code }] = await eventually(
          () => api.outbox(challengeIdOf(secretOf(form.url()))),
          (deliveries) => deliveries.length > 0,
        );
        await drive(form, code, result);

        assert.equal(await result, status);
        const [rreq, ...others] = ds.results(areq.dsTransID);
        assert.deepEqual(others, []);
        assert.deepEqual({ ...rreq, ...expected, transStatus: status }, rreq);
        assert.deepEqual(shop.notified(ares), [
          {
            messageType: "CRes",
            messageVersion: "2.2.0",
            threeDSServerTransID: areq.threeDSServerTransID,
            acsTransID: ares.acsTransID,
            transStatus: status,
          },
        ]);
        assert.deepEqual(violations, []);
      }));
  }
}
