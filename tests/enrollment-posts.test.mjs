// What is posted that must not count: from another page, for another cardholder, with a token that
// is none of ours, for a method or for terms that are not offered.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import { registerCardholder } from "./support/demo.mjs";
import {
  actions,
  assertRefusal,
  confirmed,
  createSession,
  fromOurPage,
  pages,
  putFacts,
  readyToChange,
  unchanged,
} from "./support/enrollment.mjs";

const { worker, api } = await startApi();

test("two sessions' tokens, cut and joined anywhere, open neither cardholder's", async () => {
  const [one, other] = [await readyToChange(api), await readyToChange(api)];
  const [a, b] = [one.session.token, other.session.token];
  assert.equal(a.length, b.length);
  const joined = new Set(
    Array.from(a, (_, at) => [a.slice(0, at) + b.slice(at), b.slice(0, at) + a.slice(at)]).flat(),
  );
  // Its parts in any other combination: whatever separates them.
  for (const separator of [".", "~", "_", "-"]) {
    const [parts, others] = [a.split(separator), b.split(separator)];
    if (parts.length !== others.length) continue;
    parts.forEach((_, n) => joined.add(parts.with(n, others[n]).join(separator)));
  }
  joined.delete(a);
  joined.delete(b);
  assert.ok(joined.size > 40, `${joined.size}`);
  await unchanged(api, one.cardholder, () =>
    unchanged(api, other.cardholder, async () => {
      await Promise.all([...joined].map((token) => assertUnknown(token, one.form)));
    }),
  );
  for (const { change, form } of [one, other]) assertStatus(await change(form), 303);
});

test("a token that is altered, cut off, extended or made up opens nothing", async () => {
  const { cardholder, session, form, change } = await readyToChange(api);
  const { token } = session;
  const altered = Array.from(token, (letter, at) => {
    const other = letter === "A" ? "B" : "A";
    return token.slice(0, at) + other + token.slice(at + 1);
  });
  const made = [
    ...altered.filter((one) => one !== token),
    ...Array.from(token, (_, at) => token.slice(0, at)).filter((cut) => cut !== ""),
    ...[`${token}A`, `A${token}`, `${token}=`, `${token}%20`, `${token}.A`, token.toLowerCase()],
    ...["x", "..%2f..%2fdev", "%00", "%E5%89%B2%E7%AC%A6", "x".repeat(3000), session.id],
    ...[16, 32, 48, 64, token.length].map((size) => randomBytes(size).toString("base64url")),
    randomBytes(token.length).toString("base64url").slice(0, token.length),
  ];
  await unchanged(api, cardholder, () =>
    Promise.all(made.map((forged) => assertUnknown(forged, form))),
  );
  assertStatus(await change(form), 303);
});

/**
 * @param {string} token
 * @param {Record<string, string>} form
 */
async function assertUnknown(token, form) {
  const { choose, change } = pages(api, { path: `/enrollment/${token}` });
  for (const answer of [await choose(), await change(form)]) {
    assert.equal(answer.status, 404, token);
    assert.match(answer.headers.get("content-type") ?? "", /^text\/html/, token);
  }
}

/** @type {Record<string, string>[]} what a page of somebody else's makes a browser send */
const strangers = [
  { origin: "https://evil.example" },
  { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
  { origin: "https://evil.example", "sec-fetch-site": "same-origin" },
  { origin: "null", "sec-fetch-site": "cross-site" },
  { "sec-fetch-site": "cross-site" },
  { "sec-fetch-site": "same-site" },
  { origin: "https://my.example" },
  { origin: `${worker.origin}.evil.example` },
  { origin: "http://localhost:1" },
];

for (const action of actions) {
  test(`${action} from a page that is not ours does nothing`, async () => {
    const { cardholder, session, form, choose, change } = await readyToChange(api);
    await unchanged(api, cardholder, async () => {
      for (const headers of strangers) {
        const answer = await api.post(`${session.path}/${action}`, { form, headers });
        assertRefusal(answer, 403);
      }
      assertStatus(await choose());
    });
    assertStatus(await change(form), 303);
  });
}

test("a browser that says its origin or nothing about itself is let in", async () => {
  for (const headers of [
    { origin: worker.origin },
    { ...fromOurPage, origin: worker.origin },
    {},
  ]) {
    const { form, change } = await readyToChange(api);
    assertStatus(await change(form, /** @type {Record<string, string>} */ (headers)), 303);
  }
});

test("a form that names no method, none that is known, or one that is not offered changes nothing", async () => {
  const cardholder = await registerCardholder(api);
  assertStatus(await putFacts(api, cardholder, { email: cardholder.email }));
  const session = await createSession(api, cardholder);
  const { choose, confirm, change } = pages(api, session);
  assert.doesNotMatch(assertStatus(await choose()).text, /value="sms"/);
  const { form } = await confirmed(api, session, "email");
  await unchanged(api, cardholder, async () => {
    assertRefusal(await confirm({ channel: "sms" }), 409);
    assertRefusal(await change({ ...form, channel: "sms" }), 409);
    for (const channel of ["", "fax", "EMAIL", "email "]) {
      for (const answer of [await confirm({ channel }), await change({ ...form, channel })]) {
        assert.ok([400, 409].includes(answer.status), `${channel}: ${answer.status}`);
      }
    }
    for (const answer of [await confirm({}), await change({ terms: form.terms })]) {
      assert.ok([400, 409].includes(answer.status), `${answer.status}`);
    }
  });
  assertStatus(await change(form), 303);
});

test("a post that is no form, or too long, changes nothing", async () => {
  const { cardholder, session, form, change } = await readyToChange(api);
  await unchanged(api, cardholder, async () => {
    const path = `${session.path}/change`;
    const headers = fromOurPage;
    const body = new URLSearchParams(form).toString();
    for (const call of [{ json: form }, { body, type: "text/plain" }]) {
      assertRefusal(await api.post(path, { ...call, headers }), 415);
    }
    const long = { ...form, x: "x".repeat(17 * 1024) };
    assertRefusal(await api.post(path, { form: long, headers }), 413);
  });
  assertStatus(await change(form), 303);
});

test("terms of another version than the one that was shown are not accepted", async () => {
  const { cardholder, form, change } = await readyToChange(api);
  await unchanged(api, cardholder, async () => {
    for (const terms of ["", "2001-01", `${form.terms} `, form.terms.slice(1)]) {
      assertRefusal(await change({ ...form, terms }), 409);
    }
    assertRefusal(await change({ channel: form.channel }), 409);
  });
  assertStatus(await change(form), 303);
});

test("a destination that is removed on the way is not enrolled", async () => {
  const chosen = await readyToChange(api);
  const { cardholder, session, form } = chosen;
  assertStatus(await putFacts(api, cardholder, { email: cardholder.email }));
  await unchanged(api, cardholder, async () => {
    assertRefusal(await chosen.confirm({ channel: "sms" }), 409);
    assertRefusal(await chosen.change(form), 409);
  });
  const instead = await confirmed(api, session, "email");
  assertStatus(await chosen.change(instead.form), 303);
});
