// Whether a page of ours can be seen and hit, at the sizes of EMV's challenge windows and of a
// telephone, in every colour scheme.
import assert from "node:assert/strict";

/** @typedef {import("playwright-core").Page | import("playwright-core").Frame} Form */

export const sizes = [
  { width: 250, height: 400 },
  { width: 390, height: 400 },
  { width: 500, height: 600 },
  { width: 600, height: 400 },
  { width: 390, height: 844 },
  { width: 1280, height: 800 },
];

/**
 * Each says all that the others do, so that a page can be led from one to the next.
 * @type {Record<string, { colorScheme: "light" | "dark", forcedColors: "active" | "none" }>}
 */
export const schemes = {
  light: { colorScheme: "light", forcedColors: "none" },
  dark: { colorScheme: "dark", forcedColors: "none" },
  "forced colours": { colorScheme: "light", forcedColors: "active" },
};

/**
 * Holds the page to have one scroll bar at most, the upright one, and nothing that is cut off.
 * @param {Form} form
 * @param {string} where
 */
export async function assertSound(form, where) {
  assert.deepEqual(await form.evaluate(faults), [], where);
}

/** Runs in the page. */
function faults() {
  const page = document.documentElement;
  const found = [];
  if (page.scrollWidth > page.clientWidth) {
    found.push(`scrolls sideways: ${page.scrollWidth} in ${page.clientWidth}`);
  }
  for (const element of document.querySelectorAll("body *")) {
    const { overflowX, overflowY } = getComputedStyle(element);
    const scrolls = [overflowX, overflowY].some((value) => /auto|scroll/.test(value));
    const overflows =
      element.scrollHeight > element.clientHeight || element.scrollWidth > element.clientWidth;
    if (scrolls && overflows)
      found.push(`a second scroll bar in ${element.id || element.localName}`);
    const { left, right, width } = element.getBoundingClientRect();
    if (width && (left < -1 || right > page.clientWidth + 1)) {
      found.push(`${element.id || element.localName} reaches from ${left} to ${right}`);
    }
  }
  return found;
}

/**
 * Holds every visible text to be large enough to read.
 * @param {Form} form
 * @param {string} where
 */
export async function assertReadable(form, where) {
  const small = await form.evaluate(() => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (texts.nextNode()) {
      const element = texts.currentNode.parentElement;
      if (!element || !texts.currentNode.textContent?.trim()) continue;
      const size = parseFloat(getComputedStyle(element).fontSize);
      if (size < 16 && element.checkVisibility()) found.push(`${element.textContent} ${size}`);
    }
    return found;
  });
  assert.deepEqual(small, [], where);
}

/**
 * Holds what can be pressed to be at least 24 px each way (WCAG 2.5.8). An input inside its label
 * is as large as the label; a link inside a sentence is as high as its line.
 * @param {Form} form
 * @param {string} where
 */
export async function assertHittable(form, where) {
  const small = await form.evaluate(() => {
    const found = [];
    for (const element of document.querySelectorAll("a[href], button, input, summary")) {
      if (!element.checkVisibility() || element.matches("[type=hidden]")) continue;
      const inSentence =
        getComputedStyle(element).display === "inline" &&
        element.parentElement?.textContent?.trim() !== element.textContent?.trim();
      if (inSentence) continue;
      const target = element.closest("label") ?? element;
      const { width, height } = target.getBoundingClientRect();
      if (width < 24 || height < 24) {
        found.push(`${element.outerHTML.slice(0, 100)} ${width}x${height}`);
      }
    }
    return found;
  });
  assert.deepEqual(small, [], where);
}
