// One visit of a page with an empty cache, under given conditions, until marks are seen in it or in
// one of its frames.

/** @typedef {import("./devtools.mjs").Devtools} Devtools */

/** Milliseconds after which a visit has failed. */
const patience = 60_000;

/**
 * @typedef {object} Conditions
 * @property {number} latency milliseconds that each request waits for its answer
 * @property {number} download bits a second
 * @property {number} upload bits a second
 * @property {number} cpu how many times slower the pages' processors are
 */

/**
 * Slow 4G and a processor that is four times slower, as Lighthouse applies them to a mobile page by
 * DevTools: https://github.com/GoogleChrome/lighthouse/blob/main/docs/throttling.md and
 * core/config/constants.js there (`throttling.mobileSlow4G`: 150 ms and 1.6 Mbit/s, of which DevTools
 * makes 3.75 times the latency of a request, and 0.9 of the rate). Connections cost nothing in it.
 * @type {Conditions}
 */
export const slow4G = {
  latency: 150 * 3.75,
  download: 1.6 * 1024 * 1024 * 0.9,
  upload: 750 * 1024 * 0.9,
  cpu: 4,
};

/**
 * @typedef {Record<string, string>} Marks a CSS selector for each mark: what must be there. It is the
 *   same mark in whichever document it is seen first
 *
 * @typedef {object} Visited
 * @property {Record<string, number>} at milliseconds from the navigation of the page to each mark
 * @property {Resource[]} resources what was loaded, in order
 *
 * @typedef {object} Resource
 * @property {string} url
 * @property {number} waited milliseconds from the request to the first byte of its answer
 * @property {number} bytes what was transferred: the body, as it was encoded
 */

/**
 * Visits a page until all marks are seen.
 * @param {Devtools} devtools
 * @param {string} url
 * @param {Marks} marks
 * @param {Conditions} [conditions]
 * @returns {Promise<Visited>}
 */
export async function visit(devtools, url, marks, conditions) {
  const { send, listen } = devtools;
  const { browserContextId } = await send("Target.createBrowserContext");
  /** @type {Visited["at"]} */
  const at = {};
  const { resources, hear } = collect();
  /** @type {Set<string>} */
  const sessions = new Set();
  let start = 0;
  const { promise: all, resolve: seen, reject: failed } = Promise.withResolvers();
  const stop = listen(({ method, params, sessionId = "" }) => {
    // A frame of another site is a target of its own, and so is a worker. It stands still until it is
    // let go. One that is gone again by then does not matter.
    if (method === "Target.attachedToTarget" && sessions.has(sessionId)) {
      const isFrame = params.targetInfo.type === "iframe";
      const prepared = isFrame ? prepare(params.sessionId) : run(params.sessionId);
      prepared.catch((error) => /Session with given id not found/.test(error) || failed(error));
    }
    if (!sessions.has(sessionId)) return;
    hear(method, params);
    if (method !== "Runtime.bindingCalled" || params.name !== "benchMark") return;
    const { mark, time } = JSON.parse(params.payload);
    if (mark === "start") start = time;
    else at[mark] ??= time - start;
    if (Object.keys(marks).every((name) => name in at)) seen(undefined);
  });

  /** @param {string} session */
  const run = (session) => send("Runtime.runIfWaitingForDebugger", {}, session);

  /** Sets everything of a document's process that is to be measured. @param {string} session */
  async function prepare(session) {
    sessions.add(session);
    const tell = (/** @type {string} */ method, params = {}) => send(method, params, session);
    const source = `(${look})(${JSON.stringify(marks)}, ${isUsable})`;
    await Promise.all([
      tell("Network.enable"),
      tell("Page.enable"),
      tell("Runtime.enable"),
      tell("Runtime.addBinding", { name: "benchMark" }),
      tell("Page.addScriptToEvaluateOnNewDocument", { source }),
      tell("Target.setAutoAttach", {
        autoAttach: true,
        waitForDebuggerOnStart: true,
        flatten: true,
      }),
      ...(conditions ? throttle(tell, conditions) : []),
    ]);
    await run(session);
  }

  try {
    const blank = { url: "about:blank", browserContextId, width: 500, height: 900 };
    const { targetId } = await send("Target.createTarget", blank);
    const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
    await prepare(sessionId);
    await send("Page.navigate", { url }, sessionId);
    const late = setTimeout(
      () => failed(new Error(`of ${url}, only ${JSON.stringify(at)} came`)),
      patience,
    );
    await all.finally(() => clearTimeout(late));
    return { at, resources: [...resources.values()] };
  } finally {
    stop();
    await send("Target.disposeBrowserContext", { browserContextId });
  }
}

/**
 * @param {(method: string, params: object) => Promise<unknown>} tell
 * @param {Conditions} conditions
 */
const throttle = (tell, { latency, download, upload, cpu }) => [
  tell("Network.emulateNetworkConditions", {
    offline: false,
    latency,
    downloadThroughput: download / 8,
    uploadThroughput: upload / 8,
  }),
  tell("Emulation.setCPUThrottlingRate", { rate: cpu }),
];

/** What the network's events say of each request. */
function collect() {
  /** @type {Map<string, Resource & { sent: number }>} */
  const resources = new Map();
  return {
    resources,
    /** @param {string} method @param {any} params */
    hear(method, params) {
      const one = resources.get(params.requestId);
      if (method === "Network.requestWillBeSent" && params.request.url.startsWith("http")) {
        const { url } = params.request;
        resources.set(params.requestId, { url, sent: params.timestamp, waited: NaN, bytes: 0 });
      }
      if (one && method === "Network.responseReceived") {
        one.waited = (params.timestamp - one.sent) * 1000;
      }
      if (one && method === "Network.loadingFinished") one.bytes = params.encodedDataLength;
    },
  };
}

/**
 * Runs in every document, before its scripts: in each animation frame it looks for what is missing.
 * @param {Marks} marks
 * @param {(element: Element) => boolean} usable
 */
function look(marks, usable) {
  const report = (/** @type {string} */ mark, /** @type {number} */ time) =>
    /** @type {any} */ (window).benchMark(JSON.stringify({ mark, time }));
  if (window === top) report("start", performance.timeOrigin);
  const missing = new Map(Object.entries(marks));
  const frame = () => {
    for (const [mark, selector] of missing) {
      const element = document.querySelector(selector);
      if (!element || !usable(element)) continue;
      report(mark, performance.timeOrigin + performance.now());
      missing.delete(mark);
    }
    if (missing.size > 0) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

/**
 * Whether a person can use an element now: it is in the document, laid out, visible, what a finger at
 * its middle would hit, and takes input.
 * @param {Element} element
 */
function isUsable(element) {
  const { x, y, width, height } = element.getBoundingClientRect();
  const hit = document.elementFromPoint(x + width / 2, y + height / 2);
  const { disabled, readOnly } = /** @type {HTMLInputElement} */ (element);
  return (
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
    (element.contains(hit) || hit?.closest("label")?.contains(element) === true) &&
    !disabled &&
    !readOnly
  );
}
