// The issuer's systems have keys of their own: what each may do is what the contract says of every
// operation, and the log names the key.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { assertProblem, assertStatus } from "./support/api.mjs";
import { startApi } from "./support/bench.mjs";
import { openapi } from "./support/contract.mjs";
import { issuerKey, uniqueId } from "./support/demo.mjs";

const scopes = ["sessions", "support", "registry", "all"];
const keys = Object.fromEntries(
  scopes.map((scope) => [scope, `wk_issuer_${randomBytes(24).toString("base64url")}`]),
);
const ISSUER_KEYS = scopes.map((scope) => `${scope}-1:${scope}:${keys[scope]}`).join(",");
const { worker, api } = await startApi({ vars: { ISSUER_KEYS } });

/** Every operation of the issuer with the scope that the contract names. */
const operations = Object.entries(openapi.paths).flatMap(([path, verbs]) =>
  Object.entries(verbs)
    .filter(([, { tags }]) => tags?.includes("issuer"))
    .map(([verb, { security, operationId }]) => ({
      method: verb.toUpperCase(),
      path: path.replace(/\{\w+\}/g, "nobody"),
      needed: security[0].issuerKey[0],
      operationId,
    })),
);

for (const scope of [...scopes, "issuer"]) {
  test(`${scope}: a key does what its scope allows, and nothing else`, async () => {
    assert.ok(operations.length >= 17, `${operations.length}`);
    const key = keys[scope] ?? issuerKey();
    for (const { method, path, needed, operationId } of operations) {
      const answer = await api.send(method, path, { key });
      const reads = operationId === "readCardholder" && scope === "registry";
      if (["all", "issuer", needed].includes(scope) || reads) {
        assert.ok(![401, 403].includes(answer.status), `${method} ${path}: ${answer.text}`);
      } else {
        assertProblem(answer, 403, "insufficient_scope");
        assert.equal(answer.body.scope, needed, `${method} ${path}`);
      }
    }
  });
}

test("each line of the log about a call of the issuer's names its key", async () => {
  const path = `/v1/cardholders/${uniqueId("holder")}`;
  assertProblem(await api.get(path, { key: keys.sessions }), 403, "insufficient_scope");
  await worker.prints(
    '{"event":"scope_missing","needed":"support","by":"issuer","issuer_key":"sessions-1"',
  );
  for (const email of ["one@mail.jp", "two@mail.jp"]) {
    const json = { email, channel: "email" };
    assertStatus(
      await api.send("PUT", path, { key: keys.registry, json }),
      email === "one@mail.jp" ? 201 : 200,
    );
  }
  await worker.prints('"issuer_key":"registry-1"');
  const line = worker.output().match(/^.*cardholder_changed.*$/m)?.[0] ?? "";
  assert.match(line, /"issuer_key":"registry-1"/);
  for (const key of Object.values(keys)) assert.ok(!worker.output().includes(key));
});

test("a key that is taken out opens nothing, and the others go on", async () => {
  const path = "/v1/merchants/nobody";
  await worker.restart({ ISSUER_KEYS: `support-1:support:${keys.support}`, ISSUER_KEY: "" });
  assertProblem(await api.get(path, { key: keys.all }), 401, "invalid_key");
  assertProblem(await api.get(path, { key: issuerKey() }), 401, "invalid_key");
  assertProblem(await api.get(path, { key: keys.support }), 403, "insufficient_scope");
});
