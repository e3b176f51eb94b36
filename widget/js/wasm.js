// Starts the form's wasm, which is a string in this script, and is all the glue between it and the page.
// What wasm-bindgen generates is twice as long. The build gives both sides of a name the same letter,
// and fails when the wasm asks for a name that is not here.

/** @type {any} */
let wasm;
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Made anew for each use: memory that has grown is another buffer. */
const memory = () => new Uint8Array(wasm.memory.buffer);

/** @param {number} at @param {number} length */
const text = (at, length) => decoder.decode(memory().subarray(at >>> 0, (at >>> 0) + length));

/** The functions of widget/src/browser.rs, and three that wasm-bindgen has of its own. */
const imports = {
  /** @param {any} object @param {[number, number]} name */
  __wbg_get: (object, ...name) => object[text(...name)],
  /** @param {any} object @param {[number, number]} name */
  __wbg_number: (object, ...name) => object[text(...name)],
  /** @param {any} object @param {number} name @param {number} length @param {[number, number]} value */
  __wbg_set(object, name, length, ...value) {
    object[text(name, length)] = text(...value);
  },
  /** @param {Document} page @param {[number, number]} id */
  __wbg_getElementById: (page, ...id) => page.getElementById(text(...id)),
  /** @param {HTMLElement} element */
  __wbg_focus: (element) => element.focus(),
  /** @param {HTMLInputElement} input @param {number} start @param {number} end */
  __wbg_setSelectionRange: (input, start, end) => input.setSelectionRange(start >>> 0, end >>> 0),
  /** @param {Event} event */
  __wbg_preventDefault: (event) => event.preventDefault(),
  __wbg_now: () => performance.now(),
  /** @param {Host} host @param {number} kind @param {number} length @param {[number, number]} value */
  __wbg_tell: (host, kind, length, ...value) => host.tell(text(kind, length), text(...value)),
  /**
   * @param {Host} host
   * @param {number} what
   * @param {number} length
   * @param {number} address
   * @param {number} its
   * @param {[number, number]} body
   */
  __wbg_ask: (host, what, length, address, its, ...body) =>
    host.ask(text(what, length), text(address, its), text(...body)),
  /** @param {Host} host @param {number} milliseconds */
  __wbg_wake: (host, milliseconds) => host.wake(milliseconds >>> 0),
  /**
   * Writes where a string is, and how long; 0 and 0 of what is none.
   * @param {number} to
   * @param {unknown} value
   */
  __wbg___wbindgen_string_get(to, value) {
    const is = typeof value == "string";
    const bytes = encoder.encode(is ? value : "");
    const at = is ? wasm.__wbindgen_malloc(bytes.length, 1) >>> 0 : 0;
    memory().set(bytes, at);
    new Int32Array(wasm.memory.buffer, to >>> 0, 2).set([at, bytes.length]);
  },
  /** @param {[number, number]} words */
  __wbg___wbindgen_throw(...words) {
    throw Error(text(...words));
  },
  __wbindgen_init_externref_table() {
    // Where wasm-bindgen has them.
    for (const [at, value] of [undefined, null, true, false].entries())
      wasm.__wbindgen_externrefs.set(1024 + at, value);
  },
};

/**
 * What the widget asks of the script around it.
 * @typedef {object} Host
 * @property {(kind: string, value: string) => void} tell
 * @property {(what: string, address: string, body: string) => void} ask
 * @property {(milliseconds: number) => void} wake
 * @property {number} ahead by how many milliseconds the device's clock is ahead of the page's, modulo
 *   2^32
 */

/** The bytes of a string that has a character for each. @param {string} coded */
const bytesOf = (coded) => {
  const bytes = new Uint8Array(coded.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = coded.charCodeAt(at);
  return bytes;
};

/**
 * Lets the wasm take over the form of the page. Throws where wasm is blocked or broken.
 * @param {Host} host
 * @returns {Promise<(event: unknown) => void>} what handles every event, request and timer
 */
export const start = async (host) => {
  const bytes = bytesOf(WIDGET_WASM);
  const imported = { a: imports };
  let instance;
  try {
    // At once: a browser takes some milliseconds, and some tens to have it done in the background.
    instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), imported);
  } catch {
    // Chromium before 115 compiles no more than 4 KiB at once.
    ({ instance } = await WebAssembly.instantiate(bytes, imported));
  }
  wasm = instance.exports;
  wasm.__wbindgen_start();
  const form = wasm.widget_start(document, host);
  return (event) => wasm.widget_handle(form, event);
};
