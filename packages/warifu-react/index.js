"use client";
// The form as a component, and the hook that it is made of. The server renders an empty container, so
// hydration finds what it expects; the form comes into it after that.
import {
  createElement,
  useCallback,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
} from "react";
import { loadWarifu } from "warifu";

/** @typedef {import("warifu").Warifu} Warifu */
/** @typedef {import("warifu").WarifuEvents} Events */
/** @typedef {import("./index.js").ChallengeState} ChallengeState */
/** @typedef {import("./index.js").ChallengeHandlers} Handlers */

/** @type {ChallengeState} */
const loading = { status: "loading", response: "", error: null };

/** @type {typeof import("./index.js").useWarifuChallenge} */
export function useWarifuChallenge(options) {
  const { issuer, clientSecret, responseFieldName, script } = options;
  const { version, integrity, nonce } = script ?? {};
  const [container, ref] = useState(/** @type {Element | null} */ (null));
  const [state, setState] = useState(loading);
  const [attempt, setAttempt] = useState(0);
  const reset = useCallback(() => setAttempt((before) => before + 1), []);
  const ask = useRef(/** @type {() => string} */ (() => ""));
  const getResponse = useCallback(() => ask.current(), []);

  // The newest handlers are called, and a new one loads nothing anew.
  const handlers = useRef(/** @type {Handlers} */ (options));
  useEffect(() => {
    handlers.current = options;
  });

  useEffect(() => {
    setState(loading);
    if (!container || !clientSecret) return;
    /** @type {Warifu | null} */
    let shown = null;
    let left = false;
    const forget = listen(container, setState, handlers);
    loadWarifu(issuer, { version, integrity, nonce }).then(
      (warifu) => {
        if (left || !warifu) return;
        shown = warifu;
        ask.current = () => warifu.getResponse(container);
        warifu.render(container, { clientSecret, "response-field-name": responseFieldName });
      },
      (error) => {
        if (left) return;
        // Why: the page's handler gets a code alone.
        console.error(error);
        setState({ status: "failed", response: "", error: "script-load" });
        handlers.current.onError?.("script-load", false);
      },
    );
    return () => {
      left = true;
      forget();
      ask.current = () => "";
      shown?.remove(container);
    };
  }, [container, clientSecret, issuer, responseFieldName, version, integrity, nonce, attempt]);

  return { ...state, ref, reset, getResponse };
}

/**
 * Follows the events of a container's own challenge.
 * @param {Element} container
 * @param {(next: (before: ChallengeState) => ChallengeState) => void} setState
 * @param {{ current: Handlers }} handlers
 * @returns {() => void} ends it
 */
function listen(container, setState, handlers) {
  const following = new AbortController();
  /**
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {(detail: Events[Name]["detail"]) => void} heard
   */
  const on = (name, heard) =>
    container.addEventListener(
      name,
      (event) => {
        // They bubble: another container may be in this one.
        if (event.target == container) heard(event.detail);
      },
      { signal: following.signal },
    );
  /** @param {Partial<ChallengeState>} news */
  const set = (news) => setState((before) => ({ ...before, ...news }));

  on("warifu:ready", () => {
    // The form of a verified challenge that was moved in the page is loaded anew.
    setState((before) =>
      before.status == "complete" ? before : { ...before, status: "ready", error: null },
    );
    handlers.current.onReady?.();
  });
  on("warifu:complete", ({ response }) => {
    set({ status: "complete", response, error: null });
    handlers.current.onComplete?.(response);
  });
  on("warifu:error", ({ code, final }) => {
    set(final ? { status: "failed", error: code } : { error: code });
    handlers.current.onError?.(code, final);
  });
  on("warifu:expire", () => {
    set({ status: "expired", response: "" });
    handlers.current.onExpire?.();
  });
  on("warifu:cancel", () => {
    set({ status: "canceled" });
    handlers.current.onCancel?.();
  });
  on("warifu:resend", ({ send }) => handlers.current.onResend?.(send));
  return () => following.abort();
}

/** @type {typeof import("./index.js").WarifuChallenge} */
export function WarifuChallenge(props) {
  const { issuer, clientSecret, responseFieldName, script, ref, ...others } = props;
  const { onReady, onComplete, onError, onExpire, onCancel, onResend, ...attributes } = others;
  const { ref: container, reset, getResponse } = useWarifuChallenge(props);
  useImperativeHandle(ref, () => ({ reset, getResponse }), [reset, getResponse]);
  return createElement("div", { ...attributes, ref: container });
}
