// The entry of the frame's page: the channel to the merchant's page, and the start of the widget.
// It reports without wasm too, so no page is silent that was rendered without script.
import { ask } from "./ask.js";
import { start as startWasm } from "./wasm.js";

const root = /** @type {HTMLElement} */ (document.getElementById("warifu"));
const page = document.documentElement;
const form = /** @type {HTMLFormElement} */ (document.getElementById("form"));
const data = root.dataset;

/** @type {MessagePort | undefined} */
let port;
/** @type {AbortController | undefined} */
let sms;

/**
 * @param {string} type
 * @param {object} [fields]
 */
const post = (type, fields) => port?.postMessage({ v: 1, type, ...fields });

const resize = () => post("resize", { height: Math.ceil(page.getBoundingClientRect().height) });

/** How the challenge ended, if it has. */
const report = () => {
  const { status, response, error: code = "internal" } = data;
  if (status == "verified" && response) post("complete", { response });
  else if (status == "canceled") post("cancel", { code: status, final: true });
  else if (status == "expired" || status == "verified")
    post("expire", { code: "challenge-expired", final: true });
  else if (status != "pending" || data.error)
    post("error", { code, final: code != "undeliverable" });
};

addEventListener("message", ({ source, origin, data: init, ports }) => {
  if (port || source != parent || init?.v != 1 || init.type != "init") return;
  // A notice holds nothing of any challenge, so it may tell any page which mistake it was.
  if (data.origins != "*" && !data.origins?.split(" ").includes(origin)) return;
  port = ports[0];
  data.ready = "";
  post("ready");
  resize();
  report();
});

new ResizeObserver(resize).observe(page);

const listen = async () => {
  if (data.otp == null || !("OTPCredential" in window)) return;
  sms = new AbortController();
  const wanted = { otp: { transport: ["sms"] }, signal: sms.signal };
  const found = /** @type {any} */ (await navigator.credentials.get(wanted));
  root.dispatchEvent(Object.assign(new Event("otp"), { code: found?.code }));
};

/** The widget. @type {(event: unknown) => void} */
let handle;
/**
 * The one listener of every event, request and timer.
 * @param {unknown} event
 */
const listener = (event) => handle(event);

/** @type {import("./wasm.js").Host} */
const host = {
  ask(what, address, body) {
    ask(listener, what, address, body);
  },
  get ahead() {
    return (Date.now() - performance.now()) >>> 0;
  },
  wake(milliseconds) {
    setTimeout(listener, milliseconds, document);
  },
  tell(kind, value) {
    if (kind == "error") post(kind, { code: value, final: false });
    if (kind == "resend") post(kind, { send: +value });
    // Not `reload`, which would repeat the form post that may have brought this page.
    if (kind == "reload") location.replace(form.action.replace("/verify", ""));
    if (kind == "end") {
      report();
      // In a requestor's frame no page listens: its last page posts the result.
      if ((parent == window || !data.origins) && data.return) location.replace(data.return);
    }
    sms?.abort();
    // Aborted, refused by the person, or not allowed by the merchant's page: the keyboard remains.
    if (kind == "listen") listen().catch(() => {});
  },
};

/** Where wasm is blocked or broken, the form works as the server sent it, without script. */
const start = async () => {
  // In a sandbox without `allow-same-origin`, whose page can ask the Worker nothing.
  if (origin == "null") throw 0;
  handle = await startWasm(host);
  for (const type of ["input", "change", "compositionend", "submit", "otp"]) {
    root.addEventListener(type, listener);
  }
  // A merchant's page in a sandbox without `allow-forms` has a frame that submits nothing and fires
  // no `submit`. A click still comes: by Enter too, which clicks the form's button.
  root.addEventListener("click", (event) => {
    const { type, form } = /** @type {HTMLButtonElement} */ (event.target);
    if (type != "submit") return;
    event.preventDefault();
    // Firefox submits at this event too, unless the widget prevents it, as it does at a `submit` of the
    // browser's own.
    if (form?.reportValidity())
      form.dispatchEvent(new Event(type, { bubbles: true, cancelable: true }));
  });
};
if (data.status == "pending")
  start().catch(() => {
    for (const bare of root.querySelectorAll("noscript")) bare.outerHTML = bare.innerText;
  });
