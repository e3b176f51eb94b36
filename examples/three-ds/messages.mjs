// The messages of EMV 3-D Secure that a requestor, a 3DS Server and a directory server send, in the
// versions 2.2.0 and 2.3.1 and for a browser.
import { randomUUID } from "node:crypto";

/**
 * @typedef {"2.2.0" | "2.3.1"} Version
 * @typedef {"01" | "02"} Category a payment, or none
 * @typedef {Record<string, any>} Message
 *
 * @typedef {object} Purchase
 * @property {string} amount in the currency's smallest unit
 * @property {string} currency three digits of ISO 4217
 * @property {string} exponent how many digits of the amount are decimals
 * @property {Date} at
 *
 * @typedef {object} Asking what an AReq is made of
 * @property {Version} version
 * @property {Category} category
 * @property {string} card its number
 * @property {string} notificationUrl where the browser takes the CRes
 * @property {Message} browser the elements that begin with "browser"
 * @property {string[]} languages
 * @property {string} merchantName
 * @property {Purchase} purchase
 */

/** Where servers of this demonstration are in the messages; 2.3.1 takes addresses of https alone. */
export const publicOrigin = "https://three-ds.example";

/** What a browser says of itself when it does not run the requestor's script. */
export const plainBrowser = {
  browserAcceptHeader: "text/html",
  browserUserAgent: "Mozilla/5.0",
  browserLanguage: "ja-JP",
  browserJavascriptEnabled: false,
};

/**
 * The AReq that a 3DS Server sends to a directory server.
 * @param {Asking} asking
 * @returns {Message}
 */
export function makeAReq(asking) {
  const { version, category, card, notificationUrl, browser, languages } = asking;
  const pays = category === "01";
  return {
    messageType: "AReq",
    messageVersion: version,
    messageCategory: category,
    deviceChannel: "02",
    threeDSServerTransID: randomUUID(),
    threeDSServerRefNumber: "DEMO_SERVER_0001",
    threeDSServerURL: `${publicOrigin}/server/results`,
    threeDSRequestorID: "demo-requestor",
    threeDSRequestorName: asking.merchantName,
    threeDSRequestorURL: `${publicOrigin}/help`,
    // Of a payment, or to add a card.
    threeDSRequestorAuthenticationInd: pays ? "01" : "04",
    threeDSCompInd: "U",
    acctNumber: card,
    ...(pays ? merchantAndPurchase(asking) : {}),
    notificationURL: notificationUrl,
    ...(version === "2.3.1" ? { acceptLanguage: languages } : {}),
    ...browser,
  };
}

/** @param {Asking} asking */
const merchantAndPurchase = ({ merchantName, purchase }) => ({
  acquirerBIN: "400551",
  acquirerMerchantID: "demo-merchant",
  mcc: "5942",
  merchantCountryCode: "392",
  merchantName,
  purchaseAmount: purchase.amount,
  purchaseCurrency: purchase.currency,
  purchaseExponent: purchase.exponent,
  // As in 20230212150000, in UTC.
  purchaseDate: purchase.at.toISOString().replaceAll(/\D/g, "").slice(0, 14),
});

/**
 * The CReq that a browser posts, as an answer with transStatus C asks for it.
 * @param {Message} ares
 * @param {string} windowSize 01 to 05
 * @returns {Message}
 */
export const makeCReq = (ares, windowSize) => ({
  messageType: "CReq",
  messageVersion: ares.messageVersion,
  threeDSServerTransID: ares.threeDSServerTransID,
  acsTransID: ares.acsTransID,
  challengeWindowSize: windowSize,
});

/** The sizes that a requestor may wish for, as width and height; the last is the whole page. */
export const windowSizes = {
  "01": [250, 400],
  "02": [390, 400],
  "03": [500, 600],
  "04": [600, 400],
  "05": [],
};

/** @param {Message} rreq @returns {Message} */
export const makeRRes = (rreq) => ({ ...idsOf(rreq), messageType: "RRes", resultsStatus: "01" });

/** @param {Message} about @param {string} code @returns {Message} */
export const makeErro = (about, code) => ({
  ...idsOf(about),
  messageType: "Erro",
  errorCode: code,
  errorComponent: "D",
  errorDescription: `Error ${code}`,
  errorDetail: "",
  errorMessageType: about.messageType,
});

/** @param {Message} message */
const idsOf = ({ messageVersion, threeDSServerTransID, dsTransID, acsTransID }) => ({
  messageVersion,
  threeDSServerTransID,
  dsTransID,
  acsTransID,
});

/** How a CReq, a CRes or an Erro travels in a form: base64url without padding. @param {Message} message */
export const encode = (message) => Buffer.from(JSON.stringify(message)).toString("base64url");

/** @param {string} text @returns {Message} */
export const decode = (text) => JSON.parse(Buffer.from(text, "base64url").toString());
