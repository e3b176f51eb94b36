// The least that a form in a frame can be: a script tag that puts the frame into the page, the form's
// HTML with the purchase and its styles in it, and one script file that enhances it, which is when the
// file's listeners are there. It knows nothing and asks nobody.

/** The script tag's: it finds the container and puts the frame into it. */
export const plainLoader = (/** @type {string} */ origin) => `(() => {
  const frame = document.createElement("iframe");
  frame.src = "${origin}/plain/frame.html";
  frame.title = "本人確認";
  frame.style.cssText = "display:block;border:0;width:100%;height:400px";
  document.querySelector("#plain").append(frame);
})();`;

export const plainFrame = `<!doctype html>
<html lang="ja">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>ご購入のための本人確認</title>
<style>
* { box-sizing: border-box; margin: 0 }
body { padding: 1rem; font: 1rem/1.6 system-ui, sans-serif; color: #171a1f; background: #fff }
h1 { font-size: 1.25rem }
dl div { display: flex; justify-content: space-between; border-bottom: 1px solid #dde1e6 }
label { display: block; margin-top: 1rem; font-weight: 600 }
input { width: 100%; padding: 0.5rem; font-size: 1.5rem; letter-spacing: 0.25em }
button { margin-top: 1rem; padding: 0.5rem 1.5rem; border: 0; color: #fff; background: #17437a }
</style>
</head>
<body>
<h1>ご購入のための本人確認</h1>
<p>ワンタイムパスワードを t●●●@mail.jp に送信しました。</p>
<dl>
<div><dt>ご利用先</dt><dd>●●shop</dd></div>
<div><dt>ご利用金額</dt><dd>3,150円</dd></div>
<div><dt>ご利用日</dt><dd>2023/2/13</dd></div>
<div><dt>カード番号</dt><dd>●●●● ●●●● ●●●● 1234</dd></div>
</dl>
<form id="form" action="/plain/verify" method="post">
<label for="code">ワンタイムパスワード</label>
<input id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" required>
<p id="status" role="status"></p>
<button id="send">送信</button>
</form>
<script type="module" src="/plain/form.js"></script>
</body>
</html>`;

/** What any such form does: digits alone in the input, and a post without leaving the page. */
export const plainScript = `const form = document.getElementById("form");
const code = document.getElementById("code");
const status = document.getElementById("status");
code.addEventListener("input", () => {
  code.value = code.value.normalize("NFKC").replace(/\\D/g, "").slice(0, 6);
});
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams({ code: code.value }) });
  status.textContent = answer.ok ? "確認しました。" : "番号が違います。";
  if (answer.ok) parent.postMessage("verified", "*");
});
form.dataset.enhanced = "";
`;
