// Loads the issuer's script tag into the page. The script itself always comes from the issuer, and is
// no part of this package: it knows by its own address whose form it shows.

/** @typedef {import("./warifu.js").Warifu} Warifu */
/** @typedef {import("./index.js").LoadOptions} LoadOptions */

/** Milliseconds between a load that failed and the one attempt after it. */
const pause = 1_000;

/** What is being loaded into this page, or is there, by the issuer's origin. @type {Map<string, Promise<Warifu>>} */
const loads = new Map();

const onServer = Promise.resolve(null);

/** @type {typeof import("./index.js").loadWarifu} */
export const loadWarifu = (issuer, options = {}) => {
  if (typeof document == "undefined") return onServer;
  const origin = originOf(issuer);
  if (!origin) return Promise.reject(new TypeError(`warifu: "${issuer}" is no issuer's origin`));
  let loading = loads.get(origin);
  if (!loading) {
    loading = load(origin, options);
    loads.set(origin, loading);
    // Whoever asks after a failure asks anew.
    loading.catch(() => loads.delete(origin));
  }
  return loading;
};

/** @param {string} issuer */
function originOf(issuer) {
  try {
    const { origin } = new URL(issuer);
    return origin == "null" ? undefined : origin;
  } catch {
    return undefined;
  }
}

/** @param {string} origin @param {LoadOptions} options */
async function load(origin, options) {
  if (!present(origin)) {
    await add(origin, options).catch(async () => {
      await new Promise((resolve) => setTimeout(resolve, pause));
      return present(origin) ?? add(origin, options);
    });
  }
  const loaded = present(origin);
  if (!loaded) throw new Error(`warifu: ${origin} answered with another script`);
  return loaded;
}

/**
 * The script's functions, where a script tag has run. One page has those of one issuer: a second
 * script finds the first one's, which show the first one's forms.
 * @param {string} origin
 */
function present(origin) {
  const found = /** @type {{ warifu?: Partial<Warifu> }} */ (window).warifu;
  if (!found?.render) return undefined;
  if (found.origin && found.origin != origin)
    throw new Error(`warifu: this page has the script of ${found.origin}, and takes no other's`);
  return /** @type {Warifu} */ (found);
}

/**
 * A script tag of its own, also beside one that the page has: whether that one still comes or has
 * failed cannot be seen, and the second that runs changes nothing.
 * @param {string} origin
 * @param {LoadOptions} options
 */
function add(origin, { version, integrity, nonce }) {
  const script = document.createElement("script");
  script.src = `${origin}/${version ? `v${version}` : "v1"}/warifu.js?render=explicit`;
  if (nonce) script.nonce = nonce;
  if (integrity) {
    script.integrity = integrity;
    script.crossOrigin = "anonymous";
  }
  return new Promise((resolve, reject) => {
    script.onload = resolve;
    script.onerror = () => {
      script.parentNode?.removeChild(script);
      reject(new Error(`warifu: ${script.src} could not be loaded`));
    };
    document.head.appendChild(script);
  });
}
