// Every call of Workers KV and of an object's storage that a route makes meets every fault, and KV is behind
// itself as well: what tests/failing-kv.test.mjs holds, with each pair.
import { test } from "node:test";
import { enrolling } from "../support/faults/enrollment.mjs";
import { ofKv, ofStorage } from "../support/faults/faults.mjs";
import { administering, issuing } from "../support/faults/issuer.mjs";
import { purchase } from "../support/faults/purchase.mjs";
import { each, sweep } from "../support/faults/sweep.mjs";
import { threeDs } from "../support/faults/three-ds.mjs";
import { startWorld } from "../support/faults/world.mjs";

const world = await startWorld();
const kinds = /** @type {import("../support/doubles/plan.mjs").Kind[]} */ (
  Object.keys({ ...ofKv, ...ofStorage })
);
const steps = [...purchase, ...issuing, ...administering, ...enrolling, ...threeDs];

sweep(world, steps, kinds, each({ ...ofKv, ...ofStorage }));

test("merchant and issuer are told of every end, whatever failed", () => world.told());
