// The script tag of a merchant's page. It mounts the issuer's frame and speaks with it over one
// MessagePort; it reads nothing of the form, styles nothing but what it puts there, evaluates nothing.
import { create } from "./container.js";
import { call, origin, page, searchParams } from "./tag.js";

/** @typedef {import("../warifu.js").Options} Options */
/** @typedef {import("./container.js").Widget} Widget */

/** @type {Widget[]} */
let widgets = [];
/** Containers that the page's script gave to `render` or `remove`. The scan leaves them as they are. */
const scripted = new WeakSet();

/** Every response that died while no timer ran ends now. */
const age = () => widgets.forEach((widget) => widget.age());

/** @param {unknown} [ref] an id or a container; without one, the first widget */
const find = (ref) => {
  age();
  return widgets.find(({ id, el }) => ref === undefined || ref == id || ref == el);
};

/** @param {HTMLElement} el */
const add = (el) => {
  const widget = create(el, () => scripted.has(el));
  widgets.push(widget);
  return widget;
};

/**
 * @param {string | Element} target
 * @param {Options} [options]
 */
const render = (target, options = {}) => {
  const el = /** @type {HTMLElement} */ (
    typeof target == "string" ? document.querySelector(target) : target
  );
  if (!el) return null;
  let widget = find(el);
  if (!widget) {
    scripted.add(el);
    widget = add(el);
  }
  widget.draw(options);
  return widget.id;
};

/** @param {Widget} [widget] */
const drop = (widget) => {
  widget?.leave();
  widgets = widgets.filter((other) => other != widget);
};

/** @param {() => unknown} callback */
const ready = (callback) =>
  document.readyState == "loading" ? addEventListener("DOMContentLoaded", callback) : callback();

/** @param {HTMLElement} el a container that says by its attributes what to show */
const mount = (el) => (find(el) || add(el)).draw();

/** Mounts what has come into the page, and drops what has left it. */
const scan = () => {
  for (const widget of widgets) scripted.has(widget.el) || widget.el.isConnected || drop(widget);
  for (const el of document.querySelectorAll(".warifu-challenge"))
    scripted.has(el) || mount(/** @type {HTMLElement} */ (el));
};

// A second copy of the script would know nothing of the first one's widgets.
if (!page.warifu?.render) {
  page.warifu = {
    origin,
    render,
    /** @param {unknown} [ref] */
    remove: (ref) => {
      const widget = find(ref);
      drop(widget);
      if (widget) scripted.add(widget.el);
    },
    ready,
    /** @param {unknown} [ref] */
    reset: (ref) => find(ref)?.draw(undefined, true),
    /** @param {unknown} [ref] */
    getResponse: (ref) => find(ref)?.field.value || "",
    /** @param {unknown} [ref] */
    isExpired: (ref) => !!find(ref)?.expired,
    /**
     * @param {string | Element} target
     * @param {Options} [options]
     */
    challenge: async (target, options) =>
      /** @type {Widget} */ (find(render(target, options))).outcome,
  };

  if (searchParams.get("render") != "explicit") {
    ready(() => {
      scan();
      new MutationObserver(scan).observe(document, {
        ...{ subtree: true, childList: true },
        attributeFilter: ["class", "client-secret", "data-client-secret"],
      });
    });
  }
  // Timers stand still in a page that a browser keeps for Back, and in a device that sleeps.
  addEventListener("pageshow", age);
  addEventListener("visibilitychange", age);
  document.addEventListener("prerenderingchange", () => widgets.forEach((widget) => widget.draw()));

  customElements.get("warifu-challenge") ||
    customElements.define(
      "warifu-challenge",
      class extends HTMLElement {
        static observedAttributes = ["client-secret", "data-client-secret"];
        connectedCallback() {
          // What the merchant's server wrote into it may not be parsed yet.
          ready(() => this.isConnected && mount(this));
        }
        attributeChangedCallback() {
          find(this)?.draw();
        }
        disconnectedCallback() {
          // What is moved is back by then.
          queueMicrotask(() => this.isConnected || drop(find(this)));
        }
      },
    );
}

// Also of a second script tag, which finds the first one's functions.
ready(() => call(searchParams.get("onload")));
