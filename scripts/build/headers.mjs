// The headers of the files that are served without the Worker.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { paths } from "../lib/paths.mjs";

const forever = "public, max-age=31536000, immutable";

/** Headers of every file, as the Worker's answers have them. */
const everyFile = {
  "Referrer-Policy": "no-referrer",
  "Strict-Transport-Security": "max-age=31536000",
  "X-Content-Type-Options": "nosniff",
};

/** Headers of what is always the newest, and for anybody. */
const evergreen = {
  "Cache-Control": "public, max-age=300",
  "Access-Control-Allow-Origin": "*",
  "Cross-Origin-Resource-Policy": "cross-origin",
  ...everyFile,
};

/** @type {Record<string, Record<string, string>>} */
const rules = {
  // The frame's own scripts. Cross-origin, because the frame may be served from another name, or have an
  // opaque origin.
  "/w/*": {
    "Cache-Control": forever,
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    ...everyFile,
  },
  // For merchants' pages; with `integrity` a browser insists on CORS. One rule for every version: a
  // file of headers may have 100 rules.
  "/v:major.:minor.:patch/*": {
    "Cache-Control": forever,
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    ...everyFile,
  },
  "/v1/*": evergreen,
  // By its ending it would be a video.
  "/v1/warifu.d.ts": { "Content-Type": "text/plain; charset=utf-8" },
  // RFC 9512.
  "/openapi.yaml": { "Content-Type": "application/yaml", ...evergreen },
};

/** @type {import("../build.mjs").BuildStep} */
export const headers = { name: "headers", what: "Headers", inputs: [], make };

function make() {
  mkdirSync(paths.assets, { recursive: true });
  const text = Object.entries(rules).map(([path, fields]) =>
    [path, ...Object.entries(fields).map(([name, value]) => `  ${name}: ${value}`)].join("\n"),
  );
  writeFileSync(join(paths.assets, "_headers"), `${text.join("\n\n")}\n`);
  return ["dist/assets/_headers"];
}
