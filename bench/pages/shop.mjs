// The shop's page that every system is shown in: the same but for the system's own two lines.

/**
 * @param {string} head the script tag, or what else the system has in the page's head
 * @param {string} body what stands in the form
 * @returns {import("../lib/edge.mjs").Served}
 */
export const shopPage = (head, body) => ({
  type: "text/html; charset=utf-8",
  body: `<!doctype html>
<html lang="ja">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>お支払い</title>
<link rel="icon" href="data:,">
${head}
</head>
<body>
<h1>お支払い</h1>
<dl><dt>商品</dt><dd>急須</dd><dt>金額</dt><dd>3,150円</dd></dl>
<form action="/pay" method="post">
${body}
<button>支払う</button>
</form>
</body>
</html>`,
});
