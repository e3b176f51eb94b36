#!/usr/bin/env bash
# Global Payments' 3-D Secure client swaps width and height: of the windows that a challenge may have,
# it opens none but full screen as the issuer was told.
#
# EMV 3-D Secure gives the windows as width times height: 250 x 400, 390 x 400, 500 x 600, 600 x 400.
# The requestor tells the issuer's server which one it opens, and the server lays out its form for that.
# The client has the same four names, and makes the first number the height. A form for 250 x 400 then
# has 250 pixels of height: what was laid out below, the field for the code or its button, is cut off or
# must be scrolled to.
#
# Seen with globalpayments-3ds 1.8.5 in Chromium 156.0.8078.114, inside the issuer's frame:
#   WINDOWED_250X400: 400 wide, 250 high
#   WINDOWED_390X400: 400 wide, 390 high
#   WINDOWED_500X600: 600 wide, 500 high
#   WINDOWED_600X400: 400 wide, 600 high
# Fails when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund globalpayments-3ds@1.8.5 puppeteer-core@25.16.0 >/dev/null
cat >run.mjs <<'JS'
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import puppeteer from "puppeteer-core";
const library = readFileSync("node_modules/globalpayments-3ds/dist/globalpayments-3ds.min.js");
const shop = `<!doctype html><body><script>${library}</script>`;
const issuer = `<!doctype html><script>fetch("/size/" + innerWidth + " wide, " + innerHeight + " high")</script>`;
let told;
const server = createServer(({ method, url }, response) => {
  if (url.startsWith("/size/")) told(decodeURI(url.slice("/size/".length)));
  response.setHeader("content-type", "text/html");
  response.end(method === "POST" ? issuer : shop);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await puppeteer.launch({ executablePath, args: ["--no-sandbox"] });
const page = await browser.newPage();
for (const windowSize of ["250X400", "390X400", "500X600", "600X400"].map((size) => `WINDOWED_${size}`)) {
  const size = new Promise((resolve) => (told = resolve));
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.evaluate((options) => {
    const challenge = { requestUrl: "/challenge", encodedChallengeRequest: "e30" };
    void GlobalPayments.ThreeDSecure.handleInitiateAuthentication({ challengeMandated: true, challenge }, options);
  }, { windowSize, displayMode: "lightbox" });
  console.log(`${windowSize}: ${await size}`);
}
await browser.close();
server.close();
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = "WINDOWED_250X400: 400 wide, 250 high
WINDOWED_390X400: 400 wide, 390 high
WINDOWED_500X600: 600 wide, 500 high
WINDOWED_600X400: 400 wide, 600 high" ]
