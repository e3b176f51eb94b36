// The model's own books: what clients, receivers and providers saw, and what follows of it by the
// documents. They are never told anything by the Worker's own code. What does not follow is a violation.
import { makeRedemptions } from "./redemptions.mjs";
import { makeResults } from "./results.mjs";
import { makeSends } from "./sends.mjs";
import { makeTries } from "./tries.mjs";

/**
 * @typedef {object} Span when a client asked and was answered
 * @property {number} from milliseconds by the Worker's clock, as early as it may have been
 * @property {number} to milliseconds by the Worker's clock, as late as it may have been
 * @property {number} start by a clock that never goes back, for what was before what
 * @property {number} end by the same clock
 *
 * @typedef {"pending" | "verified" | "failed" | "expired" | "canceled"} Status
 *
 * @typedef {object} Rules
 * @property {number} tries
 * @property {number} codeLife milliseconds
 * @property {number} challengeLife milliseconds
 * @property {number} attestationLife milliseconds
 * @property {number} unverified how many messages a destination takes of one merchant in a day whose
 *   codes were not typed
 * @property {number} slack milliseconds by which clocks may differ
 *
 * @typedef {object} Violation
 * @property {string} rule one of `rules` below
 * @property {number | null} flow of which flow, if it is of one
 * @property {string} text
 *
 * @typedef {object} Cardholder
 * @property {string} id
 * @property {number} flow
 * @property {{ start: number, end: number } | null} erased
 * @property {number} wrong how many codes may have been wrong
 *
 * @typedef {object} Ledger of one challenge
 * @property {string} id
 * @property {number} flow
 * @property {"merchant" | "directory"} of who asked for it
 * @property {string | null} merchant
 * @property {Cardholder} cardholder
 * @property {boolean} app
 * @property {Span} created
 * @property {{ status: Status, by: Span } | null} end
 * @property {boolean} mayHaveEnded whether a request without an answer may have ended it
 * @property {number} livesUntil when it ends by itself, as early as that may be
 * @property {Record<string, any>} more what the parts of the books keep
 */

/** The rules that are checked, by name. */
export const rules = /** @type {const} */ ([
  "tries",
  "verified-once",
  "verified-lost",
  "code-accepted",
  "code-refused",
  "same-attempt",
  "end-stays",
  "redeemed-once",
  "redeemed-lost",
  "told",
  "told-the-same",
  "one-result",
  "erased",
  "limits",
  "answers",
  "same-create",
  "enrolled",
  "receipts",
  "stored",
  "memory",
  "providers",
]);

/** What the documents say where a deployment has set nothing else. @type {Rules} */
export const usualRules = {
  tries: 5,
  codeLife: 600_000,
  challengeLife: 1_800_000,
  attestationLife: 300_000,
  unverified: 5,
  slack: 3_000,
};

/** @typedef {ReturnType<typeof makeBooks>} Books */

/** @param {Rules} [by] */
export function makeBooks(by = usualRules) {
  /** @type {Violation[]} */
  const violations = [];
  /** @type {Map<string, Ledger>} */
  const ledgers = new Map();
  /** As they were registered last. @type {Map<string, Cardholder>} */
  const cardholders = new Map();
  /** @type {Map<string, string>} the challenge of each create that may be repeated */
  const creates = new Map();
  /** @type {(() => void)[]} */
  let listeners = [];

  /** @param {typeof rules[number]} rule @param {number | null} flow @param {string} text */
  function broken(rule, flow, text) {
    violations.push({ rule, flow, text });
    for (const tell of listeners) tell();
  }

  const common = { by, broken, ledgers, sawStatus };
  const sends = makeSends(common);
  const tries = makeTries({ ...common, sends });
  const redemptions = makeRedemptions({ ...common, tries });
  const results = makeResults({ ...common, sends });

  /**
   * Notes how a challenge stood for somebody who asked during this time.
   * @param {Ledger} ledger @param {Status} status @param {Span} span
   */
  function sawStatus(ledger, status, span) {
    const { end, flow, id, cardholder } = ledger;
    if (cardholder.erased && cardholder.erased.end < span.start) {
      broken("erased", flow, `${id} is ${status} after its cardholder was erased`);
    }
    if (status !== "pending") {
      if (!end) ledger.end = { status, by: span };
      else if (end.status !== status) {
        broken("end-stays", flow, `${id} ended ${end.status}, and is ${status}`);
      }
    } else if (end && end.by.end < span.start) {
      const rule = end.status === "verified" ? "verified-lost" : "end-stays";
      broken(rule, flow, `${id} ended ${end.status}, and is pending`);
    }
  }

  return {
    violations,
    ledgers,
    cardholders,
    sends,
    tries,
    redemptions,
    results,
    sawStatus,
    broken,

    /** Called at each violation. @param {() => void} tell */
    onViolation: (tell) => void listeners.push(tell),

    /** @param {string} id @param {number} flow @returns {Cardholder} */
    cardholder(id, flow) {
      const made = { id, flow, erased: null, wrong: 0 };
      cardholders.set(id, made);
      return made;
    },

    /**
     * A create was answered. `key` names the request of which this may be a repeat.
     * @param {Pick<Ledger, "id" | "flow" | "of" | "merchant" | "cardholder" | "app"> & { key: string, span: Span }} facts
     */
    created({ key, span, ...facts }) {
      const before = creates.get(key);
      if (before !== undefined && before !== facts.id) {
        broken("same-create", facts.flow, `${key} made ${before}, and then ${facts.id}`);
      }
      creates.set(key, facts.id);
      const known = ledgers.get(facts.id);
      if (known) return known;
      const livesUntil = span.from + by.challengeLife;
      const ledger = { ...facts, created: span, end: null, mayHaveEnded: false, livesUntil };
      const whole = /** @type {Ledger} */ ({ ...ledger, more: {} });
      ledgers.set(facts.id, whole);
      return whole;
    },

    /**
     * What is registered or enrolled of a cardholder may be about to change: codes that were sent may die.
     * @param {Cardholder} cardholder
     */
    changing(cardholder) {
      for (const ledger of ledgers.values()) {
        if (ledger.cardholder === cardholder) ledger.more.changed = true;
      }
    },

    /**
     * A cardholder is being erased; the function that is returned says that it is done.
     * @param {Cardholder} cardholder
     */
    erasing(cardholder) {
      for (const ledger of ledgers.values()) {
        if (ledger.cardholder === cardholder) ledger.more.erasing = true;
      }
      return (/** @type {Span} */ { start, end }) => {
        cardholder.erased ??= { start, end };
      };
    },

    /** Whatever ends a challenge was asked for, and is not answered yet. @param {Ledger} ledger */
    ending: (ledger) => void (ledger.mayHaveEnded = true),

    /**
     * An answer about somebody who was erased before it was asked for.
     * @param {Cardholder} cardholder @param {boolean} knows whether it knows them @param {Span} span
     * @param {string} what
     */
    askedOfErased(cardholder, knows, span, what) {
      const { erased, flow } = cardholder;
      if (!erased || erased.end > span.start || !knows) return;
      broken("erased", flow, `${what} answers after the cardholder was erased`);
    },

    /**
     * Any answer at all: what the contract does not describe, or a fault without a fault.
     * @param {number | null} flow
     * @param {{ what: string, status: number, type: string, code?: string, retry: string | null }} answer
     * @param {boolean} faulty whether the world is as faulty as the documents want it for a 503
     */
    answered(flow, { what, status, type, code, retry }, faulty) {
      if (status < 500) return;
      const documented =
        status === 503 && code === "unavailable" && type === "application/problem+json" && retry;
      const page = status === 503 && type === "text/html" && retry;
      if ((documented || page) && faulty) return;
      broken(
        "answers",
        flow,
        `${what}: ${status} ${code ?? type}${faulty ? "" : ", without a fault"}`,
      );
    },

    /** @param {{ flow: number | null, rule: "stored" | "memory" | "providers" | "enrolled" | "receipts", text: string }} found */
    found: ({ flow, rule, text }) => broken(rule, flow, text),

    /** Everything has ended and everybody was told, or never will be. */
    close() {
      sends.close();
      results.close();
    },
  };
}

/** What each part of the books gets. @typedef {Pick<Books, "broken" | "ledgers" | "sawStatus"> & { by: Rules }} Common */
