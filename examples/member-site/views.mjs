/** The site's pages. Whatever is put into a page is escaped, unless it is a page part itself. */
import { members, termsVersion, words } from "./words.mjs";

/** @typedef {import("./server.mjs").Visitor} Visitor */
/** @typedef {import("./warifu.mjs").Cardholder} Cardholder */
/** @typedef {import("./warifu.mjs").Purchase} Purchase */

class Html {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }
}

/** @param {unknown} value @returns {string} */
const put = (value) => {
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(put).join("\n");
  return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
};

/** @param {TemplateStringsArray} parts @param {...unknown} values */
const markup = (parts, ...values) =>
  new Html(parts.map((part, at) => part + (at < values.length ? put(values[at]) : "")).join(""));

/** An address of this site, with whom it is shown to.
 * @param {string} path @param {Visitor & { challenge?: string }} visitor */
const address = (path, visitor) => `${path}?${new URLSearchParams(visitor)}`;

/** @param {Visitor} visitor @param {string} here @param {string} title @param {Html} body */
const page = (visitor, here, title, body) => {
  const { lang } = visitor;
  const w = words[lang];
  const other = lang === "ja" ? "en" : "ja";
  return markup`<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${title} | ${w.name}</title>
<link rel="stylesheet" href="/style.css">
<link rel="icon" href="/icon.svg">
</head>
<body>
<header>
<a href="${address("/", visitor)}"><b>${w.name}</b> <span>${w.kind}</span></a>
<a href="${address(here, { ...visitor, lang: other })}" lang="${other}">${w.other}</a>
</header>
<main>
${body}
</main>
</body>
</html>
`.text;
};

/** @param {Visitor} visitor @param {Cardholder} cardholder @param {Purchase[]} purchases
 * @param {string | null} done */
export const memberPage = (visitor, cardholder, purchases, done) => {
  const { lang, member } = visitor;
  const w = words[lang];
  const said = done === "changed" || done === "canceled" || done === "released" ? w[done] : "";
  return page(
    visitor,
    "/",
    said || w.kind,
    markup`${said ? markup`<p id="${done}" class="said">${said}</p>` : ""}
<h1>${nameOf(member, lang)} ${w.greeting}</h1>
${purchases.map((purchase) => question(visitor, purchase))}
<div class="parts">
<section>
<h2>${w.authentication}</h2>
<p>${w.story}</p>
<dl>
<div><dt>${w.current}</dt><dd id="current">${registration(cardholder, lang)}</dd></div>
${acceptance(cardholder, visitor)}
</dl>
<form action="${address("/change", visitor)}" method="post"><button id="change">${w.change}</button></form>
</section>
<section>
<h2>${w.expect}</h2>
<p>${w.expectWhen}</p>
<p><a id="expect" class="button" href="${address("/expect", visitor)}">${w.expectOpen}</a></p>
</section>
<section>
<h2>${w.contacts}</h2>
<dl>
<div><dt>${w.email}</dt><dd>${cardholder.email ?? w.none}</dd></div>
<div><dt>${w.phone}</dt><dd>${cardholder.phone ?? w.none}</dd></div>
</dl>
</section>
</div>
<nav aria-label="${w.members}">
<p>${w.demo}</p>
<ul>
${Object.keys(members).map((id) => {
  const here = new Html(id === member ? ' aria-current="true"' : "");
  return markup`<li><a href="${address("/", { lang, member: id })}"${here}>${nameOf(id, lang)}</a></li>`;
})}
</ul>
</nav>`,
  );
};

/** @param {Visitor} visitor @param {Cardholder} cardholder @param {string | null} done */
export const expectPage = (visitor, { expected_purchase: expected }, done) => {
  const { lang } = visitor;
  const w = words[lang];
  const waits = expected && w.expected(amountOf(expected, lang), timeOf(expected.expires_at, lang));
  return page(
    visitor,
    "/expect",
    w.expect,
    markup`<h1>${w.expect}</h1>
${done === "unexpected" ? markup`<p id="unexpected" class="said">${w.unexpected}</p>` : ""}
${
  waits
    ? markup`<p id="expected" class="said">${waits}</p>
<form action="${address("/expect-nothing", visitor)}" method="post"><button>${w.expectNothing}</button></form>`
    : markup`<p>${w.expectStory}</p>
<form action="${address("/expect", visitor)}" method="post">
<p><label for="amount">${w.expectAmount}</label> <input id="amount" name="amount" inputmode="numeric" autocomplete="off" required></p>
<button>${w.expectSend}</button>
</form>
<p class="quiet">${w.expectCare}</p>`
}
<p><a href="${address("/", visitor)}">${w.back}</a></p>`,
  );
};

/** @param {Visitor} visitor @param {Purchase} purchase */
function question(visitor, { id, merchant_name, transaction }) {
  const { lang } = visitor;
  const w = words[lang];
  const yes = address("/release", { ...visitor, challenge: id });
  return markup`<section class="question">
<h2>${w.question}</h2>
<p>${w.keptOut}</p>
<dl>
<div><dt>${w.merchant}</dt><dd>${merchant_name}</dd></div>
<div><dt>${w.amount}</dt><dd>${amountOf(transaction, lang)}</dd></div>
<div><dt>${w.date}</dt><dd>${dayOf(transaction.purchased_at, lang)}</dd></div>
</dl>
<form action="${yes}" method="post"><button>${w.mine}</button></form>
<p>${w.notMine}</p>
</section>`;
}

/** @param {{ amount: number, currency: string }} transaction in minor units @param {"ja" | "en"} lang */
function amountOf({ amount, currency }, lang) {
  const form = /** @type {const} */ ({ style: "currency", currencyDisplay: "name" });
  const format = new Intl.NumberFormat(lang, { ...form, currency });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 0));
}

/** @param {string} time @param {"ja" | "en"} lang */
const dayOf = (time, lang) =>
  new Date(time).toLocaleDateString(lang, { dateStyle: "medium", timeZone: "Asia/Tokyo" });

/** @param {string} time @param {"ja" | "en"} lang */
const timeOf = (time, lang) =>
  new Date(time).toLocaleTimeString(lang, {
    timeStyle: "short",
    hour12: true,
    timeZone: "Asia/Tokyo",
  });

/** @param {string} member @param {"ja" | "en"} lang */
const nameOf = (member, lang) => (Object.hasOwn(members, member) ? members[member][lang] : member);

/** @param {Cardholder} cardholder @param {"ja" | "en"} lang */
function registration({ channel, email, phone }, lang) {
  const w = words[lang];
  if (!channel) return w.none;
  const destination = { email, sms: phone, app: null }[channel];
  return markup`${w.channels[channel]}${destination ? markup` <span>${destination}</span>` : ""}`;
}

/** @param {Cardholder} cardholder @param {Visitor} visitor */
function acceptance({ terms }, visitor) {
  if (!terms) return "";
  const w = words[visitor.lang];
  const day = dayOf(terms.accepted_at, visitor.lang);
  return markup`<div><dt><a href="${address("/terms", visitor)}">${w.terms}</a></dt><dd>${terms.version} (${w.accepted(day)})</dd></div>`;
}

/** @param {Visitor} visitor */
export const termsPage = (visitor) => {
  const w = words[visitor.lang];
  return page(
    visitor,
    "/terms",
    w.terms,
    markup`<h1>${w.terms}</h1>
<p class="quiet">${w.version} ${termsVersion}</p>
<ol>
${w.articles.map((article) => markup`<li>${article}</li>`)}
</ol>
<p class="quiet">${w.sample}</p>`,
  );
};

/** @param {Visitor} visitor @param {string} why */
export const problemPage = (visitor, why) => {
  const w = words[visitor.lang];
  const [anybody] = Object.keys(members);
  const home = why === "cardholder_not_found" ? { ...visitor, member: anybody } : visitor;
  return page(
    home,
    "/",
    w.sorry,
    markup`<div id="problem">
<h1>${w.sorry}</h1>
<p>${w.problems[why]}</p>
</div>
<p><a class="button" href="${address("/", home)}">${w.back}</a></p>`,
  );
};
