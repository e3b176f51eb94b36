// What providers tell of a delivery afterwards: signed as each of them signs, noted on the
// challenge once, and never from anybody else. What one of them has of its own is in the files of each.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, assertStatus, client, undeclared } from "./support/api.mjs";
import { eventually, issuerKey, readChallenge } from "./support/demo.mjs";
import { startTellers } from "./support/tellers.mjs";
import { startWorker } from "./support/worker.mjs";

/** @typedef {import("./support/demo.mjs").Challenge} Challenge */

const bench = await startTellers();
const { api, worker, providers, events, to, byTwilio, tellers } = bench;
const { post, accept, refuse, state, sent, choose, noted, refusals } = bench;

for (const [name, { tell, forge, alter }] of Object.entries(tellers)) {
  test(`${name} tells that a message arrived, and the merchant reads it`, async () => {
    const challenge = await sent(name);
    await accept(tell(challenge, "nothing"));
    assert.equal(await state(challenge), "sent");
    await accept(tell(challenge, "delivered"));
    assert.equal(await state(challenge), "delivered");
    assert.deepEqual(noted(challenge), ["1 delivered"]);
  });

  test(`${name}: what comes late or again takes nothing back`, async () => {
    const challenge = await sent(name);
    const delivered = tell(challenge, "delivered");
    for (const telling of [delivered, tell(challenge, "sent"), delivered, delivered]) {
      await accept(telling);
      assert.equal(await state(challenge), "delivered");
    }
    const bounced = tell(challenge, "bounced");
    for (const telling of [bounced, delivered, tell(challenge, "failed"), bounced]) {
      await accept(telling);
      assert.equal(await state(challenge), "bounced");
    }
  });

  for (const lost of /** @type {const} */ (["bounced", "failed"])) {
    test(`${name}: after a message that ${lost}, another may be asked for at once`, async () => {
      const challenge = await sent(name);
      assertProblem(await api.resend(challenge.secret), 429, "resend_too_soon");
      await accept(tell(challenge, lost));
      assert.equal(await state(challenge), lost);
      choose(name);
      assertStatus(await api.resend(challenge.secret));
      await eventually(
        () => state(challenge),
        (delivery) => delivery === "sent",
      );
      // What is heard of the first says nothing of the second.
      await accept(tell(challenge, "delivered", 1));
      assert.equal(await state(challenge), "sent");
      await accept(tell(challenge, "delivered", 2));
      assert.equal(await state(challenge), "delivered");
      assert.equal((await readChallenge(api, challenge)).sends, 2);
    });
  }

  test(`${name}: of somebody else, or changed on its way, it is refused`, async () => {
    const challenge = await sent(name);
    const before = refusals();
    const right = tell(challenge, "failed");
    /** @param {Record<string, string>} headers */
    const without = ({ ...headers }) => {
      delete headers["x-twilio-signature"];
      delete headers["x-twilio-email-event-webhook-signature"];
      return headers;
    };
    const unsigned = {
      headers: without(right.receipt.headers),
      body: right.receipt.body.replace(/"Signature":"[^"]*",/, ""),
    };
    const wrong = [forge(challenge), alter(challenge), { ...right, receipt: unsigned }];
    for (const telling of wrong) await refuse(telling);
    assert.equal(await state(challenge), "sent");
    assert.deepEqual(noted(challenge), []);
    await eventually(
      async () => refusals(),
      (count) => count === before + wrong.length,
    );
    assert.match(
      worker.output(),
      new RegExp(`{"event":"receipt_refused","provider":"${name}"[,}]`),
    );
    await accept(right);
    assert.equal(await state(challenge), "failed");
  });

  test(`${name}: of a challenge that is over it still counts, of one that is gone no more`, async () => {
    const [ended, forgotten, erased] = await Promise.all([1, 2, 3].map(() => sent(name)));
    assertStatus(await api.cancel(ended.secret));
    await accept(tell(ended, "delivered"));
    assert.equal(await state(ended), "delivered");
    const gone = `/v1/cardholders/${erased.cardholder.id}`;
    assertStatus(await api.send("DELETE", gone, { key: issuerKey() }), 204);
    await accept(tell(erased, "failed"));
    const nobody = { ...forgotten, id: `ch_${"A".repeat(22)}` };
    await accept(tell(nobody, "failed"));
    await accept(tell({ ...forgotten, id: "of-somebody-else" }, "failed"));
    for (const delivery of [0, 2, 4_294_967_295, 4_294_967_296, -1]) {
      await accept(tell(forgotten, "failed", delivery));
    }
    assert.equal(await state(forgotten), "sent");
    for (const challenge of [erased, nobody]) assert.deepEqual(noted(challenge), []);
  });

  test(`${name}: what cannot be read is refused, whatever it says it is`, async () => {
    const challenge = await sent(name);
    const { path, receipt } = tell(challenge, "delivered");
    const body = receipt.body;
    const broken = [body.slice(0, -2), "", "{", "[]", "null", "\0", "ÿ", `${body}${body}`];
    for (const other of broken) await refuse({ path, receipt: { ...receipt, body: other } });
    const most = 1024 * 1024;
    const padded = { ...receipt, body: body + "x".repeat(most - body.length) };
    await refuse({ path, receipt: padded });
    const larger = { headers: receipt.headers, body: undeclared(`${padded.body}x`) };
    assertProblem(await api.post(path, larger), 413, "body_too_large");
    for (const method of ["GET", "PUT", "DELETE"]) {
      assertProblem(await api.send(method, path), 405, "method_not_allowed");
    }
    assert.equal(await state(challenge), "sent");
    // The signature is of the bytes; what they are called does not matter.
    const headers = { ...receipt.headers, "content-type": "application/x-unheard-of" };
    await accept({ path, receipt: { ...receipt, headers } });
    assert.equal(await state(challenge), "delivered");
  });
}

test("who refused a message and tells of it all the same is not believed", async () => {
  const challenge = await sent("sendgrid");
  await accept(tellers.ses.tell(challenge, "bounced"));
  assert.equal(await state(challenge), "sent");
  assertProblem(await api.resend(challenge.secret), 429, "resend_too_soon");
  await accept(tellers.sendgrid.tell(challenge, "delivered"));
  assert.equal(await state(challenge), "delivered");
});

test("the log names challenge, delivery and state, and no destination", () => {
  const printed = worker.output();
  assert.match(
    printed,
    /{"event":"receipt","challenge":"ch_[\w-]{22}","delivery":"1","state":"delivered"[,}]/,
  );
  for (const destination of [...Object.values(to), "taro", "9012341234"]) {
    assert.ok(!printed.includes(destination), destination);
  }
  for (const { name, faults, received } of Object.values(providers)) {
    assert.deepEqual(faults, [], name);
    for (const message of received) assert.ok(!printed.includes(message.to), message.to);
  }
});

test("an address that posts too often is asked to wait, signed or not", async () => {
  const { settings } = providers.twilio;
  const account = {
    SMS_COURIER: "twilio",
    TWILIO_ACCOUNT_SID: settings.accountSid,
    TWILIO_AUTH_TOKEN: settings.authToken,
    TWILIO_FROM: settings.from,
  };
  const limited = await startWorker({
    vars: account,
    edit: (toml) => toml.replace(/(\[\[env[^]*name = "RECEIPT_RATE"[^]*?limit = )\d+/, "$13"),
  });
  try {
    const { post } = client(limited.origin);
    /** @type {number[]} */
    const statuses = [];
    for (let count = 0; count < 20 && statuses.at(-1) !== 429; count++) {
      const answer = await post("/v1/receipts/twilio", { form: { MessageStatus: "sent" } });
      statuses.push(answer.status);
    }
    assert.deepEqual([...new Set(statuses)], [401, 429]);
    const { path, receipt } = byTwilio(/** @type {Challenge} */ ({ id: "ch_1" }), "sent");
    assertProblem(await post(path, receipt), 429, "rate_limited");
    // Whoever is not set up is not even that.
    assertProblem(await post("/v1/receipts/ses", receipt), 404, "not_found");
  } finally {
    await limited.stop();
  }
});

test("whoever is not set up to tell is not heard: there is nothing at the address", async () => {
  await worker.restart({ SMS_COURIER: "none", SES_TOPIC_ARN: "", SENDGRID_EVENT_KEY: "" });
  const challenge = { id: `ch_${"A".repeat(22)}` };
  for (const { tell } of Object.values(tellers)) {
    const telling = tell(/** @type {Challenge} */ (challenge), "delivered");
    assertProblem(await post(telling), 404, "not_found");
  }
  assertProblem(await api.post("/v1/receipts/resend", { body: "{}" }), 404, "not_found");
  assertProblem(await api.post("/v1/receipts", { body: "{}" }), 404, "not_found");
});

for (const [name, value] of [
  ["SENDGRID_EVENT_KEY", events.publicKey.slice(4)],
  ["SES_TOPIC_ARN", "arn:aws:sns:tokyo:123456789012:warifu"],
]) {
  test(`a ${name} that nothing could be checked with is refused at the start`, async () => {
    await worker.restart({ [name]: value });
    assertProblem(await api.get("/healthz"), 500, "misconfigured");
    await worker.prints(`"why":"${name} must be `);
  });
}
