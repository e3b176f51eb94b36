// What is served without the Worker: the files of this build, and beside them every file that an
// earlier release published. A merchant's page may pin any version's loader, and a page that an
// earlier version served asks for that version's script.
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { paths } from "../lib/paths.mjs";
import { ownFiles, releaseFiles, releases } from "../lib/releases.mjs";
import { Failure } from "../lib/run.mjs";
import { version } from "./version.mjs";

/** @type {import("../build.mjs").BuildStep} */
export const assets = {
  name: "assets",
  what: "Static files: of this build and of earlier releases",
  inputs: ["package.json", "dist/own", "releases"],
  make,
};

function make() {
  // In this order: under a version that is published, its release is served and not this build.
  const published = releases().flatMap((release) =>
    releaseFiles(release).map((name) => ({ name, from: join(paths.releases, release, name) })),
  );
  const own = ownFiles()
    .map(([name, from]) => ({ name, from }))
    .filter(({ name }) => !(releases().includes(version) && name.startsWith(`v${version}/`)));
  mkdirSync(paths.assets, { recursive: true });
  for (const name of readdirSync(paths.assets)) {
    if (name !== "_headers") rmSync(join(paths.assets, name), { recursive: true });
  }
  return [...published, ...own].map(({ name, from }) => {
    const to = join(paths.assets, name);
    // Two releases whose forms are the same share an address.
    if (existsSync(to) && !readFileSync(to).equals(readFileSync(from))) {
      throw new Failure(`Two releases publish different files as /${name}.`);
    }
    mkdirSync(dirname(to), { recursive: true });
    cpSync(from, to);
    return `dist/assets/${name}`;
  });
}
