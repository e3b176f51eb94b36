// The guide's sample that checks an attestation by itself, by clocks that differ from the issuer's.
// Those in Python run in tests/wide/attestations.test.mjs.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { decodeJwt } from "jose";
import { at } from "../scripts/lib/paths.mjs";
import { startApi } from "./support/bench.mjs";
import { verifiedChallenge } from "./support/demo.mjs";
import { clocks } from "./support/clocks.mjs";
import { example } from "./support/guide.mjs";

const { worker, api } = await startApi();

// Where the sample finds jose.
mkdirSync(at(".warifu/samples"), { recursive: true });
const folder = mkdtempSync(at(".warifu/samples/attestation-"));
after(() => rmSync(folder, { recursive: true }));
process.env.WARIFU = worker.origin;
writeFileSync(join(folder, "check.mjs"), example("js", "createRemoteJWKSet"));
const { claimsOf } = await import(pathToFileURL(join(folder, "check.mjs")).href);

const { attestation, merchant, id } = await verifiedChallenge(api);
const { iat = 0, exp = 0 } = decodeJwt(attestation);

for (const { what, after: begun = 0, late, taken } of clocks) {
  test(`by ${what} the guide's sample ${taken ? "takes" : "refuses"} an attestation`, async (t) => {
    const seconds = late === undefined ? iat + begun : exp + late;
    t.mock.timers.enable({ apis: ["Date"], now: seconds * 1000 });
    const check = claimsOf(attestation, merchant.id);
    if (taken) assert.equal((await check).sub, id);
    else await assert.rejects(check, /"exp" claim timestamp check failed/);
  });
}

test("the guide's sample takes no attestation of another merchant, and no other text", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: iat * 1000 });
  await assert.rejects(claimsOf(attestation, "another"), /"aud"/);
  await assert.rejects(claimsOf(attestation.replace(/.$/, ""), merchant.id));
});
