// The script tag itself: which issuer's it is, and the page's functions that it calls.

export const page = /** @type {any} */ (window);
const src = /** @type {HTMLScriptElement | null} */ (document.currentScript)?.src;
// A module, an import or a copy does not know which issuer's script it is.
if (!src)
  throw Error(
    'warifu: no module, no import, no copy: <script src="https://…/v1/warifu.js" async></script>',
  );
export const { origin, searchParams } = new URL(src);

/**
 * Calls a callback of the merchant's page. A name of no function is said on the console, and what the
 * callback throws is reported as an uncaught error. Neither is thrown here.
 * @param {unknown} callback a function, the name of a global one, or empty: then there is none
 * @param {unknown} [value]
 */
export const call = (callback, value) => {
  const called = typeof callback == "function" ? callback : page[/** @type {any} */ (callback)];
  try {
    if (typeof called == "function") called(value);
    else if (callback) console.error(`warifu: no global function "${callback}"`);
  } catch (error) {
    reportError(error);
  }
};
