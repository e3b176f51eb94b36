// The enrollment pages word for word, with the seed's labels in the seed's order.
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
  ja: "SMS(携帯電話番号)： ***-****-1234",
  en: "SMS (mobile phone): ***-****-1234",
};
export const none = { ja: "未登録", en: "None" };
export const app = { ja: "ワンタイムパスワード認証(アプリ)", en: "One-time password (app)" };

export const back = { ja: "会員サイトへ戻る", en: "Return to the member site" };

/** Step 1. @type {Record<Lang, (now: string, ...offers: string[]) => string[]>} */
export const choosing = {
  ja: (now, ...offers) =>
    step(
      "ja",
      "認証方式の変更に関する案内",
      "ワンタイムパスワードの受け取り方を、Eメール、SMS、認証アプリから選んで登録できます。",
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
      "You can register to get one-time passwords by e-mail or SMS, or from an authenticator app.",
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

/** What step 2 has for an app. @type {Record<Lang, (secret: string) => string[]>} */
export const settingUp = {
  ja: (secret) => [
    "認証アプリの登録",
    "認証アプリでQRコードを読み取ってください。",
    "このスマートフォンのアプリに登録",
    "読み取れないときは、次のキーをアプリに入力してください。",
    secret,
    "登録したあと、アプリに表示された6桁の数字を入力してください。",
    "ワンタイムパスワード",
  ],
  en: (secret) => [
    "Set up your app",
    "Scan the QR code with your authenticator app.",
    "Add to an app on this phone",
    "If you cannot scan it, type this key into the app.",
    secret,
    "Then enter the 6 digits that the app shows.",
    "One-time password",
  ],
};

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
    canceled: "認証方式の変更をキャンセルしました。",
    over: "このお手続きは終わっています。さらに変更するときは、会員サイトからやり直してください。",
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
    over: "This change is already finished. To make another, please start again from the member site.",
    expired: "The time for this change has passed. Please start again from the member site.",
    unknown: "This change was not found. Please start again from the member site.",
    notOffered: "This method cannot be chosen now. Please choose another one.",
    terms: "The terms of use have changed. Please read them and go on again.",
    elsewhere: "This can only be done on the page that the member site opened.",
  },
};

/**
 * @param {Page} page
 * @param {Lang} lang
 * @param {string[]} expected
 */
export async function assertReads(page, lang, expected) {
  assert.deepEqual(await linesOf(page), expected);
  const [issuer, , heading] = frames[lang].top;
  assert.equal(await page.locator("html").getAttribute("lang"), lang);
  assert.equal(await page.title(), `${heading} | ${issuer}`);
  assert.equal(await page.locator("h1").innerText(), heading);
}
