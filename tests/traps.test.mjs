// A trap or a hang in one object spreads to nobody: whoever asked is told at once and can ask again,
// nothing is counted twice, neighbours in the same isolate go on, and alarms are repeated in seconds.
// The Worker is a build that traps when a cardholder's id asks for it (worker/src/traps.rs).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { at, paths } from "../scripts/lib/paths.mjs";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startApi, startBrowser } from "./support/bench.mjs";
import { enhanced, withPage } from "./support/browser.mjs";
import {
  newestCode,
  presentedChallenge,
  createChallenge,
  readChallenge,
  registerCardholder,
  registerMerchant,
  uniqueId,
  wrongCode,
} from "./support/demo.mjs";
import { startReceiver, registerEndpoint } from "./support/events.mjs";
import { ended } from "./support/form.mjs";

const { worker, api } = await startApi({ wasm: paths.traps });
const browser = await startBrowser();
const merchant = await registerMerchant(api);

/**
 * Far less than the 10 seconds that an object is waited for, and far more than a slow machine takes
 * to answer.
 */
const atOnce = 8_000;

/** @typedef {"trap" | "hang"} How @typedef {"before" | "after"} When */

/**
 * Opens a challenge of a cardholder whose object traps or hangs once.
 * @param {`${How}-${When}-${"verify" | "present" | "cancel" | "alarm"}`} what
 */
async function presented(what) {
  const cardholder = await registerCardholder(api, { id: uniqueId(what) });
  return presentedChallenge(api, { merchant, cardholder });
}

const attempt = () => uniqueId("attempt-of-a-test");

/** @param {import("./support/api.mjs").Answer} answer */
function assertUnavailable(answer) {
  assertProblem(answer, 503, "unavailable");
  assert.equal(answer.headers.get("retry-after"), "1");
}

/**
 * Whether that took less time than an object is waited for.
 * @template T
 * @param {() => Promise<T>} ask
 */
async function promptly(ask) {
  const start = performance.now();
  const answer = await ask();
  const took = performance.now() - start;
  assert.ok(took < atOnce, `took ${Math.round(took)} ms`);
  return answer;
}

for (const when of /** @type {When[]} */ (["before", "after"])) {
  test(`a trap ${when} a right code is decided: told at once, and verified when sent again`, async () => {
    const challenge = await presented(`trap-${when}-verify`);
    const { secret, code } = challenge;
    const name = attempt();
    assertUnavailable(await promptly(() => api.verify(secret, code, name)));
    const verified = assertStatus(await api.verify(secret, code, name)).body;
    assert.equal(verified.status, "verified");
    const again = assertStatus(await api.verify(secret, code, name)).body;
    const iat = (/** @type {string} */ jws) =>
      JSON.parse(Buffer.from(jws.split(".")[1], "base64url").toString()).iat;
    assert.equal(iat(again.attestation), iat(verified.attestation));
    assert.equal((await readChallenge(api, challenge)).tries, 1);
    // Another attempt is one too many.
    assertProblem(await api.verify(secret, code, attempt()), 409, "challenge_verified");
    const redeemed = await api.siteverify({ secret: merchant.key, response: again.attestation });
    assert.equal(redeemed.body.success, true);
  });

  test(`a trap ${when} a wrong code is decided costs one try when it is sent again`, async () => {
    const challenge = await presented(`trap-${when}-verify`);
    const { secret, code } = challenge;
    const [wrong, name] = [wrongCode(code), attempt()];
    assertUnavailable(await promptly(() => api.verify(secret, wrong, name)));
    for (let n = 0; n < 2; n++) {
      const refused = await api.verify(secret, wrong, name);
      assertProblem(refused, 422, "wrong_code");
      assert.equal(refused.body.tries_left, 4);
    }
    assert.equal((await readChallenge(api, challenge)).tries, 1);
    assertStatus(await api.verify(secret, code, attempt()));
  });
}

test("an attempt without a name is as before: a trap after it leaves the challenge verified", async () => {
  const { secret, code } = await presented("trap-after-verify");
  assertUnavailable(await promptly(() => api.verify(secret, code)));
  assertProblem(await api.verify(secret, code), 409, "challenge_verified");
});

test("an object that hangs is not waited for without end, and what it did is not lost", async () => {
  const challenge = await presented("hang-after-verify");
  const { secret, code } = challenge;
  const name = attempt();
  const start = performance.now();
  assertUnavailable(await api.verify(secret, code, name));
  assert.ok(performance.now() - start < 20_000);
  assertStatus(await api.verify(secret, code, name));
  assert.equal((await readChallenge(api, challenge)).tries, 1);
});

test("a trap ends the calls of neighbours in the same isolate at once, and their purchases go on", async () => {
  // Its call is under way when the other object traps.
  const neighbour = await presented("hang-before-verify");
  const trapping = await presented("trap-before-verify");
  const name = attempt();
  const underWay = promptly(() => api.verify(neighbour.secret, neighbour.code, name));
  await worker.prints(`"hangs":"${neighbour.cardholder.id}"`);
  assertUnavailable(await promptly(() => api.verify(trapping.secret, trapping.code, attempt())));
  assertUnavailable(await underWay);
  const verified = assertStatus(await api.verify(neighbour.secret, neighbour.code, name)).body;
  const redeemed = await api.siteverify({ secret: merchant.key, response: verified.attestation });
  assert.equal(redeemed.body.success, true);
  assert.equal((await readChallenge(api, neighbour)).tries, 1);
});

test("a cancellation is repeated safely, and a first showing sends once", async () => {
  const { secret } = await presented("trap-after-cancel");
  assertUnavailable(await promptly(() => api.cancel(secret)));
  assert.equal(assertStatus(await api.cancel(secret)).body.status, "canceled");

  const cardholder = await registerCardholder(api, { id: uniqueId("trap-after-present") });
  const shown = await createChallenge(api, { merchant, cardholder });
  const page = await promptly(() => api.present(shown.secret));
  assert.equal(page.status, 503);
  assert.equal(page.headers.get("retry-after"), "1");
  assertStatus(await api.present(shown.secret));
  assert.equal((await readChallenge(api, shown)).sends, 1);
});

test("an alarm that trapped is repeated in seconds, and its event arrives", async () => {
  const receiver = await startReceiver();
  const told = await registerMerchant(api);
  await registerEndpoint(api, told, receiver.url);
  const cardholder = await registerCardholder(api, { id: uniqueId("trap-before-alarm") });
  const challenge = await createChallenge(api, { merchant: told, cardholder });
  // What happens though nobody asks is told by the alarm.
  await api.advance(1800 - 2);
  assert.equal((await readChallenge(api, challenge)).status, "pending");
  const start = performance.now();
  const [post] = await receiver.told(challenge);
  const took = performance.now() - start;
  assert.equal(post.event.type, "challenge.expired");
  // The platform repeats it after 2 seconds; without the guard, after 15 minutes.
  assert.ok(took < 60_000, `took ${Math.round(took)} ms`);
});

test("a panic writes one line with its place, and not its message", async () => {
  const before = panics().length;
  const { secret, code } = await presented("trap-before-verify");
  assertUnavailable(await api.verify(secret, code, attempt()));
  const lines = panics().slice(before);
  assert.equal(lines.length, 1, lines.join("\n"));
  const { at: place } = JSON.parse(lines[0]);
  assert.match(place, /^worker\/src\/traps\.rs:\d+:\d+$/);
  assert.ok(!worker.output().includes("trap-on-demand"), "the message of a panic is in the log");
});

const panics = () =>
  worker
    .output()
    .split("\n")
    .filter((line) => line.startsWith('{"event":"panic"'));

test("the form asks again by itself, and the cardholder sees nothing of a trap", async () => {
  const challenge = await presented("trap-after-verify");
  await withPage(browser, {}, async (page) => {
    await page.goto(challenge.url);
    await enhanced(page);
    await page.fill("#code", await newestCode(api, challenge));
    await page.click("#send");
    await ended(page, "verified");
    assert.equal((await page.textContent("#error"))?.trim(), "");
  });
  assert.equal((await readChallenge(api, challenge)).tries, 1);
});

test("without script the form is sent again as it was, and its first answer is a page", async () => {
  const challenge = await presented("trap-after-verify");
  const page = assertStatus(await api.present(challenge.secret)).text;
  const attempt_id = /name="attempt_id" value="([^"]+)"/.exec(page)?.[1] ?? "";
  assert.match(attempt_id, /^[\w-]{22}$/);
  const send = () =>
    api.post(`/challenge/${challenge.secret}/verify`, {
      form: { code: challenge.code, attempt_id },
      headers: { accept: "text/html", "accept-language": "en" },
    });
  const lost = await promptly(send);
  assert.equal(lost.status, 503);
  assert.equal(lost.headers.get("retry-after"), "1");
  assert.match(lost.headers.get("content-type") ?? "", /^text\/html/);
  const verified = assertStatus(await send()).text;
  assert.match(verified, /data-status="verified"/);
  assert.match(verified, /data-response="/);
  assert.equal((await readChallenge(api, challenge)).tries, 1);
});

test("what is published cannot be asked to trap", () => {
  const asks = (/** @type {string} */ file) => readFileSync(file).includes("trap-on-demand");
  assert.ok(asks(`${paths.traps}/index_bg.wasm`), "the search finds it where it is");
  for (const name of ["index.js", "index_bg.wasm"]) {
    assert.ok(!asks(at("worker/build", name)), name);
  }
});
