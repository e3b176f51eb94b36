// The 3-D Secure requestor and its 3DS Server: they ask with an AReq through the directory server, have
// the browser post the CReq, and believe what the directory server was told, never what a browser brings.
import { randomUUID } from "node:crypto";
import { decode, encode, makeAReq, makeCReq, publicOrigin } from "./messages.mjs";

/**
 * @typedef {import("./messages.mjs").Message} Message
 * @typedef {import("./messages.mjs").Version} Version
 * @typedef {import("./messages.mjs").Category} Category
 * @typedef {import("./directory-server.mjs").DirectoryServer} DirectoryServer
 *
 * @typedef {object} Order
 * @property {string} id
 * @property {"ja" | "en"} lang
 * @property {Category} category
 * @property {string} size of the challenge's window, 01 to 05
 * @property {Message} areq
 * @property {Message} ares or an Erro
 * @property {{ at: number, message: Message }} [creq]
 * @property {{ at: number, message: Message }} [notified] the CRes or Erro that the browser brought
 *
 * @typedef {object} Exchanged one message of an order
 * @property {string} type
 * @property {string} from
 * @property {string} to
 * @property {number} at milliseconds since the first one
 * @property {Message} message
 *
 * @typedef {object} Chosen what the buyer chose, and what their browser is
 * @property {Version} version
 * @property {Category} category
 * @property {string} card
 * @property {string} expiry YYMM
 * @property {string} size
 * @property {"ja" | "en"} lang
 * @property {Message} browser
 */

/** @param {{ shop: string, shopName: string, directoryServer: DirectoryServer }} of its origin, and parties */
export function requestor({ shop, shopName, directoryServer }) {
  /** @type {Map<string, Order>} */
  const orders = new Map();

  return {
    /** @param {string | undefined} id */
    order: (id) => orders.get(id ?? ""),

    /** Asks whether the buyer is the cardholder. @param {Chosen} chosen */
    async ask({ version, category, card, expiry, size, lang, browser }) {
      const language = lang === "ja" ? "ja-JP" : "en-US";
      // 2.3.1 takes https alone; the Worker of a development server knows that this machine is meant.
      const origin = version === "2.3.1" ? publicOrigin : shop;
      const asked = makeAReq({
        version,
        category,
        card,
        notificationUrl: `${origin}/notification`,
        browser: { browserLanguage: language, ...browser },
        languages: [language],
        merchantName: shopName,
        purchase: { amount: "3300", currency: "392", exponent: "0", at: new Date() },
      });
      const areq = directoryServer.complete({ ...asked, cardExpiryDate: expiry });
      const { message: ares } = await directoryServer.ask(areq);
      /** @type {Order} */
      const order = { id: randomUUID(), lang, category, size, areq, ares };
      if (ares.transStatus === "C") order.creq = { at: Date.now(), message: makeCReq(ares, size) };
      orders.set(order.id, order);
      return order;
    },

    /** The fields that the browser posts to `acsURL`. @param {Order} order */
    challengeFields: (order) => ({
      creq: encode(order.creq?.message ?? {}),
      // Comes back as it was sent: by it the order is known again.
      threeDSSessionData: Buffer.from(order.id).toString("base64url"),
    }),

    /** What a browser brings to `notificationURL`. @param {URLSearchParams} form */
    notify(form) {
      const session = form.get("threeDSSessionData") ?? "";
      const order = orders.get(Buffer.from(session, "base64url").toString());
      const encoded = form.get("cres") ?? form.get("erro");
      if (order && encoded && !order.notified) {
        order.notified = { at: Date.now(), message: decode(encoded) };
      }
      return order;
    },

    /**
     * transStatus of an order: the RReq's where there was a challenge, the ARes's where there was none;
     * nothing while the result has not come.
     * @param {Order} order @returns {string | undefined}
     */
    status(order) {
      if (!order.creq) return order.ares.transStatus ?? "Erro";
      return directoryServer.results(order.areq.dsTransID)[0]?.transStatus;
    },

    /** All its messages, in order. @param {Order} order @returns {Exchanged[]} */
    exchanged(order) {
      const [ds, acs, browser] = ["Directory server", "ACS (Warifu)", "Browser"];
      const kept = directoryServer
        .of(order.areq.dsTransID)
        .map(({ at, direction, type, message }) => ({
          ...{ at, type, message },
          ...(direction === "to ACS" ? { from: ds, to: acs } : { from: acs, to: ds }),
        }));
      const posted = [
        order.creq && { ...order.creq, type: "CReq", from: browser, to: acs },
        order.notified && {
          ...order.notified,
          type: String(order.notified.message.messageType),
          ...{ from: acs, to: browser },
        },
      ];
      const all = [...kept, ...posted].filter((one) => one !== undefined);
      const start = Math.min(...all.map(({ at }) => at));
      return all
        .sort((one, other) => one.at - other.at)
        .map((one) => ({ ...one, at: one.at - start }));
    },
  };
}
