// What is measured in a browser: Warifu, the plain form in a frame, and two widgets that stand in the
// page itself.
import { shipped } from "../lib/shipped.mjs";
import { plainFrame, plainLoader, plainScript } from "./plain.mjs";
import { shopPage } from "./shop.mjs";

/** @typedef {import("../lib/edge.mjs").Served} Served */

/**
 * @typedef {object} System
 * @property {string} name
 * @property {import("../lib/visit.mjs").Marks} marks
 * @property {() => Promise<Served>} page the shop's page of one visit
 */

/** @param {string} src @param {string} [type] */
const tag = (src, type = "") => `<script${type} src="${src}" async></script>`;

/** @param {import("../lib/merchant.mjs").Merchant} merchant @returns {System[]} */
export function warifu({ name, origin, create }) {
  const marks = {
    usable: "#code",
    // The server leaves the other button alone; the widget has it rest until a resend is allowed.
    enhanced: '#warifu:has(#resend[aria-disabled="true"]) #code',
  };
  const script = tag(`${origin}/v1/warifu.js`);
  /** @param {string} secret @param {string} [frame] */
  const container = (secret, frame = "") =>
    `<div class="warifu-challenge" data-client-secret="${secret}">${frame}</div>`;
  return [
    { name, marks, page: async () => shopPage(script, container(await create())) },
    {
      name: `${name}, the frame from the shop's server`,
      marks,
      async page() {
        const secret = await create();
        // As the merchant's guide has it.
        const frame = `<iframe data-warifu src="${origin}/challenge/${secret}" title="本人確認"
allow="otp-credentials" referrerpolicy="origin" width="100%" height="660" frameborder="0"></iframe>`;
        return shopPage(script, container(secret, frame));
      },
    },
  ];
}

/**
 * The peers, each with the tag that its documents give.
 * @param {import("../lib/edge.mjs").Edge} service serves their files
 * @returns {System[]}
 */
export function peers({ origin, serve }) {
  /** @param {string} path @param {string | Buffer} body */
  const script = (path, body) => serve(path, { type: "text/javascript; charset=utf-8", body });
  const loader = script("/plain/loader.js", plainLoader(origin));
  serve("/plain/frame.html", { type: "text/html; charset=utf-8", body: plainFrame });
  script("/plain/form.js", plainScript);
  const friendly = script("/friendly.js", shipped("friendly-challenge/widget.module.min.js"));
  const altcha = script("/altcha.js", shipped("altcha/dist/main/altcha.min.js"));
  const module = ' type="module"';
  /** @type {[string, System["marks"], string, string][]} */
  const systems = [
    [
      "plain form in a frame",
      { usable: "#code", enhanced: "form[data-enhanced] #code" },
      tag(loader),
      '<div id="plain"></div>',
    ],
    [
      "friendly-challenge",
      { usable: ".frc-captcha button" },
      tag(friendly, module),
      '<div class="frc-captcha" data-sitekey="bench" data-start="none"></div>',
    ],
    [
      "altcha",
      { usable: ".altcha-checkbox:has(input:enabled)" },
      tag(altcha, module),
      `<altcha-widget challenge="${origin}/altcha/challenge"></altcha-widget>`,
    ],
  ];
  return systems.map(([name, marks, head, body]) => {
    const page = shopPage(head, body);
    return { name, marks, page: async () => page };
  });
}
