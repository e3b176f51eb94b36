// Who sends a body slowly must not decide in the past: a request is judged at the time when all
// of it has come.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { startApi } from "./support/bench.mjs";
import { presentedChallenge, readChallenge, registerMerchant } from "./support/demo.mjs";

const { api } = await startApi();
const merchant = await registerMerchant(api);

/**
 * Posts a code in two halves, and does something between them.
 * @param {string} secret
 * @param {string} code
 * @param {() => Promise<unknown>} between
 */
async function verifySlowly(secret, code, between) {
  const { hostname, port, host } = new URL(api.origin);
  const body = JSON.stringify({ code });
  const socket = connect(Number(port), hostname);
  const chunks = /** @type {Buffer[]} */ ([]);
  socket.on("data", (chunk) => chunks.push(chunk));
  const ended = new Promise((resolve, reject) => socket.on("end", resolve).on("error", reject));
  const head = [
    `POST /challenge/${secret}/verify HTTP/1.1`,
    `host: ${host}`,
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n${body.slice(0, 5)}`);
  await between();
  socket.write(body.slice(5));
  await ended;
  return Buffer.concat(chunks).toString();
}

test("a code whose body is held back until it is dead is refused", async () => {
  const challenge = await presentedChallenge(api, { merchant });
  await api.advance(590);
  const answer = await verifySlowly(challenge.secret, challenge.code, () => api.advance(20));
  assert.match(answer, /^HTTP\/1.1 422 /);
  assert.match(answer, /"code":"code_expired"/);
  assert.equal((await readChallenge(api, challenge)).status, "pending");
});

test("a body that takes its time within the code's life is taken", async () => {
  const challenge = await presentedChallenge(api, { merchant });
  const answer = await verifySlowly(challenge.secret, challenge.code, () => api.advance(20));
  assert.match(answer, /^HTTP\/1.1 200 /);
});

test("a challenge that ends while a body is held back is over", async () => {
  const challenge = await presentedChallenge(api, { merchant });
  await api.advance(1780);
  await api.resend(challenge.secret);
  const answer = await verifySlowly(challenge.secret, challenge.code, () => api.advance(30));
  assert.match(answer, /"code":"challenge_expired"/);
});
