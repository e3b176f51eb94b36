// Chromium by its own DevTools protocol over a pipe. A driver such as Playwright lets nobody set the
// conditions of a frame of another site before that frame runs, and has its own scripts in each page.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, headlessShell } from "../../scripts/lib/browser.mjs";
import { Failure } from "../../scripts/lib/run.mjs";

/**
 * @typedef {{ method: string, params: any, sessionId?: string }} DevtoolsEvent
 * @typedef {(event: DevtoolsEvent) => void} Listener
 *
 * @typedef {object} Devtools
 * @property {(method: string, params?: object, sessionId?: string) => Promise<any>} send
 * @property {(listener: Listener) => () => void} listen returns what ends it
 * @property {() => Promise<void>} close
 */

/**
 * @param {{ apart?: boolean }} [how] whether a frame of another site has a process of its own. Chromium
 *   would decide by the machine's memory: on computers it has one, on phones where the person signed in
 *   at one of the sites, and else shares the page's
 * @returns {Promise<Devtools>}
 */
export async function startChromium({ apart = true } = {}) {
  const shell = headlessShell();
  const program = shell ?? chromium();
  if (!program) throw new Failure("There is no Chromium: install chromium-headless-shell.");
  const profile = mkdtempSync(join(tmpdir(), "warifu-bench-"));
  const child = spawn(
    program,
    [
      ...(shell ? [] : ["--headless=new"]),
      ...["--remote-debugging-pipe", `--user-data-dir=${profile}`],
      ...["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
      ...["--disable-background-networking", "--no-first-run"],
      apart ? "--site-per-process" : "--disable-site-isolation-trials",
    ],
    // In its own process group, so that its children end with it.
    { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"], detached: true },
  );
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const end = () => void (child.pid && process.kill(-child.pid, "SIGKILL"));
  process.once("exit", end);
  const toChild = /** @type {import("node:stream").Writable} */ (child.stdio[3]);
  const fromChild = /** @type {import("node:stream").Readable} */ (child.stdio[4]);

  /** @type {Map<number, (answer: any) => void>} */
  const waiting = new Map();
  /** @type {Set<Listener>} */
  const listeners = new Set();
  let rest = "";
  fromChild.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
    const messages = (rest + text).split("\0");
    rest = messages.pop() ?? "";
    for (const message of messages.map((each) => JSON.parse(each))) {
      if (message.id) waiting.get(message.id)?.(message);
      else for (const listener of listeners) listener(message);
    }
  });

  let count = 0;
  return {
    send: (method, params = {}, sessionId) =>
      new Promise((resolve, reject) => {
        const id = ++count;
        waiting.set(id, ({ result, error }) => {
          waiting.delete(id);
          if (error) reject(new Error(`${method}: ${error.message}`));
          else resolve(result);
        });
        toChild.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
      }),
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      process.off("exit", end);
      end();
      await ended;
      fromChild.destroy();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
