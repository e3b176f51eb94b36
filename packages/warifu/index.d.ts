import type { Warifu } from "./warifu.js";

export type * from "./warifu.js";

export interface LoadOptions {
  /** A released version, such as `0.1.0`, whose script never changes; otherwise the newest. */
  version?: string;
  /** The hash of that version's script, from `/v{version}/sri.json` at the issuer. */
  integrity?: string;
  /** The nonce of the page's Content-Security-Policy, where it has one. */
  nonce?: string;
}

/**
 * Adds the issuer's script tag to the page, unless it has run, and resolves to its functions. On a
 * server it resolves to `null`.
 *
 * Every call for the same issuer gets the same promise; the options are those of the first. A load that
 * fails is tried once more after a second. If that fails as well, the promise rejects, and the next call
 * tries again. It rejects too when the page has the script of another issuer.
 *
 * A `.warifu-challenge` is not found by itself: call `render` or `challenge`, or use the element
 * `<warifu-challenge>`.
 *
 * @param issuer the issuer's origin, such as `https://otp.example`
 */
export function loadWarifu(issuer: string, options?: LoadOptions): Promise<Warifu | null>;
