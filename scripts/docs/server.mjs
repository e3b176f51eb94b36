// The documents as pages, for the front page of `npm start`: node scripts/docs/server.mjs
import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname } from "node:path";
import { documentPage, icon, missingPage, style } from "./page.mjs";
import { at } from "../lib/paths.mjs";

const port = Number(process.env.PORT ?? 8790);

/** What is shown: documents at the top, and the folders that they lead into. */
const shown =
  /^(?:[A-Z]+(?:\.ja)?\.md|LICENSE|(?:docs|examples|bench|packages)(?:\/[\w-][\w.-]*)*)$/;

/** @type {Record<string, string>} */
const types = { ".png": "image/png", ".svg": "image/svg+xml" };
const text = "text/plain; charset=utf-8";
const html = "text/html; charset=utf-8";

/**
 * What is at a path of the project; a folder's README stands for the folder.
 * @param {string} path without the first slash
 * @returns {{ type: string, body: string | Buffer } | { location: string } | undefined}
 */
function found(path) {
  if (path === "") return { location: "/README.ja.md" };
  if (path === "style.css") return { type: "text/css", body: style };
  if (path === "icon.svg") return { type: types[".svg"], body: icon };
  if (!shown.test(path)) return undefined;
  const is = statSync(at(path), { throwIfNoEntry: false });
  if (is?.isDirectory()) {
    const first = ["README.md", "server.mjs"].find((name) =>
      statSync(at(path, name), { throwIfNoEntry: false }),
    );
    return first ? { location: `/${path}/${first}` } : undefined;
  }
  if (!is) return undefined;
  const body = readFileSync(at(path));
  if (path.endsWith(".md")) return { type: html, body: documentPage(path, body.toString()) };
  return { type: types[extname(path)] ?? text, body };
}

createServer((request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  const answer = found(pathname.slice(1));
  if (answer && "location" in answer) {
    response.writeHead(302, { location: answer.location }).end();
    return;
  }
  const { type, body } = answer ?? { type: html, body: missingPage };
  response
    .writeHead(answer ? 200 : 404, {
      "content-type": type,
      "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'",
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    })
    .end(body);
}).listen(port, "localhost", () => console.log(`ドキュメント: http://localhost:${port}`));
