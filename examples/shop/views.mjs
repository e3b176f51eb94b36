/** The shop's pages. Whatever is put into a page is escaped, unless it is a page part itself. */
import { words } from "./words.mjs";
import { scriptUrl } from "./warifu.mjs";

/** @typedef {import("./server.mjs").ShopOrder} ShopOrder */

export class Html {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }
  toString() {
    return this.text;
  }
}

/** @param {unknown} value @returns {string} */
const put = (value) =>
  value instanceof Html
    ? value.text
    : String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** @param {TemplateStringsArray} parts @param {...unknown} values */
const markup = (parts, ...values) =>
  new Html(parts.map((part, at) => part + (at < values.length ? put(values[at]) : "")).join(""));

/** @param {"ja" | "en"} lang @param {string} title @param {Html} body @param {Html} [head] */
const page = (lang, title, body, head = markup``) => {
  const w = words[lang];
  const home = lang === "en" ? "/?lang=en" : "/";
  return markup`<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${title} | ${w.name}</title>
<link rel="stylesheet" href="/style.css">
<link rel="icon" href="/icon.svg">
${head}</head>
<body>
<header><a href="${home}">${w.name}</a></header>
<main>
${body}
</main>
</body>
</html>
`.text;
};

/** @param {string} name @param {string} legend @param {[value: string, label: string][]} choices @param {string} [checked] */
const radios = (name, legend, choices, checked = choices[0]?.[0]) => markup`<fieldset>
<legend>${legend}</legend>
${new Html(
  choices
    .map(([value, label]) => {
      const mark = new Html(value === checked ? " checked" : "");
      return markup`<label><input type="radio" name="${name}" value="${value}"${mark}> ${label}</label>`;
    })
    .join("\n"),
)}
</fieldset>`;

/** Where the one-time password of this demonstration is read. @param {"ja" | "en"} lang */
const outboxLink = (lang) => {
  const address = process.env.OUTBOX_URL;
  if (!address) return markup``;
  const w = words[lang];
  return markup`<p class="quiet">${w.outbox} <a id="outbox" href="${address}" target="_blank" rel="noopener">${w.outboxOpen}</a></p>`;
};

/** @param {"ja" | "en"} lang */
export const productPage = (lang) => {
  const w = words[lang];
  const other = lang === "ja" ? "en" : "ja";
  return page(
    lang,
    w.product,
    markup`<div class="product">
<img src="/picture.svg" alt="" width="400" height="400">
<div>
<h1>${w.product}</h1>
<p>${w.story}</p>
<p class="price"><b>${w.price}</b> ${w.tax}</p>
<form action="/buy" method="post">
<dl><div><dt>${w.card}</dt><dd>${w.cardValue}</dd></div></dl>
${radios("channel", w.channel, [
  ["email", w.email],
  ["sms", w.sms],
])}
${radios(
  "lang",
  w.lang,
  [
    ["ja", "日本語"],
    ["en", "English"],
  ],
  lang,
)}
${radios("flow", w.flow, [
  ["embed", w.embed],
  ["redirect", w.redirect],
])}
<button id="buy">${w.buy}</button>
</form>
<p class="quiet">${w.demo}</p>
${outboxLink(lang)}
<p><a href="/?lang=${other}" lang="${other}">${w.other}</a></p>
</div>
</div>`,
  );
};

/** @param {ShopOrder} order */
const summary = (order) => {
  const w = words[order.lang];
  return markup`<dl>
<div><dt>${w.item}</dt><dd>${w.product}</dd></div>
<div><dt>${w.amount}</dt><dd><b>${w.price}</b></dd></div>
<div><dt>${w.order}</dt><dd>${order.id}</dd></div>
</dl>`;
};

/** @param {ShopOrder} order @param {import("./warifu.mjs").Challenge} challenge @param {string} nonce */
export const checkoutPage = (order, challenge, nonce) => {
  const w = words[order.lang];
  return page(
    order.lang,
    w.checkout,
    markup`<h1>${w.checkout}</h1>
<p>${w.ask}</p>
${summary(order)}
<form id="pay" action="/pay" method="post">
<input type="hidden" name="order" value="${order.id}">
<div class="warifu-challenge" data-client-secret="${challenge.client_secret}" data-callback="onVerified" data-cancel-callback="onCanceled"></div>
<noscript><a class="button" href="${challenge.url}">${w.noscript}</a></noscript>
</form>
${outboxLink(order.lang)}
<form id="leave" action="/cancel/${order.id}" method="post"><button class="quiet">${w.leave}</button></form>`,
    markup`<script nonce="${nonce}">
function onVerified() { document.getElementById("pay").submit(); }
function onCanceled() { document.getElementById("leave").submit(); }
</script>
<script nonce="${nonce}" src="${scriptUrl}" async></script>
`,
  );
};

/** @param {ShopOrder} order */
export const orderPage = (order) => {
  const w = words[order.lang];
  const more = {
    paid: w.paidMore,
    refused: w.refusedMore,
    canceled: w.canceledMore,
    open: w.openMore,
  };
  return page(
    order.lang,
    w[order.status],
    markup`<div id="${order.status}">
<h1>${w[order.status]}</h1>
<p>${more[order.status]}</p>
</div>
${summary(order)}
<p><a class="button" href="/?lang=${order.lang}">${order.status === "paid" ? w.back : w.again}</a></p>`,
  );
};

/** @param {"ja" | "en"} lang @param {string} text @param {string} [said] */
export const problemPage = (lang, text, said = "") => {
  const w = words[lang];
  const detail = said ? markup`<p class="said">${w.said}: <q lang="en">${said}</q></p>` : markup``;
  return page(
    lang,
    w.sorry,
    markup`<div id="problem">
<h1>${w.sorry}</h1>
<p>${text}</p>
${detail}
</div>
<p><a class="button" href="/?lang=${lang}">${w.back}</a></p>`,
  );
};
