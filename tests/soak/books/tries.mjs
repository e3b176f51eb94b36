// The part of the books about codes that are typed: how many were compared, which had to be right and
// which had to be wrong.

/**
 * @typedef {import("./books.mjs").Ledger} Ledger
 * @typedef {import("./books.mjs").Span} Span
 *
 * @typedef {"verified" | "wrong_code" | "code_used" | "code_expired" | "code_not_sent" | "malformed_code" |
 *   "locked" | "limited" | "not-found" | "not-verified" | "challenge_verified" | "challenge_failed" |
 *   "challenge_expired" | "challenge_canceled" | "app_code_expected"} Verdict
 *
 * @typedef {object} Typed a code that is submitted
 * @property {string} code
 * @property {string} attempt its name
 * @property {"app" | "sent"} from whether the app's code is asked for
 * @property {boolean} [right] of an app's code: whether it is that of a step that is near and new
 * @property {number} [until] of an app's code: until when its step is near, by the Worker's clock
 * @property {boolean} [wrong] whether it is wrong for certain
 *
 * @typedef {object} Pages what is kept of one challenge
 * @property {Map<string, Verdict>} compared by attempt
 * @property {Set<string>} unknown attempts without an answer
 * @property {number} underWay
 * @property {number} answers how many submissions were answered
 * @property {{ attempt: string, span: Span } | null} verified
 * @property {Map<string, { until: number } | null>} demands by attempt, until when its code has to be taken
 */

const compares = new Set(["verified", "wrong_code", "code_used"]);

/** @param {import("./books.mjs").Common & { sends: ReturnType<typeof import("./sends.mjs").makeSends> }} common */
export function makeTries({ by, broken, sawStatus, sends }) {
  /** @param {Ledger} ledger @returns {Pages} */
  const of = (ledger) =>
    (ledger.more.tries ??= {
      compared: new Map(),
      unknown: new Set(),
      underWay: 0,
      answers: 0,
      verified: null,
      demands: new Map(),
    });

  /**
   * Whether a code has to be taken that is typed now, as far as it can be known before the answer.
   * @param {Ledger} ledger @param {Typed} typed
   */
  function hasToBeTaken(ledger, { code, from, right, until = 0 }) {
    const { compared, unknown, underWay } = of(ledger);
    const { cardholder } = ledger;
    const spent = new Set([...compared.keys(), ...unknown]).size;
    if (ledger.end || ledger.mayHaveEnded || underWay > 0 || spent >= by.tries) return null;
    if (ledger.more.changed || cardholder.erased || cardholder.wrong >= by.tries) return null;
    if (from === "app") return right ? { until: Math.min(until, ledger.livesUntil) } : null;
    const newest = sends.newest(ledger);
    if (newest?.code !== code) return null;
    return { until: Math.min(newest.asked + by.codeLife, ledger.livesUntil) };
  }

  /**
   * Why a code may not be taken that is typed at this time.
   * @param {Ledger} ledger @param {Typed} typed @param {Span} span
   */
  function mustBeRefused(ledger, { code, from, right }, span) {
    if (from === "app") return right === false ? "is none of the app's codes now" : null;
    const sent = sends.withCode(ledger, code);
    if (!sent) return "was never sent";
    if (span.from > sent.first + by.codeLife + by.slack) return "was sent more than its life ago";
    const newest = sends.newest(ledger);
    const isNewer = newest && newest.delivery > sent.delivery && newest.start < span.start;
    return isNewer ? `is not the newest: delivery ${sent.delivery} of ${newest.delivery}` : null;
  }

  let demands = 0;

  return {
    of,
    /** How many codes had to be taken, and were. */
    demands: () => demands,

    /**
     * A code is submitted.
     * @param {Ledger} ledger
     * @param {Typed} typed
     * @returns {(verdict: Verdict | null, span: Span) => void} to be told the answer; null where there was
     *   none, or one that says nothing
     */
    typing(ledger, typed) {
      const pages = of(ledger);
      const { attempt, code } = typed;
      const { flow, id, cardholder } = ledger;
      const isRepeat = pages.compared.has(attempt) || pages.unknown.has(attempt);
      const demanded = isRepeat ? pages.demands.get(attempt) : hasToBeTaken(ledger, typed);
      pages.demands.set(attempt, demanded ?? null);
      pages.underWay++;
      return (verdict, span) => {
        pages.underWay--;
        if (demanded) {
          // A repeat gets the answer that was lost as long as there is an attestation.
          demanded.until = Math.min(demanded.until, span.from + by.attestationLife);
        }
        if (verdict === null) {
          // Whether it was compared is known by nobody.
          if (!pages.compared.has(attempt)) pages.unknown.add(attempt);
          if (!isRepeat) cardholder.wrong++;
          if (!typed.wrong) ledger.more.mayBeVerified = true;
          if (!typed.wrong && !demanded) ledger.mayHaveEnded = true;
          return;
        }
        pages.answers++;
        pages.unknown.delete(attempt);
        if (cardholder.erased && cardholder.erased.end < span.start && verdict !== "not-found") {
          broken("erased", flow, `${id} compares after its cardholder was erased: ${verdict}`);
        }
        const before = pages.compared.get(attempt);
        const inTime = demanded && before !== "verified" && span.to < demanded.until - by.slack;
        if (inTime) demands++;
        if (inTime && verdict !== "verified") {
          broken("code-accepted", flow, `${id}: ${code} was the newest and in time: ${verdict}`);
        }
        if (!compares.has(verdict)) return ended(ledger, verdict, span);
        pages.compared.set(attempt, verdict);
        if (before === "verified" && verdict !== "verified") {
          broken("verified-lost", flow, `${id}: ${attempt} was verified, and then ${verdict}`);
        }
        if (pages.compared.size > by.tries) {
          broken("tries", flow, `${id} compared ${pages.compared.size} codes`);
        }
        const wasOver = ledger.end && ledger.end.by.end < span.start;
        if (wasOver && !isRepeat && verdict !== "verified") {
          broken("tries", flow, `${id} compared a code after it had ended ${ledger.end?.status}`);
        }
        if (verdict !== "verified") {
          if (!isRepeat) cardholder.wrong++;
          return;
        }
        const why = before === "verified" ? null : mustBeRefused(ledger, typed, span);
        if (why && !isRepeat) broken("code-refused", flow, `${id}: ${code} ${why}, and verified`);
        if (pages.verified && pages.verified.attempt !== attempt) {
          broken("verified-once", flow, `${id} was verified by two attempts`);
        }
        pages.verified ??= { attempt, span };
        sawStatus(ledger, "verified", span);
      };
    },

    /**
     * Somebody read how many codes were compared.
     * @param {Ledger} ledger @param {number} count @param {Span} span
     */
    read(ledger, count, span) {
      const { compared, underWay } = of(ledger);
      const { flow, id } = ledger;
      if (count > by.tries) broken("tries", flow, `${id} says that it compared ${count} codes`);
      if (underWay === 0 && count < compared.size) {
        broken("tries", flow, `${id} compared ${compared.size} codes, and says ${count}`);
      }
      void span;
    },
  };

  /** @param {Ledger} ledger @param {Verdict} verdict @param {Span} span */
  function ended(ledger, verdict, span) {
    const status = /^challenge_(verified|failed|expired|canceled)$/.exec(verdict)?.[1];
    if (status) sawStatus(ledger, /** @type {import("./books.mjs").Status} */ (status), span);
    // A directory server's last page says that it is over, and not how.
    if (verdict === "not-verified") ledger.mayHaveEnded = true;
  }
}
