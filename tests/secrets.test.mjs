// What must never be written down is not: not in what the Worker prints, not in KV, not in a
// refusal. Destinations and personal messages lie in the cardholder objects and nowhere else.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import {
  issuerKey,
  newestCode,
  presentedChallenge,
  registerMerchant,
  registerCardholder,
  verifiedChallenge,
  wrongCode,
} from "./support/demo.mjs";
import { assertAskedAgain, laterStep, pages, setUpApp } from "./support/enrollment.mjs";
import { registerEndpoint, startReceiver } from "./support/events.mjs";
import { filesBelow, insideBase64, kvEntries } from "./support/storage.mjs";
import { devSecret } from "./support/worker.mjs";

const message = "秘密の合言葉はハワイ大好き";

const shop = await startReceiver();
const { worker, api } = await startApi({ invocations: true });

/** What must not be found, by what it is. @type {Map<string, string>} */
const secrets = new Map();
/** What may lie in the objects of the cardholder only. @type {Map<string, string>} */
const contacts = new Map([["personal message", message]]);
/** What the outside world was told when it was refused. @type {string[]} */
const refusals = [];
const ids = /** @type {string[]} */ ([]);

before(async () => {
  const merchant = await registerMerchant(api, { name: "秘密のお店" });
  secrets.set("merchant key", merchant.key);
  secrets.set("secret of events", (await registerEndpoint(api, merchant, shop.url)).slice(6));
  // Told again, so that the log says something about it.
  shop.answers(() => ({ status: shop.posts.length % 2 ? 500 : 204 }));
  for (const channel of /** @type {const} */ (["email", "sms"])) {
    const cardholder = await registerCardholder(api, { channel, message });
    contacts.set(`e-mail of the ${channel} one`, cardholder.email);
    contacts.set(`phone of the ${channel} one`, cardholder.phone);
    await purchase(merchant, cardholder);
    await failures(merchant, cardholder);
    await enrollment(cardholder);
  }
  secrets.set("issuer key", issuerKey());
  for (const name of /** @type {const} */ (["MASTER_KEYS", "EVENT_KEYS"])) {
    for (const entry of devSecret(name).split(",")) {
      secrets.set(`${name} ${entry.split(":")[0]}`, entry.split(":")[1]);
    }
  }
  for (const { kid, d } of JSON.parse(devSecret("ATTESTATION_KEYS"))) {
    secrets.set(`private attestation key ${kid}`, d);
  }
  // Lines are printed in order: with the last one's, all are there.
  await worker.prints(ids[ids.length - 1]);
  await worker.prints("event_not_received");
  await worker.invocations.until(ids[ids.length - 1]);
  await worker.kill();
});

/**
 * @param {import("./support/demo.mjs").Merchant} merchant
 * @param {import("./support/demo.mjs").Cardholder} cardholder
 */
async function purchase(merchant, cardholder) {
  const challenge = await presentedChallenge(api, { merchant, cardholder });
  const { id, secret, code } = challenge;
  ids.push(id);
  keep(id, { secret, code });
  refusals.push((await api.verify(secret, wrongCode(code))).text);
  refusals.push((await api.resend(secret)).text);
  await api.advance(30);
  assertStatus(await api.resend(secret));
  const second = await newestCode(api, challenge);
  keep(`${id} again`, { secret, code: second });
  const verified = assertStatus(await api.verify(secret, second)).body;
  secrets.set(`attestation of ${id}`, verified.attestation);
  const redeem = { secret: merchant.key, response: verified.attestation };
  assert.equal((await api.siteverify(redeem)).body.success, true);
  refusals.push((await api.siteverify(redeem)).text);
}

/**
 * @param {import("./support/demo.mjs").Merchant} merchant
 * @param {import("./support/demo.mjs").Cardholder} cardholder
 */
async function failures(merchant, cardholder) {
  const { id, secret, code } = await presentedChallenge(api, { merchant, cardholder });
  keep(id, { secret, code });
  for (let n = 1; n <= 6; n++) refusals.push((await api.verify(secret, wrongCode(code, n))).text);
  const strange = { headers: { origin: "https://evil.example" }, json: { code } };
  const crossed = await api.post(`/challenge/${secret}/verify`, strange);
  assertProblem(crossed, 403, "origin_not_allowed");
  refusals.push(crossed.text);
  refusals.push((await api.post(`/challenge/${secret}/verify`, { json: { code, x: 1 } })).text);
  refusals.push((await api.post(`/challenge/${secret}/verify`, { json: { kode: code } })).text);
  refusals.push((await api.post(`/challenge/${secret}/nothing`, { json: { code } })).text);
  const key = issuerKey();
  const bad = { email: cardholder.email, phone: "0".repeat(30), personal_message: message };
  const path = `/v1/cardholders/${cardholder.id}`;
  refusals.push((await api.send("PUT", path, { key, json: bad })).text);
  // Until the merchant's next challenge is let in.
  await api.advance(15 * 60);
  const last = await verifiedChallenge(api, { merchant, cardholder });
  keep(last.id, last);
  ids.push(last.id);
}

/**
 * Moves the cardholder to an app, with all that can go wrong on the way.
 * @param {import("./support/demo.mjs").Cardholder} cardholder
 */
async function enrollment(cardholder) {
  const { session, form, app } = await setUpApp(api, cardholder);
  secrets.set(`token of ${session.id}`, session.token);
  secrets.set(`proof in the token of ${session.id}`, session.token.slice(25, 68));
  secrets.set(`app's secret in ${session.id}`, app.text);
  const { change, choose } = pages(api, session);
  const step = await laterStep(api);
  await assertAskedAgain(
    api,
    await change({ ...form, code: app.wrong(step)[0] }),
    session,
    "wrong_code",
  );
  refusals.push((await change(form, { origin: "https://evil.example" })).text);
  assertStatus(await change({ ...form, code: app.code(step) }), 303);
  ids.push(session.id);
  refusals.push((await change({ ...form, code: app.code(step) })).text, (await choose()).text);
  refusals.push((await api.get(`/enrollment/${session.token}A`)).text);
}

/**
 * @param {string} of
 * @param {{ secret: string, code: string }} what
 */
function keep(of, { secret, code }) {
  secrets.set(`client secret of ${of}`, secret);
  secrets.set(`code of ${of}`, code);
}

/**
 * Whether a secret is in some bytes; six digits only when they are not part of a longer number.
 * @param {Buffer} bytes
 * @param {string} secret
 */
function found(bytes, secret) {
  // V8, and with it an object's storage, keeps Japanese as UTF-16.
  const encoded = [...insideBase64(secret), Buffer.from(secret).toString("hex")];
  if (bytes.includes(secret, 0, "utf16le") || encoded.some((one) => bytes.includes(one)))
    return true;
  if (/^\d{6}$/.test(secret)) {
    return new RegExp(`(?<![0-9])${secret}(?![0-9])`).test(bytes.toString("latin1"));
  }
  const escaped = secret.replace(/[^\x20-\x7e]/g, unicodeEscape);
  return [secret, escaped, encodeURIComponent(secret)].some((one) => bytes.includes(one));
}

/** @param {string} letter */
const unicodeEscape = (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;

/**
 * @param {string} where
 * @param {Buffer} bytes
 * @param {Map<string, string>} unwanted
 */
function assertAbsent(where, bytes, unwanted) {
  for (const [what, secret] of unwanted) {
    assert.ok(!found(bytes, secret), `${where} has the ${what}`);
  }
}

test("the search finds a secret however it is written, and no code in a longer number", () => {
  for (const secret of [message, "taro@mail.jp", "+819012341234", "012345"]) {
    for (const before of ["", "x", "xy", "xyz"]) {
      const text = `${before}:${secret}:after`;
      for (const written of [
        Buffer.from(text),
        Buffer.from(Buffer.from(text).toString("base64")),
        Buffer.from(Buffer.from(text).toString("base64url")),
        Buffer.from(Buffer.from(text).toString("hex")),
        Buffer.from(text, "utf16le"),
        Buffer.from(JSON.stringify({ text })),
      ]) {
        assert.ok(found(written, secret), `${secret} in ${written}`);
      }
    }
  }
  assert.ok(!found(Buffer.from("1795012345678"), "012345"));
});

test("the Worker prints no code, destination, personal message, client secret or key", () => {
  // Wrangler, not the Worker, lists each request with its path; production has no such list.
  const printed = worker.output().replace(/^.*\[wrangler:\w+\].*$/gm, "");
  assert.ok(
    ids.some((id) => printed.includes(id)),
    "the Worker's own lines are in what is searched",
  );
  const bytes = Buffer.from(printed);
  assertAbsent("the output", bytes, secrets);
  assertAbsent("the output", bytes, contacts);
});

test("no line of the log is in an invocation whose address opens something", () => {
  const invocations = worker.invocations.all().trim().split("\n");
  /** @typedef {{ address: string | null, lines: string[] }} Invocation */
  const read = invocations.map((text) => /** @type {Invocation} */ (JSON.parse(text)));
  const opens = (/** @type {Invocation} */ { address }) =>
    /\/(challenge|enrollment)\//.test(address ?? "");
  assert.ok(read.filter(opens).length > 50, "addresses are kept");
  for (const event of ["code_sent", "enrollment_changed", "redeemed"]) {
    const where = read.filter(({ lines }) => lines.some((line) => line.includes(`"${event}"`)));
    assert.ok(where.length >= 2, event);
    const told = event === "redeemed" ? `${worker.origin}/v1/siteverify` : null;
    for (const { address } of where) assert.equal(address, told, event);
  }
  for (const { address, lines } of read.filter(opens)) assert.deepEqual(lines, [], `${address}`);
});

test("KV holds no code, destination, personal message, client secret or key", async () => {
  const files = await filesBelow(`${worker.state}/v3/kv`);
  const everything = Buffer.concat([...files.values()]);
  assert.ok(found(everything, "秘密のお店"), "the merchant is in what is searched");
  for (const [file, bytes] of files) {
    assertAbsent(`v3/kv/${file}`, bytes, secrets);
    assertAbsent(`v3/kv/${file}`, bytes, contacts);
  }
  for (const [key, value] of await kvEntries(worker.state)) {
    assertAbsent(`KV's ${key}`, Buffer.from(`${key}\n${value}`), secrets);
    assertAbsent(`KV's ${key}`, Buffer.from(`${key}\n${value}`), contacts);
  }
});

test("destinations and personal messages are in the objects and in no other file", async () => {
  const files = await filesBelow(worker.state);
  const objects = [...files].filter(([file]) => file.startsWith("v3/do/"));
  const stored = Buffer.concat(objects.map(([, bytes]) => bytes));
  // Not each of them: a page of the database can end in the middle of one.
  assert.ok([...contacts.values()].some((contact) => found(stored, contact)));
  for (const [file, bytes] of files) {
    if (!file.startsWith("v3/do/")) assertAbsent(file, bytes, contacts);
  }
});

test("no object holds a client secret or a key", async () => {
  const files = await filesBelow(`${worker.state}/v3/do`);
  const unwanted = new Map([...secrets].filter(([what]) => !what.startsWith("code of")));
  for (const [file, bytes] of files) assertAbsent(`v3/do/${file}`, bytes, unwanted);
});

test("a refusal tells no code, destination, personal message, client secret or key", () => {
  assert.ok(refusals.length > 20);
  for (const refusal of refusals) {
    assertAbsent(refusal, Buffer.from(refusal), secrets);
    assertAbsent(refusal, Buffer.from(refusal), contacts);
  }
});
