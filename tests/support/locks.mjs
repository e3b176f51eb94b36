// Wrong codes, until challenges are kept out: docs/decisions/limits-under-abuse.md has the numbers.
import assert from "node:assert/strict";
import { assertProblem } from "./api.mjs";
import { presentedChallenge, wrongCode } from "./demo.mjs";

/** @typedef {import("./api.mjs").Api} Api */
/** @typedef {import("./demo.mjs").Challenge} Challenge */

/** How many wrong codes, of those that are sent, fill a day. */
export const dayOfCodes = 44;

/**
 * Spends the tries of a challenge; how many codes were compared.
 * @param {Api} api
 * @param {{ secret: string, code: string }} challenge
 */
export async function spendTries(api, { secret, code }) {
  for (let n = 1; ; n++) {
    const answer = await api.verify(secret, wrongCode(code, n));
    assertProblem(answer, 422, "wrong_code");
    if (answer.body.challenge_status === "failed") return n;
  }
}

/**
 * Guesses at one merchant after the other until nobody new is let in: five codes at each of two, and
 * then two at each.
 * @param {Api} api
 * @param {import("./demo.mjs").Cardholder} cardholder who gets codes by e-mail or SMS
 * @param {import("./demo.mjs").Merchant} [last] the merchant of the last two
 * @returns {Promise<Challenge>} whose last code filled the day
 */
export async function fillDay(api, cardholder, last) {
  for (let compared = 0; ;) {
    const merchant = compared + 2 < dayOfCodes ? undefined : last;
    const challenge = await presentedChallenge(api, { merchant, cardholder });
    compared += await spendTries(api, challenge);
    assert.ok(compared <= dayOfCodes, `${compared} wrong codes were compared`);
    if (compared === dayOfCodes) return challenge;
  }
}
