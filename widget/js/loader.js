// The script tag of a merchant's page. It mounts the issuer's frame and speaks with it over one
// MessagePort; it reads nothing of the form, styles nothing but what it puts there, evaluates nothing.

/** @typedef {import("./warifu.js").Options} Options */
/** @typedef {ReturnType<typeof setTimeout> | undefined} Timer */
/** @typedef {{ id: string, el: HTMLElement, field: HTMLInputElement, expired: boolean,
 *   outcome: Promise<{ response: string }>, age(): void, draw(options?: Options, anew?: boolean): void,
 *   leave(): void }} Widget */

const page = /** @type {any} */ (window);
const src = /** @type {HTMLScriptElement | null} */ (document.currentScript)?.src;
// A module, an import or a copy does not know which issuer's script it is.
if (!src)
  throw Error(
    'warifu: no module, no import, no copy: <script src="https://…/v1/warifu.js" async></script>',
  );
const { origin, searchParams } = new URL(src);

/** @type {Widget[]} */
let widgets = [];
/** Containers that the page's script shows or takes away: what else happens to them changes nothing. */
const charged = new WeakSet();
let count = 0;

/** Milliseconds for which the server takes a response. */
const life = 300_000;

/** Every response that died while no timer ran ends now. */
const age = () => widgets.forEach((widget) => widget.age());

/** @param {unknown} [ref] an id or a container; without one, the first widget */
const find = (ref) => {
  age();
  return widgets.find(({ id, el }) => ref === undefined || ref == id || ref == el);
};

/**
 * Without `remove` and `append`, which old libraries on a page replace by functions of their own.
 * @param {Node} node
 */
const detach = (node) => node.parentNode?.removeChild(node);

/**
 * Declarations that no rule of the page for all frames or all elements undoes. They are set through
 * the object model, which style-src 'none' allows.
 * @param {string} declarations each ends in a semicolon
 */
const important = (declarations) => declarations.replace(/;/g, "!important;");

/**
 * Calls a function of the page's. What is wrong with it is the page's to hear, and stops nothing here.
 * @param {unknown} callback a function, the name of a global one, or empty: then there is none
 * @param {unknown} [value]
 */
const call = (callback, value) => {
  const called = typeof callback == "function" ? callback : page[/** @type {any} */ (callback)];
  try {
    if (typeof called == "function") called(value);
    else if (callback) console.error(`warifu: no global function "${callback}"`);
  } catch (error) {
    reportError(error);
  }
};

/**
 * @param {HTMLElement} el
 * @returns {Widget}
 */
const create = (el) => {
  /** @type {any} */
  let options = {};
  /** @type {string | undefined} */
  let secret;
  let valid = false;
  /** Put into the container, the frame has said nothing yet. */
  let silent = false;
  /** @type {Timer} */
  let late;
  /** @type {Timer} */
  let death;
  let deathAt = Infinity;
  /** @type {(outcome: { response: string } | Promise<{ response: string }>) => void} */
  let resolve;
  /** @type {(error: Error) => void} */
  let reject;
  /** @type {MessagePort | undefined} */
  let channel;

  const frame = document.createElement("iframe");
  const field = document.createElement("input");
  const link = document.createElement("a");
  const widget = {
    ...{ id: "warifu-" + ++count, el, field, expired: false, outcome: begin() },
    ...{ age, draw, leave },
  };

  frame.title = link.textContent = /^en/i.test(document.documentElement.lang)
    ? "Identity check"
    : "本人確認";
  frame.allow = "otp-credentials";
  frame.referrerPolicy = "origin";
  frame.style.cssText = important(
    "display:block;border:0;width:100%;height:400px;min-height:200px;max-height:2000px;",
  );
  link.style.cssText = important("display:block;");
  // Every document that the frame loads gets a channel of its own.
  frame.onload = () => {
    const { port1, port2 } = new MessageChannel();
    channel = port1;
    port1.onmessage = ({ data }) => {
      // Still on its way when the container got another challenge.
      if (channel != port1) return;
      clearTimeout(late);
      silent = false;
      detach(link);
      receive(data);
    };
    frame.contentWindow?.postMessage({ v: 1, type: "init" }, origin, [port2]);
  };
  field.type = "hidden";
  link.target = "_top";
  for (const part of [frame, field, link]) part.dataset.warifu = "";

  /** @param {string} name */
  const option = (name) =>
    options[name] ?? el.getAttribute("data-" + name) ?? el.getAttribute(name);

  /**
   * A message of the frame, or one in its manner. A newer frame's new types pass through as events.
   * @param {Record<string, any>} detail
   */
  const receive = (detail) => {
    const { type, response, code, final } = detail;
    // A frame that was moved is loaded anew, and says the same again.
    if (type == "complete" && field.value) return;
    if (type == "resize") frame.style.setProperty("height", detail.height + "px", "important");
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
    channel = undefined;
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
      valid = /^ch_[\w-]{73}$/.test(wanted);
      frame.src = link.href = origin + "/challenge/" + secret;
      field.name = option("response-field-name") || "warifu-response";
      if (!valid) late = setTimeout(fail, 0, "invalid-secret");
      silent = false;
    }
    if (next) silent = false;
    place();
  }

  /** Puts the form into the container, in place of what a saved copy of the page has there of one. */
  function place() {
    for (const part of el.querySelectorAll(":scope > [data-warifu]"))
      part == frame || part == field || part == link || detach(part);
    // A page that takes the frame out again before it has spoken would do so for ever.
    if (!valid || silent || frame.parentNode == el) return;
    silent = true;
    el.appendChild(frame);
    el.appendChild(field);
    clearTimeout(late);
    late = setTimeout(() => {
      if (!(charged.has(el) ? frame : el).isConnected) return;
      el.appendChild(link);
      // Not for good: the form may still come, and take the link's place.
      fail("load-timeout", false);
    }, 10_000);
  }

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
    charged.add(el);
    widget = create(el);
  }
  widget.draw(options);
  return widget.id;
};

/** @param {Widget} [widget] */
const drop = (widget) => {
  widget?.leave();
  widgets = widgets.filter((other) => other != widget);
};

/** @param {() => void} callback */
const ready = (callback) =>
  document.readyState == "loading" ? addEventListener("DOMContentLoaded", callback) : callback();

/** @param {HTMLElement} el a container that says by its attributes what to show */
const mount = (el) => (find(el) || create(el)).draw();

/** Mounts what has come into the page, and drops what has left it. */
const scan = () => {
  for (const widget of widgets) charged.has(widget.el) || widget.el.isConnected || drop(widget);
  for (const el of document.querySelectorAll(".warifu-challenge"))
    charged.has(el) || mount(/** @type {HTMLElement} */ (el));
};

// A second copy of the script would know nothing of the first one's widgets.
if (!page.warifu?.render) {
  page.warifu = {
    render,
    /** @param {unknown} [ref] */
    remove: (ref) => {
      const widget = find(ref);
      drop(widget);
      if (widget) charged.add(widget.el);
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

  customElements.get("warifu-challenge") ||
    customElements.define(
      "warifu-challenge",
      class extends HTMLElement {
        static observedAttributes = ["client-secret", "data-client-secret"];
        connectedCallback() {
          mount(this);
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
