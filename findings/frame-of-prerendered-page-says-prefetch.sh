#!/usr/bin/env bash
# Chromium asks for a frame of a prerendered page when somebody looks at the page, and still says in
# the request that nobody does.
#
# A page that a site's speculation rules prerender may have frames of other origins: a payment form, a
# captcha, a map. Chromium holds them back until the person goes to the page, so a server would expect
# an ordinary request then. It gets `Sec-Purpose: prefetch;prerender`, with `Sec-Fetch-Dest: iframe`.
# A server that does with a look ahead what is usual, such as 503 or nothing that costs something,
# answers so before somebody's eyes, and nobody asks again.
# A frame that the page's script adds in `prerenderingchange` is asked for without the header.
#
# Seen with Chromium 156.0.8078.114:
#   the click
#   /frame/prerendering: prefetch;prerender
#   /frame/prerenderingchange: none
# Fails when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >run.mjs <<'JS'
import { spawn } from "node:child_process";
import { createServer } from "node:http";
const rules = { prerender: [{ urls: ["/next"], eagerness: "immediate" }] };
const pages = {
  "/": `<!doctype html><script type="speculationrules">${JSON.stringify(rules)}</script>
    <a href="/next">next</a>
    <script>fetch("/click").then(() => document.querySelector("a").click())</script>`,
  "/next": `<!doctype html><body><script>
    function frame(when) {
      const element = document.createElement("iframe");
      element.src = "http://127.0.0.1:" + location.port + "/frame/" + when;
      document.body.append(element);
    }
    frame("prerendering");
    document.addEventListener("prerenderingchange", () => frame("prerenderingchange"));
    // Long enough for a frame that was not held back.
    if (document.prerendering) setTimeout(() => fetch("/prerendered"), 1000);
    </script>`,
};
const seen = [];
let click;
let chromium;
const frames = Promise.withResolvers();
const server = createServer(({ url, headers }, response) => {
  if (url === "/click") return void (click = () => response.end());
  if (url === "/prerendered") {
    seen.push("the click");
    click();
  }
  if (url.startsWith("/frame/")) seen.push(`${url}: ${headers["sec-purpose"] ?? "none"}`);
  if (seen.length === 3) frames.resolve();
  response.setHeader("content-type", "text/html");
  response.end(pages[url] ?? "");
}).listen(0, "127.0.0.1", () => {
  const args = [
    ...["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"],
    ...[`--user-data-dir=${process.cwd()}/profile`, `http://localhost:${server.address().port}/`],
  ];
  const program = process.env.CHROMIUM ?? "chromium";
  chromium = spawn(program, args, { detached: true, stdio: "ignore" });
});
setTimeout(frames.resolve, 30_000);
await frames.promise;
process.kill(-chromium.pid, "SIGKILL");
const [first, ...asked] = seen;
console.log([first, ...asked.sort()].join("\n"));
process.exit();
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = $'the click\n/frame/prerendering: prefetch;prerender\n/frame/prerenderingchange: none' ]
