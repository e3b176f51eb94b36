// What an app calls an account: apps put what has the same name over what they had, and a secret that
// works would be lost.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startApi } from "./support/bench.mjs";
import { registerCardholder } from "./support/demo.mjs";
import { confirmed, now, otpauth, setUpApp } from "./support/enrollment.mjs";

const { api } = await startApi();

test("an app finds another name for each cardholder and each enrollment, and it can be read", async () => {
  const one = await registerCardholder(api);
  const setUps = [await setUpApp(api, one), await setUpApp(api, one)];
  for (let n = 0; n < 3; n++) setUps.push(await setUpApp(api, await registerCardholder(api)));
  const labels = new Set(setUps.map(({ app }) => app.label));
  assert.equal(labels.size, 5, [...labels].join());
  const names = new Set(setUps.map(({ app }) => app.label.split(":")[1]));
  assert.equal(names.size, 5, "some apps look at no more than the name behind the issuer");
  for (const { app, html, session } of setUps) {
    const [issuer, name] = app.label.split(":");
    assert.equal(issuer, "株式会社わりふカード");
    // Near midnight the session may begin on one day and end on the next.
    const days = [await now(api), Date.parse(session.expiresAt)].map(dayInJapan);
    const [, day] = /^J\/Secure (\d+\/\d+\/\d+) [A-Z0-9]{4}$/.exec(name) ?? [];
    assert.ok(days.includes(day), `${name}: ${days}`);
    assert.ok(html.includes(`${name}<`), "the page says it as well");
    assert.equal(otpauth((await confirmed(api, session, "app")).html), app.uri);
  }
});

test("the day in the name is Japan's", async () => {
  const clock = new Date(await now(api));
  const lateEvening = clock.setUTCHours(16, 0, 0, 0);
  const seconds = Math.ceil((lateEvening - (await now(api))) / 1000);
  await api.advance(seconds > 0 ? seconds : seconds + 86_400);
  const { app } = await setUpApp(api, await registerCardholder(api));
  const time = await now(api);
  assert.notEqual(dayInJapan(time), dayOf(time));
  assert.ok(app.label.includes(` ${dayInJapan(time)} `), app.label);
});

/** As the form writes it. @param {number} time */
function dayOf(time) {
  const day = new Date(time);
  return `${day.getUTCFullYear()}/${day.getUTCMonth() + 1}/${day.getUTCDate()}`;
}

/** @param {number} time */
const dayInJapan = (time) => dayOf(time + 9 * 3_600_000);
