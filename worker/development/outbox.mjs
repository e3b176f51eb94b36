// The development outbox as a page.

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
export async function outboxPage(deliveries, now, style) {
  const css = style.trim();
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(css));
  const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
  return new Response(document(deliveries, now, css), {
    // The same as the Worker's own pages have (worker/src/pages/policy.rs).
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": `default-src 'none'; style-src 'sha256-${hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
      "Permissions-Policy": "otp-credentials=(self)",
      "Cross-Origin-Resource-Policy": "cross-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
      Vary: "Sec-Fetch-Dest",
      "X-Robots-Tag": "noindex",
    },
  });
}

/**
 * @param {Delivery[]} deliveries
 * @param {string} now
 * @param {string} css
 */
const document = (deliveries, now, css) => `<!doctype html>
<html lang="ja">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>送信箱 (Outbox) | Warifu</title>
<style>${css}</style>
</head>
<body>
<header>
<h1>送信箱 <span lang="en">Outbox</span></h1>
<p>開発用です。ここにあるものは、どこにも届いていません。<br><span lang="en">For development: nothing here was delivered to anyone.</span></p>
<p class="bar"><span>サーバーの時刻 <time>${escaped(now)}</time></span><a href="">更新する <span lang="en">Reload</span></a></p>
</header>
<main>
${deliveries.length > 0 ? `<ol>\n${deliveries.map(row).join("\n")}\n</ol>` : none}
</main>
</body>
</html>`;

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

/**
 * Text in HTML, between tags and in quoted attributes: all of it is what somebody registered.
 * @param {string} text
 */
const escaped = (text) => text.replace(/[&<>"']/g, (letter) => `&#${letter.codePointAt(0)};`);
