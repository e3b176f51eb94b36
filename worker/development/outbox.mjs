// The development outbox as a page.
import { escaped, page } from "./page.mjs";

/**
 * @typedef {object} Delivery
 * @property {string} channel
 * @property {string} to
 * @property {string | null} subject
 * @property {string} text
 * @property {string | null} code of a message that has one, as it has a challenge and a send
 * @property {string | null} challenge
 * @property {number | null} send
 * @property {string} at
 */

/**
 * @param {Delivery[]} deliveries
 * @param {string} now
 * @param {string} style
 */
export const outboxPage = (deliveries, now, style) =>
  page("送信箱 (Outbox)", body(deliveries, now), style);

/**
 * @param {Delivery[]} deliveries
 * @param {string} now
 */
const body = (deliveries, now) => `<header>
<h1>送信箱 <span lang="en">Outbox</span></h1>
<p>開発用です。ここにあるものは、どこにも届いていません。<br><span lang="en">For development: nothing here was delivered to anyone.</span></p>
<p class="bar"><span>サーバーの時刻 <time>${escaped(now)}</time></span><a href="">更新する <span lang="en">Reload</span></a></p>
</header>
<main>
${deliveries.length > 0 ? `<ol>\n${deliveries.map(row).join("\n")}\n</ol>` : none}
</main>
<footer><a href="/">はじめのページ <span lang="en">First page</span></a></footer>`;

const none = `<p class="none">まだ何も送信していません。<br><span lang="en">Nothing has been sent yet.</span></p>`;

/** @param {Delivery} delivery */
function row({ channel, to, subject, text, code, challenge, send, at }) {
  return [
    `<li class="${escaped(channel)}">`,
    `<p class="head"><b>${escaped(to)}</b> <span>${escaped(channel)}</span> <time>${escaped(at)}</time></p>`,
    "<article>",
    ...(subject === null ? [] : [`<h2>${escaped(subject)}</h2>`]),
    ...(code ? [`<p class="code">${escaped(code)}</p>`] : []),
    `<pre>${escaped(text)}</pre>`,
    "</article>",
    ...(challenge ? [`<p class="of">${escaped(challenge)}・第${Number(send)}回</p>`] : []),
    "</li>",
  ].join("\n");
}
