// The first page of a development server: what runs, and what to try in two minutes.
import { escaped, page } from "./page.mjs";

/**
 * @typedef {object} Places where the parts of the demonstration are; none without `npm start`
 * @property {string} [DEMO_SHOP] origin
 * @property {string} [DEMO_MEMBER_SITE] origin
 * @property {string} [DEMO_DOCS] origin
 * @property {string} [DEMO_THREE_DS] origin
 */

/**
 * @param {Places} places
 * @param {string} style
 */
export const frontPage = (places, style) => page("はじめに (Start here)", body(places), style);

/** @param {Places} places */
const body = (places) => {
  const { DEMO_SHOP: shop, DEMO_MEMBER_SITE: site, DEMO_DOCS: docs } = places;
  const { DEMO_THREE_DS: threeDs } = places;
  const parts = [
    ...(shop ? [part(shop, "ショップ", "Shop", "加盟店の見本です。", "A sample merchant.")] : []),
    ...(threeDs
      ? [
          part(
            threeDs,
            "3-Dセキュアのショップ",
            "Shop with 3-D Secure",
            "カード番号で購入し、やりとりのメッセージを見られます。",
            "Buys with a card number, and shows the messages that go to and fro.",
          ),
        ]
      : []),
    part(
      "/dev/outbox",
      "送信箱",
      "Outbox",
      "ワンタイムパスワードが届きます。外部には何も送信しません。",
      "Where the one-time passwords arrive. Nothing is sent to anybody.",
    ),
    ...(site
      ? [part(site, "会員サイト", "Member site", "カード発行会社の見本です。", "A sample issuer.")]
      : []),
    ...(docs
      ? [part(docs, "ドキュメント", "Documents", "導入と運用の手引きです。", "Guides.")]
      : []),
    part(
      "/?lang=ja",
      "本番のトップページ",
      "This page in production",
      "本番の環境では、このアドレスに表示されます。",
      "What this address shows there.",
    ),
  ];
  return `<header>
<h1>Warifu <span>はじめに <span lang="en">Start here</span></span></h1>
<p>このマシンだけで動いています。<br><span lang="en">This runs on this machine alone.</span></p>
</header>
<main>
${shop && site ? tries(shop, site, docs) : ""}
<h2>開く <span lang="en">Open</span></h2>
<ul>
${parts.join("\n")}
</ul>
</main>`;
};

/**
 * @param {string} address
 * @param {string} ja
 * @param {string} en
 * @param {string} what
 * @param {string} whatEn
 */
const part = (address, ja, en, what, whatEn) =>
  `<li><a href="${escaped(address)}">${ja} <span lang="en">${en}</span></a><p>${what}<br><span lang="en">${whatEn}</span></p></li>`;

/**
 * @param {string} shop
 * @param {string} site
 * @param {string | undefined} docs
 */
const tries = (shop, site, docs) => {
  const steps = [
    step(
      `<a href="${escaped(shop)}">ショップ</a>で「購入する」を押し、<a href="/dev/outbox">送信箱</a>に届いたワンタイムパスワードを入力して「送信」を押します。`,
      "In the shop, press 購入する (Buy). Type the password that arrives in the outbox, and press 送信 (Verify).",
    ),
    step(
      "もう一度購入し、わざと違う6桁を入力します。残りの回数を示し、正しいパスワードを待ちます。",
      "Buy again and type six other figures: the form says how many tries are left, and waits for the right ones.",
    ),
    step(
      `<a href="${escaped(site)}">会員サイト</a>で「認証方式の変更」「確認画面へ」「変更する」の順に押し、受け取り方を変えて、もう一度購入します。`,
      "On the member site press 認証方式の変更, 確認画面へ, 変更する: the next purchase asks in the way that you chose.",
    ),
    ...(docs
      ? [
          step(
            `自分のお店につなぐときは、<a href="${escaped(docs)}/README.ja.md#加盟店への組み込み">加盟店への組み込み</a>へ。キーとIDは<code>.warifu/demo.json</code>にあります。`,
            `Your own shop: <a href="${escaped(docs)}/README.md#how-a-merchant-integrates">How a merchant integrates</a>. Keys and ids are in <code>.warifu/demo.json</code>.`,
          ),
        ]
      : []),
  ];
  return `<h2>2分で試す <span lang="en">Try it in two minutes</span></h2>
<ol class="steps">
${steps.join("\n")}
</ol>`;
};

/** @param {string} ja @param {string} en */
const step = (ja, en) => `<li><p>${ja}</p><p lang="en">${en}</p></li>`;
