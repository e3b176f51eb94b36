// Without script: where a browser is sent when the form has ended, at the top of a window and in a
// frame.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import { createChallenge, presentedChallenge, registerMerchant } from "./support/demo.mjs";

const { api } = await startApi();
const origins = ["https://shop.example", "https://www.shop.example"];
const merchant = await registerMerchant(api, { origins });
const return_url = "https://www.shop.example/done?order=1&name=%E2%97%8F#top";

const framed = { "sec-fetch-dest": "iframe", "sec-fetch-site": "same-origin", origin: "null" };
const alone = { "sec-fetch-dest": "document", "sec-fetch-site": "same-origin", origin: "null" };

/**
 * Presents a challenge and posts a form.
 * @param {"verify" | "cancel"} action
 * @param {Record<string, string>} headers
 * @param {Record<string, unknown>} [more]
 */
async function post(action, headers, more) {
  const challenge = await presentedChallenge(api, { merchant, more });
  /** @type {Record<string, string>} */
  const form = action === "verify" ? { code: challenge.code } : {};
  const answer = await api.post(`/challenge/${challenge.secret}/${action}`, { form, headers });
  return { challenge, answer };
}

test("verified at the top of a window, the browser takes the response to the return_url", async () => {
  const { answer, challenge } = await post("verify", alone, { return_url });
  const location = new URL(assertStatus(answer, 303).headers.get("location") ?? "");
  const response = location.searchParams.get("warifu-response") ?? "";
  location.searchParams.delete("warifu-response");
  assert.equal(location.href, return_url);
  const redeemed = await api.siteverify({ secret: merchant.key, response });
  assert.equal(redeemed.body.challenge, challenge.id);
});

test("canceled at the top of a window, the browser takes that to the return_url", async () => {
  const { answer } = await post("cancel", alone, { return_url });
  const location = new URL(assertStatus(answer, 303).headers.get("location") ?? "");
  assert.equal(location.searchParams.get("warifu-status"), "canceled");
  assert.equal(location.origin, "https://www.shop.example");
});

test("in a frame, the merchant's page is not opened inside itself: a link leads out", async () => {
  for (const action of /** @type {const} */ (["verify", "cancel"])) {
    const { answer } = await post(action, framed, { return_url });
    const page = assertStatus(answer, 200).text;
    assert.match(page, /<a [^>]*href="https:\/\/www\.shop\.example\/done[^"]*"[^>]*target="_top"/);
  }
});

test("without a return_url there is a page that says how it ended", async () => {
  for (const action of /** @type {const} */ (["verify", "cancel"])) {
    const { answer } = await post(action, alone);
    const page = assertStatus(answer, 200).text;
    const status = action === "verify" ? "verified" : "canceled";
    assert.match(page, new RegExp(`data-status="${status}"`));
    assert.doesNotMatch(page, /target="_top"/);
  }
});

test("the form may be posted to us and to the one origin that it returns to", async () => {
  const policyOf = async (/** @type {Record<string, unknown>} */ more) => {
    const challenge = await createChallenge(api, { merchant, more });
    const { headers } = await api.present(challenge.secret);
    return /form-action ([^;]+)/.exec(headers.get("content-security-policy") ?? "")?.[1];
  };
  assert.equal(await policyOf({ return_url }), "'self' https://www.shop.example");
  assert.equal(await policyOf({}), "'self'");
});

test("a response or status that the return_url came with is replaced", async () => {
  const forged = "https://shop.example/done?warifu-response=forged&order=1&warifu-status=verified";
  const { answer } = await post("verify", alone, { return_url: forged });
  const { searchParams } = new URL(assertStatus(answer, 303).headers.get("location") ?? "");
  assert.equal(searchParams.getAll("warifu-response").length, 1);
  assert.match(searchParams.get("warifu-response") ?? "", /^eyJ/);
  assert.equal(searchParams.get("order"), "1");
});

test("the query of a return_url stays as it was written", async () => {
  const written = "https://shop.example/done?flag&x=%20y+z&e=%e3%81%82&q=a%2Fb/c#top";
  const { answer } = await post("cancel", alone, { return_url: written });
  const location = assertStatus(answer, 303).headers.get("location");
  assert.equal(location, written.replace("#", "&warifu-status=canceled#"));
});
