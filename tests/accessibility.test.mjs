// axe-core finds nothing on any page of ours (WCAG 2.2 A and AA), frames included, in both themes.
import { after, test } from "node:test";
import { assertAccessible } from "./support/accessibility.mjs";
import { assertStatus } from "./support/api.mjs";
import { startApi, startBrowser } from "./support/bench.mjs";
import { enhanced, formFrame, withPage } from "./support/browser.mjs";
import {
  createChallenge,
  createTest,
  newestCode,
  presentedChallenge,
  registerCardholder,
  registerMerchant,
  testing,
  verifiedChallenge,
  wrongCode,
} from "./support/demo.mjs";
import { startDocs } from "./support/docs.mjs";
import { atStep, enroll, walk } from "./support/enrollment-pages.mjs";
import { spendTries } from "./support/locks.mjs";
import { startMemberSite } from "./support/member-site.mjs";
import { startShop } from "./support/shop.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** Where a development server's first page leads. */
const demo = {
  DEMO_SHOP: "http://localhost:8788",
  DEMO_MEMBER_SITE: "http://localhost:8789",
  DEMO_DOCS: "http://localhost:8790",
  DEMO_THREE_DS: "http://localhost:8791",
};
const { api } = await startApi({
  vars: { MEMBER_SITE_URL: "https://my.example/", ...demo },
});
const shop = await startShop(api);
after(() => shop.stop());
const memberSite = await startMemberSite(api);
after(() => memberSite.stop());
const docs = await startDocs();
const browser = await startBrowser();

/** Each leads a new page to a state of one of our pages. @type {Record<string, (page: Page) => Promise<void>>} */
const states = {
  async "the form, e-mail, ja"(page) {
    await page.goto((await createChallenge(api)).url);
    await enhanced(page);
  },
  async "the form, SMS, en"(page) {
    const cardholder = await registerCardholder(api, { channel: "sms" });
    const challenge = await createChallenge(api, { cardholder, more: { locale: "en" } });
    await page.goto(challenge.url);
    await enhanced(page);
  },
  async "the form of a test"(page) {
    const tester = await testing(api, await registerMerchant(api));
    await page.goto((await createTest(api, tester, "test_verified")).url);
    await enhanced(page);
  },
  async "the form, app, ja"(page) {
    await appForm(page, "ja");
  },
  async "the form, app, en"(page) {
    await appForm(page, "en");
  },
  async "the form after a wrong code"(page) {
    const challenge = await createChallenge(api);
    await page.goto(challenge.url);
    await enhanced(page);
    await page.fill("#code", wrongCode(await newestCode(api, challenge)));
    await page.click("#send");
    await page.waitForSelector("#error:not(:empty)");
  },
  async "the form after a resend"(page) {
    const challenge = await presentedChallenge(api);
    await api.advance(31);
    await page.goto(challenge.url);
    await page.waitForSelector('#resend[aria-disabled="false"]');
    await page.click("#resend");
    await page.waitForSelector("#status:not(:empty)");
  },
  async "the form that could not send"(page) {
    const given = {
      merchant: await registerMerchant(api),
      cardholder: await registerCardholder(api),
    };
    for (let n = 0; n < 5; n++) await presentedChallenge(api, given);
    await page.goto((await createChallenge(api, given)).url);
    await page.waitForSelector("#error:not(:empty)");
  },
  async "the form, code expired"(page) {
    const challenge = await presentedChallenge(api);
    await api.advance(601);
    await page.goto(challenge.url);
  },
  async "the form, verified"(page) {
    const challenge = await verifiedChallenge(api, {
      more: { return_url: "https://shop.example/" },
    });
    await page.route("https://shop.example/**", (route) => route.abort());
    await page.goto(challenge.url);
    await page.waitForSelector('#warifu[data-status="verified"]');
  },
  async "the form, verified just now"(page) {
    const challenge = await createChallenge(api);
    await page.goto(challenge.url);
    await enhanced(page);
    await page.fill("#code", await newestCode(api, challenge));
    await page.click("#send");
    await page.waitForSelector('#warifu[data-status="verified"]');
  },
  async "the form, failed"(page) {
    const challenge = await presentedChallenge(api);
    for (let n = 1; n <= 5; n++) {
      await api.verify(challenge.secret, wrongCode(challenge.code, n));
    }
    await page.goto(challenge.url);
    await page.waitForSelector('#warifu[data-status="failed"]');
  },
  async "the form that wrong codes keep out"(page) {
    await page.goto((await keptOut()).url);
    await page.waitForSelector("#error:not(:empty)");
    await page.waitForSelector("#release");
  },
  async "the form that wrong codes keep out while it is open"(page) {
    const given = {
      merchant: await registerMerchant(api),
      cardholder: await registerCardholder(api),
    };
    const open = await presentedChallenge(api, given);
    await page.goto(open.url);
    await enhanced(page);
    await spendTries(api, await presentedChallenge(api, given));
    await page.fill("#code", open.code);
    await page.click("#send");
    await page.waitForSelector("#release");
    await page.waitForSelector("#error:not(:empty)");
  },
  async "the form, canceled"(page) {
    const challenge = await presentedChallenge(api);
    assertStatus(await api.cancel(challenge.secret));
    await page.goto(challenge.url);
    await page.waitForSelector('#warifu[data-status="canceled"]');
  },
  async "the form, expired"(page) {
    const challenge = await presentedChallenge(api);
    await api.advance(1801);
    await page.goto(challenge.url);
    await page.waitForSelector('#warifu[data-status="expired"]');
  },
  async "the notice of no challenge"(page) {
    await page.goto(`${api.origin}/challenge/none`);
    await page.waitForSelector("#warifu");
  },
  async "the page of a problem, ja"(page) {
    await page.goto(`${api.origin}/problems/not-enrolled?lang=ja`);
  },
  async "the page of a problem, en"(page) {
    await page.goto(`${api.origin}/problems/too-many-wrong-keys?lang=en`);
  },
  async "a development server's first page"(page) {
    await page.goto(api.origin);
  },
  async "a deployment's first page, ja"(page) {
    await page.goto(`${api.origin}/?lang=ja`);
  },
  async "a deployment's first page, en"(page) {
    await page.goto(`${api.origin}/?lang=en`);
  },
  async "a document, ja"(page) {
    await page.goto(`${docs}/README.ja.md`);
  },
  async "a document, en"(page) {
    await page.goto(`${docs}/docs/issuer/settings.md`);
  },
  async "the outbox"(page) {
    await presentedChallenge(api);
    await presentedChallenge(api, {
      cardholder: await registerCardholder(api, { channel: "sms" }),
    });
    await page.goto(`${api.origin}/dev/outbox`);
    await page.waitForSelector("article");
  },
  async "the empty outbox"(page) {
    await page.goto(`${api.origin}/dev/outbox?challenge=ch_${"A".repeat(22)}`);
  },
  async "the shop, ja"(page) {
    await page.goto(shop.origin);
  },
  async "the shop, en"(page) {
    await page.goto(`${shop.origin}/?lang=en`);
  },
  async "the shop's checkout with the form in it"(page) {
    await buy(page);
    await enhanced(await formFrame(page));
  },
  async "the shop's order, paid"(page) {
    await buy(page);
    const form = await formFrame(page);
    const challenge = await shop.challengeIn(page);
    await form.fill("#code", await newestCode(api, challenge));
    await form.click("#send");
    await page.waitForSelector("#paid");
  },
  async "the shop's order, canceled"(page) {
    await buy(page);
    await page.click("#leave button");
    await page.waitForSelector("#canceled");
  },
  async "the shop's order, refused"(page) {
    await buy(page);
    await page.evaluate(() => /** @type {any} */ (document.getElementById("pay")).submit());
    await page.waitForSelector("#refused");
  },
  async "the shop, nothing there"(page) {
    await page.goto(`${shop.origin}/nothing`);
    await page.waitForSelector("#problem");
  },
  async "the member site, ja"(page) {
    await page.goto(memberSite.home(await registerCardholder(api)));
  },
  async "the member site, en"(page) {
    await page.goto(memberSite.home(await registerCardholder(api, { channel: "sms" }), "en"));
  },
  async "the member site, changed to an app"(page) {
    const cardholder = await registerCardholder(api);
    await enroll(api, browser, page, { cardholder: cardholder.id, channel: "app" });
    await page.goto(`${memberSite.home(cardholder)}&warifu-enrollment=changed`);
    await page.waitForSelector("#changed");
  },
  async "the member site, canceled"(page) {
    await page.goto(memberSite.home(await registerCardholder(api)));
    await page.click("#change");
    await atStep(page, 0);
    await page.click("#cancel");
    await page.click("#return");
    await page.waitForSelector("#canceled");
  },
  async "the member site, asked whose a purchase is"(page) {
    const { cardholder, secret } = await keptOut();
    await api.present(secret);
    await api.advance(10);
    await page.goto(memberSite.home(cardholder));
    await page.waitForSelector(".question");
  },
  async "the member site, asked for an amount, ja"(page) {
    await page.goto(memberSite.home(await registerCardholder(api)));
    await page.click("#expect");
    await page.waitForSelector("#amount");
  },
  async "the member site, an amount is expected, en"(page) {
    await page.goto(memberSite.home(await registerCardholder(api), "en"));
    await page.click("#expect");
    await page.fill("#amount", "9,800");
    await page.locator("main form button").click();
    await page.waitForSelector("#expected");
  },
  async "the member site, nobody there"(page) {
    await page.goto(memberSite.home({ id: "nobody" }));
    await page.waitForSelector("#problem");
  },
  async "the terms, ja"(page) {
    await page.goto(memberSite.terms);
  },
  async "the terms, en"(page) {
    await page.goto(`${memberSite.terms}?lang=en`);
  },
};

/** A challenge whose form has not been shown, and would not send. */
async function keptOut() {
  const given = {
    merchant: await registerMerchant(api),
    cardholder: await registerCardholder(api),
  };
  await spendTries(api, await presentedChallenge(api, given));
  return createChallenge(api, given);
}

/** @param {Page} page @param {"ja" | "en"} locale */
async function appForm(page, locale) {
  const cardholder = await registerCardholder(api);
  await enroll(api, browser, page, { cardholder: cardholder.id, channel: "app" });
  await page.goto((await createChallenge(api, { cardholder, more: { locale } })).url);
  await page.waitForSelector("#code");
}

/** @param {Page} page */
async function buy(page) {
  await api.advance(601);
  await page.goto(shop.origin);
  await page.click("#buy");
  await page.waitForSelector("#pay", { state: "attached" });
}

for (const lang of /** @type {const} */ (["ja", "en"])) {
  test(`light and dark: every page of the enrollment, ${lang}`, () =>
    withPage(browser, { reducedMotion: "reduce" }, (page) =>
      walk({ api, browser, page, lang }, (where) => assertAccessible(page, where)),
    ));
}

for (const [state, lead] of Object.entries(states)) {
  test(`light and dark: ${state}`, () =>
    withPage(browser, { reducedMotion: "reduce" }, async (page) => {
      await lead(page);
      await assertAccessible(page);
    }));
}
