// Durable Objects that are overloaded, disconnected or reset, before they decided or after: every call of an
// object that a route makes fails once. It ends in a refusal that says what to do, or in what was asked. The
// same call again heals it, nothing counts twice and nothing is lost. Here each call meets one fault;
// tests/wide/failing.test.mjs has every call meet every fault.
import { test } from "node:test";
import { enrolling } from "./support/faults/enrollment.mjs";
import { ofObjects } from "./support/faults/faults.mjs";
import { issuing } from "./support/faults/issuer.mjs";
import { purchase } from "./support/faults/purchase.mjs";
import { inTurn, sweep } from "./support/faults/sweep.mjs";
import { threeDs } from "./support/faults/three-ds.mjs";
import { startWorld } from "./support/faults/world.mjs";

const world = await startWorld();

sweep(world, [...purchase, ...issuing, ...enrolling, ...threeDs], ["object"], inTurn(ofObjects));

test("merchant and issuer are told of every end, whatever failed", () => world.told());
