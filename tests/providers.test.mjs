// Real providers instead of the outbox: Cloudflare's e-mail as workerd simulates it, a provider that
// takes nothing, and a channel that nobody carries.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { assertProblem, assertStatus, client } from "./support/api.mjs";
import { codeIn, startCouriers } from "./support/couriers.mjs";
import {
  challengeBody,
  createChallenge,
  eventually,
  readChallenge,
  registerCardholder,
  registerMerchant,
} from "./support/demo.mjs";
import { startWorker } from "./support/worker.mjs";

const vars = { EMAIL_COURIER: "cloudflare", MAIL_FROM: "otp@mail.example" };

/**
 * @param {import("./support/worker.mjs").WorkerOptions} options
 * @param {(api: import("./support/api.mjs").Api, worker: import("./support/worker.mjs").TestWorker) => Promise<void>} body
 */
async function withWorker(options, body) {
  const worker = await startWorker(options);
  try {
    await body(client(worker.origin), worker);
  } finally {
    await worker.stop();
  }
}

test("Cloudflare's e-mail carries the mail, from the issuer to the cardholder, and its code is right", () =>
  withWorker({ vars }, async (api, worker) => {
    const challenge = await createChallenge(api);
    assertStatus(await api.present(challenge.secret));
    await worker.prints("Text: ");
    await eventually(
      async () => worker.output(),
      (printed) => /Text: \S+\.txt\n/.test(printed),
    );
    const printed = worker.output();
    assert.match(printed, /From: "株式会社わりふカード" <otp@mail\.example>/);
    assert.ok(printed.includes(`To: ${challenge.cardholder.email}`));
    const mail = readFileSync(/Text: (\S+\.txt)/.exec(printed)?.[1] ?? "", "utf8");
    const code = /ワンタイムパスワード：(\d{6})/.exec(mail)?.[1] ?? "";
    assert.match(mail, /利用金額：3,150円/);
    assertStatus(await api.verify(challenge.secret, code));
    assert.deepEqual(await api.outbox(), []);
  }));

test("Cloudflare's e-mail: names are names, of the issuer and of the merchant", () => {
  const issuer = `株式会社"わりふ", Ltd. <x@y.example>\r\nBcc: z@y.example`;
  const vars = { EMAIL_COURIER: "cloudflare", ISSUER_NAME: issuer };
  return withWorker({ vars }, async (api, worker) => {
    const name = `<script>alert(1)</script>"',שלום👩‍👩‍👧`;
    const merchant = await registerMerchant(api, { name });
    const challenge = await createChallenge(api, { merchant });
    assertStatus(await api.present(challenge.secret));
    await eventually(
      async () => worker.output(),
      (printed) => /Text: \S+\.txt\n/.test(printed),
    );
    const printed = worker.output();
    assert.match(printed, /^From: .*Ltd\. <x@y\.example>Bcc: z@y\.example" <otp@mail\.example>$/m);
    assert.match(printed, /^Subject: J\/Secureワンタイムパスワード発行のご連絡$/m);
    assert.doesNotMatch(printed, /^(Bcc|Cc):/m);
    const mail = readFileSync(/Text: (\S+\.txt)/.exec(printed)?.[1] ?? "", "utf8");
    assert.ok(mail.includes(`\n加盟店名：${name}\n利用金額：3,150円\n`), mail);
    assertStatus(await api.verify(challenge.secret, codeIn(mail)));
  });
});

test("what Cloudflare does not accept goes to the next of the list, and counts once", async () => {
  const { api, send, providers } = await startCouriers({
    email: ["cloudflare", "ses"],
    edit: strictSender,
  });
  const { challenge, end, failed } = await send("email");
  assert.deepEqual([end.event, end.provider, end.tried], ["code_sent", "ses", "2"]);
  assert.deepEqual([failed.length, failed[0].provider], [1, "cloudflare"]);
  assert.equal((await readChallenge(api, challenge)).sends, 1);
  const { faults, received } = providers.ses;
  assert.deepEqual(faults, []);
  assertStatus(await api.verify(challenge.secret, codeIn(received.at(-1)?.text ?? "")));
});

/** @param {string} toml */
const strictSender = (toml) =>
  toml.replace(
    /(\[\[env\.development\.send_email\]\]\nname = "EMAIL"\n)/,
    '$1allowed_sender_addresses = ["another@mail.example"]\n',
  );

// workerd's simulation refuses without a code, as only a fault of the real one does.
test("an error of Cloudflare's e-mail without a code is no refusal: the mail may have been sent", () =>
  withWorker({ vars, edit: strictSender }, async (api, worker) => {
    const challenge = await createChallenge(api);
    assertStatus(await api.present(challenge.secret));
    const { sends } = await eventually(
      () => readChallenge(api, challenge),
      ({ delivery }) => delivery === "unconfirmed",
    );
    assert.equal(sends, 1);
    await worker.prints('"event":"code_unconfirmed"');
    assert.ok(!worker.output().includes(challenge.cardholder.email));
  }));

test("a send that the provider refuses is taken back: it costs neither a wait nor a resend, but has an end", async () => {
  const { api, worker, providers } = await startCouriers({ email: ["ses"] });
  providers.ses.always({ fail: "account" });
  const challenge = await createChallenge(api);
  const sends = async () => (await readChallenge(api, challenge)).sends;
  assertStatus(await api.present(challenge.secret));
  const answers = [];
  for (let attempt = 0; attempt < 10; attempt++) {
    await eventually(sends, (count) => count === 0);
    answers.push(await api.resend(challenge.secret));
  }
  const [first] = answers;
  const { send, resends_left } = assertStatus(first).body;
  assert.deepEqual([send, resends_left], [1, 3]);
  assertProblem(answers[answers.length - 1], 409, "no_resends_left");
  await worker.prints('"event":"code_not_sent"');
  assert.ok(!worker.output().includes(challenge.cardholder.email));
});

test("a cardholder whose channel nobody carries counts as not enrolled", () =>
  withWorker({ vars: { SMS_COURIER: "none" } }, async (api) => {
    const merchant = await registerMerchant(api);
    const cardholder = await registerCardholder(api, { channel: "sms" });
    const json = challengeBody(cardholder.id);
    const refused = await api.post("/v1/challenges", { key: merchant.key, json });
    assertProblem(refused, 422, "not_enrolled");
  }));
