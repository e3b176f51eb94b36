#!/usr/bin/env bash
# In Firefox, a `submit` event that a script dispatches at a form submits the form.
#
# An event that a script makes has no default action but `click`'s: by the DOM standard whoever
# dispatches `submit`, to have a form's listeners run where the browser fires none, posts nothing, and
# that is so in Chromium and WebKitGTK. Firefox submits, unless a listener prevents it; at an event
# that was made without `cancelable: true`, no listener can. A page whose listener asks by script then
# posts twice, and is replaced by the answer to the second post.
#
# Seen with Firefox ESR 140.10.2 and Chromium 156.0.8078.114:
#   Firefox, not cancelable: posted
#   Firefox, prevented: nothing
#   Chromium, not cancelable: nothing
#   Chromium, prevented: nothing
# Fails when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund puppeteer-core@25.16.0 >/dev/null
cat >run.mjs <<'JS'
import { createServer } from "node:http";
import puppeteer from "puppeteer-core";
let posted = 0;
const server = createServer((request, response) => {
  if (request.method === "POST") posted++;
  response.setHeader("content-type", "text/html");
  response.end('<form id="form" method="post" onsubmit="event.preventDefault()"></form>');
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const address = `http://127.0.0.1:${server.address().port}/`;
const browsers = {
  Firefox: { browser: "firefox", executablePath: "/usr/bin/firefox-esr" },
  Chromium: { browser: "chrome", executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] },
};
for (const [name, options] of Object.entries(browsers)) {
  const browser = await puppeteer.launch(options);
  const page = await browser.newPage();
  for (const [what, cancelable] of [["not cancelable", false], ["prevented", true]]) {
    await page.goto(address);
    posted = 0;
    await page.evaluate(`void form.dispatchEvent(new Event("submit", { cancelable: ${cancelable} }))`);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    console.log(`${name}, ${what}: ${posted ? "posted" : "nothing"}`);
  }
  await browser.close();
}
server.close();
JS
seen=$(node run.mjs 2>/dev/null)
echo "$seen"
[ "$seen" = $'Firefox, not cancelable: posted\nFirefox, prevented: nothing\nChromium, not cancelable: nothing\nChromium, prevented: nothing' ]
