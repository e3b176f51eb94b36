// Asking the Worker as clients do: every request with its time, its answer or that it got none, and
// repeated as whoever asks would repeat it.

import { placed } from "./storage.mjs";

/**
 * @typedef {import("../support/api.mjs").Answer} Answer
 * @typedef {import("../support/api.mjs").Call} Call
 * @typedef {import("./books/books.mjs").Span} Span
 * @typedef {import("./books/books.mjs").Cardholder} Cardholder
 * @typedef {import("./books/books.mjs").Ledger} Ledger
 * @typedef {import("./plan.mjs").Flow} Flow
 * @typedef {import("./world.mjs").World} World
 * @typedef {import("./parties.mjs").Letter} Letter
 * @typedef {import("../support/totp.mjs").Authenticator} Authenticator
 *
 * @typedef {{ id: string, key: string, name: string }} Merchant
 *
 * @typedef {object} Holder
 * @property {Cardholder} entry in the books
 * @property {string} id
 * @property {string} email
 * @property {string} phone
 * @property {import("./plan.mjs").Channel} channel
 * @property {Authenticator | null} app
 * @property {number} step the newest time step of the app that was typed
 * @property {string} card
 *
 * @typedef {object} Purchase what a flow knows of its newest challenge
 * @property {Ledger} ledger
 * @property {string} secret of the form
 * @property {string} attempt the name of what is submitted on the newest page
 * @property {Letter | null} letter the newest with a code
 * @property {string} response the attestation
 * @property {{ areq: any, ares: any } | null} threeDs
 * @property {string} key the Idempotency-Key of its create
 * @property {unknown} body of its create
 *
 * @typedef {object} Context of one flow
 * @property {Flow} flow
 * @property {World} world
 * @property {Merchant} merchant
 * @property {(line: string) => void} note into the history
 * @property {Holder | null} holder
 * @property {Purchase | null} purchase
 * @property {Counts} counts of the whole chunk
 * @property {number} creates how many challenges this flow created
 *
 * @typedef {Record<string, number>} Counts
 */

/** Whoever asks gives up: the Worker does not answer for so long, although it runs. */
export class GaveUp extends Error {}

/** A flow has nothing more to do: what it was about is over. */
export class Over extends Error {}

/** Milliseconds after which a request counts as lost. Our answers wait for a directory server up to 5 s. */
const patience = 20_000;
/** How long a client repeats what is not answered. */
const perseverance = 25_000;

/**
 * Asks once. The answer is null where there was none, or one that says nothing: 503.
 * @param {Context} context
 * @param {string} what for the history
 * @param {{ method: string, path: string } & Call} request
 * @returns {Promise<{ answer: Answer | null, span: Span }>}
 */
export async function once({ world, flow, note, counts }, what, { method, path, ...call }) {
  await world.up();
  const end = world.span();
  counts.requests = (counts.requests ?? 0) + 1;
  const headers = { ...placed(counts.requests), ...call.headers };
  const send = () => inTime(world.api.send(method, path, { ...call, headers }));
  try {
    const answer = await world.sabotage.answer(what, { method, path, call }, send);
    const span = end();
    const { status, headers, body } = answer;
    const [type] = (headers.get("content-type") ?? "").split(";");
    const retry = headers.get("retry-after");
    note(`${what}: ${status}${body?.code ? ` ${body.code}` : ""}`);
    const faulty = world.mayBeUnavailable(what);
    world.books.answered(flow.n, { what, status, type, code: body?.code, retry }, faulty);
    if (status === 503) counts.unavailable = (counts.unavailable ?? 0) + 1;
    return { answer: status >= 500 ? null : answer, span };
  } catch (error) {
    const span = end();
    note(`${what}: no answer`);
    counts.unanswered = (counts.unanswered ?? 0) + 1;
    // What fetch throws is a lost connection; all else is an answer that the contract does not have.
    if (!(error instanceof TypeError)) {
      world.books.broken(
        "answers",
        flow.n,
        `${what}: ${error instanceof Error ? error.message : error}`,
      );
    }
    return { answer: null, span };
  }
}

/** @template T @param {Promise<T>} asked @returns {Promise<T>} */
async function inTime(asked) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${patience / 1000} s`)), patience);
  });
  try {
    return await Promise.race([asked, /** @type {Promise<never>} */ (late)]);
  } finally {
    clearTimeout(timer);
  }
}

/** Refusals that say to come again in a moment. */
const passing = new Set(["too_many_unknown_cardholders", "rate_limited"]);

/**
 * Asks until there is an answer, as a server repeats a call that may be repeated.
 * @param {Context} context
 * @param {string} what
 * @param {{ method: string, path: string } & Call} request
 * @returns {Promise<{ answer: Answer, span: Span }>} the span begins with the first time
 */
export async function ask(context, what, request) {
  const begun = performance.now();
  /** @type {Span | undefined} */
  let first;
  for (let times = 1; ; times++) {
    const { answer, span } = await once(context, times === 1 ? what : `${what} again`, request);
    first ??= span;
    if (answer && !(answer.status === 429 && passing.has(answer.body?.code))) {
      return { answer, span: { ...span, from: first.from, start: first.start } };
    }
    if (performance.now() - begun > perseverance) throw new GaveUp(what);
    await pause(Math.min(1_000, 100 * times));
  }
}

/** @param {number} milliseconds */
export const pause = (milliseconds) =>
  new Promise((/** @type {(value?: undefined) => void} */ resolve) =>
    setTimeout(resolve, milliseconds),
  );

/** @param {Context} context @returns {Holder} */
export function holderOf({ holder }) {
  if (!holder) throw new GaveUp("nobody is registered");
  return holder;
}

/** @param {Context} context @returns {Purchase} */
export function purchaseOf({ purchase }) {
  if (!purchase) throw new GaveUp("nothing is being bought");
  return purchase;
}
