// Seven widgets of others that a buyer's browser loads in a checkout or before a form: three that let a
// person prove that they are none of the bots, one that does so by a service, an input for codes, and
// two payment libraries with their 3-D Secure. Each by the files that it ships, as a page would load
// them; what a service of theirs serves is not in the package, so it is not counted.
import { bundled, minified, shipped } from "../lib/shipped.mjs";

/**
 * @typedef {object} Widget
 * @property {string} name with what is loaded
 * @property {() => Promise<Buffer[]>} files a request each
 */

/** A page with one input of six digits. */
const otpInput = `
import { createElement, useState } from "react";
import { createRoot } from "react-dom/client";
import OtpInput from "react-otp-input";
function Form() {
  const [value, onChange] = useState("");
  const renderInput = (given) => createElement("input", given);
  return createElement(OtpInput, { value, onChange, numInputs: 6, renderInput });
}
createRoot(document.getElementById("otp")).render(createElement(Form));`;

/** The parts that show a 3-D Secure challenge. */
const adyen = `
import { AdyenCheckout, ThreeDS2Challenge } from "@adyen/adyen-web";
Object.assign(globalThis, { AdyenCheckout, ThreeDS2Challenge });`;

/** @type {Widget[]} */
export const widgets = [
  {
    name: "friendly-challenge",
    files: async () => [shipped("friendly-challenge/widget.module.min.js")],
  },
  {
    name: "@friendlycaptcha/sdk, without its service's frame",
    files: async () => [shipped("@friendlycaptcha/sdk/site.min.js")],
  },
  { name: "altcha", files: async () => [shipped("altcha/dist/main/altcha.min.js")] },
  {
    name: "@cap.js/widget with its wasm",
    files: async () => [
      shipped("@cap.js/widget/cap.min.js"),
      shipped("@cap.js/wasm/browser/cap_wasm_bg.wasm"),
    ],
  },
  { name: "react-otp-input with React", files: async () => [await bundled(otpInput)] },
  {
    name: "braintree-web: client, 3-D Secure",
    files: async () => [
      await minified("braintree-web/dist/browser/client.js"),
      await minified("braintree-web/dist/browser/three-d-secure.js"),
    ],
  },
  {
    name: "@adyen/adyen-web: core, 3-D Secure, styles",
    files: async () => [await bundled(adyen), shipped("@adyen/adyen-web/dist/es/adyen.css")],
  },
];
