// The shops of examples/snippets, one a language: how each is started, and what all of them hold.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { at, paths } from "../../scripts/lib/paths.mjs";
import { nodeTool } from "../../scripts/lib/toolchain.mjs";
import { eventually } from "./demo.mjs";

/**
 * What is run: a program, its arguments, and what has to be built before.
 * @typedef {{ program: string, args: string[], build?: [string, string[]] }} Command
 */

const snippet = (/** @type {string} */ name) => at("examples/snippets", name);

/**
 * Of each language, the command that its page of the guide gives. A program that `go run` started
 * would outlive it, so Go's is built.
 * @type {Record<string, (folder: string, port: number) => Command>}
 */
export const languages = {
  Node: () => ({ program: nodeTool("node"), args: [snippet("shop.mjs")] }),
  Python: () => ({ program: join(paths.python, "bin/python"), args: [snippet("shop.py")] }),
  PHP: (_, port) => ({ program: "php", args: ["-S", `localhost:${port}`, snippet("shop.php")] }),
  Ruby: () => ({ program: "ruby", args: [snippet("shop.rb")] }),
  Go: (folder) => ({
    program: join(folder, "shop"),
    args: [],
    build: ["go", ["build", "-o", join(folder, "shop"), snippet("shop.go")]],
  }),
  Java: () => ({ program: "java", args: ["-cp", "/usr/share/java/*", snippet("Shop.java")] }),
};

/**
 * @typedef {object} Settings
 * @property {number} port
 * @property {string} issuer its origin
 * @property {string} key
 * @property {string} merchant
 * @property {string} secret of events
 * @property {string} [cardholder]
 */

/**
 * Starts the shop of a language and waits until it answers.
 * @param {string} language
 * @param {Settings} settings
 */
export async function startSnippet(language, { port, issuer, key, merchant, secret, cardholder }) {
  const folder = mkdtempSync(join(tmpdir(), "warifu-snippet-"));
  const { program, args, build } = languages[language](folder, port);
  if (build) execFileSync(...build, { stdio: "inherit" });
  const child = spawn(program, args, {
    env: {
      ...process.env,
      PORT: String(port),
      WARIFU: issuer,
      WARIFU_KEY: key,
      WARIFU_MERCHANT: merchant,
      WARIFU_EVENTS_SECRET: secret,
      ...(cardholder ? { CARDHOLDER: cardholder } : {}),
      STORE: join(folder, "store"),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => (output += text));
  }
  let ended = false;
  const closed = new Promise((resolve) => child.once("close", resolve)).then(() => (ended = true));
  child.once("error", (error) => (output += error.message));
  const kill = () => void child.kill("SIGKILL");
  process.once("exit", kill);
  const origin = `http://localhost:${port}`;
  await eventually(
    () =>
      fetch(origin).then(
        ({ status }) => status,
        () => (ended ? "ended" : "not yet"),
      ),
    (status) => status === 200 || status === "ended",
  );
  if (ended) throw new Error(`the shop in ${language} did not start:\n${output}`);
  return {
    origin,
    output: () => output,
    async stop() {
      process.off("exit", kill);
      kill();
      await closed;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * What a browser without script does with a shop.
 * @param {string} origin
 */
export function buyer(origin) {
  /** @param {string} path @param {Record<string, string>} fields */
  const post = (path, fields) =>
    fetch(origin + path, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
  return {
    /** @param {string} order */
    async buy(order) {
      const response = await post("/buy", { order });
      const text = await response.text();
      const [, secret = ""] = /data-client-secret="(.*?)"/.exec(text) ?? [];
      const [, url = ""] = /<noscript><a href="(.*?)"/.exec(text) ?? [];
      return { status: response.status, text, secret, url };
    },
    /** @param {string} order @param {string} response */
    async pay(order, response) {
      const { status } = await post("/pay", { order, "warifu-response": response });
      return { status, said: await said(origin, order) };
    },
    /** @param {string} order */
    said: (order) => said(origin, order),
  };
}

/** How an order stands, as its page says. @param {string} origin @param {string} order */
async function said(origin, order) {
  return (await (await fetch(`${origin}/order?order=${order}`)).text()).trim();
}
