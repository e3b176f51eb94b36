// An app is enrolled with a code of it, and nobody but the app and the Worker can read its secret:
// not in the object, not in KV, not in the log. The Worker's keys for it are rotated.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import {
  challengeBody,
  createChallenge,
  presentedChallenge,
  readChallenge,
  registerCardholder,
  registerMerchant,
} from "./support/demo.mjs";
import {
  assertAskedAgain,
  assertRefusal,
  confirmed,
  createSession,
  enrollApp,
  laterStep,
  otpauth,
  pages,
  presentStep,
  readCardholder,
  setUpApp,
  unchanged,
} from "./support/enrollment.mjs";
import { filesBelow, holds, insideBase64, objectValues } from "./support/storage.mjs";
import { authenticator, base32 } from "./support/totp.mjs";
import { devSecret } from "./support/worker.mjs";

/** @typedef {import("./support/totp.mjs").Authenticator} Authenticator */
/** @typedef {import("./support/demo.mjs").Cardholder} Cardholder */
/** @typedef {import("./support/demo.mjs").Challenge} Challenge */

const { worker, api } = await startApi();
const merchant = await registerMerchant(api);

test("the page has the secret as a QR code, as a link and as text, and never twice the same", async () => {
  const cardholder = await registerCardholder(api);
  const { app, html } = await setUpApp(api, cardholder);
  assert.match(html, /<svg\b/);
  const text = html.replace(/<[^>]+>/g, " ").replace(/\s+/g, "");
  assert.ok(text.includes(app.text), "groups of letters");
  assert.ok(!app.label.includes(cardholder.id) && !app.uri.includes(cardholder.email), app.uri);
  const another = await setUpApp(api, cardholder);
  assert.notEqual(another.app.text, app.text);
});

for (const distance of [-1, 0, 1]) {
  test(`a phone whose clock is ${distance} steps off can be enrolled`, async () => {
    const cardholder = await registerCardholder(api);
    const { session, form, app } = await setUpApp(api, cardholder);
    const code = app.code((await laterStep(api)) + distance);
    assertStatus(await pages(api, session).change({ ...form, code }), 303);
    assert.equal((await readCardholder(api, cardholder)).channel, "app");
  });
}

test("a wrong code is asked for again with the same secret; the fifth ends the session", async () => {
  const cardholder = await registerCardholder(api);
  const { session, form, app } = await setUpApp(api, cardholder);
  const { change, choose } = pages(api, session);
  const step = await laterStep(api);
  await unchanged(api, cardholder, async () => {
    /** @param {Record<string, string>} typed @param {"wrong_code" | "malformed_code"} why */
    const again = async (typed, why) => {
      const page = await assertAskedAgain(api, await change({ ...form, ...typed }), session, why);
      assert.equal(otpauth(page), app.uri);
      return page;
    };
    for (const code of ["", "12345", "abcdef", "1".repeat(500)]) {
      await again({ code }, "malformed_code");
    }
    await again({}, "malformed_code");
    const wrong = [...app.wrong(step, 2), app.code(step + 2), app.code(step - 2)];
    for (const [n, code] of wrong.entries()) {
      assert.match(await again({ code }, "wrong_code"), new RegExp(`残り${4 - n}回`));
    }
    const [fifth] = app.wrong(step, 1);
    const ended = await change({ ...form, code: fifth });
    assert.ok([409, 422].includes(ended.status), ended.text);
    assert.doesNotMatch(ended.text, /otpauth:/);
    assertRefusal(await change({ ...form, code: app.code(step) }), 409);
    assertRefusal(await choose(), 409);
  });
  const next = await setUpApp(api, cardholder);
  assert.notEqual(next.app.text, app.text);
});

test("100 wrong codes at once: the right one is then refused, and a challenge is not locked", async () => {
  const cardholder = await registerCardholder(api);
  const { session, form, app } = await setUpApp(api, cardholder);
  const step = await laterStep(api);
  const { change } = pages(api, session);
  const codes = app.wrong(step, 100);
  await unchanged(api, cardholder, async () => {
    const answers = await Promise.all(codes.map((code) => change({ ...form, code })));
    const compared = answers.filter(({ status }) => status !== 409);
    assert.ok(compared.length <= 5, `${compared.length}`);
    for (const { status, headers } of compared) {
      const asked = headers.get("location")?.endsWith("said=wrong_code");
      assert.ok(asked || status === 422, `${status}`);
    }
    assertRefusal(await change({ ...form, code: app.code(step) }), 409);
  });
  await createChallenge(api, { merchant, cardholder });
});

test("20 right codes at once enroll once", async () => {
  const cardholder = await registerCardholder(api);
  const { session, form, app } = await setUpApp(api, cardholder);
  const code = app.code(await laterStep(api));
  const { change } = pages(api, session);
  const answers = await Promise.all(Array.from({ length: 20 }, () => change({ ...form, code })));
  const statuses = answers.map(({ status }) => status).toSorted();
  assert.deepEqual(statuses, [303, ...Array.from({ length: 19 }, () => 409)]);
});

test("an app that was never offered is not enrolled, whatever code comes", async () => {
  const cardholder = await registerCardholder(api);
  const other = await setUpApp(api, await registerCardholder(api));
  const session = await createSession(api, cardholder);
  const code = other.app.code(await laterStep(api));
  const { form } = await confirmed(api, session, "email");
  await unchanged(api, cardholder, async () => {
    const answer = await pages(api, session).change({ ...form, channel: "app", code });
    assert.ok([409, 422].includes(answer.status), answer.text);
  });
});

// At rest

/** Every way that a secret of bytes may be written down. @param {Authenticator} app */
function spellings({ secret, text }) {
  const hex = secret.toString("hex");
  const words = [
    ...[text, text.toLowerCase(), text.match(/.{1,4}/g)?.join(" ") ?? ""],
    ...[hex, hex.toUpperCase(), [...secret].join(","), [...secret].join(", ")],
    ...insideBase64(secret),
  ];
  const texts = words.flatMap((word) => [Buffer.from(word), Buffer.from(word, "utf16le")]);
  return [secret, ...texts, ...[secret, ...texts].flatMap(insideBase64)];
}

test("the search finds a secret however it is written", () => {
  const secret = randomBytes(20);
  const app = authenticator(`otpauth://totp/x:y?issuer=x&secret=${base32(secret)}`);
  const state = Buffer.concat([Buffer.from("ab"), secret, Buffer.from("c")]);
  for (const written of [
    ...[state, Buffer.from(`<${app.text}>`), Buffer.from(app.text, "utf16le")],
    ...[Buffer.from(JSON.stringify([...secret])), Buffer.from(secret.toString("hex"))],
  ]) {
    const base64 = Buffer.from(written.toString("base64url"));
    for (const found of [written, base64]) {
      assert.ok(
        spellings(app).some((spelling) => found.includes(spelling)),
        `${found}`,
      );
    }
  }
});

test("no secret of an app is in an object, in KV or in the log, offered or enrolled", async () => {
  const enrolled = await registerCardholder(api);
  const offered = await registerCardholder(api);
  const apps = [await enrollApp(api, enrolled), (await setUpApp(api, offered)).app];
  const step = await laterStep(api, 3);
  const challenge = await createChallenge(api, { merchant, cardholder: enrolled });
  const [wrong] = apps[0].wrong(step);
  assertProblem(await api.verify(challenge.secret, wrong), 422, "wrong_code");
  assertStatus(await api.verify(challenge.secret, apps[0].code(step)));
  // The line of a code that is sent comes after all that was printed of the apps.
  const sent = await presentedChallenge(api, { merchant });
  await worker.prints(sent.id);
  await worker.kill();
  const places = await filesBelow(`${worker.state}/v3`);
  const values = [...(await objectValues(worker.state)).values()].flat();
  await worker.start();

  const objects = Buffer.concat(values);
  assert.ok(holds(objects, enrolled.email) && holds(objects, offered.email));
  places.set("the objects' values", objects);
  places.set("the output", Buffer.from(worker.output()));
  const keys = devSecret("APP_KEYS").split(",");
  for (const [place, bytes] of places) {
    for (const [n, app] of apps.entries()) {
      const found = spellings(app).some((spelling) => bytes.includes(spelling));
      assert.ok(!found, `${place} has the secret of app ${n}`);
    }
    for (const key of keys) assert.ok(!holds(bytes, key.split(":")[1]), `${place} has a key`);
  }
});

// The keys of apps, rotated in one story: each test is the next life of the Worker.

const old = devSecret("APP_KEYS");
const next = `next:${randomBytes(32).toString("base64url")}`;

/** Apps that are used with the new key in front, and never again before the old one is gone. */
const [used, idle] = [await registerCardholder(api), await registerCardholder(api)];
const [usedApp, idleApp] = [await enrollApp(api, used), await enrollApp(api, idle)];
/** Enrolled with the new key. */
const added = await registerCardholder(api);
/** @type {Authenticator} */
let addedApp;

/**
 * Confirms a new challenge with the app's code of a later step.
 * @param {Cardholder} cardholder
 * @param {Authenticator} app
 */
async function purchase(cardholder, app) {
  const step = await laterStep(api, 3);
  const challenge = await createChallenge(api, { merchant, cardholder });
  return api.verify(challenge.secret, app.code(step));
}

test("with a new key in front, apps and open sessions go on", async () => {
  const { session, form, app } = await setUpApp(api, added);
  await worker.restart({ APP_KEYS: `${next},${old}` });
  assertStatus(await purchase(used, usedApp));

  const again = await confirmed(api, session, "app");
  assert.equal(authenticator(otpauth(again.html)).text, app.text);
  const code = app.code(await presentStep(api));
  assertStatus(await pages(api, session).change({ ...form, code }), 303);
  addedApp = await enrollApp(api, added);
});

test("without the old key, an app that was used since goes on; another is refused without a fault", async () => {
  const waiting = await createChallenge(api, { merchant, cardholder: idle });
  await worker.restart({ APP_KEYS: next });
  assertStatus(await purchase(used, usedApp));
  assertStatus(await purchase(added, addedApp));
  await refusedWithoutFault(waiting);
});

test("without any key no app is offered, added or asked for", async () => {
  const cardholder = await registerCardholder(api);
  const { session, form, app } = await setUpApp(api, cardholder);
  const waiting = await createChallenge(api, { merchant, cardholder: used });
  await worker.restart({ APP_KEYS: "" });
  const { choose, confirm, change } = pages(api, session);
  assert.doesNotMatch(assertStatus(await choose()).text, /value="app"/);
  await unchanged(api, cardholder, async () => {
    assertRefusal(await confirm({ channel: "app" }), 409);
    const code = app.code(await presentStep(api));
    assertRefusal(await change({ ...form, code }), 409);
  });
  await refusedWithoutFault(waiting);
  const json = challengeBody(used.id);
  const refused = await api.post("/v1/challenges", { key: merchant.key, json });
  assertProblem(refused, 422, "not_enrolled");
});

test("when a key is back, its apps are", async () => {
  await worker.restart({ APP_KEYS: `${next},${old}` });
  assertStatus(await purchase(idle, idleApp));
  assertStatus(await purchase(used, usedApp));
});

/** No try is spent on what is no fault of the cardholder. @param {Challenge} challenge */
async function refusedWithoutFault(challenge) {
  const { secret } = challenge;
  const refused = await api.verify(secret, "123456");
  assert.ok(refused.status >= 400 && refused.status !== 500, refused.text);
  assert.notEqual((await api.present(secret)).status, 500);
  const { tries, status } = await readChallenge(api, challenge);
  assert.deepEqual({ tries, status }, { tries: 0, status: "pending" });
}
