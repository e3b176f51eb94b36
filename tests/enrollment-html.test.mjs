// What is in no page of the enrollment: script, style attributes, anything from elsewhere; and the
// headers that would stop it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startApi, startBrowser } from "./support/bench.mjs";
import { withPage } from "./support/browser.mjs";
import { registerCardholder } from "./support/demo.mjs";
import { createSession, fromOurPage, pages } from "./support/enrollment.mjs";
import { walk } from "./support/enrollment-pages.mjs";

const { api } = await startApi();
const browser = await startBrowser();

test("in Chromium, the pages load nothing, run nothing and violate nothing", () =>
  withPage(browser, {}, async (page) => {
    /** @type {string[]} */
    const loaded = [];
    /** @type {string[]} */
    const complaints = [];
    page.on("request", (request) => {
      if (!request.isNavigationRequest()) loaded.push(request.url());
    });
    page.on("console", (message) => {
      // A page of a refusal has the refusal's status.
      if (!/status of 4\d\d/.test(message.text())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    await walk({ api, browser, page }, async (where) => {
      const found = await page.evaluate(() => {
        const all = [...document.querySelectorAll("*")];
        const attributes = all.flatMap((one) => [...one.attributes]);
        return {
          scripts: document.scripts.length,
          handlers: attributes.filter(({ name }) => /^on/i.test(name)).length,
          styles: attributes.filter(({ name }) => name === "style").length,
          sources: attributes.filter(({ name }) => /^(src|srcset|data|poster)$/.test(name)).length,
          embedded: document.querySelectorAll("iframe, object, embed, link, base, img").length,
          refreshes: document.querySelectorAll("meta[http-equiv]").length,
          addresses: attributes.filter(({ value }) => /^\s*(javascript|data):/i.test(value)).length,
          cookies: document.cookie,
        };
      });
      assert.deepEqual(
        found,
        {
          ...{ scripts: 0, handlers: 0, styles: 0, sources: 0, embedded: 0, refreshes: 0 },
          ...{ addresses: 0, cookies: "" },
        },
        where,
      );
    });
    assert.deepEqual(loaded, []);
    assert.deepEqual(complaints, []);
  }));

/** @param {Headers} headers */
const policyOf = (headers) =>
  Object.fromEntries(
    (headers.get("content-security-policy") ?? "").split(";").map((directive) => {
      const [name, ...values] = directive.trim().split(/\s+/);
      return [name, values.join(" ")];
    }),
  );

/** @param {Headers} headers @param {string} where */
function assertStrict(headers, where) {
  const { "style-src": style, ...rest } = policyOf(headers);
  assert.deepEqual(
    rest,
    {
      "default-src": "'none'",
      "form-action": "'self'",
      "base-uri": "'none'",
      "frame-ancestors": "'none'",
    },
    where,
  );
  assert.match(style, /^'sha256-[A-Za-z0-9+/=]+'$/, where);
  const expected = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
    "set-cookie": null,
    "access-control-allow-origin": null,
  };
  for (const [name, value] of Object.entries(expected)) {
    assert.equal(headers.get(name), value, `${where}: ${name}`);
  }
}

test("every answer has strict headers, and its forms lead nowhere but to us", async () => {
  const cardholder = await registerCardholder(api);
  // A browser would hold a longer list against every redirect behind the return_url.
  const return_url = "https://my.example;sandbox/settings?menu=1";
  const at = async () => pages(api, await createSession(api, cardholder, { return_url }));
  const confirmed = { channel: "sms", terms: "2026-04" };
  const app = { channel: "app", said: "wrong_code" };
  const [used, canceled] = [await at(), await at()];
  assert.equal((await used.change(confirmed)).status, 303);
  assert.equal((await canceled.cancel()).status, 303);
  for (const [where, answer] of Object.entries({
    "step 1": await (await at()).choose(),
    "step 2": await (await at()).confirm({ channel: "app" }),
    "step 2 again": await (await at()).confirm(app),
    "step 3": await used.done(),
    canceled: await canceled.done(),
  })) {
    assert.equal(answer.status, 200, where);
    assertStrict(answer.headers, where);
  }
  for (const [where, answer] of Object.entries({
    "a used session": await used.choose(),
    "a post from elsewhere": await used.change(confirmed, {
      ...fromOurPage,
      "sec-fetch-site": "cross-site",
    }),
    "no session": await api.get("/enrollment/none"),
  })) {
    assert.ok(answer.status >= 400, where);
    assertStrict(answer.headers, where);
  }
});

test("no page has the whole address or number, and only the set-up has the secret", async () => {
  const cardholder = await registerCardholder(api);
  const shown = pages(api, await createSession(api, cardholder));
  const texts = [
    (await shown.choose()).text,
    (await shown.confirm({ channel: "email" })).text,
    (await shown.confirm({ channel: "sms" })).text,
    (await shown.confirm({ channel: "app" })).text,
  ];
  for (const text of texts) {
    for (const known of [cardholder.email, cardholder.phone, cardholder.phone.slice(3)]) {
      assert.ok(!text.includes(known), known);
    }
  }
  assert.deepEqual(
    texts.map((text) => text.includes("otpauth:")),
    [false, false, false, true],
  );
});
