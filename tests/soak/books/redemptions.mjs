// The part of the books about attestations: each is spent once, and none is lost.

/**
 * @typedef {import("./books.mjs").Ledger} Ledger
 * @typedef {import("./books.mjs").Span} Span
 *
 * @typedef {object} Pages what is kept of one challenge
 * @property {{ key: string, body: string, span: Span } | null} spent
 * @property {Set<string>} unknown keys without an answer
 * @property {number} underWay
 */

/** @param {import("./books.mjs").Common & { tries: ReturnType<typeof import("./tries.mjs").makeTries> }} common */
export function makeRedemptions({ by, broken, tries }) {
  /** @param {Ledger} ledger @returns {Pages} */
  const of = (ledger) =>
    (ledger.more.redemptions ??= { spent: null, unknown: new Set(), underWay: 0 });

  return {
    of,

    /**
     * A merchant's server asks what a response is worth.
     * @param {Ledger} ledger
     * @param {string} key its idempotency key
     * @returns {(answer: { success: boolean, body: string } | null, span: Span) => void} to be told the answer
     */
    asking(ledger, key) {
      const pages = of(ledger);
      const alone = pages.underWay === 0 && !pages.spent && pages.unknown.size === 0;
      pages.underWay++;
      const { verified } = tries.of(ledger);
      return (answer, span) => {
        const wasAlone = alone && pages.underWay === 1;
        pages.underWay--;
        const { flow, id, cardholder } = ledger;
        if (answer === null) return void pages.unknown.add(key);
        // One whose answer was lost may have been in time, and its repeat gets the same answer.
        const mayBeSpent = pages.unknown.delete(key);
        const { spent } = pages;
        if (answer.success) {
          if (cardholder.erased && cardholder.erased.end < span.start) {
            broken("erased", flow, `${id} is redeemed after its cardholder was erased`);
          }
          if (!verified && !ledger.more.mayBeVerified && ledger.end?.status !== "verified") {
            broken("redeemed-once", flow, `${id} is redeemed and was never verified`);
          }
          if (spent && spent.key !== key) {
            broken("redeemed-once", flow, `${id} is redeemed as ${spent.key} and as ${key}`);
          } else if (spent && spent.body !== answer.body) {
            broken("redeemed-once", flow, `${id}: ${key} is answered in two ways`);
          }
          const late = verified && span.from > verified.span.to + by.attestationLife + by.slack;
          if (late && !spent && !mayBeSpent) {
            broken("redeemed-once", flow, `${id} is redeemed after its time`);
          }
          pages.spent ??= { key, body: answer.body, span };
          return;
        }
        if (cardholder.erased || ledger.more.erasing) return;
        if (spent && spent.key === key && spent.span.end < span.start) {
          broken("redeemed-lost", flow, `${id}: ${key} was a success, and then none`);
        }
        const inTime = verified && span.to < verified.span.from + by.attestationLife - by.slack;
        if (inTime && wasAlone && !pages.spent) {
          broken("redeemed-lost", flow, `${id} is verified and in time, and is not redeemed`);
        }
      };
    },

    /**
     * Somebody read whether it is redeemed.
     * @param {Ledger} ledger @param {boolean} redeemed @param {Span} span
     */
    read(ledger, redeemed, span) {
      const { spent, unknown, underWay } = of(ledger);
      const { flow, id } = ledger;
      if (!redeemed && spent && spent.span.end < span.start) {
        broken("redeemed-lost", flow, `${id} was redeemed, and reads as not`);
      }
      if (redeemed && !spent && unknown.size === 0 && underWay === 0) {
        broken("redeemed-once", flow, `${id} reads as redeemed, and nobody redeemed it`);
      }
    },
  };
}
