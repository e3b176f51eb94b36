// Workers KV that fails, before it did what it was asked or after: every call of it that a route makes fails
// once. It ends in a refusal that says what to do, or in what was asked, and the same call again heals it.
// Here each call meets one fault; tests/wide/failing.test.mjs has every call meet every fault.
import { test } from "node:test";
import { ofKv } from "./support/faults/faults.mjs";
import { administering, issuing } from "./support/faults/issuer.mjs";
import { purchase } from "./support/faults/purchase.mjs";
import { inTurn, sweep } from "./support/faults/sweep.mjs";
import { threeDs } from "./support/faults/three-ds.mjs";
import { startWorld } from "./support/faults/world.mjs";

const world = await startWorld();
const kinds = /** @type {const} */ (["kv.get", "kv.put", "kv.delete", "kv.list"]);
/** What is in the cardholder's object alone. */
const without = ["register a cardholder", "read a cardholder", "unlock a cardholder"];
const steps = [...purchase, ...issuing, ...administering, ...threeDs];

sweep(
  world,
  steps.filter(({ what }) => !without.includes(what)),
  kinds,
  inTurn(ofKv),
);

test("merchant and issuer are told of every end, whatever failed", () => world.told());
