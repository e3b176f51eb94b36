// The part of the books about messages: which code is the newest of a challenge, if that can be known
// from outside, and how many messages a destination got.

/**
 * @typedef {import("./books.mjs").Ledger} Ledger
 * @typedef {import("./books.mjs").Span} Span
 *
 * @typedef {object} Offered one delivery of a code, as providers saw it
 * @property {number} delivery
 * @property {string} code
 * @property {boolean} taken whether a provider took it, whatever it answered
 * @property {boolean} refused whether a provider refused it
 * @property {boolean} told whether a provider that took it said so
 * @property {number} first when a provider was first asked, by the Worker's clock and as late as it
 *   may have been
 * @property {number} asked when it was asked for, as early as it may have been
 * @property {number} start when a provider first was asked, by the clock that never goes back
 *
 * @typedef {object} Pages what is kept of one challenge
 * @property {Map<number, Offered>} offered
 * @property {number} asking how many requests that may order a delivery are under way
 * @property {{ highest: number }[]} resends of those that were not refused, the highest delivery before
 * @property {number} since when the oldest request was made of which no delivery was seen since
 */

/** @param {import("./books.mjs").Common} common */
export function makeSends({ by, broken, ledgers }) {
  /** Messages by destination and merchant. @type {Map<string, { at: number, ledger: Ledger }[]>} */
  const byDestination = new Map();
  /** How often the key by which destinations are counted was another one. */
  let epochs = 1;

  /** @param {Ledger} ledger @returns {Pages} */
  const of = (ledger) =>
    (ledger.more.sends ??= { offered: new Map(), asking: 0, resends: [], since: Infinity });
  /** @param {Pages} pages */
  const highest = ({ offered }) => Math.max(0, ...offered.keys());

  return {
    of,

    /** The key in the first place was replaced: each count begins anew. */
    recounted: () => void epochs++,

    /**
     * The form is asked for, or a resend.
     * @param {Ledger} ledger @param {boolean} resend @param {Span} span of which only the beginning counts
     * @returns {(ordered: boolean) => void} to be told the end: whether it may have ordered anything
     */
    asking(ledger, resend, { from }) {
      const pages = of(ledger);
      pages.asking++;
      pages.since = Math.min(pages.since, from);
      const mark = { highest: highest(pages) };
      if (resend) pages.resends.push(mark);
      return (ordered) => {
        pages.asking--;
        if (!ordered && resend) pages.resends.splice(pages.resends.indexOf(mark), 1);
      };
    },

    /**
     * A provider was asked to carry a code.
     * @param {Ledger} ledger
     * @param {{ delivery: number, code: string, to: string, taken: boolean, refused: boolean, told?: boolean }} message
     * @param {Span} span
     */
    offered(ledger, { delivery, code, to, taken, refused, told = taken }, { to: at, start }) {
      const pages = of(ledger);
      const known = pages.offered.get(delivery);
      if (known && known.code !== code) {
        broken("told-the-same", ledger.flow, `delivery ${delivery} of ${ledger.id} has two codes`);
      }
      const asked = pages.since;
      const one = known ?? { delivery, code, taken, refused, told, first: at, asked, start };
      one.taken ||= taken;
      one.refused ||= refused;
      one.told ||= told;
      pages.offered.set(delivery, one);
      if (!known) pages.since = Infinity;
      if (!taken) return;
      const name = `${to} of ${ledger.merchant}`;
      const before = byDestination.get(name) ?? [];
      byDestination.set(name, [...before, { at, ledger }]);
    },

    /** Whether a provider said of any message that it took it. @param {Ledger} ledger */
    wasTold: (ledger) => [...of(ledger).offered.values()].some(({ told }) => told),

    /**
     * The newest code, where it is sure which one that is: every delivery that may have been ordered was
     * seen by a provider.
     * @param {Ledger} ledger
     * @returns {Offered | null}
     */
    newest(ledger) {
      const pages = of(ledger);
      const last = highest(pages);
      if (pages.asking > 0 || last === 0) return null;
      const all = [...pages.offered.values()];
      const takenBack = all.filter(({ taken, refused }) => refused && !taken).length;
      if (last < 1 + pages.resends.length + takenBack) return null;
      if (pages.resends.some((resend) => last <= resend.highest)) return null;
      const newest = pages.offered.get(last);
      return newest?.taken ? newest : null;
    },

    /** The delivery that had this code, the newest if several had. @param {Ledger} ledger @param {string} code */
    withCode: (ledger, code) =>
      [...of(ledger).offered.values()].filter((one) => one.code === code).at(-1),

    /** Holds that no destination got more than it takes. */
    close() {
      for (const [name, messages] of byDestination) {
        const unverified = messages.filter(({ ledger }) => ledger.end?.status !== "verified");
        const most = by.unverified * epochs;
        for (const [index, first] of unverified.entries()) {
          const within = unverified.slice(index).filter(({ at }) => at < first.at + 86_400_000);
          if (within.length <= most) continue;
          const { flow } = first.ledger;
          broken("limits", flow, `${within.length} messages to ${name} within a day`);
          break;
        }
      }
      for (const ledger of ledgers.values()) {
        const { offered, resends } = of(ledger);
        const taken = [...offered.values()].filter((one) => one.taken).length;
        if (taken > 8) broken("limits", ledger.flow, `${taken} deliveries of ${ledger.id}`);
        if (resends.length > 3 && taken > 8) broken("limits", ledger.flow, `${ledger.id}: resends`);
      }
    },
  };
}
