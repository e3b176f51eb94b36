// What a seed says shall happen: flows of single steps, and faults of the world at some of these steps.
// Nothing here knows of a Worker. The same seed and count give the same plan.
import { chance, derived } from "./random.mjs";
import { worldFaults } from "./plan-faults.mjs";
import { storageOf } from "./storage.mjs";

/**
 * @typedef {"email" | "sms" | "app"} Channel
 *
 * @typedef {object} Step
 * @property {string} do its name in steps/
 * @property {Channel} [to] a channel
 * @property {number} [times]
 * @property {string} [key] an idempotency key
 * @property {"delivered" | "bounced" | "nothing"} [news] what a provider tells of a message
 *
 * @typedef {object} Flow what one cardholder does, and the servers around them
 * @property {number} n its number in the plan
 * @property {number} seed
 * @property {string} kind
 * @property {Channel} channel by which the cardholder gets codes at first
 * @property {boolean} script whether the form is used as the widget uses it, or as a page without
 *   script posts it
 * @property {boolean} back whether the merchant gave a return_url
 * @property {number} merchant the number of the merchant
 * @property {Step[]} steps
 *
 * @typedef {import("./plan-faults.mjs").WorldFault} WorldFault
 * @typedef {import("./storage.mjs").Storage} Storage
 * @typedef {{ seed: number, storage: Storage, flows: Flow[], faults: WorldFault[] }} Plan
 */

/** How often each kind of flow comes. A name is a key of `kinds`. */
const weights = {
  purchase: 22,
  wrong: 12,
  resend: 8,
  "all-wrong": 6,
  storm: 3,
  cancel: 6,
  abandoned: 3,
  late: 3,
  redeeming: 9,
  receipts: 7,
  limits: 2,
  "three-ds": 16,
  "three-ds-wrong": 5,
  "three-ds-cancel": 3,
  "three-ds-gone": 2,
  enrollment: 7,
  destination: 4,
  erasure: 4,
};

/** The names of all kinds of flows. */
export const kindsOfFlows = Object.keys(weights);

/**
 * @param {number} seed
 * @param {number} count of flows
 * @param {object} [only]
 * @param {string[]} [only.kinds] no others
 * @param {boolean} [only.calm] without faults of the world
 * @param {Storage} [only.storage] how well storage is. Default: as the seed has it, well in the calm
 * @returns {Plan}
 */
export function planOf(seed, count, { kinds, calm = false, storage } = {}) {
  const flows = Array.from({ length: count }, (_, n) => flowOf(n, derived(seed, n), kinds));
  const faults = calm ? [] : worldFaults(derived(seed, -2), flows);
  const isAs = storage ?? (calm ? "well" : storageOf(derived(seed, -3)));
  return { seed, storage: isAs, flows, faults };
}

/**
 * @param {number} n
 * @param {number} seed
 * @param {string[]} [kinds]
 * @returns {Flow}
 */
function flowOf(n, seed, kinds) {
  const by = chance(seed);
  const kind = kinds ? by.one(kinds) : by.weighed(weights);
  const channel = by.weighed({ email: 4, sms: 3, app: 2 });
  const facts = { n, seed, kind, channel, script: by.happens(0.6), back: by.happens(0.5) };
  const merchant = by.below(merchants);
  return { ...facts, merchant, steps: [...stepsOf(kind, by, channel)] };
}

/** How many merchants there are. */
export const merchants = 4;

/** @typedef {import("./random.mjs").Chance} Chance */

/**
 * @param {string} kind
 * @param {Chance} by
 * @param {Channel} channel
 * @returns {Generator<Step>}
 */
function* stepsOf(kind, by, channel) {
  const sent = channel !== "app";
  yield { do: "register" };
  if (kind.startsWith("three-ds")) {
    yield* threeDs(kind, by, sent);
    return;
  }
  if (kind === "limits") {
    // More challenges than the destination takes unverified messages.
    for (let n = 0; n < 7; n++) yield* [{ do: "create" }, { do: "present" }, { do: "code" }];
    yield { do: "read" };
    return;
  }
  yield* opening(by);
  switch (kind) {
    case "purchase":
      return yield* bought(by);
    case "wrong":
      yield { do: "wrong", times: by.between(1, 3) };
      if (by.happens(0.3)) yield { do: "malformed" };
      return yield* bought(by);
    case "resend":
      if (by.happens(0.5)) yield { do: "resend-too-soon" };
      for (let n = by.between(1, 2); n > 0; n--) yield* [{ do: "resend" }, { do: "code" }];
      if (by.happens(0.5)) yield { do: "older" };
      return yield* bought(by);
    case "all-wrong":
      yield { do: "wrong", times: 5 };
      yield* [{ do: "right" }, { do: "read" }];
      return;
    case "storm":
      yield { do: "storm", times: by.between(8, 14) };
      yield* [{ do: "right" }, { do: "read" }];
      return;
    case "cancel":
      if (by.happens(0.4)) yield { do: "wrong", times: 1 };
      yield { do: by.one(["cancel", "cancel-by-merchant"]) };
      if (by.happens(0.5)) yield { do: "right" };
      yield { do: "read" };
      return;
    case "abandoned":
      return;
    case "late":
      yield { do: "wait", times: by.between(601, 640) };
      yield { do: "right" };
      yield { do: "read" };
      return;
    case "redeeming":
      yield* [{ do: "right" }, { do: by.one(["redeem-at-once", "redeem"]), key: "a" }];
      yield { do: "redeem", key: by.one(["a", "b"]) };
      if (by.happens(0.3))
        yield* [
          { do: "wait", times: 301 },
          { do: "redeem", key: "a" },
        ];
      yield { do: "read" };
      return;
    case "receipts":
      yield { do: "receipts", news: by.weighed({ delivered: 5, bounced: 2, nothing: 1 }) };
      yield { do: "read" };
      return yield* bought(by);
    case "enrollment":
      yield { do: "enroll", to: by.one(/** @type {Channel[]} */ (["email", "sms", "app"])) };
      if (by.happens(0.5)) yield { do: "right" };
      yield* opening(by);
      return yield* bought(by);
    case "destination":
      yield { do: "change-destination" };
      if (by.happens(0.5)) yield { do: "right" };
      yield* opening(by);
      return yield* bought(by);
    case "erasure":
      if (by.happens(0.6)) yield { do: "right" };
      yield { do: "erase" };
      yield { do: "read" };
      if (by.happens(0.5)) yield* [{ do: "redeem", key: "a" }, { do: "present" }];
      if (by.happens(0.6)) {
        yield { do: "register" };
        yield* opening(by);
        yield* bought(by);
      }
      return;
    default:
      throw new Error(`no flow is called ${kind}`);
  }
}

/** From the order to a code in the cardholder's hand. @param {Chance} by @returns {Generator<Step>} */
function* opening(by) {
  yield { do: "create" };
  if (by.happens(0.15)) yield { do: "create-again" };
  yield { do: "present" };
  if (by.happens(0.15)) yield { do: "present" };
  yield { do: "code" };
}

/** From a code to a redeemed purchase. @param {Chance} by @returns {Generator<Step>} */
function* bought(by) {
  yield { do: "right" };
  if (by.happens(0.3)) yield { do: "right-again" };
  if (by.happens(0.15)) yield { do: "read" };
  if (by.happens(0.9)) yield { do: "redeem", key: "a" };
  if (by.happens(0.15)) yield { do: "redeem", key: by.one(["a", "b"]) };
  yield { do: "read" };
}

/**
 * A challenge through the directory server.
 * @param {string} kind
 * @param {Chance} by
 * @param {boolean} sent whether codes are sent to the cardholder
 * @returns {Generator<Step>}
 */
function* threeDs(kind, by, sent) {
  yield { do: "card" };
  yield { do: "areq" };
  if (by.happens(0.2)) yield { do: "areq" };
  if (kind === "three-ds-gone" && by.happens(0.5)) return;
  yield { do: "creq" };
  if (by.happens(0.15)) yield { do: "creq" };
  yield { do: "code" };
  if (kind === "three-ds-gone") return;
  if (kind === "three-ds-cancel") {
    yield* [{ do: "cancel" }, { do: "last-page" }];
    return;
  }
  if (kind === "three-ds-wrong") yield { do: "wrong", times: by.one([1, 2, 5]) };
  if (sent && by.happens(0.15)) yield* [{ do: "resend" }, { do: "code" }];
  yield { do: "right" };
  if (by.happens(0.3)) yield { do: "right-again" };
  yield { do: "last-page" };
}
