// What a session is good for: one change, of one cardholder, in time. What comes after changes
// nothing and says so.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import { registerCardholder } from "./support/demo.mjs";
import {
  assertAskedAgain,
  assertRefusal,
  backOf,
  confirmed,
  createSession,
  pages,
  presentStep,
  readCardholder,
  readyToChange,
  setUpApp,
  unchanged,
} from "./support/enrollment.mjs";

const { worker, api } = await startApi();

/**
 * Tries all that a session's pages can do.
 * @param {{ path: string }} session
 * @param {Record<string, string>} form
 * @param {number} status what each is refused with
 * @param {string} way where each leads back to
 */
async function assertDead(session, form, status, way) {
  const { choose, confirm, change, cancel } = pages(api, session);
  const answers = [await choose(), await cancel()];
  for (const channel of ["email", "sms", "app"]) {
    answers.push(await confirm({ channel, said: "wrong_code" }));
    answers.push(await change({ ...form, channel, code: "123456" }));
  }
  for (const answer of answers) {
    assertRefusal(answer, status);
    assert.equal(backOf(answer.text), way);
  }
}

test("a session changes once; what comes after changes nothing", async () => {
  const { cardholder, session, form, change, done } = await readyToChange(api);
  const changed = assertStatus(await change(form), 303);
  assert.ok(changed.headers.get("location")?.endsWith(`${session.path}/done`));
  assert.equal((await readCardholder(api, cardholder)).channel, "sms");
  await unchanged(api, cardholder, async () => {
    const way = "https://my.example/?warifu-enrollment=changed";
    await assertDead(session, form, 409, way);
    for (let look = 0; look < 2; look++) {
      assert.equal(backOf(assertStatus(await done()).text), way);
    }
  });
});

test("a canceled session changes nothing, and its last page leads back", async () => {
  const { cardholder, session, form, cancel, done } = await readyToChange(api);
  await unchanged(api, cardholder, async () => {
    const left = assertStatus(await cancel(), 303).headers.get("location");
    assert.ok(left?.endsWith(`${session.path}/done`), left ?? "");
    const way = "https://my.example/?warifu-enrollment=canceled";
    await assertDead(session, form, 409, way);
    for (let look = 0; look < 2; look++) {
      assert.equal(backOf(assertStatus(await done()).text), way);
    }
  });
});

test("without a way back, no page leads anywhere", async () => {
  const cardholder = await registerCardholder(api);
  const canceled = pages(api, await createSession(api, cardholder));
  assertStatus(await canceled.cancel(), 303);
  const session = await createSession(api, cardholder);
  const changed = pages(api, session);
  assertStatus(await changed.change((await confirmed(api, session, "sms")).form), 303);
  for (const { choose, done } of [canceled, changed]) {
    for (const answer of [assertStatus(await done()), await choose()]) {
      assert.equal(backOf(answer.text), undefined);
    }
  }
});

test("what is posted, asked for as a page, is step 1, and changes nothing", async () => {
  const { cardholder, session, choose } = await readyToChange(api);
  await unchanged(api, cardholder, async () => {
    for (const path of ["change", "cancel", "change?channel=sms&terms=2026-04"]) {
      const left = await api.get(`${session.path}/${path}`);
      const location = assertStatus(left, 303).headers.get("location");
      assert.ok(location?.endsWith(session.path), location ?? "");
    }
    assertStatus(await choose());
  });
});

test("step 2 says no more of the post before it than that an app's code was refused", async () => {
  const { confirm } = pages(api, await createSession(api, await registerCardholder(api)));
  for (const asked of [
    { channel: "app", said: "cardholder_locked" },
    { channel: "app", said: "変更しました" },
    { channel: "app", said: "" },
    { channel: "sms", said: "wrong_code" },
  ]) {
    const page = assertStatus(await confirm(asked)).text;
    assert.match(page, /role="alert"><\/p>/, JSON.stringify(asked));
  }
});

test("an expired session changes nothing", async () => {
  const { cardholder, session, form, done } = await readyToChange(api);
  await unchanged(api, cardholder, async () => {
    await api.advance(900);
    await assertDead(session, form, 410, "https://my.example/");
    assertRefusal(await done(), 410);
  });
});

test("an open session has nothing to show as done: it leads to step 1", async () => {
  const { cardholder, session, choose, done } = await readyToChange(api);
  await unchanged(api, cardholder, async () => {
    const location = assertStatus(await done(), 303).headers.get("location");
    assert.ok(location?.endsWith(session.path), location ?? "");
    assertStatus(await choose());
  });
});

test("of 20 posts at once exactly one changes", async () => {
  const { cardholder, form, change } = await readyToChange(api);
  const channels = Array.from({ length: 20 }, (_, n) => (n % 2 ? "email" : "sms"));
  const answers = await Promise.all(channels.map((channel) => change({ ...form, channel })));
  const statuses = answers.map(({ status }) => status);
  assert.deepEqual(statuses.toSorted(), [303, ...Array.from({ length: 19 }, () => 409)]);
  const { channel } = await readCardholder(api, cardholder);
  assert.equal(channel, channels[statuses.indexOf(303)]);
});

test("change and cancel at once: one of them counts", async () => {
  const { cardholder, form, change, cancel, done } = await readyToChange(api);
  const posts = Array.from({ length: 10 }, (_, n) => (n % 2 ? change(form) : cancel()));
  const answers = await Promise.all(posts);
  const counted = answers.flatMap(({ status }, n) => (status === 303 ? [n] : []));
  assert.equal(counted.length, 1);
  const changed = counted[0] % 2 === 1;
  assert.equal((await readCardholder(api, cardholder)).channel, changed ? "sms" : "email");
  const way = `https://my.example/?warifu-enrollment=${changed ? "changed" : "canceled"}`;
  assert.equal(backOf(assertStatus(await done()).text), way);
});

test("two sessions of one cardholder know nothing of each other", async () => {
  const { cardholder, session, form, change } = await readyToChange(api);
  const second = await createSession(api, cardholder);
  assertStatus(await change(form), 303);
  const other = await confirmed(api, second, "email");
  assert.equal((await readCardholder(api, cardholder)).channel, "sms");
  assertStatus(await pages(api, second).change(other.form), 303);
  assert.equal((await readCardholder(api, cardholder)).channel, "email");
  assertRefusal(await pages(api, session).choose(), 409);
});

test("a cardholder has 5 sessions at most; a further one takes the place of the oldest", async () => {
  const { cardholder, form, choose, change } = await readyToChange(api);
  const later = [];
  for (let n = 0; n < 4; n++) later.push(await createSession(api, cardholder));
  assertStatus(await choose());
  later.push(await createSession(api, cardholder));
  await unchanged(api, cardholder, async () => {
    assertRefusal(await choose(), 404);
    assertRefusal(await change(form), 404);
  });
  for (const { path } of later) assertStatus(await api.get(path));
});

test("each session has an app's secret of its own, the same as long as it is open", async () => {
  const cardholder = await registerCardholder(api);
  const one = await setUpApp(api, cardholder);
  const two = await setUpApp(api, cardholder);
  assert.notEqual(one.app.text, two.app.text);
  const again = await confirmed(api, one.session, "app");
  assert.ok(again.html.includes(one.app.text), "going back and on shows the same");

  const { change } = pages(api, one.session);
  const step = await presentStep(api);
  await unchanged(api, cardholder, async () => {
    const refused = await change({ ...one.form, code: two.app.code(step) });
    await assertAskedAgain(api, refused, one.session, "wrong_code");
  });
  assertStatus(await change({ ...one.form, code: one.app.code(step) }), 303);
  assert.equal((await readCardholder(api, cardholder)).channel, "app");
});

// The last one: it changes the Worker's settings.
test("a session outlives a crash, but not terms that were changed meanwhile", async () => {
  const { cardholder, session, form, change } = await readyToChange(api);
  await worker.restart({ TERMS_VERSION: "2099-12" });
  await unchanged(api, cardholder, async () => {
    assertRefusal(await change(form), 409);
  });
  const anew = await confirmed(api, session, "sms");
  assert.equal(anew.form.terms, "2099-12");
  assertStatus(await change(anew.form), 303);
  assert.equal((await readCardholder(api, cardholder)).terms.version, "2099-12");
});
