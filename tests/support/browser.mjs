// The system's Chromium, headless, through Playwright: its shell without windows where there is one,
// and with WARIFU_BROWSER=whole the browser that people have.
import { chromium, headlessShell } from "../../scripts/lib/browser.mjs";
import { playwright } from "./packages.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").BrowserContext} BrowserContext */
/** @typedef {import("playwright-core").BrowserContextOptions} ContextOptions */

const patience = 15_000;

/** Which Chromium the tests take, and how they start it. */
export function chromiumCommand() {
  const shell = process.env.WARIFU_BROWSER === "whole" ? undefined : headlessShell();
  return {
    executablePath: shell ?? chromium(),
    args: [
      ...(shell ? [] : ["--headless=new"]),
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--disable-background-networking",
    ],
  };
}

export const launch = () => playwright().chromium.launch(chromiumCommand());

/**
 * Runs a body with a page of its own, and closes it.
 * @template T
 * @param {import("playwright-core").Browser} browser
 * @param {ContextOptions} options
 * @param {(page: Page, context: BrowserContext) => Promise<T>} body
 */
export async function withPage(browser, options, body) {
  const context = await browser.newContext({ viewport: { width: 500, height: 700 }, ...options });
  context.setDefaultTimeout(patience);
  try {
    return await body(await context.newPage(), context);
  } finally {
    await context.close();
  }
}

/**
 * Has a browser refuse the wasm of the pages that follow, as one whose WebAssembly is switched off.
 * @param {Page} page
 */
export const refuseWasm = (page) =>
  page.addInitScript(() => {
    const refused = () => {
      throw new Error("no wasm in this browser");
    };
    Object.assign(WebAssembly, { Module: refused, instantiate: refused });
  });

/**
 * @typedef {{ type: string, detail: any }} Seen
 * @typedef {object} Watch
 * @property {Seen[]} seen what the merchant's page was told, in order
 * @property {(type: string) => any[]} of the details of one type
 * @property {(type: string, count?: number) => Promise<any>} until the detail, once it has come
 */

/**
 * Records what happens to the merchant's page: the loader's events, what comes over its port or as
 * a message, violations of its policy, and uses of WebAssembly.
 * @param {Page} page before it goes anywhere
 * @returns {Promise<Watch>}
 */
export async function watch(page) {
  /** @type {Seen[]} */
  const seen = [];
  /** @type {Set<() => void>} */
  const waiting = new Set();
  await page.exposeBinding("report", (_, type, detail) => {
    seen.push({ type, detail });
    for (const look of waiting) look();
  });
  await page.addInitScript(record);
  /** @param {string} type */
  const of = (type) => seen.filter((one) => one.type === type).map(({ detail }) => detail);
  return {
    seen,
    of,
    until: (type, count = 1) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = of(type);
          if (found.length < count) return;
          settle();
          resolve(found[count - 1]);
        };
        const late = setTimeout(() => {
          settle();
          reject(new Error(`no "${type}" came; what came: ${JSON.stringify(seen)}`));
        }, patience);
        const settle = () => {
          clearTimeout(late);
          waiting.delete(look);
        };
        waiting.add(look);
        look();
      }),
  };
}

/** Runs in the page, before its scripts. */
function record() {
  if (window !== top) return;
  const { report } = /** @type {any} */ (window);
  for (const name of ["ready", "complete", "error", "expire", "resend", "cancel", "resize"]) {
    addEventListener(`warifu:${name}`, (event) => {
      const { detail, target, bubbles } = /** @type {CustomEvent} */ (event);
      const at = target instanceof Element ? target.className || target.localName : "";
      report(name, { ...detail, at, bubbles });
    });
  }
  addEventListener("message", ({ data }) => report("message", data));
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
    report("violation", `${violatedDirective}: ${blockedURI}`),
  );
  const Channel = MessageChannel;
  window.MessageChannel = class extends Channel {
    constructor() {
      super();
      this.port1.addEventListener("message", ({ data }) => report("port", data));
    }
  };
  for (const name of /** @type {const} */ (["instantiate", "instantiateStreaming", "compile"])) {
    /** @type {any} */ (WebAssembly)[name] = () => {
      report("wasm", name);
      return Promise.reject(new Error("no wasm on the merchant's page"));
    };
  }
}

/**
 * Waits until all that the page was told so far has been seen.
 * @param {Page} page
 * @param {Watch} watched
 */
export async function settled(page, { of, until: seen }) {
  const before = of("fence").length;
  await page.evaluate("report('fence', null)");
  await seen("fence", before + 1);
}

/**
 * Waits until a condition holds in the page.
 * @template A
 * @param {Page | import("playwright-core").Frame} page
 * @param {(argument: A) => unknown} condition runs in the page
 * @param {A} [argument]
 */
export async function until(page, condition, argument) {
  await page.waitForFunction(condition, /** @type {any} */ (argument));
}

/**
 * The frame of the challenge form in a merchant's page, once it shows something.
 * @param {Page} page
 * @returns {Promise<import("playwright-core").Frame>}
 */
export async function formFrame(page) {
  const element = await page.waitForSelector("iframe", { state: "attached" });
  const frame = await element.contentFrame();
  if (!frame) throw new Error("the iframe has no frame");
  await frame.waitForSelector("#warifu");
  return frame;
}

/**
 * The form once the widget has taken over.
 * @param {Page | import("playwright-core").Frame} form
 */
export async function enhanced(form) {
  await form.waitForSelector('#resend[aria-disabled="true"]');
  await until(form, () => /\d/.test(document.getElementById("timer")?.textContent ?? ""));
}
