// Every call of a Durable Object that a route makes meets every documented fault: what
// tests/failing-objects.test.mjs holds, with each pair.
import { test } from "node:test";
import { enrolling } from "../support/faults/enrollment.mjs";
import { ofObjects } from "../support/faults/faults.mjs";
import { issuing } from "../support/faults/issuer.mjs";
import { purchase } from "../support/faults/purchase.mjs";
import { each, sweep } from "../support/faults/sweep.mjs";
import { threeDs } from "../support/faults/three-ds.mjs";
import { startWorld } from "../support/faults/world.mjs";

const world = await startWorld();

sweep(world, [...purchase, ...issuing, ...enrolling, ...threeDs], ["object"], each(ofObjects));

test("merchant and issuer are told of every end, whatever failed", () => world.told());
