// A Worker behind a directory server, a requestor's site and a browser: challenges in requestors' frames.
import { after } from "node:test";
import { startBrowser } from "./bench.mjs";
import { eventually } from "./demo.mjs";
import { framingPage, startRequestor } from "./requestor.mjs";
import { startThreeDs } from "./three-ds.mjs";

/**
 * @typedef {import("./three-ds.mjs").Message} Message
 * @typedef {import("playwright-core").Page} Page
 * @typedef {import("playwright-core").Frame} Frame
 * @typedef {import("./requestor.mjs").Frame} Framing
 */

/** @param {Parameters<typeof startThreeDs>[0]} [options] */
export async function startFrames(options) {
  const started = await startRequests(options);
  const { worker, requestor } = started;
  const browser = await startBrowser();

  return {
    ...started,
    browser,

    /**
     * Opens a requestor's page with the form in its frame.
     * @param {Page} page
     * @param {Message} ares
     * @param {Omit<Framing, "acs" | "ares">} [framing]
     */
    async open(page, ares, framing) {
      await page.goto(requestor.show(framingPage({ acs: worker.origin, ares, ...framing })));
      return acsFrame(page);
    },
  };
}

/** The same without a browser. @param {Parameters<typeof startThreeDs>[0]} [options] */
export async function startRequests(options) {
  const threeDs = await startThreeDs(options);
  const { api } = threeDs;
  const requestor = await startRequestor();
  after(() => requestor.stop());

  return {
    ...threeDs,
    requestor,

    /**
     * A challenge that waits for its CReq.
     * @param {{ cardholder?: Parameters<typeof threeDs.cardholder>[0] } & Parameters<typeof threeDs.challenge>[0]} [given]
     */
    async asked({ cardholder, ...message } = {}) {
      const { card } = await threeDs.cardholder(cardholder);
      const notificationURL = requestor.notificationUrl();
      const { ares } = await threeDs.challenge({ acctNumber: card, notificationURL, ...message });
      return ares;
    },

    /** The code that was sent for a challenge. @param {Message} ares @returns {Promise<string>} */
    async code(ares) {
      const sent = await eventually(
        () => api.outbox(challengeOf(ares)),
        (all) => all.length > 0,
      );
      return sent[0].code;
    },
  };
}

/** The challenge's id, which is the transaction's with other letters. @param {Message} ares */
export const challengeOf = ({ acsTransID }) =>
  `ch_${Buffer.from(acsTransID.replaceAll("-", ""), "hex").toString("base64url")}`;

/** The requestor's frame once the form is in it. @param {Page} page @returns {Promise<Frame>} */
export async function acsFrame(page) {
  const element = await page.waitForSelector("iframe");
  const frame = await element.contentFrame();
  if (!frame) throw new Error("the iframe has no frame");
  await frame.waitForSelector("#code");
  return frame;
}

/** The frame with the issuer's form, however deep. @param {Page} page @returns {Promise<Frame>} */
export async function formIn(page) {
  const shown = () => page.frames().find((frame) => /\/challenge\/ch_/.test(frame.url()));
  while (!shown()) await page.waitForEvent("framenavigated");
  const frame = /** @type {Frame} */ (shown());
  await frame.waitForSelector("#code");
  return frame;
}
