// What programs of merchants and issuers are written against: the contract of the HTTP API, and the
// types of what a page calls. Neither is kept with a release.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { at, paths } from "../lib/paths.mjs";
import { Failure } from "../lib/run.mjs";

const contract = "docs/openapi.yaml";
const types = "packages/warifu/warifu.d.ts";

/** @type {import("../build.mjs").BuildStep} */
export const described = {
  name: "described",
  what: "Contract and types, as they are served",
  inputs: [contract, types],
  make,
};

/** The servers of the document; a deployment's own copy names itself. */
const servers = /^servers:\n(?: +- .*\n)+/m;

function make() {
  const folder = join(paths.own, "described");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "v1"), { recursive: true });
  const text = readFileSync(at(contract), "utf8");
  if (!servers.test(text)) throw new Failure(`${contract} names no servers.`);
  const own = 'servers:\n  - { url: "/", description: The deployment that serves this. }\n';
  writeFileSync(join(folder, "openapi.yaml"), text.replace(servers, own));
  cpSync(at(types), join(folder, "v1/warifu.d.ts"));
  return ["openapi.yaml", "v1/warifu.d.ts"].map((name) => `dist/own/described/${name}`);
}
