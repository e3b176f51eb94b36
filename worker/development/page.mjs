// What the pages of development have in common: head, style, headers.

/**
 * @param {string} title in HTML
 * @param {string} body in HTML
 * @param {string} style
 */
export async function page(title, body, style) {
  const css = style.trim();
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(css));
  const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
  return new Response(document(title, body, css), {
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
 * @param {string} title
 * @param {string} body
 * @param {string} css
 */
const document = (title, body, css) => `<!doctype html>
<html lang="ja">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${title} | Warifu</title>
<style>${css}</style>
</head>
<body>
${body}
</body>
</html>`;

/**
 * Text in HTML, between tags and in quoted attributes: all of it is what somebody registered.
 * @param {string} text
 */
export const escaped = (text) =>
  text.replace(/[&<>"']/g, (letter) => `&#${letter.codePointAt(0)};`);
