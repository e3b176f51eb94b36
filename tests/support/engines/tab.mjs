// What the scenarios of tests/wide/ do in a browser, in whichever engine. Each engine's file says how.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as rest } from "node:timers/promises";
import { paths } from "../../../scripts/lib/paths.mjs";

/**
 * @typedef {"page" | "form"} Where the document at the top of the tab, or the one in its frame
 *
 * @typedef {"Tab" | "Enter" | "Control+a" | "Control+c" | "Control+v"} Key
 *
 * @typedef {object} Driven a tab as its engine drives it
 * @property {(url: string) => Promise<unknown>} open until the document is loaded
 * @property {() => Promise<unknown>} back may resolve before the page is shown
 * @property {() => Promise<unknown>} forward the same the other way
 * @property {() => Promise<unknown>} reload may resolve before the page is shown
 * @property {(where: Where, expression: string) => Promise<any>} run the value of a JavaScript
 *   expression, as JSON carries it
 * @property {(where: Where, selector: string) => Promise<unknown>} click with a pointer
 * @property {(where: Where, selector: string) => Promise<unknown>} clickTwice as fast as a double click
 * @property {(text: string) => Promise<unknown>} enter key by key, where the focus is
 * @property {(key: Key) => Promise<unknown>} press where the focus is
 * @property {() => Promise<string | Uint8Array>} picture a PNG, in base64 if a text
 * @property {() => Promise<Driven>} beside another tab or window of the same profile, which is shown
 * @property {() => Promise<unknown>} toFront shows this tab, as the one that the buyer looks at
 * @property {() => Promise<unknown>} close with every tab beside it
 *
 * @typedef {object} Profile
 * @property {boolean} [script] false: pages run no JavaScript
 * @property {boolean} [storage] false: pages may keep nothing, neither cookies nor `localStorage`
 * @property {boolean} [restores] false: Back loads a page anew, which was not kept as it was left
 *
 * @typedef {object} Engine
 * @property {string} name with its version
 * @property {boolean} repeats whether a post is posted again when what came of it is loaded anew: the
 *   browser's own page for a lost answer, or the page in a frame; if not, its address is asked for
 * @property {boolean} tellsInFrames whether the browser's own page tells in a frame that a load failed;
 *   if not, the page before stays
 * @property {(profile?: Profile) => Promise<Driven>} tab with a profile of its own
 * @property {() => Promise<unknown>} close
 *
 * @typedef {ReturnType<typeof tabOf>} Tab
 */

/** Pixels of a tab: no form has to be scrolled to, which drivers do not do for what is in a frame. */
export const view = { width: 600, height: 1500 };

/** Milliseconds. Only what will never come takes this long, on the slowest machine. */
const patience = 30_000;

/**
 * The frame of a document, of those that a page has in their order.
 * @template F
 * @param {F[]} frames
 * @param {Where} where
 */
export function frameAt([top, form], where) {
  const frame = where === "page" ? top : form;
  if (!frame) throw new Error("no frame is there");
  return frame;
}

/** @param {Driven} driven */
export function tabOf(driven) {
  const { open, back, forward, reload, run, click, clickTwice, enter, press } = driven;
  const { toFront, picture, close } = driven;

  /**
   * Waits until an expression is true. A frame or a document that is not there yet counts as false.
   * @param {Where} where
   * @param {string} expression
   * @returns {Promise<any>} its value
   */
  async function until(where, expression) {
    let last;
    for (const deadline = Date.now() + patience; Date.now() < deadline; await rest(50)) {
      try {
        last = await run(where, expression);
        if (last) return last;
      } catch (error) {
        last = error;
      }
    }
    throw new Error(`in the ${where} this never came true: ${expression}`, { cause: last });
  }

  /** @param {string} selector */
  const found = (selector) => `document.querySelector(${JSON.stringify(selector)})`;

  return {
    ...{ open, back, forward, reload, run, until, enter, press, toFront, close },

    /** Another tab of the same profile. */
    beside: async () => tabOf(await driven.beside()),

    /** @param {Where} where @param {string} selector */
    async click(where, selector) {
      await until(where, `${found(selector)} !== null`);
      await click(where, selector);
    },

    /** @param {Where} where @param {string} selector */
    async clickTwice(where, selector) {
      await until(where, `${found(selector)} !== null`);
      await clickTwice(where, selector);
    },

    /** Types in place of what the input holds. @param {Where} where @param {string} selector @param {string} text */
    async type(where, selector, text) {
      await this.click(where, selector);
      await press("Control+a");
      await enter(text);
    },

    /** Copies all of an input of the page, and pastes it into one of the form. @param {string} from @param {string} to */
    async paste(from, to) {
      await this.click("page", from);
      await press("Control+a");
      await press("Control+c");
      await this.click("form", to);
      await press("Control+v");
    },

    /** What an element says, trimmed; empty while it is not there. @param {Where} where @param {string} selector */
    text: (where, selector) => run(where, `(${found(selector)}?.textContent ?? "").trim()`),

    /** Waits until an element says something. @param {Where} where @param {string} selector @returns {Promise<string>} */
    said: (where, selector) => until(where, `${found(selector)}?.textContent.trim()`),

    /** Keeps a picture of the tab for whoever reads of a failure. @param {string} name @returns {Promise<string>} its file */
    async keepPicture(name) {
      const png = await picture();
      const file = join(paths.logs, `${name.replace(/[^\w-]+/g, "-")}.png`);
      mkdirSync(paths.logs, { recursive: true });
      writeFileSync(file, typeof png === "string" ? Buffer.from(png, "base64") : png);
      return file;
    },
  };
}
