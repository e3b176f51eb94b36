// What 1,000 challenges a second need of the platform, and cost: the counted operations of a flow of
// one who is new to the merchant, as nearly all are at a large one, and of the one question that its
// open form asks. The limits that they are held against are in docs/capacity.md.
import { gather } from "../lib/statistics.mjs";
import { plus } from "../lib/tally.mjs";
import { costOfMillion, sum } from "../prices.mjs";
import { start } from "../systems/warifu.mjs";
import { aFirstFlow, countAll, figures, question } from "./operations.mjs";

const challenges = 1000;
/** A month of 30 days, in seconds. */
const month = 30 * 86_400;

/** @type {import("../measure.mjs").Measure} */
export async function measure({ rounds }) {
  const needs = gather(`${challenges} challenges a second`);
  const costs = gather("dollars");
  for (const events of [true, false]) {
    const { name: system, counted } = await countAll(start, { events }, rounds);
    const asked = plus(counted[aFirstFlow], counted[question]);
    for (const [figure, said] of figures) {
      needs.add({ system }, said, "a second", asked[figure] * challenges);
    }
    const million = sum(costOfMillion(asked));
    costs.add({ system }, "a million challenges", "$", million);
    const all = (million * challenges * month) / 1_000_000;
    costs.add({ system }, `${challenges} a second for a month`, "$", all);
  }
  return [...needs.rows(), ...costs.rows()];
}
