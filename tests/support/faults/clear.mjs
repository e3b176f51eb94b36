// What a call is refused with when something that the Worker needs fails: the contract's words, which say
// what to do.
import assert from "node:assert/strict";

/**
 * How a route speaks: to a program, to a person, as siteverify, as the lines of an import, or as a message
 * of 3-D Secure.
 * @typedef {"problem" | "page" | "siteverify" | "lines" | "message"} Form
 *
 * @typedef {import("../api.mjs").Answer} Answer
 */

/** @type {Record<Form, (answer: Answer) => void>} */
const refusals = {
  problem(answer) {
    assert.equal(`${answer.status} ${answer.body?.code}`, "503 unavailable", answer.text);
    assert.ok(answer.body.detail.length > 10, answer.text);
    assertComesAgain(answer);
  },
  page(answer) {
    assert.equal(answer.status, 503, answer.text);
    assert.match(answer.headers.get("content-type") ?? "", /^text\/html/);
    assert.match(answer.text, /<h1/, "it says so to a person");
    assertComesAgain(answer);
  },
  siteverify(answer) {
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.body["error-codes"], ["internal-error"]);
  },
  lines(answer) {
    assert.equal(answer.status, 200, answer.text);
    const lines = answer.text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const bad = lines.filter(({ status, done }) => !done && status >= 400);
    const said = bad.map(({ status, code }) => `${status} ${code}`);
    assert.deepEqual(new Set(said), new Set(["503 unavailable"]), answer.text);
  },
  message(answer) {
    assert.equal(answer.status, 200, answer.text);
    const { messageType, errorCode } = answer.body;
    // "Transient system failure": the transaction may be asked for again.
    assert.deepEqual([messageType, errorCode], ["Erro", "403"], answer.text);
  },
};

/** @param {Answer} answer */
const assertComesAgain = (answer) =>
  assert.ok(Number(answer.headers.get("retry-after")) > 0, "it says when to come again");

/**
 * Holds that a call was refused by the contract, so that the caller knows to send it again.
 * @param {Form} form
 * @param {Answer} answer
 */
export const assertRefused = (form, answer) => refusals[form](answer);
