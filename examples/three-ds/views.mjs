/** The shop's pages. Whatever is put into a page is escaped, unless it is a page part itself. */
import { windowSizes } from "./messages.mjs";
import { codeMeaning, groups } from "./meanings.mjs";
import { words } from "./words.mjs";

/** @typedef {import("./requestor.mjs").Order} Order */
/** @typedef {"ja" | "en"} Lang */

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

/** @param {Lang} lang @param {string} title @param {Html} body @param {Html} [head] */
const page = (lang, title, body, head = markup``) =>
  markup`<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${title} | ${words[lang].name}</title>
<link rel="stylesheet" href="/style.css">
<link rel="icon" href="/icon.svg">
${head}</head>
<body>
<header><a href="/?lang=${lang}">${words[lang].name}</a></header>
<main>
${body}
</main>
</body>
</html>
`.text;

/** @param {string} name @param {string} legend @param {[value: string, label: string][]} choices */
const radios = (name, legend, choices) => markup`<fieldset>
<legend>${legend}</legend>
${choices.map(([value, label], at) => {
  const mark = new Html(at === 0 ? " checked" : "");
  return markup`<label><input type="radio" name="${name}" value="${value}"${mark}> ${label}</label>`;
})}
</fieldset>`;

/** @param {string} card */
const spaced = (card) => card.replaceAll(/(\d{4})(?=\d)/g, "$1 ");

/** A problem in words, with what can be tried.
 * @param {Lang} lang @param {Record<"email" | "sms" | "unknown", string>} cards @param {string} nonce
 * @param {string} [problem] */
export const checkoutPage = (lang, cards, nonce, problem) => {
  const w = words[lang];
  const other = lang === "ja" ? "en" : "ja";
  const sizes = Object.entries(windowSizes).map(([code, [width, height]]) => {
    const chosen = new Html(code === "02" ? " selected" : "");
    const size = width ? `${width} × ${height}` : w.whole;
    return markup`<option value="${code}"${chosen}>${code}: ${size}</option>`;
  });
  const described = new Html(problem ? ' aria-invalid="true"' : "");
  return page(
    lang,
    w.product,
    markup`<div class="product">
<div>
<img src="/picture.svg" alt="" width="400" height="400">
<h1>${w.product}</h1>
<p>${w.story}</p>
<p class="price"><b>${w.price}</b> ${w.tax}</p>
<p><a href="/?lang=${other}" lang="${other}">${w.other}</a></p>
</div>
<form action="/pay" method="post">
<input type="hidden" name="lang" value="${lang}">
<label class="field" for="card">${w.card}</label>
<input id="card" name="card" value="${spaced(cards.email)}" inputmode="numeric" autocomplete="off" list="cards" required aria-describedby="test-cards"${described}>
<datalist id="cards">${Object.values(cards).map((card) => markup`<option value="${spaced(card)}"></option>`)}</datalist>
<p id="test-cards" class="${problem ? "said" : "quiet"}">${w.testCards}</p>
<dl aria-label="${w.tryCards}">
${Object.entries(cards).map(
  ([name, card]) =>
    markup`<div><dt>${w.cards[/** @type {keyof typeof w.cards} */ (name)]}</dt><dd>${spaced(card)}</dd></div>`,
)}
</dl>
<h2>${w.how}</h2>
${radios("version", w.version, [
  ["2.2.0", "2.2.0"],
  ["2.3.1", "2.3.1"],
])}
${radios("category", w.category, [
  ["01", w.payment],
  ["02", w.noPayment],
])}
<label class="field" for="size">${w.size}</label>
<select id="size" name="size">${sizes}</select>
<button id="pay">${w.pay}</button>
${outboxLink(lang)}
</form>
</div>`,
    markup`<script nonce="${nonce}" type="module">
const form = document.forms[0];
const browser = {
  browserColorDepth: screen.colorDepth,
  browserScreenHeight: screen.height,
  browserScreenWidth: screen.width,
  browserTZ: new Date().getTimezoneOffset(),
};
form.addEventListener("formdata", ({ formData }) => {
  for (const [name, value] of Object.entries(browser)) formData.set(name, value);
});
</script>
`,
  );
};

/** Where the one-time password of this demonstration is read. @param {Lang} lang */
const outboxLink = (lang) => {
  const address = process.env.OUTBOX_URL;
  if (!address) return markup``;
  const w = words[lang];
  return markup`<p class="quiet">${w.outbox} <a id="outbox" href="${address}" target="_blank" rel="noopener">${w.outboxOpen}</a></p>`;
};

/** The browser posts the CReq into a frame of the size that was wished for.
 * @param {Order} order @param {Record<string, string>} fields @param {string} nonce */
export const challengePage = (order, fields, nonce) => {
  const w = words[order.lang];
  const [width = "100%", height = 700] =
    windowSizes[/** @type {keyof typeof windowSizes} */ (order.size)];
  return page(
    order.lang,
    w.checking,
    markup`<h1>${w.checking}</h1>
<p>${w.ask}</p>
<iframe name="challenge" title="${w.frame}" width="${width}" height="${height}"></iframe>
<form id="challenge" action="${order.ares.acsURL}" method="post" target="challenge">
${Object.entries(fields).map(([name, value]) => markup`<input type="hidden" name="${name}" value="${value}">`)}
<noscript><button>${w.start}</button></noscript>
</form>
${outboxLink(order.lang)}`,
    markup`<script nonce="${nonce}" type="module">
addEventListener("message", ({ origin, data }) => {
  if (origin === location.origin && data === "three-ds: notified") location.assign("/orders/${order.id}");
});
document.getElementById("challenge").submit();
</script>
`,
  );
};

/** What the frame shows once it has been to the ACS and back: it tells the page around it.
 * @param {Order} order @param {string} nonce */
export const notifiedPage = (order, nonce) => {
  const w = words[order.lang];
  return page(
    order.lang,
    w.heard,
    markup`<p>${w.heard}</p>
<p><a class="button" href="/orders/${order.id}" target="_top">${w.on}</a></p>`,
    markup`<script nonce="${nonce}">
if (parent === window) location.replace("/orders/${order.id}");
else parent.postMessage("three-ds: notified", "*");
</script>
`,
  );
};

/** @param {Order} order @param {string | undefined} status @param {import("./requestor.mjs").Exchanged[]} messages */
export const orderPage = (order, status, messages) => {
  const w = words[order.lang];
  const [title, more] = outcomeOf(order, status);
  const { cardholderInfo } = order.ares;
  // From 2.2.0 on a requestor shows it; in 2.3.1 it is the text of an object.
  const info = cardholderInfo?.text ?? cardholderInfo;
  return page(
    order.lang,
    title,
    markup`<div id="outcome" data-status="${status ?? ""}">
<h1>${title}</h1>
<p>${more}</p>
${info ? markup`<p id="info">${info}</p>` : ""}
</div>
<p><a class="button" href="/?lang=${order.lang}">${w.again}</a></p>
<h2>${w.messages}</h2>
<p class="quiet">${w.messagesMore}</p>
${messagesPart(order.lang, messages)}`,
    status === undefined ? markup`<meta http-equiv="refresh" content="10">\n` : markup``,
  );
};

/** @param {Order} order @param {string | undefined} status @returns {string[]} */
const outcomeOf = ({ lang, category }, status) => {
  const { outcome } = words[lang];
  if (status === undefined) return outcome.wait;
  if (status === "Y") return category === "02" ? outcome.added : outcome.Y;
  return status === "N" ? outcome.N : outcome.U;
};

/** The messages side by side: a column each, and a row for each element.
 * @param {Lang} lang @param {import("./requestor.mjs").Exchanged[]} messages */
const messagesPart = (lang, messages) => {
  const known = new Set(groups.flatMap(({ elements }) => Object.keys(elements)));
  known.add("messageType"); // Stands above the column.
  const others = messages
    .flatMap(({ message }) => Object.keys(message))
    .filter((name) => !known.has(name))
    .map((name) => [name, ["", ""]]);
  const all = [...groups, { title: ["ほか", "Others"], elements: Object.fromEntries(others) }];
  return markup`<table>
<thead>
<tr>
<th scope="col" class="element">${words[lang].element}</th>
${messages.map(
  ({ type, from, to, at }) =>
    markup`<th scope="col"><b>${type || "?"}</b> <small>${from} → ${to}<br>${(at / 1000).toFixed(1)} ${words[lang].after}</small></th>`,
)}
</tr>
</thead>
${all.map(({ title, elements }) => groupPart(title, elements, messages))}
</table>`;
};

/** The rows of elements that belong together, without those that no message has.
 * @param {string[]} title @param {Record<string, string[]>} elements
 * @param {import("./requestor.mjs").Exchanged[]} messages */
const groupPart = (title, elements, messages) => {
  const rows = Object.entries(elements).filter(([name]) =>
    messages.some(({ message }) => name in message),
  );
  if (rows.length === 0) return markup``;
  return markup`<tbody>
<tr><th scope="rowgroup" colspan="${messages.length + 1}"><h3>${bilingual(title)}</h3></th></tr>
${rows.map(
  ([name, meaning]) => markup`<tr>
<th scope="row"><code>${name}</code> <small>${bilingual(meaning)}</small></th>
${runs(name, messages).map((run) => cell(name, run))}
</tr>`,
)}
</tbody>`;
};

/** @typedef {{ types: string[], value: unknown, width: number }} Run messages beside each other with one value */

/** What each message has of an element. What only one message has may reach over those after it.
 * @param {string} name @param {import("./requestor.mjs").Exchanged[]} messages @returns {Run[]} */
const runs = (name, messages) => {
  /** @type {Run[]} */
  const found = [];
  for (const { type, message } of messages) {
    const [value, last] = [message[name], found.at(-1)];
    if (last && JSON.stringify(last.value) === JSON.stringify(value)) {
      last.types.push(type);
      last.width += 1;
    } else found.push({ types: [type], value, width: 1 });
  }
  const [last, rest] = found.slice(-2);
  if (last.value === undefined || rest?.value !== undefined) return found;
  return [...found.slice(0, -2), { ...last, width: last.width + (rest?.width ?? 0) }];
};

/** @param {string} name @param {Run} run */
const cell = (name, { types, value, width }) => {
  if (value === undefined) return markup`<td colspan="${width}"></td>`;
  const code = codeMeaning(name, value);
  const said = code ? markup` <small>${bilingual(code)}</small>` : markup``;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const shared = types.length > 1 ? "shared" : "";
  return markup`<td colspan="${width}" class="${shared}"><small class="of">${types.join(", ")}</small> <code>${text}</code>${said}</td>`;
};

/** @param {string[]} meaning */
const bilingual = ([ja, en]) =>
  ja === en ? markup`${ja}` : markup`<span lang="ja">${ja}</span> <span lang="en">${en}</span>`;

/** @param {Lang} lang @param {string} text */
export const problemPage = (lang, text) => {
  const w = words[lang];
  return page(
    lang,
    w.sorry,
    markup`<div id="problem">
<h1>${w.sorry}</h1>
<p>${text}</p>
</div>
<p><a class="button" href="/?lang=${lang}">${w.again}</a></p>`,
  );
};
