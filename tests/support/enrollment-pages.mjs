// The enrollment pages as a person uses them, who goes by what they say.
import assert from "node:assert/strict";
import { registerCardholder } from "./demo.mjs";
import { createSession, presentStep } from "./enrollment.mjs";
import { readQr } from "./qr.mjs";
import { authenticator } from "./totp.mjs";

/** @typedef {import("./api.mjs").Api} Api */
/** @typedef {import("playwright-core").Browser} Browser */
/** @typedef {import("playwright-core").Page} Page */
/** @typedef {"ja" | "en"} Lang */
/** @typedef {"email" | "sms" | "app"} Channel */

export const words = {
  ja: {
    heading: "認証方式の変更",
    steps: ["選択", "確認", "完了"],
    choices: { email: /^Eメール/, sms: /^SMS\(携帯電話番号\)/, app: /\(アプリ\)/ },
    toConfirm: "確認画面へ",
    change: "変更する",
    cancel: "キャンセル",
    back: "戻る",
    code: "ワンタイムパスワード",
  },
  en: {
    heading: "Change your authentication method",
    steps: ["Choose", "Confirm", "Done"],
    choices: { email: /^E-mail/, sms: /^SMS/, app: /\(app\)/ },
    toConfirm: "Continue",
    change: "Change",
    cancel: "Cancel",
    back: "Back",
    code: "One-time password",
  },
};

/**
 * The step of the procedure that the page says it is, after it has come.
 * @param {Page} page
 * @param {0 | 1 | 2} step
 * @param {Lang} [lang]
 */
export async function atStep(page, step, lang = "ja") {
  const name = words[lang].steps[step];
  await page.locator('[aria-current="step"]', { hasText: name }).waitFor();
}

/** @param {Page} page @param {Channel} channel @param {Lang} [lang] */
export const choice = (page, channel, lang = "ja") =>
  page.getByRole("radio", { name: words[lang].choices[channel] });

/** @param {Page} page @param {"toConfirm" | "change" | "cancel"} which @param {Lang} [lang] */
export const button = (page, which, lang = "ja") =>
  page.getByRole("button", { name: words[lang][which], exact: true });

/**
 * From step 1 to step 2.
 * @param {Page} page
 * @param {Channel} channel
 * @param {Lang} [lang]
 */
export async function choose(page, channel, lang = "ja") {
  await choice(page, channel, lang).check();
  await button(page, "toConfirm", lang).click();
  await atStep(page, 1, lang);
}

/**
 * From step 2 to step 3.
 * @param {Page} page
 * @param {Lang} [lang]
 */
export async function change(page, lang = "ja") {
  await button(page, "change", lang).click();
  await atStep(page, 2, lang);
}

/** Where the app's code is asked for. @param {Page} page @param {Lang} [lang] */
export const codeInput = (page, lang = "ja") =>
  page.getByRole("textbox", { name: words[lang].code });

/** The app's secret as the page spells it out: in groups, of which a copy makes one word. @param {Page} page */
async function spelledSecret(page) {
  const groups = page.locator("p span").filter({ hasText: /^[A-Z2-7]{1,4}$/ });
  const texts = await groups.allInnerTexts();
  assert.ok(texts.length > 1, "groups of letters");
  const [first, second] = await Promise.all([0, 1].map((n) => groups.nth(n).boundingBox()));
  assert.ok(first && second && second.x - (first.x + first.width) > 4, "a gap between groups");
  const copied = await groups.first().evaluate((group) => {
    getSelection()?.selectAllChildren(/** @type {Node} */ (group.parentNode));
    return String(getSelection());
  });
  assert.equal(copied, texts.join(""), "one word in the clipboard");
  return copied;
}

/** Where the page draws its QR code. @param {Page} page */
export const qrOf = (page) => page.getByRole("img", { name: /QR/ });

/**
 * An app takes the account from step 2: what it sees on the screen is what the link and the text say.
 * @param {Browser} browser
 * @param {Page} page
 */
export async function scan(browser, page) {
  const uri = await readQr(browser, qrOf(page));
  assert.ok(uri, "no app could read the QR code");
  const app = authenticator(uri);
  assert.equal(await spelledSecret(page), app.text);
  assert.equal(await page.locator('a[href^="otpauth:"]').getAttribute("href"), uri);
  return app;
}

/**
 * Enrolls through the pages; for the app, returns it.
 * @param {Api} api
 * @param {Browser} browser
 * @param {Page} page
 * @param {{ cardholder: string, channel: Channel, lang?: Lang }} enrollment
 */
export async function enroll(api, browser, page, { cardholder, channel, lang = "ja" }) {
  const { url } = await createSession(api, { id: cardholder }, { locale: lang });
  await page.goto(url);
  await choose(page, channel, lang);
  const app = channel === "app" ? await scan(browser, page) : undefined;
  if (app) await codeInput(page, lang).fill(app.code(await presentStep(api)));
  await change(page, lang);
  return app;
}

/**
 * Leads through every page of the procedure.
 * @param {object} way
 * @param {Api} way.api
 * @param {Browser} way.browser
 * @param {Page} way.page
 * @param {Lang} [way.lang]
 * @param {Parameters<typeof registerCardholder>[1]} [way.facts]
 * @param {(where: string) => Promise<void>} look
 */
export async function walk({ api, browser, page, lang = "ja", facts }, look) {
  const cardholder = await registerCardholder(api, facts);
  const open = async (return_url = "https://my.example/settings") => {
    const session = await createSession(api, cardholder, { locale: lang, return_url });
    await page.goto(session.url);
    await atStep(page, 0, lang);
    return session;
  };
  await open();
  await look("step 1");
  for (const channel of /** @type {const} */ (["email", "sms"])) {
    await choose(page, channel, lang);
    await look(`step 2, ${channel}`);
    await open();
  }
  await choose(page, "app", lang);
  await look("step 2, app");
  const app = await scan(browser, page);
  await codeInput(page, lang).fill(app.wrong(await presentStep(api))[0]);
  await button(page, "change", lang).click();
  await page.locator("[aria-invalid]").waitFor();
  await look("step 2, app, after a wrong code");
  await codeInput(page, lang).fill(app.code(await presentStep(api)));
  await change(page, lang);
  await look("step 3");
  await page.goto(page.url().replace(/\/done$/, ""));
  await look("a used session");
  const { url } = await createSession(api, cardholder, { locale: lang });
  await page.goto(url);
  await button(page, "cancel", lang).click();
  await page.waitForURL(`${url}/done`);
  await look("canceled");
  await page.goto(`${api.origin}/enrollment/none`);
  await look("no session");
}
