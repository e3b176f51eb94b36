// One container of a merchant's page: the issuer's frame in it, the hidden field, the link in the
// frame's place, and what became of the challenge.
import { call, origin } from "./tag.js";

/** @typedef {import("../warifu.js").Options} Options */
/** @typedef {ReturnType<typeof setTimeout> | undefined} Timer */
/** @typedef {{ id: string, el: HTMLElement, field: HTMLInputElement, expired: boolean,
 *   outcome: Promise<{ response: string }>, age(): void, draw(options?: Options, anew?: boolean): void,
 *   leave(): void }} Widget */

/**
 * Milliseconds after which a response counts as expired here: the default of the Worker's setting
 * ATTESTATION_LIFE_SECONDS. An issuer may have set 1 to 15 minutes; only siteverify knows.
 */
const life = 300_000;

let count = 0;

/**
 * Takes a node out of the page, if it is in it. This script calls neither `remove` nor `append` of an
 * element, because old libraries on a merchant's page replace them: Prototype's `remove` throws for an
 * element without a parent.
 * @param {Node} node
 */
const detach = (node) => node.parentNode?.removeChild(node);

/**
 * Makes each declaration `!important`, so that no style sheet of the merchant's page overrides it, such
 * as `iframe{display:none!important}`. To be set as `style.cssText`: a page with style-src 'none' allows
 * that, and forbids `setAttribute("style")`.
 * @param {string} declarations each ends in a semicolon
 */
const important = (declarations) => declarations.replace(/;/g, "!important;");

/**
 * @param {HTMLElement} el
 * @param {() => boolean} scripted whether the page's script called `render` or `remove` with it
 * @returns {Widget}
 */
export const create = (el, scripted) => {
  /** @type {any} */
  let options = {};
  /** @type {string | undefined} */
  let secret;
  let valid = false;
  /** The frame has been put into the container and has sent no message since. */
  let silent = false;
  /** @type {Timer} */
  let late;
  /** @type {Timer} */
  let death;
  let deathAt = Infinity;
  /** The frame was in the container before this script, and is not yet this script's. */
  let found = false;
  /** How many channels were opened, and which of them may speak: this one, or a newer one. */
  let opened = 0;
  let heard = 1;
  /** @type {(outcome: { response: string } | Promise<{ response: string }>) => void} */
  let resolve;
  /** @type {(error: Error) => void} */
  let reject;

  let frame = document.createElement("iframe");
  const field = document.createElement("input");
  const link = document.createElement("a");
  const widget = {
    ...{ id: "warifu-" + ++count, el, field, expired: false, outcome: begin() },
    ...{ age, draw, leave },
  };

  link.textContent = /^en/i.test(document.documentElement.lang) ? "Identity check" : "本人確認";
  link.style.cssText = important("display:block;");
  field.type = "hidden";
  link.target = "_top";
  for (const part of [field, link]) part.dataset.warifu = "";

  function dress() {
    frame.dataset.warifu = "";
    frame.title ||= link.text;
    frame.allow = "otp-credentials";
    frame.referrerPolicy = "origin";
    frame.style.cssText = important(
      "display:block;border:0;width:100%;height:660px;min-height:200px;max-height:2000px;",
    );
    frame.onload = connect;
  }

  /** @param {string} name @param {string} value */
  const style = (name, value) => frame.style.setProperty(name, value, "important");

  /** Puts the link into the container, and says on the console what a browser does not tell the page. */
  const offer = () => {
    el.appendChild(link);
    console.warn(`warifu: no form; is ${location.origin} registered with ${origin}?`);
  };

  /**
   * Gives the document in the frame a channel of its own. A document takes the first one that it is
   * given, so a channel falls silent only when the document of a newer one has spoken.
   */
  function connect() {
    const { port1, port2 } = new MessageChannel();
    const number = ++opened;
    port1.onmessage = ({ data }) => {
      // Sent by a document that was replaced, or for a challenge that the container no longer shows.
      if (number < heard) return;
      heard = number;
      clearTimeout(late);
      silent = false;
      detach(link);
      receive(data);
    };
    frame.contentWindow?.postMessage({ v: 1, type: "init" }, origin, [port2]);
  }

  /** @param {string} name */
  const option = (name) =>
    options[name] ?? el.getAttribute("data-" + name) ?? el.getAttribute(name);

  /**
   * Handles a message of the frame, or one that this script makes itself: `expire`, and the errors
   * `load-timeout` and `invalid-secret`. A type that this version does not know becomes an event too.
   * @param {Record<string, any>} detail
   */
  const receive = (detail) => {
    const { type, response, code, final } = detail;
    // A frame that was moved is loaded anew, and says the same again.
    if (type == "complete" && field.value) return;
    if (type == "resize") style("height", detail.height + "px");
    // The issuer shows no form in this page. What else its notice says, such as a height, is not heard.
    if (final && code == "origin-not-allowed") {
      heard = opened + 1;
      style("display", "none");
      offer();
    }
    if (type == "complete" || type == "expire") respond(response);
    if (response) resolve({ response });
    if (final) {
      // Whoever asks later hears of the same end.
      widget.outcome = begin();
      reject(Error(code));
    }
    el.dispatchEvent(new CustomEvent("warifu:" + type, { bubbles: true, detail }));
    const callback = option(
      (type == "complete" ? "" : type.replace("expire", "expired") + "-") + "callback",
    );
    call(callback, response || code || detail.send);
  };

  /** @param {string} [response] none when there was one, or never will be */
  const respond = (response = "") => {
    clearTimeout(death);
    field.value = response;
    widget.expired = !response;
    deathAt = response ? Date.now() + life : Infinity;
    if (response) death = setTimeout(expire, life);
  };

  const expire = () => receive({ type: "expire", code: "challenge-expired", final: true });

  function age() {
    if (Date.now() >= deathAt) expire();
  }

  /** @param {string} code @param {boolean} [final] */
  const fail = (code, final = true) => receive({ type: "error", code, final });

  /** A new promise of the outcome. Whoever waits for the one before waits for this one. */
  function begin() {
    const before = resolve;
    /** @type {Widget["outcome"]} */
    const outcome = new Promise((...settle) => ([resolve, reject] = settle));
    // Nobody may be waiting for it.
    outcome.catch(() => {});
    before?.(outcome);
    return outcome;
  }

  const cancel = () => reject(Error("canceled"));

  function leave() {
    cancel();
    clear();
  }

  function clear() {
    heard = opened + 1;
    clearTimeout(late);
    respond();
    widget.expired = false;
    [frame, field, link].forEach(detach);
  }

  /**
   * @param {Options} [next] instead of those there are
   * @param {boolean} [anew] also when the same challenge is there already
   */
  function draw(next, anew) {
    options = next || options;
    const wanted = options.clientSecret || option("client-secret") || secret || "";
    if (anew || wanted != secret) {
      if (wanted != secret) cancel();
      widget.outcome = begin();
      clear();
      secret = wanted;
      valid = /^ch_[\w-]{73,}$/.test(wanted);
      link.href = origin + "/challenge/" + secret;
      adopt(anew);
      field.name = option("response-field-name") || "warifu-response";
      if (!valid) late = setTimeout(fail, 0, "invalid-secret");
      silent = false;
    }
    if (next) silent = false;
    place();
  }

  /**
   * Takes the frame that the merchant's server wrote into the container, if it shows this challenge.
   * A saved copy of the page has one too. Otherwise the frame is this script's own.
   * @param {boolean} [anew] the challenge is to be loaded anew
   */
  function adopt(anew) {
    /** @type {NodeListOf<HTMLIFrameElement>} */
    const written = el.querySelectorAll(":scope > iframe[data-warifu]");
    const shown = anew ? undefined : [...written].find(({ src }) => src == link.href);
    found = !!shown;
    if (shown) frame = shown;
    else frame.src = link.href;
    dress();
  }

  /** Puts the form into the container, in place of what a saved copy of the page has there of one. */
  function place() {
    for (const part of el.querySelectorAll(":scope > [data-warifu]"))
      part == frame || part == field || part == link || detach(part);
    // Some pages remove every frame. One that was removed before it sent a message is not added again:
    // the page would remove that as well, and so on without end.
    // A page that Chromium prerenders is seen by nobody. It is drawn again at `prerenderingchange`.
    const { prerendering } = /** @type {any} */ (document);
    if (!valid || silent || prerendering || (frame.parentNode == el && !found)) return;
    silent = true;
    // Whatever is moved is loaded anew.
    if (frame.parentNode != el) el.appendChild(frame);
    // Its document may be there, and tell of no load any more. One that the page could read is none yet.
    else if (!frame.contentDocument) connect();
    found = false;
    el.appendChild(field);
    clearTimeout(late);
    late = setTimeout(() => {
      if (!(scripted() ? frame : el).isConnected) return;
      offer();
      // Not for good: the form may still come, and take the link's place.
      fail("load-timeout", false);
    }, 10_000);
  }

  return widget;
};
