// The enrollment pages word for word, with the labels of the programme's example in its order.
import assert from "node:assert/strict";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./enrollment-pages.mjs").Lang} Lang */

/** What people read, line by line. @param {Page} page */
const linesOf = async (page) =>
  (await page.locator("body").innerText())
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

const frames = {
  ja: {
    top: ["株式会社わりふカード", "J/Secure", "認証方式の変更"],
    steps: ["1.選択", "2.確認", "3.完了"],
    foot: "お心当たりのないお手続きのときや、お困りのときは、カード裏面に記載のカード発行会社までご連絡ください。",
  },
  en: {
    top: ["Warifu Card Co., Ltd.", "J/Secure", "Change your authentication method"],
    steps: ["1. Choose", "2. Confirm", "3. Done"],
    foot: "If you did not ask for this change, or need help, contact the card issuer named on the back of your card.",
  },
};

/** A page of the procedure. @param {Lang} lang @param {...string} body */
const step = (lang, ...body) => [
  ...frames[lang].top,
  ...frames[lang].steps,
  ...body,
  frames[lang].foot,
];

/** A page when it is over. @param {Lang} lang @param {...string} body */
export const over = (lang, ...body) => [...frames[lang].top, ...body, frames[lang].foot];

export const email = { ja: "Eメール ***@mail.jp", en: "E-mail ***@mail.jp" };
export const sms = {
  ja: "SMS(携帯電話番号)： ***-\u2060****-1234",
  en: "SMS (mobile phone): ***-\u2060****-1234",
};
export const none = { ja: "未登録", en: "None" };
export const app = { ja: "ワンタイムパスワード認証(アプリ)", en: "One-time password (app)" };

export const back = { ja: "会員サイトへ戻る", en: "Return to the member site" };

/**
 * What the offers are called in a sentence.
 * @param {Lang} lang
 * @param {string[]} offers
 */
const named = (lang, offers) =>
  [
    { offer: email, ja: "Eメール", en: "e-mail" },
    { offer: sms, ja: "SMS", en: "SMS" },
    { offer: app, ja: "認証アプリ", en: "authenticator app" },
  ].flatMap((method) => (offers.includes(method.offer[lang]) ? [method[lang]] : []));

const guidance = {
  ja: (/** @type {string[]} */ names) =>
    names.length > 1
      ? `ワンタイムパスワードの受け取り方を、${names.join("、")}から選んで登録できます。`
      : `ワンタイムパスワードの受け取り方として、${names[0]}を登録できます。`,
  en: (/** @type {string[]} */ names) =>
    `You can register to get one-time passwords by ${names.join(", ").replace(/, ([^,]+)$/, " or $1")}.`,
};

/** Step 1. @type {Record<Lang, (now: string, ...offers: string[]) => string[]>} */
export const choosing = {
  ja: (now, ...offers) =>
    step(
      "ja",
      "認証方式の変更に関する案内",
      guidance.ja(named("ja", offers)),
      "お手続きを進めると、「J/Secure利用者規定」にご同意いただいたことになります。",
      "変更内容に表示している宛先は、株式会社わりふカードの会員サイトで確認・変更できます。",
      "認証方式の選択",
      "ご希望の認証方式を選び、「確認画面へ」を押してください。",
      ...["現在のご登録内容", now, "変更内容", ...offers],
      ...["キャンセル", "確認画面へ"],
    ),
  en: (now, ...offers) =>
    step(
      "en",
      "About this change",
      guidance.en(named("en", offers)),
      "By going on, you agree to the J/Secure Terms of Use.",
      "At the member site of Warifu Card Co., Ltd. you can look up and change the contacts shown below.",
      "Choose a method",
      "Choose the method you want and press “Continue”.",
      ...["Current registration", now, "Change to", ...offers],
      ...["Cancel", "Continue"],
    ),
};

/** Step 2. @type {Record<Lang, (now: string, to: string, ...app: string[]) => string[]>} */
export const confirming = {
  ja: (now, to, ...more) =>
    step(
      "ja",
      "内容をご確認のうえ、「変更する」を押してください。",
      ...["現在のご登録内容", now, "変更内容", to],
      ...["利用者規定", "J/Secure利用者規定 (2026-04)"],
      ...more,
      ...["キャンセル", "変更する", "戻る"],
    ),
  en: (now, to, ...more) =>
    step(
      "en",
      "Check what will change and press “Change”.",
      ...["Current registration", now, "Change to", to],
      ...["Terms", "J/Secure Terms of Use (2026-04)"],
      ...more,
      ...["Cancel", "Change", "Back"],
    ),
};

/**
 * What step 2 has for an app, where nothing is touched. The link for an app on the same device is on
 * those that are.
 * @type {Record<Lang, (app: import("./totp.mjs").Authenticator) => string[]>}
 */
export const settingUp = {
  ja: (app) => [
    "認証アプリの登録",
    "認証アプリでQRコードを読み取ってください。",
    "読み取れないときは、次のキーをアプリに入力してください。",
    app.text,
    `アプリでの表示名：${nameOf(app)}`,
    "登録したあと、アプリに表示された6桁の数字を入力してください。",
    "ワンタイムパスワード",
  ],
  en: (app) => [
    "Set up your app",
    "Scan the QR code with your authenticator app.",
    "If you cannot scan it, type this key into the app.",
    app.text,
    `Name in the app: ${nameOf(app)}`,
    "Then enter the 6 digits that the app shows.",
    "One-time password",
  ],
};

/** Without the issuer. @param {import("./totp.mjs").Authenticator} app */
const nameOf = ({ label }) => label.replace(/^[^:]*:/, "");

/** Step 3. @type {Record<Lang, (now: string, ...more: string[]) => string[]>} */
export const changed = {
  ja: (now, ...more) => step("ja", "認証方式を変更しました。", "現在のご登録内容", now, ...more),
  en: (now, ...more) =>
    step("en", "Your authentication method was changed.", "Current registration", now, ...more),
};
export const fromNowOn = {
  ja: {
    sent: "次のご購入からは、この宛先にワンタイムパスワードをお送りします。",
    app: "次のご購入からは、認証アプリに表示されるワンタイムパスワードを入力してください。",
  },
  en: {
    sent: "From your next purchase, we send your one-time passwords there.",
    app: "From your next purchase, enter the one-time password that your authenticator app shows.",
  },
};

export const said = {
  ja: {
    wrong: "ワンタイムパスワードが違います。残り4回です。",
    malformed: "ワンタイムパスワードを6桁の数字で入力してください。",
    failed: "入力の誤りが続いたため、変更せずに終了しました。会員サイトからやり直してください。",
    canceled: "認証方式の変更をキャンセルしました。ご登録内容は変わっていません。",
    changed: "認証方式の変更は完了しています。",
    nothing:
      "登録できる宛先がありません。会員サイトで、Eメールアドレスか携帯電話番号をご登録ください。",
    expired: "お手続きの時間が過ぎました。会員サイトからやり直してください。",
    unknown: "このお手続きは見つかりません。会員サイトからやり直してください。",
    notOffered: "この認証方式は、いまは選べません。ほかの認証方式をお選びください。",
    terms: "利用者規定が改定されました。ご確認のうえ、もう一度お進みください。",
    elsewhere: "この操作は、会員サイトから開いた画面でのみ行えます。",
  },
  en: {
    wrong: "Wrong one-time password. 4 tries left.",
    malformed: "Enter the one-time password as 6 digits.",
    failed:
      "The entries were wrong too often, so this has ended without a change. Please start again from the member site.",
    canceled: "You canceled the change. Nothing was changed.",
    changed: "Your authentication method has been changed.",
    nothing:
      "There is no contact to register. Please add an e-mail address or a mobile number at the member site.",
    expired: "The time for this change has passed. Please start again from the member site.",
    unknown: "This change was not found. Please start again from the member site.",
    notOffered: "This method cannot be chosen now. Please choose another one.",
    terms: "The terms of use have changed. Please read them and go on again.",
    elsewhere: "This can only be done on the page that the member site opened.",
  },
};

const failing = { ja: "エラー: ", en: "Error: " };

/**
 * The title says the step as well, and before it, because it is read first, that something was
 * refused.
 * @param {Page} page
 * @param {Lang} lang
 * @param {string[]} expected
 * @param {{ refused?: boolean }} [how]
 */
export async function assertReads(page, lang, expected, { refused = false } = {}) {
  assert.deepEqual(await linesOf(page), expected);
  const [issuer, , heading] = frames[lang].top;
  assert.equal(await page.locator("html").getAttribute("lang"), lang);
  const present = page.locator('[aria-current="step"]');
  const steps = (await present.count()) ? [await present.innerText()] : [];
  const title = [...steps, heading, issuer].join(" | ");
  assert.equal(await page.title(), refused ? failing[lang] + title : title);
  assert.equal(await page.locator("h1").innerText(), heading);
}
