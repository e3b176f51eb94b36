// The part of the books about results: who was told how a challenge ended, how often, and whether it was
// the same each time.

/**
 * @typedef {import("./books.mjs").Ledger} Ledger
 * @typedef {import("./books.mjs").Span} Span
 *
 * @typedef {object} Told
 * @property {"merchant" | "issuer"} receiver
 * @property {string} id webhook-id
 * @property {string} type
 * @property {string} body
 * @property {string} challenge
 * @property {boolean} kept whether the receiver kept it and said so
 *
 * @typedef {object} Pages what is kept of one challenge
 * @property {Map<string, { id: string, body: string, kept: boolean, times: number }>} told by receiver and type
 * @property {Set<string>} excused receivers whose repetition was lost with the local queue
 * @property {string[]} results of RReqs, each text once
 * @property {string | null} shown the transStatus that the last page posted
 */

/** Events of which a challenge has one at most. */
const single = /^(challenge\.(verified|failed|expired|canceled|reported)|audit\.challenge)$/;
const ends = /^challenge\.(verified|failed|expired|canceled)$/;

/**
 * What a repeat of an event has again. The end of a challenge has all of it; of other events `data` says how
 * the challenge stands when they are posted (docs/merchant, 6. Events).
 * @param {string} type @param {string} body
 */
function lastingOf(type, body) {
  if (ends.test(type)) return body;
  const { timestamp, data } = JSON.parse(body);
  return JSON.stringify({ type, timestamp, challenge: data?.challenge, delivery: data?.delivery });
}

/** @param {import("./books.mjs").Common & { sends: ReturnType<typeof import("./sends.mjs").makeSends> }} common */
export function makeResults({ broken, ledgers, sends }) {
  /** @param {Ledger} ledger @returns {Pages} */
  const of = (ledger) =>
    (ledger.more.results ??= { told: new Map(), excused: new Set(), results: [], shown: null });
  /** Bodies by webhook-id and receiver. @type {Map<string, string>} */
  const bodies = new Map();
  let repeats = 0;
  let delivered = 0;
  let rreqs = 0;
  let rreqRepeats = 0;

  /** What the last page says of an end. @param {string} status */
  const transStatus = (status) => (status === "verified" ? "Y" : "N");

  /**
   * What the directory server may be told of an end: of one without any code that is known to have been
   * sent, also that it could not be tried (docs/three-ds, How an outcome is told).
   * @param {Ledger} ledger @param {string} status
   */
  const results = (ledger, status) =>
    status === "verified" || sends.wasTold(ledger) ? [transStatus(status)] : ["N", "U"];

  return {
    of,
    figures: () => ({ delivered, repeats, rreqs, rreqRepeats }),

    /** A receiver was told of a challenge. @param {Told} event */
    told({ receiver, id, type, body, challenge, kept }) {
      const ledger = ledgers.get(challenge);
      if (!ledger) return;
      const { flow } = ledger;
      delivered++;
      const name = `${receiver} ${id}`;
      const before = bodies.get(name);
      if (before !== undefined) repeats++;
      const lasting = lastingOf(type, body);
      if (before !== undefined && before !== lasting) {
        const both = `${before}\n${lasting}`;
        broken("told-the-same", flow, `${id} came to the ${receiver} with two contents\n${both}`);
      }
      bodies.set(name, lasting);
      if (!single.test(type)) return;
      const pages = of(ledger);
      const kind = `${receiver} ${type}`;
      const known = pages.told.get(kind);
      if (known && known.id !== id) {
        broken(
          "told-the-same",
          flow,
          `${type} of ${challenge} came to the ${receiver} with two ids`,
        );
      }
      const times = (known?.times ?? 0) + 1;
      pages.told.set(kind, { id, body, kept: kept || (known?.kept ?? false), times });
      const told = [...pages.told.keys()].filter((one) => ends.test(one.split(" ")[1]));
      const types = new Set(told.map((one) => one.split(" ")[1]));
      if (types.size > 1) {
        broken("one-result", flow, `${challenge}: ${[...types].join(" and ")} were told`);
      }
    },

    /** A receiver failed an event, and the queue that was to repeat it is gone. @param {Ledger} ledger @param {"merchant" | "issuer"} receiver @param {string} type */
    excused: (ledger, receiver, type) => void of(ledger).excused.add(`${receiver} ${type}`),

    /**
     * A directory server got an RReq.
     * @param {Ledger} ledger @param {{ text: string, transStatus: string }} result
     */
    result(ledger, { text }) {
      const pages = of(ledger);
      rreqs++;
      if (pages.results.length > 0) rreqRepeats++;
      if (!pages.results.includes(text)) pages.results.push(text);
      if (pages.results.length > 1) {
        broken("one-result", ledger.flow, `${ledger.id}: two RReqs\n${pages.results.join("\n")}`);
      }
    },

    /** The last page posted a CRes. @param {Ledger} ledger @param {string} status its transStatus */
    lastPage(ledger, status) {
      const pages = of(ledger);
      if (pages.shown && pages.shown !== status) {
        broken("one-result", ledger.flow, `${ledger.id}: CRes ${pages.shown}, and then ${status}`);
      }
      pages.shown = status;
    },

    /** What is still missing of a challenge that has ended. @param {Ledger} ledger @returns {string[]} */
    missing(ledger) {
      if (!ledger.end || ledger.cardholder.erased || ledger.more.erasing) return [];
      const pages = of(ledger);
      const has = (/** @type {string} */ kind) =>
        pages.told.get(kind)?.kept || pages.excused.has(kind);
      const type = `challenge.${ledger.end.status}`;
      const wanted = [`issuer ${type}`, "issuer audit.challenge"];
      if (ledger.of === "merchant") wanted.push(`merchant ${type}`);
      const missing = wanted.filter((kind) => !has(kind));
      if (ledger.of === "directory" && pages.results.length === 0) missing.push("directory RReq");
      return missing;
    },

    close() {
      for (const ledger of ledgers.values()) {
        const { flow, id, end } = ledger;
        const pages = of(ledger);
        for (const kind of this.missing(ledger)) broken("told", flow, `${id}: ${kind} never came`);
        if (!end) continue;
        const said = pages.results.map((text) => JSON.parse(text).transStatus);
        const wrong = said.filter((status) => !results(ledger, end.status).includes(status));
        if (pages.shown && pages.shown !== transStatus(end.status)) wrong.push(pages.shown);
        for (const status of wrong) {
          broken("one-result", flow, `${id} ended ${end.status}, and ${status} was said`);
        }
        const types = [...pages.told.keys()].map((kind) => kind.split(" ")[1]);
        for (const type of types.filter((one) => ends.test(one))) {
          if (type === `challenge.${end.status}`) continue;
          broken("one-result", flow, `${id} ended ${end.status}, and ${type} was told`);
        }
      }
    },
  };
}
