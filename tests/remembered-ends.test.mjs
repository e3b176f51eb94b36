// Codes that go on coming to a challenge after its end: an isolate that knows the end refuses them as the
// cardholder's object would, and does not ask it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import { issuerKey, presentedChallenge, registerMerchant, wrongCode } from "./support/demo.mjs";
import { withoutQueues } from "./support/worker.mjs";

// Without queues an end is told to nobody, so that no object is asked for that.
const { worker, api } = await startApi({ invocations: true, edit: withoutQueues });
const merchant = await registerMerchant(api);

/** @typedef {{ address: string | null, entrypoint: string | null }} Invocation */

/** How many codes were posted so far. */
let posted = 0;

/** @param {string} secret @param {string} code @param {string} [attempt] */
function verify(secret, code, attempt) {
  posted += 1;
  return api.verify(secret, code, attempt);
}

/** How often cardholders' objects were asked, once all codes that were posted are seen as invocations. */
async function objectCalls() {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline;) {
    const lines = worker.invocations.all().trim().split("\n");
    const read = lines.map((line) => /** @type {Invocation} */ (JSON.parse(line)));
    if (read.filter(({ address }) => address?.endsWith("/verify")).length === posted) {
      return read.filter(({ entrypoint }) => entrypoint === "CardholderObject").length;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("some invocation was not told of");
}

/** A name of an attempt. @param {number} number */
const name = (number) => `${number}`.padStart(22, "A");

/** What an answer says, without what differs from request to request. @param {any} answer */
const said = ({ status, body }) => ({ status, ...body });

/**
 * A challenge that ends by five wrong codes, each with a name.
 * @param {Record<string, unknown>} [more]
 */
async function failed(more) {
  const challenge = await presentedChallenge(api, { merchant, more });
  for (let number = 1; number <= 5; number++) {
    const wrong = wrongCode(challenge.code, number);
    assertStatus(await verify(challenge.secret, wrong, name(number)), 422);
  }
  return challenge;
}

test("codes after the end ask no object, whether they are named or not, and so does a resend", async () => {
  const { secret, code } = await failed();
  const before = await objectCalls();
  assert.ok(before > 0, "the calls of objects are seen");
  for (let number = 6; number <= 25; number++) {
    const named = number % 2 === 0 ? name(number) : undefined;
    const typed = number === 13 ? "12 34" : wrongCode(code, number);
    const refused = await verify(secret, typed, named);
    assertProblem(refused, 409, "challenge_failed");
  }
  assertProblem(await api.resend(secret), 409, "challenge_failed");
  assertProblem(await verify(secret, code), 409, "challenge_failed");
  assert.equal(await objectCalls(), before);
});

test("the attempt that failed the challenge gets its own answer again, from the object", async () => {
  const { secret, code } = await failed();
  assertProblem(await verify(secret, wrongCode(code, 6)), 409, "challenge_failed");
  const again = await verify(secret, wrongCode(code, 5), name(5));
  assertProblem(again, 422, "wrong_code");
  assert.equal(again.body.tries_left, 0);
});

test("an isolate that knows nothing answers the same", async () => {
  const return_url = "https://shop.example/back";
  const ways = [await failed({ return_url }), await failed()];
  const canceled = await presentedChallenge(api, { merchant, more: { return_url } });
  assertStatus(await api.cancel(canceled.secret));
  ways.push(canceled);
  /** What is refused of each, the second time by what is known. */
  const refusals = async () => {
    const answers = [];
    for (const { secret, code } of ways) {
      await verify(secret, wrongCode(code, 6), name(6));
      answers.push(said(await verify(secret, wrongCode(code, 7), name(7))));
      answers.push(said(await verify(secret, "12 34")));
      answers.push(said(await api.resend(secret)));
    }
    return answers;
  };
  const known = await refusals();
  await worker.restart();
  const first = [];
  for (const { secret, code } of ways) {
    first.push(said(await verify(secret, wrongCode(code, 7), name(7))));
    await worker.restart();
    first.push(said(await verify(secret, "12 34")));
    await worker.restart();
    first.push(said(await api.resend(secret)));
    await worker.restart();
  }
  assert.deepEqual(known, first);
});

test("of who is erased no end is known", async () => {
  const { secret, code, cardholder } = await failed();
  assertProblem(await verify(secret, wrongCode(code, 6)), 409, "challenge_failed");
  const erased = await api.send("DELETE", `/v1/cardholders/${cardholder.id}`, { key: issuerKey() });
  assertStatus(erased, 204);
  assertProblem(await verify(secret, wrongCode(code, 7)), 404, "challenge_not_found");
});
