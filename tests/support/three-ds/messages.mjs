// What a test sends and expects: AReqs for a card that no other test has, and the messages that come of
// a transaction, written from the protocol's tables.
import assert from "node:assert/strict";
import { areqOf, decode, newCard } from "../three-ds.mjs";

/**
 * @typedef {import("../three-ds.mjs").Message} Message
 * @typedef {import("../three-ds.mjs").Version} Version
 * @typedef {{ areq: Message, ares: Message }} Asked
 */

/** What a browser says of itself when it runs the requestor's script. */
const browser = {
  browserJavascriptEnabled: true,
  browserJavaEnabled: false,
  browserColorDepth: "24",
  browserScreenHeight: "1080",
  browserScreenWidth: "1920",
  browserTZ: "-540",
};

/**
 * An AReq of a payment.
 * @param {Version} version
 * @param {Message} [changes] other values; an element that is undefined is left out
 */
export const payment = (version, changes = {}) =>
  areqOf(version, "01", { acctNumber: newCard(), ...browser, ...changes });

/**
 * An AReq that pays nothing, as when a card is added to a wallet.
 * @param {Version} version
 * @param {Message} [changes]
 */
export const nonPayment = (version, changes = {}) =>
  areqOf(version, "02", { acctNumber: newCard(), ...browser, ...changes });

/**
 * A message out of a field of the browser's post.
 * @param {string | undefined} field
 * @returns {Message}
 */
export function decoded(field) {
  assert.match(field ?? "", /^[\w-]+$/, "base64url without padding");
  return decode(field ?? "");
}

/** What every ARes to this message has. @param {Message} areq @param {Message} ares */
export const aresOf = (areq, ares) => ({
  threeDSServerTransID: areq.threeDSServerTransID,
  dsTransID: areq.dsTransID,
  acsTransID: ares.acsTransID,
  acsReferenceNumber: "TEST_ACS_0001",
  acsOperatorID: "TEST_OPERATOR_1",
  dsReferenceNumber: "DEMO_DS_0001",
  messageType: "ARes",
  messageVersion: areq.messageVersion,
});

/**
 * The CRes of a browser: five elements and no other.
 * @param {Asked} asked
 * @param {"Y" | "N"} transStatus
 */
export const cresOf = ({ areq, ares }, transStatus) => ({
  threeDSServerTransID: areq.threeDSServerTransID,
  acsTransID: ares.acsTransID,
  messageType: "CRes",
  messageVersion: areq.messageVersion,
  transStatus,
});

/**
 * The RReq of a transaction: what every one has, and what is said of this one.
 * @param {Asked} asked
 * @param {Message} said
 * @param {string} [method] `authenticationMethod`; by e-mail without it
 * @returns {Message}
 */
export function rreqOf({ areq, ares }, said, method = "05") {
  const { messageVersion, messageCategory, threeDSServerTransID, dsTransID } = areq;
  const tried = said.transStatus !== "U";
  const newer = messageVersion === "2.3.1";
  return {
    ...{ messageType: "RReq", messageVersion, messageCategory },
    ...{ threeDSServerTransID, dsTransID, acsTransID: ares.acsTransID },
    ...(newer ? tried && { authenticationMethod: [method] } : { authenticationMethod: method }),
    ...(!newer && tried && { authenticationType: "02" }),
    ...said,
  };
}
