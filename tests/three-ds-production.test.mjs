// A production configuration that answers a directory server: at a host of its own, where nothing else
// is, and with a last page that posts to https alone.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { request } from "node:http";
import { after, test } from "node:test";
import { issuerKey } from "./support/demo.mjs";
import { cardDigest, encode, makeCReq, settingsOf } from "./support/three-ds.mjs";
import { cresOf, payment } from "./support/three-ds/messages.mjs";
import { directives, finalPage, posted } from "./support/three-ds/pages.mjs";
import { startWorker } from "./support/worker.mjs";

const key = randomBytes(24).toString("hex");
const worker = await startWorker({
  environment: "",
  vars: {
    ...settingsOf({ origin: "", key, more: { development_origin: undefined } }),
    EMAIL_COURIER: "cloudflare",
    PUBLIC_ORIGIN: "https://otp.example",
    DIRECTORY_SERVER_ORIGIN: "https://acs.example",
  },
});
after(() => worker.stop());

/**
 * Asks as a browser, an issuer or a directory server would, by the name of a host.
 * @param {string} address such as "POST otp.example/healthz"
 * @param {Record<string, string>} [headers]
 * @param {string} [body]
 * @returns {Promise<import("./support/api.mjs").Answer>}
 */
function ask(address, headers = {}, body = "") {
  const [, method, host, path] = /^(\w+) ([^/]+)(.*)$/.exec(address) ?? [];
  const { port } = new URL(worker.origin);
  return new Promise((resolve, reject) => {
    const asked = request({ port, method, path, headers: { host, ...headers } }, async (answer) => {
      const chunks = [];
      for await (const chunk of answer) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString();
      const said = new Headers(/** @type {Record<string, string>} */ (answer.headers));
      const isJson = said.get("content-type")?.includes("json");
      const status = answer.statusCode ?? 0;
      resolve({ status, headers: said, text, body: isJson ? JSON.parse(text) : null });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

const json = { "content-type": "application/json" };
const form = { "content-type": "application/x-www-form-urlencoded" };
const theirs = { ...json, authorization: `Bearer ${key}` };
const issuer = { ...json, authorization: `Bearer ${issuerKey()}` };

test("directory servers are answered at their host, and nothing else is there", async () => {
  const areq = JSON.stringify(payment("2.3.1"));
  for (const [address, headers, status] of /** @type {const} */ ([
    ["POST acs.example/3ds/areq", theirs, 200],
    ["POST acs.example/3ds/areq", json, 401],
    ["POST otp.example/3ds/areq", theirs, 421],
    ["POST other.example/3ds/areq", theirs, 421],
    ["POST acs.example/3ds/challenge", form, 421],
    ["GET acs.example/healthz", {}, 421],
    ["GET acs.example/v1/cardholders/x", issuer, 421],
    ["GET otp.example/healthz", {}, 200],
  ])) {
    const body = address.startsWith("POST") ? areq : "";
    assert.equal((await ask(address, headers, body)).status, status, address);
  }
});

test("a challenge goes its way at the other host, to a last page that posts to https alone", async () => {
  const areq = payment("2.2.0");
  const holder = "/v1/cardholders/holder-1";
  const facts = { email: "taro@mail.jp", personal_message: "ハワイ大好き", channel: "email" };
  await ask(`PUT otp.example${holder}`, issuer, JSON.stringify(facts));
  const card = `${holder}/cards/${cardDigest(areq.acctNumber)}`;
  assert.equal((await ask(`PUT otp.example${card}`, issuer)).status, 204);
  const { body: ares } = await ask("POST acs.example/3ds/areq", theirs, JSON.stringify(areq));
  assert.equal(`${ares.transStatus} ${ares.acsURL}`, "C https://otp.example/3ds/challenge");

  const creq = `${new URLSearchParams({ creq: encode(makeCReq(ares, "01")) })}`;
  const sent = await ask("POST otp.example/3ds/challenge", form, creq);
  assert.equal(sent.status, 303, sent.text);
  const at = `otp.example${sent.headers.get("location")}`;
  const shown = await ask(`GET ${at}`);
  assert.match(shown.text, /data-status="pending"/);
  // Its directory server cannot be reached from here.
  const start = performance.now();
  const last = await ask(`POST ${at}/cancel`, form);
  assert.ok(performance.now() - start < 6000);
  assert.deepEqual(posted(last).message, cresOf({ areq, ares }, "N"));
  assert.equal(directives(finalPage(last).policy)["form-action"], "https:");
  for (const page of [shown, last]) {
    assert.doesNotMatch(page.headers.get("content-security-policy") ?? "", /frame-ancestors/);
    assert.equal(page.headers.get("set-cookie"), null);
  }
});
