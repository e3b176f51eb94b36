// How often a destination may be written to, and what counts as a code when it is typed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import {
  createChallenge,
  deliveries,
  eventually,
  presentedChallenge,
  readChallenge,
  registerCardholder,
  registerMerchant,
} from "./support/demo.mjs";

const { api } = await startApi();
const merchant = await registerMerchant(api);

/** @param {string} code */
const fullWidth = (code) => code.replace(/\d/g, (d) => String.fromCharCode(0xff10 + Number(d)));

/** @type {[string, (code: string) => string][]} */
const spellings = [
  ["full-width digits", fullWidth],
  ["a space in the middle", (code) => `${code.slice(0, 3)} ${code.slice(3)}`],
  ["an ideographic space", (code) => `${code.slice(0, 3)}\u3000${code.slice(3)}`],
  ["a hyphen", (code) => `${code.slice(0, 3)}-${code.slice(3)}`],
  ["a full-width hyphen", (code) => `${code.slice(0, 3)}\uff0d${code.slice(3)}`],
  ["a long vowel mark", (code) => `${code.slice(0, 3)}\u30fc${code.slice(3)}`],
  ["an en dash", (code) => `${code.slice(0, 3)}\u2013${code.slice(3)}`],
  ["a minus sign", (code) => `${code.slice(0, 3)}\u2212${code.slice(3)}`],
  ["spaces around", (code) => `  ${code}\n`],
  ["all of them", (code) => ` ${fullWidth(code.slice(0, 3))} ${code[3]}-${code.slice(4)}\u3000`],
];

for (const [spelling, spell] of spellings) {
  test(`a code typed with ${spelling} is accepted`, async () => {
    const challenge = await presentedChallenge(api, { merchant });
    assertStatus(await api.verify(challenge.secret, spell(challenge.code)));
  });
}

test("empty or malformed input is refused and is no try", async () => {
  const challenge = await presentedChallenge(api, { merchant });
  const inputs = [
    "",
    " ",
    "12345",
    "1234567",
    "abcdef",
    "12345a",
    "１２３４５",
    "1".repeat(500),
    "٣٣٣٣٣٣",
    "+12345",
  ];
  for (const input of inputs) {
    const answer = await api.verify(challenge.secret, input);
    assertProblem(answer, 422, "malformed_code");
    assert.equal(answer.body.tries_left, 5, input);
  }
  assert.equal((await readChallenge(api, challenge)).tries, 0);
  assertStatus(await api.verify(challenge.secret, challenge.code));
});

test("a code's leading zeros are part of it", async () => {
  let challenge = await presentedChallenge(api, { merchant });
  for (let n = 0; n < 300 && !challenge.code.startsWith("0"); n++) {
    challenge = await presentedChallenge(api, { merchant });
  }
  assert.ok(challenge.code.startsWith("0"), "one code in ten begins with 0");
  const without = await api.verify(challenge.secret, challenge.code.replace(/^0+/, ""));
  assertProblem(without, 422, "malformed_code");
  const [delivery] = await deliveries(api, challenge);
  assert.ok(delivery.text.includes(delivery.code));
  assertStatus(await api.verify(challenge.secret, challenge.code));
});

test("a destination gets 5 codes of one merchant a day that were not verified", async () => {
  const cardholder = await registerCardholder(api);
  const one = await presentedChallenge(api, { merchant, cardholder });
  for (const wait of [30, 60, 120]) {
    await api.advance(wait);
    assertStatus(await api.resend(one.secret));
  }
  const other = await presentedChallenge(api, { merchant, cardholder });
  await api.advance(30);
  const refused = await api.resend(other.secret);
  assertProblem(refused, 429, "destination_limited");
  assert.equal(refused.headers.get("retry-after"), String(refused.body.retry_after));
  const day = 24 * 3600 - 240;
  assert.ok(refused.body.retry_after > day - 60 && refused.body.retry_after <= day, refused.text);
  assert.equal((await deliveries(api, other)).length, 1);
  // Another merchant's are sent.
  await presentedChallenge(api, { cardholder });

  await api.advance(refused.body.retry_after);
  await presentedChallenge(api, { merchant, cardholder });
});

test("what a verified challenge was sent gives its places back, and a form that waits for one then sends", async () => {
  const cardholder = await registerCardholder(api);
  const given = { merchant, cardholder };
  for (let n = 0; n < 4; n++) await presentedChallenge(api, given);
  const good = await presentedChallenge(api, given);
  const refused = await createChallenge(api, given);
  const page = await api.present(refused.secret);
  assert.match(page.text, /id="error"[^>]*>\s*[^<\s]/, "the page says why no code comes");
  assert.deepEqual(await deliveries(api, refused), []);
  assertStatus(await api.verify(good.secret, good.code));
  // The place comes back a moment after the answer.
  await eventually(
    async () => {
      assertStatus(await api.present(refused.secret));
      return readChallenge(api, refused);
    },
    ({ sends }) => sends === 1,
  );
  assert.equal((await deliveries(api, refused)).length, 1);
});

test("a form that sends nothing takes no place of the destination", async () => {
  const given = { merchant, cardholder: await registerCardholder(api) };
  for (let n = 0; n < 6; n++) {
    const over = await createChallenge(api, given);
    assertStatus(await api.cancel(over.secret));
    assertStatus(await api.present(over.secret));
  }
  // A place that was asked for before the form was decided comes back a moment after the answer.
  const open = await createChallenge(api, given);
  await eventually(
    async () => {
      assertStatus(await api.present(open.secret));
      return readChallenge(api, open);
    },
    ({ sends }) => sends === 1,
  );
  for (let n = 0; n < 4; n++) await presentedChallenge(api, given);
});

test("a form that is loaded again takes no other place", async () => {
  const given = { merchant, cardholder: await registerCardholder(api) };
  for (let n = 0; n < 5; n++) {
    const challenge = await presentedChallenge(api, given);
    for (let again = 0; again < 3; again++) assertStatus(await api.present(challenge.secret));
  }
  const sixth = await createChallenge(api, given);
  assertProblem(await api.resend(sixth.secret), 429, "destination_limited");
});

test("a destination gets 10 codes a day that were not verified, and one more of each new merchant", async () => {
  const cardholder = await registerCardholder(api);
  for (let busy = 0; busy < 2; busy++) {
    const given = { merchant: await registerMerchant(api), cardholder };
    for (let n = 0; n < 5; n++) await presentedChallenge(api, given);
  }
  const given = { merchant: await registerMerchant(api), cardholder };
  await presentedChallenge(api, given);
  const refused = await createChallenge(api, given);
  assertProblem(await api.resend(refused.secret), 429, "destination_limited");
  await presentedChallenge(api, { cardholder });
  await api.advance(24 * 3600);
  await presentedChallenge(api, given);
});
