// What npm would publish: the archives, their exports by two checkers that others go by, and their types
// in a merchant's project under tsc --strict.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { version } from "../scripts/build/version.mjs";
import { nodeTool, toolEnv } from "../scripts/lib/toolchain.mjs";
import { install, pack, packages } from "./support/packed.mjs";
import { read } from "./support/sources.mjs";

const { folder, archives, remove } = pack();
after(remove);

/** @param {string} name */
const manifest = (name) => JSON.parse(read(`packages/${name}/package.json`));

/** @param {string} tool @param {string[]} args @param {string} [cwd] */
function run(tool, args, cwd = folder) {
  const { status, stdout, stderr } = spawnSync(nodeTool(tool), args, {
    ...{ cwd, env: toolEnv(), encoding: "utf8" },
  });
  return { status, said: `${stdout}${stderr}` };
}

test("an archive has what is imported, its types, its licence and its readme, and nothing else", () => {
  const every = ["LICENSE", "README.md", "package.json"];
  const own = {
    warifu: ["index.d.ts", "index.js", "jsx.d.ts", "jsx.js", "warifu.d.ts"],
    "warifu-react": ["index.d.ts", "index.js"],
  };
  for (const name of packages)
    assert.deepEqual(archives[name].files.sort(), [...every, ...own[name]].sort(), name);
});

test("a package has the version of the project, its licence, and no dependency", () => {
  for (const name of packages) {
    const { version: its, dependencies, optionalDependencies, scripts, ...rest } = manifest(name);
    assert.equal(its, version, name);
    assert.deepEqual(
      [dependencies, optionalDependencies, scripts],
      [undefined, undefined, undefined],
    );
    assert.equal(read(`packages/${name}/LICENSE`), read("LICENSE"), name);
    assert.equal(rest.type, "module");
  }
  assert.equal(manifest("warifu-react").peerDependencies.warifu, version);
});

for (const name of packages) {
  test(`publint finds nothing in ${name}`, async () => {
    const bytes = readFileSync(archives[name].file);
    const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const { messages, pkg } = await publint({
      ...{ strict: true, level: "suggestion" },
      pack: { tarball: /** @type {ArrayBuffer} */ (tarball) },
    });
    assert.equal(pkg.name, name);
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg)),
      [],
    );
  });

  test(`are the types wrong? not those of ${name}`, () => {
    const args = ["--profile", "esm-only", "--format", "ascii", "--no-color", archives[name].file];
    const { status, said } = run("attw", args);
    assert.equal(status, 0, said);
    // A package of modules alone is nothing for `require` before Node 20.19, and says so.
    assert.match(said, /node16 \(from ESM\): 🟢 \(ESM\)/);
    assert.match(said, /bundler: 🟢/);
  });
}

/** A merchant's project with the packages in it. @param {string} name @param {string[]} linked */
function project(name, linked) {
  const its = join(folder, name);
  mkdirSync(its);
  install(its, archives, linked);
  const compilerOptions = {
    ...{ strict: true, noEmit: true, target: "es2022", jsx: "react-jsx", types: [] },
    ...{ lib: ["es2022", "dom", "dom.iterable"], exactOptionalPropertyTypes: true },
  };
  writeFileSync(join(its, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  writeFileSync(join(its, "package.json"), '{ "type": "module", "private": true }');
  /** @param {string} source @param {string} file @param {string[]} [options] */
  return (source, file, options = ["--module", "nodenext"]) => {
    writeFileSync(join(its, file), source);
    // The declaration files of both packages are checked as well.
    return run("tsc", ["--project", its, "--skipLibCheck", "false", ...options], its);
  };
}

/** All of the browser API. A line below `@ts-expect-error` must not compile. */
const vanilla = `
import { loadWarifu, type ErrorCode, type LoadOptions, type Options, type Warifu } from "warifu";

const options: LoadOptions = { version: "0.1.0", integrity: "sha384-x", nonce: "y" };
export async function confirm(clientSecret: string): Promise<string> {
  const warifu: Warifu | null = await loadWarifu("https://otp.example", options);
  // @ts-expect-error on a server there is none
  warifu.reset();
  if (!warifu) return "";
  const origin: string = warifu.origin;
  const callbacks: Options = {
    clientSecret,
    callback: (response) => response.length,
    "error-callback": (code) => code === "locked",
    "expired-callback": "onExpired",
    "cancel-callback": () => undefined,
    "resend-callback": (send) => send.toFixed(),
    "ready-callback": () => undefined,
    "response-field-name": "response",
  };
  const id: string | null = warifu.render("#here", callbacks);
  // @ts-expect-error no such option
  warifu.render("#here", { sitekey: "x" });
  // @ts-expect-error the field is a name
  warifu.render("#here", { "response-field-name": 1 });
  if (id) warifu.reset(id);
  const dead: boolean = warifu.isExpired(id ?? undefined);
  warifu.ready(() => warifu.remove(document.body));
  const { response } = await warifu.challenge(document.body, { clientSecret });
  return response || warifu.getResponse() || origin + String(dead);
}

document.addEventListener("warifu:error", ({ detail }) => {
  const code: ErrorCode = detail.code;
  const final: boolean = detail.final;
  // @ts-expect-error no such code
  if (code === "none" && final) return;
});
const element: HTMLElement = document.createElement("warifu-challenge");
element.addEventListener("warifu:complete", ({ detail }) => detail.response.length);
element.addEventListener("warifu:resend", ({ detail }) => detail.send.toFixed());
// @ts-expect-error it has no response
element.addEventListener("warifu:cancel", ({ detail }) => detail.response);
// @ts-expect-error an issuer is needed
void loadWarifu();
`;

const react = `
import { useRef } from "react";
import { loadWarifu } from "warifu";
import { WarifuChallenge, useWarifuChallenge, type ChallengeHandle } from "warifu-react";
import "warifu/jsx";

const issuer = "https://otp.example";
export function Component({ clientSecret }: { clientSecret?: string }) {
  const handle = useRef<ChallengeHandle>(null);
  return (
    <form onSubmit={() => handle.current?.getResponse().length}>
      <WarifuChallenge
        issuer={issuer}
        clientSecret={clientSecret}
        ref={handle}
        className="mine"
        data-testid="box"
        responseFieldName="response"
        script={{ version: "0.1.0", integrity: "sha384-x", nonce: "y" }}
        onReady={() => handle.current?.reset()}
        onComplete={(response) => response.length}
        onError={(code, final) => code === "script-load" || (code === "locked" && final)}
        onExpire={() => loadWarifu(issuer)}
        onCancel={() => undefined}
        onResend={(send) => send.toFixed()}
      />
      {/* @ts-expect-error whose form it is must be said */}
      <WarifuChallenge clientSecret={clientSecret} />
      {/* @ts-expect-error what is in the container is the form's */}
      <WarifuChallenge issuer={issuer} clientSecret={clientSecret}>text</WarifuChallenge>
    </form>
  );
}

export function Hook({ clientSecret }: { clientSecret: string }) {
  const { ref, status, response, error, reset, getResponse } = useWarifuChallenge({ issuer, clientSecret });
  // @ts-expect-error no such state
  if (status === "verified") return null;
  return <section ref={ref} onClick={reset} title={error ?? (response || getResponse())} />;
}

const listeners = { "onwarifu:complete": (event: CustomEvent<{ response: string }>) => event.detail.response };
export const shown = (
  <warifu-challenge client-secret="x" callback="onVerified" data-ready-callback="onReady" id="y" {...listeners} />
);
// @ts-expect-error a callback in an attribute is a name
export const wrong = <warifu-challenge client-secret="x" callback={() => undefined} />;
`;

const withReact = ["react", "@types/react", "csstype"];

test("tsc --strict takes a project with warifu alone, which has no React", () => {
  const check = project("vanilla", []);
  const { status, said } = check(vanilla, "index.ts");
  assert.equal(status, 0, said);
});

test("tsc --strict takes a project with both packages, as Node and as a bundler resolve them", () => {
  const check = project("react", withReact);
  for (const options of [
    ["--module", "nodenext"],
    ["--module", "esnext", "--moduleResolution", "bundler"],
  ]) {
    const { status, said } = check(
      `${vanilla}${react}`.replace(/^import \{ loadWarifu \} .*$/m, ""),
      "index.tsx",
      options,
    );
    assert.equal(status, 0, said);
  }
});

test("the types that the Worker serves are a project's without npm", () => {
  const check = project("served", []);
  writeFileSync(join(folder, "served/warifu.d.ts"), read("packages/warifu/warifu.d.ts"));
  const source = `const id: string | null = warifu.render("#here", { clientSecret: "x" });
// @ts-expect-error no such option
warifu.render("#here", { sitekey: String(id) });`;
  const { status, said } = check(source, "index.ts");
  assert.equal(status, 0, said);
});
